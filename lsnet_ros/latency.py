# Copyright 2026 The lsnet_ros authors
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.
"""Percentiles, jitter and rate of what happens again and again, over the latest times it did."""

import time
from typing import Dict, Optional, Sequence

import numpy as np

RATE_PERIOD_S = 10.0


class LatencyRecorder:
    """
    Remembers the latest durations and when they were added.

    One thread may add while another reads: a value is written before it is counted.

    :param window: how many of the latest durations count
    :param deadline_s: a longer duration is a miss; None is no deadline
    """

    def __init__(self, window: int = 1000, deadline_s: Optional[float] = None) -> None:
        self._seconds = np.zeros(window)
        self._times = np.zeros(window)
        self._count = 0
        self._deadline_s = deadline_s
        self._misses = 0

    @property
    def count(self) -> int:
        """How many durations were ever added."""
        return self._count

    @property
    def misses(self) -> Optional[int]:
        """How many durations ever added were longer than the deadline; None without one."""
        return None if self._deadline_s is None else self._misses

    def add(self, seconds: float, now: Optional[float] = None) -> None:
        """
        Remember one duration.

        :param now: when it ended on the clock ``time.perf_counter``, s; None is this moment
        """
        index = self._count % len(self._seconds)
        self._seconds[index] = seconds
        self._times[index] = time.perf_counter() if now is None else now
        self._misses += self._deadline_s is not None and seconds > self._deadline_s
        self._count += 1

    def percentiles_ms(self, percents: Sequence[int] = (50, 95, 99)) -> Dict[str, float]:
        """Return percentiles in ms as {'p50': ...}; NaN while nothing was added."""
        latest = self._seconds[:self._count] * 1e3
        values = np.percentile(latest, percents) if latest.size else [np.nan] * len(percents)
        return {'p{}'.format(percent): float(value) for percent, value in zip(percents, values)}

    def summary_ms(self) -> Dict[str, float]:
        """Return mean, min, p50, p90, p95, p99 and max in ms; NaN while nothing was added."""
        latest = self._seconds[:self._count] * 1e3
        if not latest.size:
            latest = np.array([np.nan])
        summary = {'mean': float(latest.mean()), 'min': float(latest.min())}
        summary.update(self.percentiles_ms((50, 90, 95, 99)))
        summary['max'] = float(latest.max())
        return summary

    def jitter_ms(self) -> Dict[str, float]:
        """
        Return mean, min, max and std of the jitter in ms; NaN with fewer than three durations.

        As ros2_benchmark has it: how much longer or shorter each interval between two ends is
        than the interval before, |(t2 - t1) - (t1 - t0)|.
        """
        oldest = max(0, self._count - len(self._times)) % len(self._times)
        times = np.roll(self._times[:self._count], -oldest) * 1e3
        jitter = np.abs(np.diff(times, n=2)) if times.size > 2 else np.array([np.nan])
        return {'mean': float(jitter.mean()), 'min': float(jitter.min()),
                'max': float(jitter.max()), 'std': float(jitter.std())}

    def rate_hz(self, now: Optional[float] = None) -> float:
        """
        Return how often a second durations were added during the latest ten seconds.

        Counted from the first of them to the last, so a start in their midst does not lower it;
        0 with fewer than two.

        :param now: time on the clock ``time.perf_counter``, s; None is this moment
        """
        now = time.perf_counter() if now is None else now
        times = self._times[:self._count]
        return _rate_hz(times[times >= now - RATE_PERIOD_S])

    def mean_rate_hz(self) -> float:
        """Return how often a second durations were added, over all that count."""
        return _rate_hz(self._times[:self._count])


def _rate_hz(times: np.ndarray) -> float:
    """Return how often a second something happened between the first time and the last."""
    span = np.ptp(times) if times.size > 1 else 0.0
    return float((times.size - 1) / span) if span else 0.0
