# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Frames worth labelling: spread over time, without near-duplicates."""

from typing import Iterable, Iterator, List, Optional, Tuple

import cv2
import numpy as np

from lsnet_ros.frames import Frame

THUMBNAIL = (32, 24)   # (width, height) px, at which frames are compared
LEAST_CHANGE = 6.0     # of 255: the mean difference of thumbnails of two frames that are not alike


def spread_over_time(frames: Iterable[Frame], every_s: float) -> Iterator[Tuple[int, Frame]]:
    """
    Yield frames that are at least so many seconds apart, with their numbers in the source.

    Frames without a stamp are all yielded. After a clock was set, time begins anew.
    """
    last: Optional[int] = None
    for number, frame in enumerate(frames):
        if frame.stamp_ns is not None and last is not None \
                and 0 <= frame.stamp_ns - last < every_s * 1e9:
            continue
        last = frame.stamp_ns
        yield number, frame


class Novelty:
    """Compares each frame with all that were new before; takes 3 kB of memory for each of them."""

    def __init__(self) -> None:
        self._known: List[np.ndarray] = []

    def is_new(self, image: np.ndarray) -> bool:
        """
        Say whether an image is unlike all before, and remember it if so.

        :param image: (H, W, 3) uint8 RGB
        """
        thumbnail = cv2.resize(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), THUMBNAIL,
                               interpolation=cv2.INTER_AREA).astype(np.float32)
        if self._known:
            changes = np.abs(np.stack(self._known) - thumbnail).mean((1, 2))
            if changes.min() < LEAST_CHANGE:
                return False
        self._known.append(thumbnail)
        return True
