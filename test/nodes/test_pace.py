# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""A recording is played at its own pace, but for what only a clock that was set can do."""

import pytest

from lsnet_ros.nodes.pace import Pace

YEARS_53 = 53 * 365 * 86400.0


def play(*stamps_s):
    """Return the steps between stamps, and what was told."""
    told = []
    pace = Pace(told.append)
    stamps = [round(stamp * 1e9) for stamp in stamps_s]
    return [pace.step_s(*pair) for pair in zip(stamps, stamps[1:])], told


def test_steps_are_those_of_the_stamps():
    assert play(7.0, 7.5, 7.75, 17.75) == ([0.5, 0.25, 10.0], [])


@pytest.mark.parametrize('jump_s', [YEARS_53, 10.001, 0.0, -0.001, -YEARS_53])
def test_a_jump_takes_one_frame_period(jump_s):
    steps, told = play(50.0, 50.25, 50.25 + jump_s, 50.5 + jump_s)
    assert steps == [0.25, 0.25, pytest.approx(0.25, abs=1e-6)]
    assert len(told) == 1 and told[0].startswith('the stamp 50250000000 ns is followed by ')


def test_a_jump_at_the_beginning_takes_the_period_of_the_default_rate():
    assert play(0.0, YEARS_53, YEARS_53 + 0.5)[0] == [0.1, 0.5]


def test_only_the_first_of_many_jumps_is_told():
    steps, told = play(0.0, 0.25, YEARS_53, 0.5, 0.5)
    assert steps == [0.25, 0.25, 0.25, 0.25]
    assert len(told) == 1
