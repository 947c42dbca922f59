# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The node ``source_node``: publishes the frames of a camera, video, folder, bag or scene."""

from collections import deque
import sys
import time
from typing import Callable, Deque, List, NamedTuple, Optional

from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import CameraInfo, Image

from lsnet_ros import sources
from lsnet_ros.frames import Frame, messages
from lsnet_ros.limits.bounds import PIXELS
from lsnet_ros.nodes import diagnostics
from lsnet_ros.nodes.diagnostics import Level, Report
from lsnet_ros.nodes.guard import Guard
from lsnet_ros.nodes.lockstep import Lockstep
from lsnet_ros.nodes.pace import Pace
from lsnet_ros.nodes.parameters import check, declare
from lsnet_ros.nodes.running import run_node
from lsnet_ros.nodes.unique_stamps import UniqueStamps

NAME = 'source_node'
LATE_S = 0.02      # most delay that later frames make up for
LAST_MASK_S = 5.0  # longest wait for the last mask
RATE_FRAMES = 20   # latest frames whose rate is reported


class SourceParameters(NamedTuple):
    """Parameters of the node; params/segmentation.yaml documents them."""

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
    Publish ``image`` and, where the source has them, ``target`` and ``camera_info``.

    One thread does it all: it runs callbacks while it waits for the next frame's time.
    """

    def __init__(self) -> None:
        super().__init__(NAME)
        self._settings = declare(self, SourceParameters)
        self._check_parameters()
        self._source = self._open()
        self._image_pub = self.create_publisher(Image, 'image', QoSProfile(
            depth=1, reliability=ReliabilityPolicy.BEST_EFFORT))
        self._target_pub = self.create_publisher(Image, 'target', 10)
        self._camera_info_pub = self.create_publisher(CameraInfo, 'camera_info', 10)
        self._executor = SingleThreadedExecutor()
        self._executor.add_node(self)
        guard = Guard(self)
        self._lockstep = Lockstep(self, guard, self._spin_until)
        self._pace = Pace(self.get_logger().warning)
        self._sent = self._unanswered = 0
        self._stamps = UniqueStamps(self.get_logger().warning)
        self._last_stamp = 0  # ns
        self._sent_at: Deque[float] = deque(maxlen=RATE_FRAMES)  # monotonic, s
        diagnostics.publish_each_second(
            self, 'source', lambda: self._settings.source, self._report, guard)

    def run(self) -> None:
        """
        Publish all frames, then wait for the last mask.

        :raises SourceError: if a frame was never answered in lockstep
        """
        if self._settings.lockstep:
            self._lockstep.wait_for_listeners(self._image_pub, self._source.has_truth)
        while not self._play() and self._settings.loop:
            self._source = self._open()
        if not self._settings.lockstep and self._lockstep.is_segmented(self._image_pub):
            self._lockstep.wait_for_answer(
                self._last_stamp, self._source.has_truth, LAST_MASK_S)
        self.get_logger().info('{} frames published'.format(self._sent))
        if self._unanswered:
            raise sources.SourceError('{} of {} frames were never answered: see the log of '
                                      'segmentation_node and evaluation_node'.format(
                                          self._unanswered, self._sent))
        if self._settings.lockstep and self._lockstep.problem:
            raise sources.SourceError(self._lockstep.problem)

    def close(self) -> None:
        """Stop running callbacks."""
        self._executor.shutdown()

    def _check_parameters(self) -> None:
        """Raise a ParameterError if a value is invalid."""
        height, width = self._settings.height, self._settings.width
        check('height', height, width <= PIXELS // height,
              'up to {} pixels with the width of {}'.format(PIXELS, width))

    def _open(self) -> sources.Source:
        """Open the source of the parameters."""
        settings = self._settings
        return sources.open_source(settings.source, sources.SourceOptions(
            settings.image_topic, settings.target_topic, settings.camera_info_topic,
            settings.height, settings.width, settings.rate or sources.DEFAULT_RATE))

    def _play(self) -> bool:
        """Publish the frames of the source once; return whether ``frames`` is reached."""
        due, previous = time.monotonic(), None
        for frame in self._source.frames:
            due += self._step_s(frame, previous)
            self._spin_until(lambda: False, due - time.monotonic())
            due = max(due, time.monotonic() - LATE_S)  # no burst after a long wait
            self._publish(frame)
            if self._sent == self._settings.frames:
                return True
            previous = frame
        return False

    def _step_s(self, frame: Frame, previous: Optional[Frame]) -> float:
        """Return the time from the previous frame to this one, s."""
        if previous is None:
            return 0.0
        rate = self._settings.rate or (not self._settings.lockstep and self._source.rate)
        if rate:
            return 1.0 / rate
        if self._settings.lockstep or frame.stamp_ns is None or previous.stamp_ns is None:
            return 0.0
        return self._pace.step_s(previous.stamp_ns, frame.stamp_ns)

    def _publish(self, frame: Frame) -> None:
        """Publish a frame with its target and camera; in lockstep, until it is answered."""
        now = self.get_clock().now().nanoseconds
        stamp = self._stamps.make_unique(now if frame.stamp_ns is None else frame.stamp_ns)
        header = messages.make_header(stamp, self._settings.frame_id)
        image_msg = messages.from_rgb(frame.image, header)
        target_msg = None if frame.target is None else messages.from_class_ids(
            frame.target, header)

        def send() -> None:
            if target_msg is not None:  # first, so that no image is ahead of its truth
                self._target_pub.publish(target_msg)
            if self._source.camera is not None:
                self._camera_info_pub.publish(
                    CameraInfo(header=header, **self._source.camera._asdict()))
            self._image_pub.publish(image_msg)

        self._sent += 1
        self._sent_at.append(time.monotonic())
        self._last_stamp = stamp
        if not self._settings.lockstep:
            send()
        elif not self._lockstep.deliver(send, stamp, frame.target is not None,
                                        self._settings.lockstep_timeout_s):
            self._unanswered += 1

    def _report(self) -> Report:
        """Return the state, and the frames so far."""
        values = {'frames': self._sent, 'frames_unanswered': self._unanswered,
                  'rate_hz': self._rate_hz()}
        problem = self._lockstep.problem if self._settings.lockstep else ''
        if self._unanswered:
            problem = '{} frames were never answered'.format(self._unanswered)
        if problem:
            return Report(Level.ERROR, 'ERROR: {}'.format(problem), values)
        if not self._sent:
            return Report(Level.OK, 'WAITING: no frame published yet', values)
        return Report(Level.OK, 'RUNNING: {} frames published'.format(self._sent), values)

    def _rate_hz(self) -> float:
        """Return the rate of the latest frames, NaN before the second."""
        if len(self._sent_at) < 2:
            return float('nan')
        return (len(self._sent_at) - 1) / (self._sent_at[-1] - self._sent_at[0])

    def _spin_until(self, is_done: Callable[[], bool], timeout_s: float) -> bool:
        """
        Run callbacks until a condition holds or time is up; return whether it holds.

        One ready callback runs even if there is no time, so that a source that is too slow for
        its rate still answers its parameter services.
        """
        deadline = time.monotonic() + timeout_s
        while not is_done():
            if not self.context.ok():
                raise ExternalShutdownException()
            left = deadline - time.monotonic()
            self._executor.spin_once(timeout_sec=min(max(left, 0.0), 0.1))
            if left <= 0:
                return is_done()
        return True


def main(args: Optional[List[str]] = None) -> int:
    """Run the node and return its exit status."""
    return run_node(NAME, SourceNode, SourceNode.run, args)


if __name__ == '__main__':
    sys.exit(main())
