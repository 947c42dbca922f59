# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Search of the highest rate that a pipeline keeps, with few trials."""

import math
from typing import Callable, Optional

WIDTH = 1.1  # ratio of upper to lower rate at which the binary search ends
STEP = 1.05  # ratio of the steps of the linear scan


def highest_rate(is_kept: Callable[[float], bool], low: float, high: float) -> Optional[float]:
    """
    Return the highest rate that is kept; None if even the lowest is not.

    As in ros2_benchmark, a binary search comes close, and a linear scan from there up to the
    first rate that is not kept corrects a single wrong trial of the search. Its steps of 10 Hz
    and 5 Hz are ratios here: a network runs at 2 Hz on one board and at 200 Hz on another.

    :param is_kept: tries a rate, Hz
    :param low: lowest rate to try, Hz
    :param high: highest rate to try, Hz
    """
    kept, lower, upper = None, low, high
    while upper / lower > WIDTH:
        rate = _round_rate(math.sqrt(lower * upper))
        if is_kept(rate):
            kept = lower = rate
        else:
            upper = rate
    while kept is None or kept < high:
        rate = low if kept is None else min(_round_rate(kept * STEP), high)
        if not is_kept(rate):
            break
        kept = rate
    return kept


def _round_rate(rate: float) -> float:
    """Return a rate with three significant digits: it is part of a folder's name."""
    return float('{:.3g}'.format(rate))
