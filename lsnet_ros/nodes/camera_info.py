# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Calibrations that nodes receive, and that of the masks."""

from typing import Any, List, Optional, Tuple

import numpy as np
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import CameraInfo

from lsnet_ros.frames.camera_scale import CameraError, scale_camera
from lsnet_ros.frames.frame import CameraModel
from lsnet_ros.frames.view import View
from lsnet_ros.nodes.guard import Guard

QOS = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)


def to_camera_model(info: CameraInfo) -> CameraModel:
    """
    Return the calibration in a message.

    :raises CameraError: if it is that of a part of the image, or of an image with more pixels
    """
    if info.binning_x > 1 or info.binning_y > 1 or info.roi.width or info.roi.height:
        raise CameraError('camera_info has binning or a region of interest: publish that of the '
                          'segmented image itself')
    if not info.width or not info.height:
        raise CameraError('camera_info is of images of {}x{}: calibrate the camera'.format(
            info.width, info.height))
    return CameraModel(info.height, info.width, tuple(info.k), tuple(info.d),
                       info.distortion_model, tuple(info.r), tuple(info.p))


class MaskCameraInfo:
    """
    Publishes the calibration of the masks, each with the header of its mask.

    It is that of the images, changed for their view and scaled; it is received while somebody
    subscribes, or as long as the view needs it.

    :param prefix: of the topics: '' or the camera's namespace and '/'
    :param view: of the images
    """

    def __init__(self, node: Any, prefix: str, guard: Guard, view: View) -> None:
        self._guard, self._topic, self.view = guard, prefix + 'camera_info', view
        self._image_size = (0, 0)  # of the image before its view was taken, (height, width), px
        self.pub = node.create_publisher(CameraInfo, prefix + 'segmentation/camera_info', 1)
        self._subscription: Any = None
        self._camera: Optional[CameraModel] = None  # of the images
        self._problem = ''

    def follow_subscribers(self) -> None:
        """Receive the calibration of the images while it is wanted; called periodically."""
        is_wanted = self.view.needs_camera or bool(self.pub.get_subscription_count())
        if is_wanted and self._subscription is None:
            # Also one that was on its way when the subscription before this one ended.
            self._camera, self._problem = None, ''
            self._subscription = self._guard.subscribe(
                CameraInfo, self._topic, self._on_camera_info, QOS, is_single=True)
        elif not is_wanted and self._subscription is not None:
            self._guard.unsubscribe(self._subscription)
            self._subscription = None

    def view_image(self, image: np.ndarray) -> np.ndarray:
        """
        Return the part of an image that is to be segmented.

        :param image: (H, W, 3) uint8 RGB
        :raises CameraError: if the view needs a calibration and none has come, or does not fit
        """
        self._image_size = image.shape[:2]
        return self.view.of_image(image, self._camera)

    def publish(self, size: Tuple[int, int], header: Any) -> None:
        """
        Publish the calibration of a mask, if that of the images is known.

        :param size: (height, width) of the mask, px
        """
        camera = self._camera
        if camera is None:
            return  # the warnings say so
        try:
            if self.view.describe():
                camera = self.view.of_camera(scale_camera(camera, self._image_size))
            scaled = scale_camera(camera, size)
        except CameraError as error:
            self._problem = str(error)
            return
        self._problem = ''
        self.pub.publish(CameraInfo(header=header, **scaled._asdict()))

    def warnings(self) -> List[str]:
        """Return why nothing is published though somebody subscribes."""
        if self._subscription is None or (self._camera and not self._problem):
            return []
        return ['{} is not published: {}'.format(
            self.pub.topic_name, self._problem or 'no calibration has come on {}'.format(
                self._subscription.topic_name))]

    def _on_camera_info(self, info: CameraInfo) -> None:
        """Take the calibration of the images."""
        self._camera = None  # an earlier one does not hold any more
        self._camera = to_camera_model(info)
