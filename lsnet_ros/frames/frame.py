# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
The one record of a frame, for datasets, sources, bags, training and evaluation alike.

Beside it are its camera and its prediction.
"""

from typing import NamedTuple, Optional, Sequence

import numpy as np


class Frame(NamedTuple):
    """An image, with its target and stamp as far as they are known."""

    name: str                             # such as the stem of its file; may be empty
    image: np.ndarray                     # (H, W, 3) uint8 RGB
    target: Optional[np.ndarray] = None   # (H, W) uint8 class ids; 255 is ignored
    stamp_ns: Optional[int] = None        # None for an image that stands alone


class CameraModel(NamedTuple):
    """Intrinsics and distortion of a camera, the fields of a sensor_msgs/CameraInfo."""

    height: int                         # px
    width: int                          # px
    k: Sequence[float]                  # 3x3, row by row
    d: Sequence[float] = (0.0,) * 5     # coefficients of the distortion model
    distortion_model: str = 'plumb_bob'
    r: Sequence[float] = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
    p: Sequence[float] = (1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0)


class Prediction(NamedTuple):
    """A frame and the class ids that a model predicts for it."""

    frame: Frame
    class_ids: np.ndarray   # (H, W) uint8
