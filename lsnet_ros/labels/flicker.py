# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Flicker of the labels of a video: classes that change from frame to frame though nothing did."""

from typing import Dict, Optional, Tuple

import numpy as np

from lsnet_ros.labels.label_sets import IGNORE_INDEX


class Flicker:
    """
    Counts the pixels whose class changes from one frame to the next while their true class stays.

    The truth tells where the scene has not moved to another class, whether the camera stands still
    or not. The figure is a share of those pixels.
    """

    def __init__(self) -> None:
        self.pixels = 0   # whose true class stays
        self.changed = 0  # of these, those whose predicted class does not
        self._before: Optional[Tuple[np.ndarray, np.ndarray]] = None

    def update(self, target: np.ndarray, class_ids: np.ndarray) -> None:
        """
        Compare a frame with the one before, if it has the same size.

        :param target: (H, W) uint8 true class ids; 255 is ignored
        :param class_ids: (H, W) uint8 predicted ones
        """
        if self._before is not None and self._before[0].shape == target.shape:
            target_before, ids_before = self._before
            stays = (target == target_before) & (target != IGNORE_INDEX)
            self.pixels += int(np.count_nonzero(stays))
            self.changed += int(np.count_nonzero(stays & (class_ids != ids_before)))
        self._before = target.copy(), class_ids.copy()

    def share(self) -> float:
        """Return the share of pixels that flicker, NaN without two frames of one size."""
        return self.changed / self.pixels if self.pixels else float('nan')

    def as_json(self) -> Dict[str, Optional[float]]:
        """Return the share in the types of JSON."""
        return {'flicker': self.share() if self.pixels else None}
