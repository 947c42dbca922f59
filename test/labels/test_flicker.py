# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

import math

from hypothesis import given
from hypothesis import strategies as st
import numpy as np
import pytest

from lsnet_ros.labels.flicker import Flicker


def ids(*values):
    return np.array([values], np.uint8)


def test_pixels_whose_truth_stays_are_compared_with_the_frame_before():
    flicker = Flicker()
    assert math.isnan(flicker.share()) and flicker.as_json() == {'flicker': None}
    flicker.update(ids(1, 1, 2, 255), ids(1, 0, 2, 3))
    flicker.update(ids(1, 1, 3, 255), ids(1, 1, 3, 0))  # the third moved, the fourth has no truth
    assert (flicker.changed, flicker.pixels) == (1, 2)
    flicker.update(ids(1, 1, 3, 4), ids(1, 1, 3, 4))
    assert (flicker.changed, flicker.pixels, flicker.share()) == (1, 5, 0.2)
    assert flicker.as_json() == {'flicker': 0.2}


def test_a_frame_of_another_size_begins_anew():
    flicker = Flicker()
    flicker.update(ids(1, 1), ids(1, 1))
    flicker.update(ids(1, 1, 1), ids(0, 0, 0))
    assert flicker.pixels == 0
    flicker.update(ids(1, 1, 1), ids(0, 0, 1))
    assert flicker.share() == pytest.approx(1 / 3)


@given(st.integers(0, 99), st.integers(2, 5))
def test_the_same_masks_never_flicker_whatever_the_truth(seed, frames):
    random = np.random.RandomState(seed)
    mask, flicker = random.randint(0, 5, (4, 6)).astype(np.uint8), Flicker()
    for _ in range(frames):
        flicker.update(random.randint(0, 3, (4, 6)).astype(np.uint8), mask)
    assert flicker.changed == 0 and flicker.pixels > 0


def test_frames_may_be_written_over_afterwards():
    flicker, target, mask = Flicker(), ids(1, 1), ids(1, 1)
    flicker.update(target, mask)
    mask[:] = 0
    flicker.update(target, mask)
    assert flicker.share() == 1.0
