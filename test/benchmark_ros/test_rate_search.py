# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The search for the highest rate, on what keeps rates by rule."""

import pytest

from lsnet_ros.benchmark_ros.rate_search import highest_rate


class Tries:
    """Keeps rates up to one, but for some tries that fail."""

    def __init__(self, limit, bad_tries=()):
        self.rates, self._limit, self._bad_tries = [], limit, bad_tries

    def __call__(self, rate):
        self.rates.append(rate)
        return rate <= self._limit and len(self.rates) not in self._bad_tries


@pytest.mark.parametrize('limit', [1.0, 1.7, 8.3, 9.99, 27.0, 55.5, 99.0])
def test_the_highest_rate_is_found_within_a_step(limit):
    tries = Tries(limit)
    found = highest_rate(tries, 1.0, 100.0)
    assert limit / 1.055 < found <= limit
    assert len(tries.rates) <= 9 and len(set(tries.rates)) == len(tries.rates)


def test_the_search_halves_the_ratio_and_then_goes_up_in_steps():
    tries = Tries(20.0)
    assert highest_rate(tries, 4.0, 64.0) == 19.9
    assert tries.rates == [16.0, 32.0, 22.6, 19.0, 20.7, 19.9, 20.9]


def test_a_bad_try_of_the_search_is_made_good_by_the_scan():
    tries = Tries(20.0, bad_tries=(4,))  # 19 Hz
    assert highest_rate(tries, 4.0, 64.0) > 19.0


def test_the_upper_bound_is_tried_and_not_passed():
    tries = Tries(1000.0)
    assert highest_rate(tries, 1.0, 30.0) == 30.0
    assert max(tries.rates) == 30.0


def test_nothing_is_found_where_the_lowest_rate_is_too_high():
    tries = Tries(0.5)
    assert highest_rate(tries, 1.0, 100.0) is None
    assert tries.rates[-1] == 1.0


def test_equal_bounds_are_one_try():
    tries = Tries(20.0)
    assert highest_rate(tries, 10.0, 10.0) == 10.0
    assert tries.rates == [10.0]
