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
import struct
import zlib

import cv2
from hypothesis import given, settings, strategies
from lsnet_ros.image_files import decode, is_complete, JPEG_START, PNG_START, read_rgb
import numpy as np
import pytest

ENCODERS = {
    'png': ('.png', []),
    'grey png': ('.png', [cv2.IMWRITE_PNG_COMPRESSION, 0]),
    'jpeg': ('.jpg', []),
    'progressive jpeg': ('.jpg', [cv2.IMWRITE_JPEG_PROGRESSIVE, 1]),
    'jpeg with restarts': ('.jpg', [cv2.IMWRITE_JPEG_RST_INTERVAL, 1]),
    'jpeg of the finest': ('.jpg', [cv2.IMWRITE_JPEG_QUALITY, 100]),
}


def encoded(kind, seed=0, height=40, width=56):
    """Return the bytes of a noisy picture."""
    suffix, options = ENCODERS[kind]
    image = np.random.RandomState(seed).randint(0, 256, (height, width, 3), np.uint8)
    done, data = cv2.imencode(suffix, image[..., 0] if kind.startswith('grey') else image, options)
    assert done
    return data.tobytes()


def segment(marker, content):
    return struct.pack('>BBH', 0xff, marker, len(content) + 2) + content


def chunk(kind, content):
    return struct.pack('>I', len(content)) + kind + content + struct.pack(
        '>I', zlib.crc32(kind + content))


@pytest.mark.parametrize('kind', ENCODERS)
def test_no_beginning_of_a_file_is_complete(kind):
    data = encoded(kind, height=9, width=11)
    start = len(PNG_START if data.startswith(PNG_START) else JPEG_START)
    sizes = [size for size in range(start, len(data) + 1) if is_complete(data[:size])]
    assert sizes == [len(data)]


@settings(max_examples=60, deadline=None)
@given(kind=strategies.sampled_from(sorted(ENCODERS)), seed=strategies.integers(0, 2 ** 32 - 1),
       part=strategies.floats(0.01, 0.999))
def test_a_file_is_complete_and_a_part_of_it_is_not(kind, seed, part):
    data = encoded(kind, seed)
    assert is_complete(data)
    assert not is_complete(data[:max(8, int(part * len(data)))])


@pytest.mark.parametrize('kind', ENCODERS)
def test_what_follows_the_end_does_not_matter(kind):
    assert is_complete(encoded(kind) + b'written by the camera')


@pytest.mark.parametrize('kind', ENCODERS)
def test_a_tail_of_zeros_is_no_end(kind):
    data = encoded(kind)
    assert not is_complete(data[:len(data) // 2].ljust(len(data), b'\0'))


def test_the_end_of_a_thumbnail_is_not_that_of_the_picture():
    picture = encoded('jpeg')
    data = picture[:2] + segment(0xe1, b'Exif\0\0' + encoded('jpeg', 1, 8, 8)) + picture[2:]
    assert is_complete(data)
    assert not is_complete(data[:-2])


def test_markers_of_a_jpeg_may_be_filled_up():
    data = encoded('jpeg')
    assert is_complete(data[:-2] + b'\xff\xff' + data[-2:])
    assert not is_complete(data[:-2] + b'\xff\xff')


def test_an_end_chunk_inside_of_another_is_not_that_of_the_picture():
    picture = encoded('png')
    comment = chunk(b'tEXt', b'Comment\0' + chunk(b'IEND', b''))
    data = picture[:33] + comment + picture[33:]
    assert is_complete(data)
    assert not is_complete(data[:-12])


def test_other_files_pass():
    assert is_complete(b'') and is_complete(b'P5 1 1 255 ') and is_complete(b'\x89PN')


def test_a_file_is_read_as_rgb(tmp_path):
    image = np.random.RandomState(0).randint(0, 256, (5, 7, 3), np.uint8)
    assert cv2.imwrite(str(tmp_path / 'a.png'), image[..., ::-1])
    assert np.array_equal(read_rgb(tmp_path / 'a.png'), image)


@pytest.mark.parametrize('data', [b'', b'notes', encoded('jpeg')[:-30], encoded('png')[:-30]])
def test_what_is_no_whole_image_is_none(tmp_path, data):
    (tmp_path / 'a.jpg').write_bytes(data)
    assert read_rgb(tmp_path / 'a.jpg') is None
    assert decode(data, cv2.IMREAD_UNCHANGED) is None
