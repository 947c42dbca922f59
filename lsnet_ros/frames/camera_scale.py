# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Calibration of a camera for images of another size."""

from typing import Tuple

import numpy as np

from lsnet_ros.errors import LsnetError
from lsnet_ros.frames.frame import CameraModel


class CameraError(LsnetError, ValueError):
    """A calibration is missing, or is not that of the images."""


def scale_camera(camera: CameraModel, size: Tuple[int, int]) -> CameraModel:
    """
    Return the calibration of the same images in another size.

    :param size: (height, width), px, of the same shape up to rounding
    :raises CameraError: if the images have another shape
    """
    height, width = size
    if abs(camera.width * height - camera.height * width) > max(width, height, camera.width,
                                                                camera.height):
        raise CameraError('the camera_info is of images of {}x{}, the mask has {}x{}, which is '
                          'another shape: give the camera_info of the segmented image'.format(
                              camera.width, camera.height, width, height))
    scale_x, scale_y = width / camera.width, height / camera.height
    # Pixel centres have whole coordinates, so the image begins at -0.5.
    scale = np.array([[scale_x, 0, (scale_x - 1) / 2], [0, scale_y, (scale_y - 1) / 2], [0, 0, 1]])
    k, p = (np.array(matrix, np.float64).reshape(3, -1) for matrix in (camera.k, camera.p))
    return camera._replace(height=height, width=width, k=tuple((scale @ k).ravel().tolist()),
                           p=tuple((scale @ p).ravel().tolist()))
