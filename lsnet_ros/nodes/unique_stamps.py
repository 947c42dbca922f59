# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Stamps that tell frames apart, for masks and targets are paired with images by them."""

from collections import OrderedDict
from typing import Callable

REMEMBERED = 1000  # latest stamps; evaluation_node remembers fewer


class UniqueStamps:
    """
    Moves a stamp that a recent frame had by some nanoseconds.

    Stamps repeat if a driver does not set them (all are 0), with use_sim_time before the first
    /clock, and where a bag is played in a loop.

    :param warn: called with a text when the first stamp is moved
    """

    def __init__(self, warn: Callable[[str], object]) -> None:
        self._warn = warn
        self._used: 'OrderedDict[int, None]' = OrderedDict()
        self._has_warned = False

    def make_unique(self, stamp: int) -> int:
        """Return a stamp in ns, the next that is free if a recent frame had it."""
        unique = stamp
        if stamp in self._used:
            while unique in self._used:
                unique += 1
            if not self._has_warned:
                self._has_warned = True
                self._warn('two frames have the stamp {} ns: the second and all like it get '
                           'stamps some ns later, which tell them apart'.format(stamp))
        self._used[unique] = None
        if len(self._used) > REMEMBERED:
            self._used.popitem(last=False)
        return unique
