# Copyright 2026 The lsnet_ros authors
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.
"""Look on while frames are segmented: count masks, and keep some frames with truth and mask."""

from collections import OrderedDict
import contextlib
import time
from typing import Any, Iterator, List, NamedTuple

from diagnostic_msgs.msg import DiagnosticArray
from lsnet_ros.nodes import messages
import numpy as np
import rclpy
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import Image

WAITING = 10  # frames whose mask may still come


class Triple(NamedTuple):
    """A frame, its truth and what was made of it."""

    image: np.ndarray      # (H, W, 3) uint8 RGB
    target: np.ndarray     # (H, W) uint8
    class_ids: np.ndarray  # (H, W) uint8


class FrameCollector(Node):
    """
    Count the masks of a run and keep the frames that go with some of them.

    :param keep_every: of so many masks, one frame is kept
    """

    def __init__(self, keep_every: int) -> None:
        super().__init__('frame_collector')
        self._keep_every = keep_every
        self._images, self._targets = OrderedDict(), OrderedDict()  # messages by stamp
        self._counted = set()  # stamps
        self.kept: List[Triple] = []
        self.times: List[float] = []       # s, of each mask's arrival
        self.segment_ms: List[float] = []  # what segmentation_node says of each frame
        best_effort = QoSProfile(depth=10, reliability=ReliabilityPolicy.BEST_EFFORT)
        self.create_subscription(
            Image, 'image', lambda image_msg: self._store(self._images, image_msg), best_effort)
        self.create_subscription(
            Image, 'target', lambda image_msg: self._store(self._targets, image_msg), 10)
        self.create_subscription(Image, 'segmentation/mask', self._on_mask, 10)
        self.create_subscription(
            DiagnosticArray, 'segmentation/timing', self._on_timing, best_effort)

    def spin_once(self) -> None:
        """Take one message, or wait a moment for it."""
        rclpy.spin_once(self, timeout_sec=0.1)

    def is_expected(self) -> bool:
        """Return whether others listen to frames and truth too: the nodes are ready."""
        return min(self.count_subscribers('image'), self.count_subscribers('target')) > 1

    def _store(self, waiting: OrderedDict, image_msg: Any) -> None:
        """Remember a message until its mask comes, for a while."""
        waiting[messages.stamp_ns(image_msg.header)] = image_msg
        if len(waiting) > WAITING:
            waiting.popitem(last=False)

    def _on_mask(self, mask_msg: Any) -> None:
        """Count a mask; keep its frame if it is its turn, or that of one which got lost."""
        stamp = messages.stamp_ns(mask_msg.header)
        if stamp in self._counted:
            return  # in lockstep, a frame may be sent and answered again
        self._counted.add(stamp)
        self.times.append(time.monotonic())
        if (len(self.kept) * self._keep_every < len(self.times)
                and stamp in self._images and stamp in self._targets):
            self.kept.append(Triple(messages.to_rgb(self._images[stamp]),
                                    messages.to_class_ids(self._targets[stamp]),
                                    messages.to_class_ids(mask_msg)))

    def _on_timing(self, timing_msg: Any) -> None:
        """Take the whole time that a frame took in the node."""
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
