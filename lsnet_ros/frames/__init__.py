# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Camera frames: the record of one frame, image files, and ROS messages."""

from lsnet_ros.frames.frame import CameraModel, Frame, Prediction

__all__ = ['CameraModel', 'Frame', 'Prediction']
