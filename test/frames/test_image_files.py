# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

import os
import resource
import struct
import zlib

import cv2
from hypothesis import given, settings, strategies
import numpy as np
import pytest

from lsnet_ros.frames.image_files import (
    decode,
    decode_rgb,
    ImageError,
    is_complete,
    JPEG_START,
    PNG_START,
    read_labels,
    read_rgb,
)

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
def test_what_is_no_whole_image_is_refused(tmp_path, data):
    (tmp_path / 'a.jpg').write_bytes(data)
    for read in (read_rgb, read_labels):
        with pytest.raises(ImageError, match='cannot be read as an image|ends before its image'):
            read(tmp_path / 'a.jpg')


HUGE = {  # headers that claim 2,000,000 x 2,000,000 px
    'png': PNG_START + chunk(b'IHDR', struct.pack('>IIBBBBB', 2000000, 2000000, 8, 2, 0, 0, 0))
    + chunk(b'IDAT', zlib.compress(bytes(64))) + chunk(b'IEND', b''),
    'bmp': b'BM' + struct.pack('<IHHIIiiHHIIiiII', 118, 0, 0, 54, 40, 2000000, 2000000, 1, 24,
                               0, 64, 0, 0, 0, 0) + bytes(64),
    'pgm': b'P5 2000000 2000000 255\n' + bytes(64),
    'gif': b'GIF89a' + struct.pack('<HHBBB', 65535, 65535, 0x80, 0, 0) + bytes(6) + b'\x2c'
    + struct.pack('<HHHHB', 0, 0, 65535, 65535, 0) + b'\x02\x02\x4c\x01\x00\x3b',
    'hdr': b'#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 2000000 +X 2000000\n' + bytes(64),
    'jpeg': JPEG_START[:2] + segment(0xc0, struct.pack('>BHHB', 8, 65500, 65500, 1) + b'\1\x11\0')
    + b'\xff\xd9',
}


@pytest.mark.parametrize('kind', sorted(HUGE))
def test_a_header_that_claims_a_huge_size_is_refused(kind):
    with pytest.raises(ImageError, match='has [0-9]+x[0-9]+ px|found no header'):
        decode_rgb(HUGE[kind])
    with pytest.raises(ImageError):
        decode(HUGE[kind], cv2.IMREAD_COLOR, max_pixels=10 ** 15)  # OpenCV has a limit, too


def test_a_picture_above_the_limit_is_refused_before_it_is_decoded(tmp_path):
    rows = zlib.compress(bytes(1 + 9000) * 9000, 9)  # 81 megapixels in 80 kB
    (tmp_path / 'bomb.png').write_bytes(
        PNG_START + chunk(b'IHDR', struct.pack('>IIBBBBB', 9000, 9000, 8, 0, 0, 0, 0))
        + chunk(b'IDAT', rows) + chunk(b'IEND', b''))
    for read in (read_rgb, read_labels):
        with pytest.raises(ImageError) as error:
            read(tmp_path / 'bomb.png')
        assert str(error.value) == (
            'has 9000x9000 px (width x height), expected at most 64000000 px in all')


def test_pixels_are_taken_as_stored_whatever_the_orientation_says(tmp_path):
    picture = encoded('jpeg', height=40, width=56)
    turned = b'Exif\0\0MM\0*' + struct.pack('>IHHHIHHI', 8, 1, 0x112, 3, 1, 6, 0, 0)
    (tmp_path / 'a.jpg').write_bytes(picture[:2] + segment(0xe1, turned) + picture[2:])
    assert cv2.imread(str(tmp_path / 'a.jpg')).shape == (56, 40, 3)
    assert np.array_equal(read_rgb(tmp_path / 'a.jpg'), decode_rgb(picture))
    assert read_labels(tmp_path / 'a.jpg').shape == (40, 56, 3)


def test_a_picture_of_exactly_the_limit_is_taken():
    data = encoded('png', height=8, width=5)
    assert decode_rgb(data, max_pixels=40).shape == (8, 5, 3)
    with pytest.raises(ImageError, match='has 5x8 px'):
        decode_rgb(data, max_pixels=39)


def test_a_pipe_with_the_name_of_an_image_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(str(tmp_path / 'pipe.png'))
    for read in (read_rgb, read_labels):
        with pytest.raises(OSError, match='It is a pipe, expected a regular file'):
            read(tmp_path / 'pipe.png')


def test_a_png_that_lies_of_its_length_is_refused_before_memory_is_taken():
    whole = cv2.imencode('.png', np.zeros((8, 8, 3), np.uint8))[1].tobytes()
    end = whole.index(b'IEND')
    for lie in (whole[:end - 4] + b'\x7f\xff\xff\xff' + whole[end:],  # of its last chunk
                whole[:16] + b'\0\0\x1f\x40\0\0\x1f\x40' + whole[24:]):  # 8000x8000 px
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        with pytest.raises(ImageError, match='ends before its image does, after [0-9]+ bytes'):
            decode_rgb(lie)
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50000  # kB


def test_16_bits_keep_their_high_byte_and_colours_their_order():
    levels = np.arange(2 * 3 * 3, dtype=np.uint16).reshape(2, 3, 3) * 3000 + 17
    data = cv2.imencode('.png', levels)[1].tobytes()
    assert decode_rgb(data).tolist() == (levels[..., ::-1] >> 8).tolist()
