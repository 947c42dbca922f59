# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Mean, deviation, minimum and maximum of a stream of values."""

import math
from typing import Any, Dict, NamedTuple, Optional


class Spread(NamedTuple):
    """Mean, standard deviation, minimum and maximum."""

    mean: float
    std: float
    min: float
    max: float

    def as_json(self) -> Dict[str, Any]:
        """Return the fields by name."""
        return dict(self._asdict())


class RunningSpread:
    """Updates a spread value by value (Welford's algorithm), in constant memory."""

    def __init__(self) -> None:
        self._count, self._mean, self._squares = 0, 0.0, 0.0
        self._min, self._max = math.inf, -math.inf

    def add(self, value: Optional[float]) -> None:
        """Add a value; None is ignored."""
        if value is None:
            return
        self._count += 1
        step = value - self._mean
        self._mean += step / self._count
        self._squares += step * (value - self._mean)
        self._min, self._max = min(self._min, value), max(self._max, value)

    def summary(self) -> Optional[Spread]:
        """Return the spread so far; None without a value."""
        if not self._count:
            return None
        return Spread(self._mean, math.sqrt(max(self._squares, 0.0) / self._count), self._min,
                      self._max)
