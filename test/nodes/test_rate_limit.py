# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The share of frames that pass a limit of their rate."""

import pytest

from lsnet_ros.nodes.rate_limit import RateLimit


def pass_frames(arrivals, max_rate):
    limit = RateLimit()
    return [now for now in arrivals if limit.passes(now, max_rate)]


@pytest.mark.parametrize('rate, max_rate, passed', [
    (30, 0.0, 300), (30, 20.0, 200), (30, 10.0, 100), (30, 1.0, 10), (30, 0.5, 5),
    (10, 30.0, 100)])
def test_so_many_frames_of_ten_seconds_pass(rate, max_rate, passed):
    arrivals = [1000 + index / rate for index in range(10 * rate)]
    assert len(pass_frames(arrivals, max_rate)) == pytest.approx(passed, abs=1)


def test_a_pause_lets_no_burst_pass():
    arrivals = [0.0] + [60.0 + index * 0.01 for index in range(10)]
    assert pass_frames(arrivals, 1.0) == [0.0, 60.0]


def test_a_higher_limit_counts_at_once():
    limit = RateLimit()
    assert limit.passes(0.0, 0.01)
    assert not limit.passes(0.2, 0.01)
    assert not limit.passes(0.25, 10.0)  # a period of the new limit, no more
    assert limit.passes(0.35, 10.0)
