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
"""The node ``source_node``: publishes what a camera, video, folder, bag or scene shows."""

import sys
import time
from typing import Callable, NamedTuple, Optional

from lsnet_ros.nodes import messages, sources
from lsnet_ros.nodes.lockstep import Lockstep
from lsnet_ros.nodes.parameters import check, declare
from lsnet_ros.nodes.running import run_node
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import CameraInfo, Image

NAME = 'source_node'
LATE_S = 0.02      # that frames may catch up with
LAST_MASK_S = 5.0  # how long to wait for the last mask at the end


class Parameters(NamedTuple):
    """The node's parameters; params/segmentation.yaml says what they mean."""

    source: str = 'street_scene'
    rate: float = 0.0
    frames: int = 0
    loop: bool = False
    lockstep: bool = False
    lockstep_timeout_s: float = 5.0
    frame_id: str = 'camera'
    height: int = 360
    width: int = 480
    image_topic: str = '/image'
    target_topic: str = ''
    camera_info_topic: str = ''


class SourceNode(Node):
    """
    Publish ``image``, its truth on ``target`` and its ``camera_info``, as far as they are known.

    One thread does it all: what takes time between two frames is waiting, and callbacks run
    while it waits.
    """

    def __init__(self) -> None:
        super().__init__(NAME)
        self._parameters = declare(self, Parameters)
        self._check_parameters()
        self._source = self._open()
        self._image_pub = self.create_publisher(Image, 'image', QoSProfile(
            depth=1, reliability=ReliabilityPolicy.BEST_EFFORT))
        self._target_pub = self.create_publisher(Image, 'target', 10)
        self._camera_info_pub = self.create_publisher(CameraInfo, 'camera_info', 10)
        self._executor = SingleThreadedExecutor()
        self._executor.add_node(self)
        self._lockstep = Lockstep(self, self._spin_until)
        self._sent = self._unanswered = 0
        self._last_stamp = 0  # ns

    def run(self) -> None:
        """
        Publish all frames; ends with the source, and waits a little for the last mask.

        :raises SourceError: if, in lockstep, a frame was never answered
        """
        if self._parameters.lockstep:
            self._lockstep.wait_for_listeners(self._image_pub, self._source.has_truth)
        while not self._play() and self._parameters.loop:
            self._source = self._open()
        if not self._parameters.lockstep and self._lockstep.is_segmented(self._image_pub):
            self._lockstep.wait_for_answer(
                self._last_stamp, self._source.has_truth, LAST_MASK_S)
        self.get_logger().info('{} frames published'.format(self._sent))
        if self._unanswered:
            raise sources.SourceError('{} of {} frames were never answered: see the log of '
                                      'segmentation_node and evaluation_node'.format(
                                          self._unanswered, self._sent))

    def close(self) -> None:
        """Stop taking callbacks."""
        self._executor.shutdown()

    def _check_parameters(self) -> None:
        """Raise a ParameterError unless the values can be worked with."""
        for name in ('rate', 'frames'):
            value = getattr(self._parameters, name)
            check(name, value, 0 <= value < 1e9, '0 or more')
        timeout_s = self._parameters.lockstep_timeout_s
        check('lockstep_timeout_s', timeout_s, 0.0 < timeout_s < 1e9, 'more than 0')

    def _open(self) -> sources.Source:
        """Open the source that the parameters ask for."""
        parameters = self._parameters
        return sources.open_source(parameters.source, sources.Options(
            parameters.image_topic, parameters.target_topic, parameters.camera_info_topic,
            parameters.height, parameters.width, parameters.rate or sources.DEFAULT_RATE))

    def _play(self) -> bool:
        """Publish the frames of the source once; returns whether there were enough of them."""
        due, previous = time.monotonic(), None
        for frame in self._source.frames:
            due += self._step_s(frame, previous)
            self._spin_until(lambda: False, due - time.monotonic())
            due = max(due, time.monotonic() - LATE_S)  # no burst after a long wait
            self._publish(frame)
            if self._sent == self._parameters.frames:
                return True
            previous = frame
        return False

    def _step_s(self, frame: sources.Frame, previous: Optional[sources.Frame]) -> float:
        """Return how long after the previous frame one is to be published."""
        if previous is None:
            return 0.0
        rate = self._parameters.rate or (not self._parameters.lockstep and self._source.rate)
        if rate:
            return 1.0 / rate
        if self._parameters.lockstep or frame.stamp_ns is None:
            return 0.0
        return (frame.stamp_ns - previous.stamp_ns) / 1e9

    def _publish(self, frame: sources.Frame) -> None:
        """Publish all that is known of a frame; in lockstep, until it is answered."""
        now = self.get_clock().now().nanoseconds
        stamp = now if frame.stamp_ns is None else frame.stamp_ns
        header = messages.make_header(stamp, self._parameters.frame_id)
        image_msg = messages.from_rgb(frame.image, header)
        target_msg = None if frame.target is None else messages.from_class_ids(
            frame.target, header)

        def send():
            if target_msg is not None:  # first: whoever has the image has its truth
                self._target_pub.publish(target_msg)
            if frame.camera is not None:
                self._camera_info_pub.publish(CameraInfo(header=header, **frame.camera._asdict()))
            self._image_pub.publish(image_msg)

        self._sent += 1
        self._last_stamp = stamp
        if not self._parameters.lockstep:
            send()
        elif not self._lockstep.deliver(send, stamp, frame.target is not None,
                                        self._parameters.lockstep_timeout_s):
            self._unanswered += 1

    def _spin_until(self, is_done: Callable[[], bool], timeout_s: float) -> bool:
        """Let callbacks run until something is done or time is over; returns whether it is."""
        deadline = time.monotonic() + timeout_s
        while not is_done():
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            if not self.context.ok():
                raise ExternalShutdownException()
            self._executor.spin_once(timeout_sec=min(left, 0.1))
        return True


def main(args=None) -> int:
    """Run the node; returns the exit status."""
    return run_node(NAME, SourceNode, SourceNode.run, args)


if __name__ == '__main__':
    sys.exit(main())
