# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The pace of a recording by its stamps, whatever was done to the clock meanwhile."""

from typing import Callable

from lsnet_ros.sources import DEFAULT_RATE

LONGEST_S = 10.0  # of a step; a clock that is set steps on by years


class Pace:
    """
    Times between the frames of a recording.

    A step of more than ``LONGEST_S``, or one that does not go forward, takes as long as the step
    before it.

    :param tell: called with a text at the first of these
    """

    def __init__(self, tell: Callable[[str], object]) -> None:
        self._tell = tell
        self._is_told = False
        self._period_s = 1.0 / DEFAULT_RATE

    def step_s(self, previous: int, stamp: int) -> float:
        """Return the time to wait between two frames, s; their stamps are in ns."""
        step_s = (stamp - previous) / 1e9
        if 0.0 < step_s <= LONGEST_S:
            self._period_s = step_s
        elif not self._is_told:
            self._is_told = True
            self._tell('the stamp {} ns is followed by {} ns: steps of more than {:.0f} s, or not '
                       'forward, are played as one frame period; the parameter rate plays all '
                       'frames evenly'.format(previous, stamp, LONGEST_S))
        return self._period_s
