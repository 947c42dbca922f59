# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The view of a camera that is segmented: its images as they are, rectified, or a part of them."""

import re
from typing import Any, Dict, NamedTuple, Optional, Tuple

import cv2
import numpy as np

from lsnet_ros.frames.camera_scale import CameraError, scale_camera
from lsnet_ros.frames.frame import CameraModel

NO_CAMERA = ('the image cannot be rectified without its camera_info: publish it, or set '
             'undistort to false')
MODELS: Dict[str, Tuple[Any, int]] = {  # maker of the maps, its most coefficients
    'plumb_bob': (cv2.initUndistortRectifyMap, 14),
    'rational_polynomial': (cv2.initUndistortRectifyMap, 14),
    'equidistant': (cv2.fisheye.initUndistortRectifyMap, 4),
}


class Roi(NamedTuple):
    """A part of an image, px."""

    x: int       # of its left side
    y: int       # of its top
    width: int
    height: int


def parse_roi(text: str) -> Optional[Roi]:
    """
    Return the part of the image that a text names, None for an empty text.

    :param text: 'x,y,width,height', px
    :raises CameraError: if it is another text, or the part is empty
    """
    if not text:
        return None
    numbers = re.fullmatch(r'([0-9]{1,5}),([0-9]{1,5}),([0-9]{1,5}),([0-9]{1,5})',
                           text.replace(' ', ''))
    roi = Roi(*map(int, numbers.groups())) if numbers else None
    if roi is None or not roi.width or not roi.height:
        raise CameraError('roi {!r} is invalid: give x,y,width,height in pixels of the image, '
                          'such as 0,200,1280,520'.format(text))
    return roi


class View:
    """
    What is segmented of a camera's images.

    :param undistort: whether images are rectified by the calibration, as image_proc does
    :param roi: the part that is taken, of the rectified image if it is rectified
    """

    def __init__(self, undistort: bool = False, roi: Optional[Roi] = None) -> None:
        self._undistort, self._roi = undistort, roi
        self._key: Any = None  # camera and size that the maps are for
        self._maps: Tuple[np.ndarray, ...] = ()

    @property
    def needs_camera(self) -> bool:
        """Whether images cannot be viewed without their calibration."""
        return self._undistort

    def describe(self) -> str:
        """Return how the view differs from the image; '' if it does not."""
        parts = ['rectified'] * self._undistort
        if self._roi is not None:
            parts.append('roi {},{},{},{}'.format(*self._roi))
        return ', '.join(parts)

    def of_image(self, image: np.ndarray, camera: Optional[CameraModel]) -> np.ndarray:
        """
        Return the view of an image.

        :param image: (H, W, 3) uint8 RGB
        :param camera: its calibration, if it is known
        :raises CameraError: if a calibration is needed and missing or of images of another shape,
            or the roi is not inside of the image
        """
        if self._undistort:
            image = self._rectify(image, camera)
        if self._roi is None:
            return image
        x, y, width, height = self._roi
        self._check_inside(image.shape[0], image.shape[1])
        return np.ascontiguousarray(image[y:y + height, x:x + width])

    def of_camera(self, camera: CameraModel) -> CameraModel:
        """
        Return the calibration of the view.

        :param camera: of the images, at their size
        :raises CameraError: if the roi is not inside of the image
        """
        if self._undistort:
            projection = _projection(camera)
            camera = camera._replace(
                k=tuple(projection[:, :3].ravel().tolist()), d=(0.0,) * 5,
                distortion_model='plumb_bob', p=tuple(projection.ravel().tolist()),
                r=CameraModel._field_defaults['r'])
        if self._roi is None:
            return camera
        self._check_inside(camera.height, camera.width)
        shift = np.array([[1, 0, -self._roi.x], [0, 1, -self._roi.y], [0, 0, 1]], np.float64)
        k, p = (np.array(matrix, np.float64).reshape(3, -1) for matrix in (camera.k, camera.p))
        return camera._replace(
            height=self._roi.height, width=self._roi.width,
            k=tuple((shift @ k).ravel().tolist()), p=tuple((shift @ p).ravel().tolist()))

    def _rectify(self, image: np.ndarray, camera: Optional[CameraModel]) -> np.ndarray:
        """Return an image without distortion; black where the camera did not look."""
        if camera is None:
            raise CameraError(NO_CAMERA)
        key = (camera, image.shape[:2])
        if key != self._key:
            self._maps, self._key = _make_maps(scale_camera(camera, image.shape[:2])), key
        return cv2.remap(image, self._maps[0], self._maps[1], cv2.INTER_LINEAR)

    def _check_inside(self, height: int, width: int) -> None:
        """Raise a CameraError unless the roi is inside of an image of a size, px."""
        roi = self._roi
        if roi and (roi.x + roi.width > width or roi.y + roi.height > height):
            raise CameraError('the roi {},{},{},{} is not inside of the image of {}x{}'.format(
                roi.x, roi.y, roi.width, roi.height, width, height))


def _projection(camera: CameraModel) -> np.ndarray:
    """Return the 3x4 projection of rectified images: P, or K where P was never calibrated."""
    projection = np.array(camera.p, np.float64).reshape(3, 4)
    if projection[0, 0] in (0, 1):  # all zero, or the identity
        projection = np.hstack([np.array(camera.k, np.float64).reshape(3, 3), np.zeros((3, 1))])
    return projection


def _make_maps(camera: CameraModel) -> Tuple[np.ndarray, ...]:
    """Return the maps of cv2.remap that rectify images of a camera."""
    if camera.distortion_model not in MODELS:
        raise CameraError('the distortion model {!r} of the camera_info is not known: expected '
                          'one of {}'.format(camera.distortion_model, ', '.join(MODELS)))
    k, r = (np.array(matrix, np.float64).reshape(3, 3) for matrix in (camera.k, camera.r))
    if not k[0, 0] or not k[1, 1]:
        raise CameraError('the camera_info has a focal length of 0: calibrate the camera')
    if not r.any():
        r = np.eye(3)
    make_maps, most = MODELS[camera.distortion_model]
    coefficients = np.array(camera.d or (0.0,) * 4, np.float64)[:most]
    return make_maps(k, coefficients, r, _projection(camera)[:, :3], (camera.width, camera.height),
                cv2.CV_16SC2)
