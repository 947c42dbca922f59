# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

import struct
import zlib

import cv2
import numpy as np
import pytest

from lsnet_ros.frames.image_files import ImageError
from lsnet_ros.frames.label_files import read_label_values

Image = pytest.importorskip('PIL.Image')

IDS = np.array([[0, 1, 2], [3, 1, 0]], np.uint8)


def png(bits, color_type, rows, palette=b''):
    """A PNG file written by hand (W3C PNG), for bit depths that libraries do not write."""
    def chunk(kind, data):
        return (struct.pack('>I', len(data)) + kind + data
                + struct.pack('>I', zlib.crc32(kind + data) & 0xffffffff))
    per_byte = 8 // bits
    lines = b''
    for row in rows:
        padded = list(row) + [0] * (-len(row) % per_byte)
        packed = [sum(value << (8 - bits * (place + 1)) for place, value in
                      enumerate(padded[start:start + per_byte]))
                  for start in range(0, len(padded), per_byte)]
        lines += b'\0' + bytes(packed)
    header = struct.pack('>IIBBBBB', len(rows[0]), len(rows), bits, color_type, 0, 0, 0)
    return (b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', header)
            + (chunk(b'PLTE', palette) if palette else b'')
            + chunk(b'IDAT', zlib.compress(lines)) + chunk(b'IEND', b''))


@pytest.mark.parametrize('bits', [2, 4, 8])
@pytest.mark.parametrize('color_type', [0, 3])
def test_indices_and_grey_values_are_those_stored(tmp_path, bits, color_type):
    palette = bytes(range(100, 112)) if color_type == 3 else b''
    (tmp_path / 'x.png').write_bytes(png(bits, color_type, IDS.tolist(), palette))
    np.testing.assert_array_equal(read_label_values(tmp_path / 'x.png'), IDS)


@pytest.mark.parametrize('color_type', [0, 3])
def test_one_bit_gives_0_and_1(tmp_path, color_type):
    palette = bytes([9, 9, 9, 200, 0, 0]) if color_type == 3 else b''
    (tmp_path / 'x.png').write_bytes(png(1, color_type, [[0, 1, 1], [1, 0, 0]], palette))
    np.testing.assert_array_equal(read_label_values(tmp_path / 'x.png'), [[0, 1, 1], [1, 0, 0]])


def test_16_bits_keep_their_values(tmp_path):
    cv2.imwrite(str(tmp_path / 'x.png'), np.array([[0, 300], [65535, 7]], np.uint16))
    np.testing.assert_array_equal(read_label_values(tmp_path / 'x.png'), [[0, 300], [65535, 7]])


@pytest.mark.parametrize('suffix', ['.png', '.bmp', '.tif'])
def test_colours_are_rgb(tmp_path, suffix):
    cv2.imwrite(str(tmp_path / ('x' + suffix)), np.array([[[3, 2, 1]]], np.uint8))
    np.testing.assert_array_equal(read_label_values(tmp_path / ('x' + suffix)), [[[1, 2, 3]]])


def test_an_opaque_alpha_channel_is_ignored_another_is_refused(tmp_path):
    image = np.array([[[3, 2, 1, 255], [6, 5, 4, 255]]], np.uint8)
    cv2.imwrite(str(tmp_path / 'x.png'), image)
    np.testing.assert_array_equal(read_label_values(tmp_path / 'x.png'), [[[1, 2, 3], [4, 5, 6]]])
    image[0, 1, 3] = 128
    cv2.imwrite(str(tmp_path / 'x.png'), image)
    with pytest.raises(ImageError, match='has transparent pixels'):
        read_label_values(tmp_path / 'x.png')


def test_lossy_files_are_refused(tmp_path):
    image = np.zeros((16, 16, 3), np.uint8)
    cv2.imwrite(str(tmp_path / 'x.jpg'), image)
    with pytest.raises(ImageError, match='is a JPEG file, whose compression changes labels'):
        read_label_values(tmp_path / 'x.jpg')
    Image.fromarray(image).save(str(tmp_path / 'x.webp'), quality=80)
    with pytest.raises(ImageError, match='is a lossy WebP file'):
        read_label_values(tmp_path / 'x.webp')
    Image.fromarray(image).save(str(tmp_path / 'x.webp'), lossless=True)
    np.testing.assert_array_equal(read_label_values(tmp_path / 'x.webp'), image)


def test_torn_and_foreign_files_are_refused(tmp_path):
    cv2.imwrite(str(tmp_path / 'x.png'), np.zeros((64, 64), np.uint8))
    data = (tmp_path / 'x.png').read_bytes()
    (tmp_path / 'x.png').write_bytes(data[:-20])
    with pytest.raises(ImageError, match='ends before its image does'):
        read_label_values(tmp_path / 'x.png')
    (tmp_path / 'x.png').write_bytes(b'text')
    with pytest.raises(ImageError, match='cannot be read as an image'):
        read_label_values(tmp_path / 'x.png')


def test_a_file_that_claims_a_huge_picture_is_refused_unread(tmp_path):
    data = bytearray(png(8, 0, IDS.tolist()))
    data[16:24] = struct.pack('>II', 60000, 60000)
    (tmp_path / 'x.png').write_bytes(bytes(data))
    with pytest.raises(ImageError, match='has 60000x60000 px'):
        read_label_values(tmp_path / 'x.png')
