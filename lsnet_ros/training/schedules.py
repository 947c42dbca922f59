# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Learning rate of each iteration, as a factor on the base learning rate."""

import math


def poly(done: float, power: float) -> float:
    """Return (1 - done) ** power (Liu et al., "ParseNet", 2015)."""
    return (1 - done) ** power


def cosine(done: float, power: float) -> float:
    """
    Return (1 + cos(pi done)) / 2 (Loshchilov and Hutter, "SGDR", ICLR 2017, without restarts).

    :param power: plays no part
    """
    return (1 + math.cos(math.pi * done)) / 2


SCHEDULES = {'poly': poly, 'cosine': cosine}
"""What falls from 1 to 0: the share of the run that is done, and the recipe's power."""


def factor(schedule: str, iteration: int, iterations: int, power: float = 0.9,
           warm_up: int = 0) -> float:
    """
    Return the factor on the base learning rate.

    :param schedule: one of ``SCHEDULES``
    :param warm_up: iterations over which it rises linearly besides, from 1 / warm_up
    """
    rise = min(1.0, (iteration + 1) / warm_up) if warm_up else 1.0
    return rise * SCHEDULES[schedule](iteration / iterations, power)
