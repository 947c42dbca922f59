# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Percentiles by hand, the window, and the rate of a stream that starts and stops."""

import math

from hypothesis import given
from hypothesis import strategies as st
import numpy as np
import pytest

from lsnet_ros.latency.recorder import LatencyRecorder


def test_percentiles_interpolate_between_the_durations():
    recorder = LatencyRecorder()
    for seconds in (0.004, 0.001, 0.003, 0.002):
        recorder.add(seconds)
    assert recorder.percentiles_ms() == pytest.approx({'p50': 2.5, 'p95': 3.85, 'p99': 3.97})


def test_nothing_added_has_no_percentiles():
    assert all(math.isnan(value) for value in LatencyRecorder().percentiles_ms().values())


@given(st.lists(st.floats(0, 10), min_size=1, max_size=40), st.integers(1, 10))
def test_only_the_latest_durations_count(seconds, window):
    recorder = LatencyRecorder(window=window)
    for value in seconds:
        recorder.add(value)
    assert recorder.count == len(seconds)
    assert recorder.percentiles_ms((50,))['p50'] == pytest.approx(
        np.median(seconds[-window:]) * 1e3)


def test_rate_is_counted_from_the_first_to_the_last():
    recorder = LatencyRecorder()
    for now in (100.0, 100.5, 101.0, 101.5):
        recorder.add(0.01, now=now)
    assert recorder.rate_hz(now=101.9) == 2.0


def test_rate_of_a_stream_that_stopped_falls_to_zero():
    recorder = LatencyRecorder()
    for now in (100.0, 100.5, 101.0):
        recorder.add(0.01, now=now)
    assert recorder.rate_hz(now=112.0) == 0.0


def test_one_duration_has_no_rate():
    recorder = LatencyRecorder()
    recorder.add(0.01, now=5.0)
    assert recorder.rate_hz(now=5.0) == 0.0


def test_a_sequence_of_stamps_by_hand():
    # Ends at these seconds: intervals of 125, 250, 125, 375, 125 ms.
    recorder = LatencyRecorder(deadline_s=0.0625)
    for now, seconds in ((10.0, 0.03125), (10.125, 0.0625), (10.375, 0.125), (10.5, 0.03125),
                         (10.875, 0.25), (11.0, 0.0625)):
        recorder.add(seconds, now=now)
    assert recorder.summary_ms().as_json() == pytest.approx({
        'mean': 93.75, 'min': 31.25, 'p50': 62.5, 'p90': 187.5, 'p95': 218.75, 'p99': 243.75,
        'max': 250.0}, rel=1e-12)
    # Second differences: 125, -125, 250, -250 ms.
    assert recorder.jitter_ms().as_json() == {
        'mean': 187.5, 'min': 125.0, 'max': 250.0, 'std': 62.5}
    assert recorder.mean_rate_hz() == 5.0
    assert recorder.misses == 2  # what takes just as long as it may is none


def test_nothing_added_has_no_summary_and_no_jitter():
    recorder = LatencyRecorder()
    recorder.add(0.5, now=1.0)
    recorder.add(0.5, now=2.0)
    assert set(recorder.jitter_ms()) == {None}
    assert set(LatencyRecorder().summary_ms()) == {None}
    assert recorder.misses is None


def test_jitter_is_that_of_the_latest_in_their_order():
    recorder = LatencyRecorder(window=3, deadline_s=0.25)
    for now in (0.0, 5.0, 10.0, 11.0, 14.0):
        recorder.add(0.5, now=now)
    assert recorder.jitter_ms().max == 2000.0  # intervals of 1 and 3 s
    assert recorder.mean_rate_hz() == 0.5
    assert recorder.misses == 5  # all that were ever added
