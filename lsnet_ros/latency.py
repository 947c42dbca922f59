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
"""Percentiles and rate of what happens again and again, over the latest times it did."""

import time
from typing import Dict, Optional, Sequence

import numpy as np

RATE_PERIOD_S = 10.0


class LatencyRecorder:
    """
    Remembers the latest durations and when they were added.

    One thread may add while another reads: a value is written before it is counted.

    :param window: how many of the latest durations count
    """

    def __init__(self, window: int = 1000) -> None:
        self._seconds = np.zeros(window)
        self._times = np.zeros(window)
        self._count = 0

    @property
    def count(self) -> int:
        """How many durations were ever added."""
        return self._count

    def add(self, seconds: float, now: Optional[float] = None) -> None:
        """
        Remember one duration.

        :param now: when it ended on the clock ``time.perf_counter``, s; None is this moment
        """
        index = self._count % len(self._seconds)
        self._seconds[index] = seconds
        self._times[index] = time.perf_counter() if now is None else now
        self._count += 1

    def percentiles_ms(self, percents: Sequence[int] = (50, 95, 99)) -> Dict[str, float]:
        """Return percentiles in ms as {'p50': ...}; NaN while nothing was added."""
        latest = self._seconds[:self._count] * 1e3
        values = np.percentile(latest, percents) if latest.size else [np.nan] * len(percents)
        return {'p{}'.format(percent): float(value) for percent, value in zip(percents, values)}

    def rate_hz(self, now: Optional[float] = None) -> float:
        """
        Return how often a second durations were added during the latest ten seconds.

        Counted from the first of them to the last, so a start in their midst does not lower it;
        0 with fewer than two.

        :param now: time on the clock ``time.perf_counter``, s; None is this moment
        """
        now = time.perf_counter() if now is None else now
        times = self._times[:self._count]
        times = times[times >= now - RATE_PERIOD_S]
        span = np.ptp(times) if times.size > 1 else 0.0
        return float((times.size - 1) / span) if span else 0.0
