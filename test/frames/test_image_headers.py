# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Sizes from headers equal those of images that OpenCV writes and decodes."""

import cv2
from hypothesis import given, settings, strategies
import numpy as np
import pytest

from lsnet_ros.frames.image_headers import count_png_bytes, read_size

SUFFIXES = ('.bmp', '.jpg', '.png', '.ppm', '.pgm', '.tif', '.webp')


def encoded(suffix, height, width, *options):
    image = np.random.RandomState(0).randint(0, 256, (height, width, 3)).astype(np.uint8)
    done, data = cv2.imencode(suffix, image[..., 0] if suffix == '.pgm' else image, list(options))
    assert done
    return data.tobytes()


@pytest.mark.parametrize('suffix', SUFFIXES)
@settings(max_examples=30, deadline=None)
@given(height=strategies.integers(1, 400), width=strategies.integers(1, 400))
def test_the_size_is_that_of_the_picture(suffix, height, width):
    assert read_size(encoded(suffix, height, width)) == (width, height)


def test_a_lossy_webp_and_a_progressive_jpeg_are_known():
    assert read_size(encoded('.webp', 40, 300, cv2.IMWRITE_WEBP_QUALITY, 60)) == (300, 40)
    assert read_size(encoded('.jpg', 40, 300, cv2.IMWRITE_JPEG_PROGRESSIVE, 1)) == (300, 40)


def test_a_bmp_of_rows_from_the_top_has_a_positive_height():
    data = encoded('.bmp', 7, 9)
    assert read_size(data[:22] + (-7).to_bytes(4, 'little', signed=True) + data[26:]) == (9, 7)


def test_comments_in_a_pnm_are_skipped():
    assert read_size(b'P5 # 1 2\n# 3\n17 # 4\n12\n255\n') == (17, 12)


@pytest.mark.parametrize('suffix', SUFFIXES)
@given(end=strategies.floats(0, 1), place=strategies.floats(0, 0.999), value=strategies.binary(
    min_size=1, max_size=1))
def test_a_cut_and_damaged_header_never_raises(suffix, end, place, value):
    data = bytearray(encoded(suffix, 5, 7)[:60])
    data[int(place * len(data))] = value[0]
    size = read_size(bytes(data[:int(end * len(data))]))
    assert size is None or len(size) == 2


@pytest.mark.parametrize('data', [b'', b'GIF89a\1\0\1\0', b'#?RADIANCE\n', b'P5', b'RIFF1234WAVE'])
def test_other_files_have_no_size(data):
    assert read_size(data) is None


@pytest.mark.parametrize('channels, options', [
    (1, []), (3, []), (4, []), (1, [cv2.IMWRITE_PNG_BILEVEL, 1])])
def test_a_png_as_small_as_can_be_holds_at_most_1032_bytes_in_each(channels, options):
    picture = np.zeros((4000, 3000, channels), np.uint8)
    data = cv2.imencode('.png', picture, [cv2.IMWRITE_PNG_COMPRESSION, 9] + options)[1].tobytes()
    expected = picture.size // 8 if options else picture.size
    assert count_png_bytes(data) == expected
    assert 500 * len(data) < expected < 1032 * len(data) or options


def test_bytes_that_are_no_png_count_nothing():
    assert count_png_bytes(b'') == count_png_bytes(encoded('.png', 5, 7)[:25]) == 0
    assert count_png_bytes(encoded('.jpg', 5, 7)) == 0
