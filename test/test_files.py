# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

import calendar
import json
import os
from pathlib import Path
import resource
import threading
import time

import pytest

from lsnet_ros.files import (
    cache_folder,
    expand_home,
    follow_links,
    replacing,
    utc_now,
    write_json,
)


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
        with pytest.raises(OSError, match='too large, the previous file is unchanged: .*json'):
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


def test_json_is_written_in_whole_lines_and_read_back(tmp_path):
    value = {'größe': [1, 2.5, None, True], 'name': ('a', {})}
    write_json(tmp_path / 'report.json', value)
    text = (tmp_path / 'report.json').read_text('utf-8')
    assert json.loads(text) == dict(value, name=['a', {}])
    assert text.startswith('{\n  ') and text.endswith('}\n')


def test_halves_of_characters_are_named_for_few_readers_take_them(tmp_path):
    write_json(tmp_path / 'report.json', {'a\udc80': ['\ud83d', '\U0001f600']})
    assert json.loads((tmp_path / 'report.json').read_text('utf-8')) == {
        'a\\udc80': ['\\ud83d', '\U0001f600']}


@pytest.mark.parametrize('value', [float('nan'), float('inf'), -float('inf')])
def test_a_number_that_json_does_not_have_is_refused_and_the_file_stays(tmp_path, value):
    path = tmp_path / 'report.json'
    path.write_bytes(b'whole')
    with pytest.raises(ValueError, match='not JSON compliant'):
        write_json(path, {'miou': value})
    assert path.read_bytes() == b'whole'


def test_json_may_go_to_a_path_given_as_text(tmp_path):
    write_json(str(tmp_path / 'new folder' / 'report.json'), [])
    assert (tmp_path / 'new folder' / 'report.json').read_text() == '[]\n'


def test_times_are_utc_to_the_second():
    before = int(time.time())
    moment = calendar.timegm(time.strptime(utc_now(), '%Y-%m-%dT%H:%M:%SZ'))
    assert before <= moment <= time.time()


@pytest.mark.parametrize('variables, expected', [
    ({}, '/home/robot/.cache/lsnet_ros/engines'),
    ({'XDG_CACHE_HOME': '/cache'}, '/cache/lsnet_ros/engines'),
    ({'XDG_CACHE_HOME': ''}, '/home/robot/.cache/lsnet_ros/engines'),
    ({'XDG_CACHE_HOME': '/cache', 'OWN': '~/own'}, '/home/robot/own'),
    ({'XDG_CACHE_HOME': '/cache', 'OWN': ''}, '/cache/lsnet_ros/engines'),
])
def test_a_cache_folder_is_the_own_one_else_of_xdg_else_of_the_home(
        variables, expected, monkeypatch):
    for name in ('OWN', 'XDG_CACHE_HOME'):
        monkeypatch.delenv(name, raising=False)
    for name, value in dict(variables, HOME='/home/robot').items():
        monkeypatch.setenv(name, value)
    assert cache_folder('engines', 'OWN') == Path(expected)


def test_a_tilde_is_the_home_and_no_folder_of_that_name(tmp_path, monkeypatch):
    monkeypatch.setenv('HOME', str(tmp_path))
    monkeypatch.chdir(tmp_path)
    write_json('~/runs/report.json', [])
    assert (tmp_path / 'runs' / 'report.json').read_text() == '[]\n'
    assert expand_home('~/runs') == tmp_path / 'runs' and expand_home('a/~') == Path('a/~')
    assert os.listdir(str(tmp_path)) == ['runs']


def test_a_home_that_is_not_known_is_refused_and_no_folder_is_made(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OSError, match='no home folder is known'):
        write_json('~nobody-of-this-name/report.json', [])
    monkeypatch.setenv('XDG_CACHE_HOME', '~nobody-of-this-name')
    with pytest.raises(OSError, match='set HOME, or give a full path'):
        cache_folder('engines')
    assert os.listdir(str(tmp_path)) == []


def test_the_permissions_of_what_was_there_stay(tmp_path):
    path = tmp_path / 'report.json'
    path.write_bytes(b'secret')
    for mode in (0o600, 0o640, 0o444):
        path.chmod(mode)
        with replacing(path) as file:
            assert os.fstat(file.fileno()).st_mode & 0o777 == mode  # before there is content
            file.write(b'new')
        assert path.stat().st_mode & 0o777 == mode


def test_files_of_other_threads_keep_to_the_umask_meanwhile(tmp_path):
    stop = threading.Event()

    def write():
        while not stop.is_set():
            with replacing(tmp_path / 'ours') as file:
                file.write(b'')
    umask = os.umask(0o077)
    writer = threading.Thread(target=write)
    writer.start()
    try:
        for number in range(300):
            path = tmp_path / str(number)
            path.write_bytes(b'')
            assert path.stat().st_mode & 0o777 == 0o600
    finally:
        stop.set()
        writer.join()
        os.umask(umask)


needs_root = pytest.mark.skipif(os.getuid() != 0, reason='only root can give a link away')


@needs_root
@pytest.mark.parametrize('place', ['report.json', 'folder'])
def test_a_link_of_another_user_is_not_followed(tmp_path, place):
    (tmp_path / 'home').mkdir()
    ours = tmp_path / 'home' / 'report.json'
    ours.write_bytes(b'ours')
    link = tmp_path / place
    link.symlink_to(ours if place == 'report.json' else tmp_path / 'home')
    os.lchown(str(link), 12345, 12345)
    path = link if place == 'report.json' else link / 'report.json'
    with pytest.raises(PermissionError, match='a link of another user, expected none: give the'):
        with replacing(path) as file:
            file.write(b'theirs')
    assert ours.read_bytes() == b'ours'


@pytest.mark.parametrize('path', ['a/b/f', 'link/f', 'link/../f', 'far/f', 'a/../link/g', 'x/y',
                                  'chain'])
def test_links_are_followed_as_the_system_does(tmp_path, monkeypatch, path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / 'a' / 'b').mkdir(parents=True)
    (tmp_path / 'link').symlink_to('a/b')
    (tmp_path / 'far').symlink_to(tmp_path / 'link')
    (tmp_path / 'chain').symlink_to('far/../../end')
    for given in (Path(path), tmp_path / path):
        assert str(follow_links(given)) == os.path.realpath(str(given))


def test_links_in_a_circle_are_refused(tmp_path):
    (tmp_path / 'a').symlink_to('b')
    (tmp_path / 'b').symlink_to('a')
    with pytest.raises(OSError, match='Too many levels'):
        follow_links(tmp_path / 'a')


def test_a_file_behind_a_descriptor_is_written_to(tmp_path):
    ends = os.pipe()
    write_json('/dev/fd/{}'.format(ends[1]), [])
    assert os.read(ends[0], 100) == b'[]\n'
    for end in ends:
        os.close(end)
