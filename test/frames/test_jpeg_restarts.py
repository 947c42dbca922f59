# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Parts that a JPEG has lost on its way, though it ends as it should."""

import re

import cv2
from hypothesis import given, settings, strategies
import numpy as np
import pytest

from lsnet_ros.frames.image_files import decode_rgb, ImageError, is_complete
from lsnet_ros.frames.jpeg_restarts import has_lost_restarts

SAMPLING_FACTOR = 7  # cv2.IMWRITE_JPEG_SAMPLING_FACTOR, which older versions do not know
SAMPLINGS = (0x111111, 0x211111, 0x221111, 0x411111)


def encoded(interval, height=70, width=150, is_grey=False, *options):
    image = np.random.RandomState(0).randint(0, 256, (height, width, 3)).astype(np.uint8)
    done, data = cv2.imencode('.jpg', image[..., 0] if is_grey else image,
                              [cv2.IMWRITE_JPEG_RST_INTERVAL, interval] + list(options))
    assert done
    return data.tobytes()


def marks_of(data):
    return [match.start() for match in re.finditer(b'\xff[\xd0-\xd7]', data)]


def without(data, first, last):
    """Return a file that has lost what lies between two of its restart marks."""
    marks = marks_of(data)
    return data[:marks[first]] + data[marks[last]:]


@pytest.mark.parametrize('interval', [0, 1, 2, 3, 7, 8, 10, 1000])
@pytest.mark.parametrize('sampling', SAMPLINGS)
def test_a_whole_file_has_lost_nothing(interval, sampling):
    for is_grey in (False, True):
        for progressive in (0, 1):
            data = encoded(interval, 70, 150, is_grey, SAMPLING_FACTOR, sampling,
                           cv2.IMWRITE_JPEG_PROGRESSIVE, progressive)
            assert not has_lost_restarts(data)
            assert decode_rgb(data).shape == (70, 150, 3)


@pytest.mark.parametrize('first, last', [(0, 1), (2, 5), (0, 8), (3, 19), (10, -1)])
@pytest.mark.parametrize('is_grey', [False, True])
def test_lost_intervals_are_noticed_though_the_end_is_there(first, last, is_grey):
    data = without(encoded(1, is_grey=is_grey), first, last)
    assert is_complete(data) and cv2.imdecode(np.frombuffer(data, np.uint8), 1) is not None
    with pytest.raises(ImageError, match='has lost a part of its picture'):
        decode_rgb(data)


def test_an_interval_that_came_twice_is_noticed():
    data = encoded(4)
    first, second = marks_of(data)[:2]
    assert has_lost_restarts(data[:second] + data[first:])


def test_intervals_of_a_progressive_file_are_noticed():
    data = encoded(1, 70, 150, False, cv2.IMWRITE_JPEG_PROGRESSIVE, 1)
    assert len(marks_of(data)) > 100
    assert all(has_lost_restarts(without(data, first, first + 1)) for first in (0, 60, 100))


@settings(max_examples=200, deadline=None)
@given(place=strategies.integers(0, 650), value=strategies.integers(0, 255))
def test_a_damaged_header_is_a_picture_or_refused(place, value):
    data = bytearray(encoded(1))
    data[place] = value
    try:
        assert decode_rgb(bytes(data)).dtype == np.uint8
    except ImageError as error:
        assert '\n' not in str(error)


@pytest.mark.parametrize('components, factors', [(0, 0x22), (3, 0x00)])
def test_a_header_without_components_or_factors_is_refused(components, factors):
    data = bytearray(encoded(1))
    frame = data.index(b'\xff\xc0')
    data[frame + 9] = components
    data[frame + 11:frame + 20:3] = [factors] * 3
    data[data.index(b'\xff\xda') + 4] = components
    with pytest.raises(ImageError):
        decode_rgb(bytes(data))
