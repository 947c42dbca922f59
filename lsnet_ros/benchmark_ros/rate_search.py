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
"""The highest rate that can be kept, found with few tries."""

import math
from typing import Callable, Optional

WIDTH = 1.1  # upper over lower rate at which the binary search ends
STEP = 1.05  # of the linear scan after it


def highest_rate(is_kept: Callable[[float], bool], low: float, high: float) -> Optional[float]:
    """
    Return the highest rate that is kept; None if even the lowest is not.

    As ros2_benchmark does it: a binary search comes close, and a linear scan from there up to
    the first rate that is not kept makes good for a single bad try of the search. Its steps of
    10 Hz and 5 Hz are ratios here: a network may run at 2 Hz on one board and at 200 on another.

    :param is_kept: tries a rate, Hz
    :param low: the lowest rate to try
    :param high: the highest
    """
    kept, lower, upper = None, low, high
    while upper / lower > WIDTH:
        rate = _rounded(math.sqrt(lower * upper))
        if is_kept(rate):
            kept = lower = rate
        else:
            upper = rate
    while kept is None or kept < high:
        rate = low if kept is None else min(_rounded(kept * STEP), high)
        if not is_kept(rate):
            break
        kept = rate
    return kept


def _rounded(rate: float) -> float:
    """Return a rate with three digits: it is part of the name of a folder."""
    return float('{:.3g}'.format(rate))
