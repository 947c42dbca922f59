# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""A training's length in seconds, as the number of iterations for which there is time."""

from collections import deque
from typing import Deque

SPARE = 0.98      # of the time, for what is not measured
STEPS = (10, 50)  # last iterations that tell the pace: at least, at most


class TimeLimit:
    """
    The seconds that a training may take.

    A machine gets busy or quiet while it trains. The number of iterations follows the pace of
    the last ones, so that the training ends in time and its learning rate at 0.

    :param seconds: of the training, with its validations
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = SPARE * seconds
        self._steps: Deque[float] = deque(maxlen=STEPS[1])
        self.validation_s = 0.0  # of the last validation

    def add_step(self, seconds: float) -> None:
        """Record the duration of an iteration."""
        self._steps.append(seconds)

    def count(self, planned: int, iteration: int, seconds: float, period: int) -> int:
        """
        Return the number of iterations of the whole training.

        :param planned: number so far, which holds until the pace is known
        :param iteration: how many are done
        :param seconds: that they took
        :param period: iterations from one validation to the next
        """
        if len(self._steps) < STEPS[0]:
            return planned
        return iteration + count_iterations(
            self._seconds - seconds, sum(self._steps) / len(self._steps), self.validation_s,
            period)


def count_iterations(seconds: float, step_s: float, validation_s: float, period: int) -> int:
    """
    Return how many iterations fit into a time, with a validation in each period and at the end.

    :param step_s: seconds of an iteration
    :param validation_s: seconds of a validation
    """
    return max(0, int((seconds - validation_s) / (step_s + validation_s / period)))
