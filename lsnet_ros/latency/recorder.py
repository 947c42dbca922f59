# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Percentiles, jitter and rate of the latest durations of a repeated task."""

import time
from typing import Any, Dict, NamedTuple, Optional, Sequence

import numpy as np

RATE_PERIOD_S = 10.0
PERCENTS = (50, 90, 95, 99)


class DurationSummary(NamedTuple):
    """Statistics of durations, ms; None without a duration."""

    mean: Optional[float] = None
    min: Optional[float] = None
    p50: Optional[float] = None
    p90: Optional[float] = None
    p95: Optional[float] = None
    p99: Optional[float] = None
    max: Optional[float] = None

    def as_json(self) -> Dict[str, Any]:
        """Return the fields by name."""
        return dict(self._asdict())


class JitterSummary(NamedTuple):
    """Statistics of the jitter, ms; None with fewer than three durations."""

    mean: Optional[float] = None
    min: Optional[float] = None
    max: Optional[float] = None
    std: Optional[float] = None

    def as_json(self) -> Dict[str, Any]:
        """Return the fields by name."""
        return dict(self._asdict())


class LatencyRecorder:
    """
    Remembers the latest durations and when each ended.

    One thread may add while another reads: a duration is stored before it is counted.

    :param window: how many of the latest durations to remember
    :param deadline_s: a longer duration is a miss; None for no deadline
    """

    def __init__(self, window: int = 1000, deadline_s: Optional[float] = None) -> None:
        self._seconds = np.zeros(window)
        self._times = np.zeros(window)
        self._count = 0
        self._deadline_s = deadline_s
        self._misses = 0

    @property
    def count(self) -> int:
        """Number of durations since the start."""
        return self._count

    @property
    def misses(self) -> Optional[int]:
        """Number of durations above the deadline since the start; None without a deadline."""
        return None if self._deadline_s is None else self._misses

    def add(self, seconds: float, now: Optional[float] = None) -> None:
        """
        Add one duration.

        :param now: when it ended by ``time.perf_counter``, s; None for this moment
        """
        index = self._count % len(self._seconds)
        self._seconds[index] = seconds
        self._times[index] = time.perf_counter() if now is None else now
        self._misses += self._deadline_s is not None and seconds > self._deadline_s
        self._count += 1

    def percentiles_ms(self, percents: Sequence[int] = (50, 95, 99)) -> Dict[str, float]:
        """Return percentiles in ms as {'p50': ...}; NaN without a duration."""
        latest = self._seconds[:self._count] * 1e3
        values = np.percentile(latest, percents) if latest.size else [np.nan] * len(percents)
        return {'p{}'.format(percent): float(value) for percent, value in zip(percents, values)}

    def summary_ms(self) -> DurationSummary:
        """Return the statistics of the latest durations."""
        latest = self._seconds[:self._count] * 1e3
        if not latest.size:
            return DurationSummary()
        return DurationSummary(mean=float(latest.mean()), min=float(latest.min()),
                               max=float(latest.max()), **self.percentiles_ms(PERCENTS))

    def jitter_ms(self) -> JitterSummary:
        """
        Return the statistics of the jitter.

        As ros2_benchmark defines it: how much longer or shorter each interval between two ends
        is than the previous interval, ``|(t2 - t1) - (t1 - t0)|``.
        """
        oldest = max(0, self._count - len(self._times)) % len(self._times)
        times = np.roll(self._times[:self._count], -oldest) * 1e3
        if times.size < 3:
            return JitterSummary()
        jitter = np.abs(np.diff(times, n=2))
        return JitterSummary(float(jitter.mean()), float(jitter.min()), float(jitter.max()),
                             float(jitter.std()))

    def rate_hz(self, now: Optional[float] = None) -> float:
        """
        Return the rate of the durations of the latest ten seconds; 0 with fewer than two.

        It is counted from the first of them to the last, so that a later start does not lower
        it.

        :param now: time by ``time.perf_counter``, s; None for this moment
        """
        now = time.perf_counter() if now is None else now
        times = self._times[:self._count]
        return _rate_hz(times[times >= now - RATE_PERIOD_S])

    def mean_rate_hz(self) -> float:
        """Return the rate over all remembered durations; 0 with fewer than two."""
        return _rate_hz(self._times[:self._count])


def _rate_hz(times: np.ndarray) -> float:
    """Return the number of intervals per second between the first time and the last."""
    span = np.ptp(times) if times.size > 1 else 0.0
    return float((times.size - 1) / span) if span else 0.0
