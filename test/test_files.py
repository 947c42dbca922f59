# Copyright 2026 The lsnet_ros authors
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.
import os
import resource

import pytest

from lsnet_ros.files import replacing


def test_the_content_takes_the_place_of_what_was_there(tmp_path):
    path = tmp_path / 'new folder' / 'report.json'
    for content in (b'first', b'second'):
        with replacing(path) as file:
            file.write(content)
    assert path.read_bytes() == b'second'
    assert os.listdir(str(path.parent)) == ['report.json']


def test_an_error_leaves_what_was_there(tmp_path):
    path = tmp_path / 'report.json'
    path.write_bytes(b'whole')
    with pytest.raises(RuntimeError):
        with replacing(path) as file:
            file.write(b'half')
            raise RuntimeError
    assert path.read_bytes() == b'whole'
    assert os.listdir(str(tmp_path)) == ['report.json']


def test_a_full_disk_leaves_what_was_there(tmp_path):
    path = tmp_path / 'report.json'
    path.write_bytes(b'whole')
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        with pytest.raises(OSError, match='too large, what was there before is whole: .*json'):
            with replacing(path) as file:
                file.write(bytes(2000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert path.read_bytes() == b'whole'
    assert os.listdir(str(tmp_path)) == ['report.json']


def test_the_usual_permissions_are_given(tmp_path):
    umask = os.umask(0o027)
    try:
        with replacing(tmp_path / 'report.json') as file:
            file.write(b'')
    finally:
        os.umask(umask)
    assert (tmp_path / 'report.json').stat().st_mode & 0o777 == 0o640


def test_a_link_is_followed(tmp_path):
    (tmp_path / 'real').write_bytes(b'old')
    (tmp_path / 'link').symlink_to(tmp_path / 'real')
    with replacing(tmp_path / 'link') as file:
        file.write(b'new')
    assert (tmp_path / 'link').is_symlink()
    assert (tmp_path / 'real').read_bytes() == b'new'


def test_a_pipe_is_written_to_as_it_is(tmp_path):
    pipe = tmp_path / 'pipe'
    os.mkfifo(str(pipe))
    reader = os.open(str(pipe), os.O_RDONLY | os.O_NONBLOCK)
    with replacing(pipe) as file:
        file.write(b'report')
    assert os.read(reader, 100) == b'report'
    assert not pipe.is_file()
    os.close(reader)
