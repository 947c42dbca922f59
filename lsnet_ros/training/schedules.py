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
