# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The node ``freespace_node``: projects masks onto the ground, for a costmap."""

import sys
from typing import Any, List, NamedTuple, Optional, Tuple

from diagnostic_msgs.msg import DiagnosticArray
import numpy as np
import rclpy
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import CameraInfo, Image, LaserScan, PointCloud2
from std_msgs.msg import Header

from lsnet_ros.errors import not_known
from lsnet_ros.frames import messages
from lsnet_ros.frames.frame import CameraModel
from lsnet_ros.freespace.ground import CameraPose, project_to_ground
from lsnet_ros.freespace.scan import FreeSpaceFinder, is_in
from lsnet_ros.labels.label_sets import LabelSet
from lsnet_ros.models.folder import DEFAULT_MODEL, read_model
from lsnet_ros.nodes import diagnostics
from lsnet_ros.nodes.camera_info import QOS, to_camera_model
from lsnet_ros.nodes.diagnostics import Level, Report
from lsnet_ros.nodes.free_space_messages import (
    make_aligned_cloud,
    make_laser_scan,
    make_point_cloud,
)
from lsnet_ros.nodes.guard import Guard
from lsnet_ros.nodes.mask_classes import MaskClasses, MaskError
from lsnet_ros.nodes.parameter_ranges import ParameterError
from lsnet_ros.nodes.parameters import check, declare, open_groups
from lsnet_ros.nodes.running import run_node
from lsnet_ros.nodes.stamp_pairs import StampPairs

NAME = 'freespace_node'
MASK_CAMERA_INFO = 'segmentation/camera_info'
DEPTH = 10  # of the topics, reliable


class FreespaceParameters(NamedTuple):
    """Parameters of the node; params/segmentation.yaml documents them."""

    model: str = DEFAULT_MODEL
    groups: str = ''
    drivable: str = 'road'
    camera_height: float = 0.0
    camera_tilt: float = 0.0
    rectified: bool = False
    max_range: float = 15.0
    min_confidence: float = 0.0
    ground_frame: str = 'base_footprint'


class FreespaceNode(Node):
    """
    Publish ``free_space``, the range to the first pixel that is not drivable, by bearing.

    ``labelled_points`` are places on the ground with their classes, for its subscribers.
    """

    def __init__(self) -> None:
        super().__init__(NAME)
        settings = declare(self, FreespaceParameters)
        _check_parameters(settings)
        self._settings = settings
        model = read_model(settings.model)
        groups = open_groups(settings.groups, model)
        label_set = groups.label_set if groups else model.label_set
        self._drivable = find_classes(settings.drivable, label_set)
        self._camera: Optional[CameraModel] = None
        self._finder: Optional[FreeSpaceFinder] = None
        self._finder_key: Any = None  # camera and size of the mask
        self._pairs = StampPairs()
        self._frames = 0
        reliable = QoSProfile(depth=1, reliability=ReliabilityPolicy.RELIABLE)
        self._scan_pub = self.create_publisher(LaserScan, 'free_space', reliable)
        self._points_pub = self.create_publisher(PointCloud2, 'labelled_points', reliable)
        self._aligned_pub = self.create_publisher(PointCloud2, 'aligned_points', reliable)
        guard = Guard(self)
        infos = guard.subscribe(CameraInfo, 'camera_info', self._on_camera_info, QOS)
        masks = guard.subscribe(Image, 'segmentation/mask', self._on_mask, DEPTH, is_single=True)
        if settings.min_confidence > 0:
            guard.subscribe(Image, 'segmentation/confidence', self._on_confidence, DEPTH)
        is_of_mask = infos.topic_name.endswith('/' + MASK_CAMERA_INFO)
        self._mask_classes = MaskClasses(
            self, masks.topic_name, label_set, ', and start again',
            '' if is_of_mask else 'remap camera_info to ' + MASK_CAMERA_INFO)
        guard.subscribe(DiagnosticArray, '/diagnostics', self._mask_classes.on_diagnostics,
                        QoSProfile(depth=DEPTH, reliability=ReliabilityPolicy.BEST_EFFORT))
        diagnostics.publish_each_second(
            self, 'free space', lambda: label_set.name, self._report, guard)

    def close(self) -> None:
        """End; the node has no files and no threads."""

    def _on_camera_info(self, info: CameraInfo) -> None:
        """Take the calibration of the segmented image."""
        self._camera = None  # an earlier calibration does not hold any more
        self._camera = to_camera_model(info)

    def _on_mask(self, mask_msg: Image) -> None:
        if self._settings.min_confidence == 0:
            self._publish(mask_msg, None)
        else:
            self._add('mask', mask_msg)

    def _on_confidence(self, confidence_msg: Image) -> None:
        self._add('target', confidence_msg)

    def _add(self, kind: str, image_msg: Image) -> None:
        """Publish once the mask and its confidence have arrived."""
        pair = self._pairs.add(kind, messages.stamp_ns(image_msg.header), image_msg)
        if pair is not None:
            self._publish(pair[0], messages.to_class_ids(pair[1]))

    def _publish(self, mask_msg: Image, confidence: Optional[np.ndarray]) -> None:
        """Publish the free space of a mask."""
        self._mask_classes.check()
        if self._camera is None:
            return  # the report says so
        class_ids = messages.to_class_ids(mask_msg)
        finder = self._find_finder(self._camera, class_ids.shape)
        is_known = None
        if confidence is not None:
            if confidence.shape != class_ids.shape:
                raise MaskError('the confidence has {}x{} px, the mask {}x{}: take both from one '
                                'node'.format(*confidence.shape[::-1], *class_ids.shape[::-1]))
            is_known = confidence >= 255 * self._settings.min_confidence
        found = finder.find(is_in(self._drivable, class_ids), is_known)
        header = Header(stamp=mask_msg.header.stamp, frame_id=self._settings.ground_frame)
        self._scan_pub.publish(make_laser_scan(found, finder, self._settings.max_range, header))
        self._frames += 1
        if self._points_pub.get_subscription_count():
            self._points_pub.publish(make_point_cloud(
                finder.list_points(found, is_known), class_ids, confidence, header))
        if self._aligned_pub.get_subscription_count():
            self._aligned_pub.publish(make_aligned_cloud(
                finder.align_points(found, is_known), header))

    def _find_finder(self, camera: CameraModel, size: Tuple[int, int]) -> FreeSpaceFinder:
        """Return the finder of a camera and a size, made anew where one has changed."""
        key = (camera, size)
        if self._finder is None or key != self._finder_key:
            settings = self._settings
            ground = project_to_ground(
                camera, CameraPose(settings.camera_height, settings.camera_tilt), size,
                settings.max_range, settings.rectified)
            self._finder, self._finder_key = FreeSpaceFinder(ground, size), key
        return self._finder

    def _report(self) -> Report:
        """Return the state of the node."""
        values = {'frames': self._frames, 'drivable': self._settings.drivable,
                  'waiting_dropped': sum(self._pairs.dropped.values())}
        if self._mask_classes.problem:
            return Report(Level.ERROR, 'REFUSES: ' + self._mask_classes.problem, values)
        if self._camera is None:
            return Report(Level.WARN, 'WAITS for camera_info', values)
        if not self._frames:
            return Report(Level.OK, 'WAITS for masks', values)
        return Report(Level.OK, 'RUNNING', values)


def find_classes(names: str, label_set: LabelSet) -> Tuple[int, ...]:
    """
    Return the ids of classes.

    :param names: separated by commas
    :raises ParameterError: if one is not known, or all classes are named
    """
    known = label_set.class_names
    found = [name.strip() for name in names.split(',') if name.strip()]
    for name in found:
        if name not in known:
            raise ParameterError('parameter drivable: {}'.format(
                not_known('class', name, known)))
    check('drivable', names, 0 < len(set(found)) < len(known), 'some of ' + ', '.join(known))
    return tuple(sorted({known.index(name) for name in found}))


def _check_parameters(settings: FreespaceParameters) -> None:
    """Raise a ParameterError if a value is invalid."""
    check('camera_height', settings.camera_height, settings.camera_height > 0,
          'the height of the camera above the ground, m')
    check('ground_frame', settings.ground_frame, bool(settings.ground_frame),
          'the name of a frame')


def main(args: Optional[List[str]] = None) -> int:
    """Run the node and return its exit status."""
    return run_node(NAME, FreespaceNode, rclpy.spin, args)


if __name__ == '__main__':
    sys.exit(main())
