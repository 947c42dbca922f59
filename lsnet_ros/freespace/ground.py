# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
The place on the ground that each pixel of a camera sees.

The ground is the plane under the camera: x ahead, y to the left, z up, in metres, with the origin
below the camera. A camera's own axes are those of its optical frame: x right, y down, z ahead
(REP 103).
"""

import math
from typing import Callable, Dict, NamedTuple, Tuple

import cv2
import numpy as np

from lsnet_ros.frames.camera_scale import CameraError, scale_camera
from lsnet_ros.frames.frame import CameraModel

UNDISTORT: Dict[str, Callable[..., np.ndarray]] = {
    'plumb_bob': cv2.undistortPoints, 'rational_polynomial': cv2.undistortPoints,
    'equidistant': cv2.fisheye.undistortPoints, '': cv2.undistortPoints}
EDGE = 0.5  # px, from the centre of a pixel to its lower edge


class CameraPose(NamedTuple):
    """Place of a camera above the ground; it is not rolled."""

    height: float  # m, > 0
    tilt: float    # rad, of the optical axis below the horizontal


class Ground(NamedTuple):
    """The pixels (n,) of an image that see the ground within a range, row by row."""

    pixels: np.ndarray    # int64 indices into the flattened image
    x: np.ndarray         # float32, m ahead, at the pixel's centre
    y: np.ndarray         # float32, m to the left
    ranges: np.ndarray    # float32, m from the origin to the pixel's lower edge
    bearings: np.ndarray  # float32, rad from straight ahead, positive to the left


def project_to_ground(camera: CameraModel, pose: CameraPose, size: Tuple[int, int],
                      max_range: float, is_rectified: bool = False) -> Ground:
    """
    Compute the place on the ground of each pixel of a mask.

    :param camera: calibration of the image, of any size with the shape of the mask
    :param size: (height, width) of the mask, px
    :param max_range: of the ground, m; the horizon is infinitely far
    :param is_rectified: whether the image was rectified: ``p`` holds in place of ``k`` and ``d``
    :raises CameraError: if the camera is not calibrated, of an unknown model, or of another shape
    """
    height, width = size
    matrix = _read_matrix(scale_camera(camera, size), is_rectified)
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float64),
                                np.arange(height, dtype=np.float64))
    x, y = _intersect(_find_rays(camera, matrix, columns, rows, is_rectified), pose)
    edge_x, edge_y = _intersect(
        _find_rays(camera, matrix, columns, rows + EDGE, is_rectified), pose)
    ranges = np.hypot(edge_x, edge_y)
    pixels = np.flatnonzero((ranges <= max_range) & np.isfinite(x))
    if not len(pixels):
        raise CameraError('the camera sees no ground within {:g} m: correct its height of {:g} m '
                          'or its tilt of {:g} rad'.format(max_range, pose.height, pose.tilt))
    x, y = x[pixels].astype(np.float32), y[pixels].astype(np.float32)
    return Ground(pixels, x, y, ranges[pixels].astype(np.float32), np.arctan2(y, x))


def _read_matrix(camera: CameraModel, is_rectified: bool) -> np.ndarray:
    """Return the 3x3 camera matrix."""
    matrix = (np.array(camera.p, np.float64).reshape(3, 4)[:, :3] if is_rectified
              else np.array(camera.k, np.float64).reshape(3, 3))
    if not np.isfinite(matrix).all() or matrix[0, 0] <= 0 or matrix[1, 1] <= 0:
        raise CameraError('the camera_info has the focal lengths {:g} and {:g}: calibrate the '
                          'camera'.format(matrix[0, 0], matrix[1, 1]))
    return matrix


def _find_rays(camera: CameraModel, matrix: np.ndarray, columns: np.ndarray, rows: np.ndarray,
               is_rectified: bool) -> np.ndarray:
    """Return x / z and y / z in the optical frame, (2, n), of places in the image."""
    points = np.stack([columns.ravel(), rows.ravel()], 1)
    coefficients = np.array(camera.d, np.float64)
    if is_rectified or not coefficients.any():
        return np.stack([(points[:, 0] - matrix[0, 2]) / matrix[0, 0],
                         (points[:, 1] - matrix[1, 2]) / matrix[1, 1]])
    if camera.distortion_model not in UNDISTORT:
        raise CameraError('the distortion model {!r} is not known: rectify the image, and set '
                          'rectified'.format(camera.distortion_model))
    undistort = UNDISTORT[camera.distortion_model]
    return np.asarray(undistort(points[:, None], matrix, coefficients)[:, 0].T)


def _intersect(rays: np.ndarray, pose: CameraPose) -> Tuple[np.ndarray, np.ndarray]:
    """Return x and y, (n,) m, where rays meet the ground; infinite above the horizon."""
    right, down = rays
    sine, cosine = math.sin(pose.tilt), math.cos(pose.tilt)
    fall = down * cosine + sine  # of a ray of unit depth
    with np.errstate(divide='ignore', over='ignore', invalid='ignore'):
        depth = np.where(fall > 0, pose.height / fall, np.inf)
        ahead = depth * (cosine - down * sine)
        left = -depth * right
    is_ahead = np.isfinite(depth) & (ahead > 0)
    return np.where(is_ahead, ahead, np.inf), np.where(is_ahead, left, np.inf)
