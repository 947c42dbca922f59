# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The results of one camera of segmentation_node: its publishers, and the messages for them."""

from typing import Any, Callable, Dict, NamedTuple

import cv2
from diagnostic_msgs.msg import DiagnosticArray
import numpy as np
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import CompressedImage, Image

from lsnet_ros.errors import describe
from lsnet_ros.frames import messages
from lsnet_ros.labels.drawing import colorize, overlay
from lsnet_ros.labels.label_sets import LabelSet
from lsnet_ros.nodes import diagnostics
from lsnet_ros.nodes.camera_info import MaskCameraInfo
from lsnet_ros.nodes.diagnostics import Level, Report
from lsnet_ros.nodes.label_info import (
    create_label_info_publisher,
    describe_label_info,
    publish_label_info,
)
from lsnet_ros.segmenter import Segmentation
from lsnet_ros.stages.timings import NodeTimings

LOG_PERIOD_S = 5.0

Draw = Callable[[np.ndarray, np.ndarray], np.ndarray]  # (image, class ids) -> (H, W, 3) RGB


class Picture(NamedTuple):
    """A picture for people, drawn while one of its topics has a subscriber."""

    pub: Any             # of sensor_msgs/Image
    compressed_pub: Any  # of sensor_msgs/CompressedImage, JPEG
    draw: Draw


class SegmentationOutputs:
    """
    Publish the results of one camera; all but the mask are made for subscribers only.

    :param node: has the publishers
    :param prefix: of the topics: '' or the camera's namespace and '/'
    :param overlay_alpha: returns the weight of the colours in the overlay
    :param camera_info: publishes the calibration of the masks
    """

    def __init__(self, node: Any, prefix: str, label_set: LabelSet,
                 overlay_alpha: Callable[[], float], camera_info: MaskCameraInfo) -> None:
        self._node, self._prefix, self._label_set = node, prefix + 'segmentation/', label_set
        self._palette, self._overlay_alpha = label_set.palette, overlay_alpha
        self._mask_pub = self._create(Image, 'mask')
        self._mask_compressed_pub = self._create(CompressedImage, 'mask/compressed')
        self._confidence_pub = self._create(Image, 'confidence')
        self.pictures = [self._create_picture(name, draw) for name, draw in (
            ('overlay', self._draw_overlay), ('color', self._draw_colors))]
        self._timing_pub = node.create_publisher(
            DiagnosticArray, self._prefix + 'timing',
            QoSProfile(depth=10, reliability=ReliabilityPolicy.BEST_EFFORT))
        self._all = [self._mask_pub, self._mask_compressed_pub, self._confidence_pub,
                     self._timing_pub]
        self.camera_info = camera_info
        self._all.append(self.camera_info.pub)
        for picture in self.pictures:
            self._all += [picture.pub, picture.compressed_pub]
        self._label_info_pub = create_label_info_publisher(node, self._prefix + 'label_info')
        self._publish_label_info()

    def change_classes(self, label_set: LabelSet) -> None:
        """Publish masks of other classes from now on; called between two masks."""
        if label_set != self._label_set:
            self._label_set, self._palette = label_set, label_set.palette
            self._publish_label_info()

    def is_watched(self) -> bool:
        """Tell whether anybody subscribes to a result."""
        return any(pub.get_subscription_count() for pub in self._all)

    def wants_confidence(self) -> bool:
        """Tell whether anybody subscribes to the confidence."""
        return bool(self._confidence_pub.get_subscription_count())

    def describe_classes(self) -> Dict[str, str]:
        """Return the class names for diagnostics."""
        return describe_label_info(self._label_set, self._label_info_pub)

    def publish_mask(self, class_ids: np.ndarray, header: Any) -> None:
        """Publish the mask, first of all results."""
        self._mask_pub.publish(messages.from_class_ids(class_ids, header))

    def publish_extras(self, image: np.ndarray, segmentation: Segmentation, header: Any) -> None:
        """Publish the other images that have subscribers."""
        if self._mask_compressed_pub.get_subscription_count():
            self._mask_compressed_pub.publish(
                messages.compress_class_ids(segmentation.class_ids, header))
        self.camera_info.publish(segmentation.class_ids.shape, header)
        if segmentation.confidence is not None:
            self._confidence_pub.publish(messages.from_class_ids(segmentation.confidence, header))
        for picture in self.pictures:
            try:
                self._publish_picture(picture, image, segmentation.class_ids, header)
            except Exception as error:
                self._node.get_logger().error('{} not drawn: {}'.format(
                    picture.pub.topic_name, describe(error)), throttle_duration_sec=LOG_PERIOD_S)

    def publish_timings(self, timings: NodeTimings, left_out: int, header: Any) -> None:
        """Publish the times of a frame, and the number of frames left out so far."""
        if self._timing_pub.get_subscription_count():
            report = Report(Level.OK, 'ms of each stage',
                            dict(timings._asdict(), frames_replaced=left_out))
            self._timing_pub.publish(diagnostics.diagnostic_array(
                'segmentation_node: timing', report, header.stamp))

    def _publish_label_info(self) -> None:
        """Publish the class names, latched, where the message is installed."""
        if self._label_info_pub is not None:
            publish_label_info(self._node, self._label_info_pub, self._label_set)

    def _create(self, kind: Any, name: str) -> Any:
        """Return a publisher that keeps the newest message."""
        return self._node.create_publisher(kind, self._prefix + name, QoSProfile(
            depth=1, reliability=ReliabilityPolicy.RELIABLE))

    def _create_picture(self, name: str, draw: Draw) -> Picture:
        return Picture(self._create(Image, name),
                       self._create(CompressedImage, name + '/compressed'), draw)

    def _publish_picture(self, picture: Picture, image: np.ndarray, class_ids: np.ndarray,
                         header: Any) -> None:
        """Draw a picture once, for the subscribers of both of its topics."""
        is_plain = picture.pub.get_subscription_count()
        is_compressed = picture.compressed_pub.get_subscription_count()
        if not is_plain and not is_compressed:
            return
        drawn = picture.draw(image, class_ids)
        if is_plain:
            picture.pub.publish(messages.from_rgb(drawn, header))
        if is_compressed:
            picture.compressed_pub.publish(messages.compress_rgb(drawn, header))

    def _draw_overlay(self, image: np.ndarray, class_ids: np.ndarray) -> np.ndarray:
        """Return the frame blended with the class colours, at the size of the mask."""
        if image.shape[:2] != class_ids.shape:
            image = cv2.resize(image, class_ids.shape[::-1])
        return overlay(image, class_ids, self._palette, self._overlay_alpha())

    def _draw_colors(self, image: np.ndarray, class_ids: np.ndarray) -> np.ndarray:
        """Return the colours of the classes."""
        return colorize(class_ids, self._palette)
