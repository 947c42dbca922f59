# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Watch the nodes at work: count masks, and keep some frames with target and mask."""

from collections import OrderedDict
import contextlib
import time
from typing import Any, Iterator, List, Set

from diagnostic_msgs.msg import DiagnosticArray
import rclpy
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import Image

from lsnet_ros.frames import Frame, messages, Prediction

WAITING = 10  # latest frames, whose masks may still arrive


class FrameCollector(Node):
    """
    Count the masks of a run, and keep some frames with their targets and masks.

    :param keep_every: masks per kept frame
    """

    def __init__(self, keep_every: int) -> None:
        super().__init__('frame_collector')
        self._keep_every = keep_every
        self._images: OrderedDict = OrderedDict()   # messages by stamp
        self._targets: OrderedDict = OrderedDict()  # messages by stamp
        self._counted: Set[int] = set()             # stamps
        self.kept: List[Prediction] = []
        self.times: List[float] = []       # s, of each mask's arrival
        self.segment_ms: List[float] = []  # total time of each frame in segmentation_node
        best_effort = QoSProfile(depth=10, reliability=ReliabilityPolicy.BEST_EFFORT)
        self.create_subscription(
            Image, 'image', lambda image_msg: self._store(self._images, image_msg), best_effort)
        self.create_subscription(
            Image, 'target', lambda image_msg: self._store(self._targets, image_msg), 10)
        self.create_subscription(Image, 'segmentation/mask', self._on_mask, 10)
        self.create_subscription(
            DiagnosticArray, 'segmentation/timing', self._on_timing, best_effort)

    def spin_once(self) -> None:
        """Receive one message, or wait a moment for it."""
        rclpy.spin_once(self, timeout_sec=0.1)

    def is_expected(self) -> bool:
        """Return whether images and targets have other subscribers: the nodes are ready."""
        return min(self.count_subscribers('image'), self.count_subscribers('target')) > 1

    def _store(self, waiting: OrderedDict, image_msg: Any) -> None:
        """Keep a message for its mask; drop the oldest above ``WAITING``."""
        waiting[messages.stamp_ns(image_msg.header)] = image_msg
        if len(waiting) > WAITING:
            waiting.popitem(last=False)

    def _on_mask(self, mask_msg: Any) -> None:
        """Count a mask; keep its frame if one is due, also late if a message got lost."""
        stamp = messages.stamp_ns(mask_msg.header)
        if stamp in self._counted:
            return  # lockstep may send a frame again, and it is answered again
        self._counted.add(stamp)
        self.times.append(time.monotonic())
        if (len(self.kept) * self._keep_every < len(self.times)
                and stamp in self._images and stamp in self._targets):
            frame = Frame('', messages.to_rgb(self._images[stamp]),
                          messages.to_class_ids(self._targets[stamp]), stamp)
            self.kept.append(Prediction(frame, messages.to_class_ids(mask_msg)))

    def _on_timing(self, timing_msg: Any) -> None:
        """Keep the total time of a frame in segmentation_node."""
        self.segment_ms.extend(
            float(entry.value) for entry in timing_msg.status[0].values if entry.key == 'total_ms')


@contextlib.contextmanager
def collecting(keep_every: int) -> Iterator[FrameCollector]:
    """Yield a collector in a ROS context of this process."""
    rclpy.init(args=[])
    collector = FrameCollector(keep_every)
    try:
        yield collector
    finally:
        collector.destroy_node()
        rclpy.try_shutdown()
