# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Frames are chosen from the first to the last, each once."""

from hypothesis import given
from hypothesis import strategies as st
import pytest

from lsnet_ros.frames.spread import choose_evenly


@pytest.mark.parametrize('count, most, expected', [
    (0, 4, []), (1, 4, [0]), (3, 4, [0, 1, 2]), (4, 4, [0, 1, 2, 3]), (5, 4, [0, 1, 2, 4]),
    (101, 4, [0, 33, 66, 100]), (7, 2, [0, 6])])
def test_known_choices(count, most, expected):
    assert choose_evenly(count, most) == expected


@given(count=st.integers(2, 10 ** 6), most=st.integers(2, 600))
def test_each_once_in_order_with_equal_steps(count, most):
    chosen = choose_evenly(count, most)
    steps = [after - before for before, after in zip(chosen, chosen[1:])]
    assert (chosen[0], chosen[-1], len(chosen)) == (0, count - 1, min(count, most))
    assert min(steps) >= 1 and max(steps) - min(steps) <= 1
