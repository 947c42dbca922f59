# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Let frames pass at most so many times a second, on average."""


class RateLimit:
    """
    Decides for each frame whether it may pass.

    A frame that comes late does not delay those after it: at a limit of 20, 20 of 30 frames/s
    pass, where a least distance between two frames would let 15 pass.
    """

    def __init__(self) -> None:
        self._due = float('-inf')

    def passes(self, now: float, max_rate: float) -> bool:
        """
        Tell whether a frame may pass.

        :param now: arrival of the frame, s, of a clock that never steps back
        :param max_rate: frames per second; 0: every frame passes
        """
        if not max_rate:
            return True
        period = 1.0 / max_rate
        self._due = min(self._due, now + period)  # of a lower limit that was set before
        if now < self._due:
            return False
        start = self._due if self._due > now - period else now
        self._due = start + period
        return True
