# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

import numpy as np

from lsnet_ros.frames import Frame
from lsnet_ros.sources.selection import Novelty, spread_over_time

IMAGE = np.zeros((48, 64, 3), np.uint8)


def numbers(seconds, every_s):
    frames = [Frame('', IMAGE, stamp_ns=None if second is None else round(second * 1e9))
              for second in seconds]
    return [number for number, _ in spread_over_time(frames, every_s)]


def test_frames_are_apart_by_the_time_between_them():
    assert numbers([10.0, 10.4, 10.9, 11.0, 11.9, 12.1], 1.0) == [0, 3, 5]


def test_frames_without_a_stamp_are_all_yielded():
    assert numbers([None, None, None], 1.0) == [0, 1, 2]


def test_time_begins_anew_when_a_clock_was_set():
    assert numbers([100.0, 100.5, 3.0, 3.5, 4.0], 1.0) == [0, 2, 4]


def test_frames_that_are_alike_are_new_once():
    novelty = Novelty()
    assert novelty.is_new(IMAGE)
    assert not novelty.is_new(IMAGE + 5)
    assert novelty.is_new(IMAGE + 7)
    half = IMAGE.copy()
    half[:, :32] = 40
    assert novelty.is_new(half)
    assert not novelty.is_new(IMAGE + 2) and not novelty.is_new(half)


def test_frames_of_other_sizes_compare():
    novelty = Novelty()
    assert novelty.is_new(IMAGE)
    assert not novelty.is_new(np.zeros((480, 640, 3), np.uint8))
