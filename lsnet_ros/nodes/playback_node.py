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
"""The node ``playback_node``: shows frames that it holds in memory, at a rate that it keeps."""

from collections import deque
import hashlib
import itertools
import json
import sys
import time
from typing import Any, Dict, NamedTuple

from lsnet_ros.files import replacing
from lsnet_ros.latency import LatencyRecorder
from lsnet_ros.nodes import messages, sources
from lsnet_ros.nodes.parameters import check, declare
from lsnet_ros.nodes.running import run_node
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import Image

NAME = 'playback_node'
WINDOW = 100000     # of the latest frames the report is: most of half an hour at 60 Hz
LOG_PERIOD_S = 5.0
LAST_MASK_S = 1.0   # that the last frames are given to be answered before the node ends


class Parameters(NamedTuple):
    """The node's parameters; params/segmentation.yaml says what they mean."""

    source: str = 'street_scene'
    rate: float = 0.0
    frames: int = 0
    prepared: int = 10
    subscribers: int = 2
    playback_report: str = ''
    frame_id: str = 'camera'
    height: int = 360
    width: int = 480
    image_topic: str = '/image'


class PlaybackNode(Node):
    """
    Publish ``image`` as fast as asked for, however slow the source itself is.

    The first frames of the source become messages before the first of them is sent, and only
    their stamps change after that. No callback runs, and no mask comes here: what is measured
    beside it is not disturbed.
    """

    def __init__(self) -> None:
        super().__init__(NAME)
        self._parameters = declare(self, Parameters)
        self._check_parameters()
        self._pub = self.create_publisher(Image, 'image', QoSProfile(
            depth=1, reliability=ReliabilityPolicy.BEST_EFFORT))
        self._rate, self._late = self._parameters.rate, 0
        self._publish = LatencyRecorder(WINDOW)  # how long that takes, and when it was done
        self._messages, self._digest = [], hashlib.sha256()
        self._stamps = deque(maxlen=WINDOW)  # ns

    def run(self) -> None:
        """Publish frames until there were enough; endless where none are too many."""
        self._prepare()
        self._wait_for_subscribers()
        self._play()
        time.sleep(LAST_MASK_S)

    def close(self) -> None:
        """
        Write the report.

        :raises OSError: if it cannot be written
        """
        if self._parameters.playback_report:
            text = json.dumps(self._report(), indent=2, allow_nan=False)
            with replacing(self._parameters.playback_report) as file:
                file.write(text.encode('utf-8') + b'\n')

    def _check_parameters(self) -> None:
        """Raise a ParameterError unless the values can be worked with."""
        for name in ('rate', 'frames', 'subscribers'):
            value = getattr(self._parameters, name)
            check(name, value, 0 <= value < 1e9, '0 or more')
        prepared = self._parameters.prepared
        check('prepared', prepared, 1 <= prepared < 1e6, '1 or more')

    def _prepare(self) -> None:
        """Make messages of the first frames."""
        parameters = self._parameters
        source = sources.open_source(parameters.source, sources.Options(
            parameters.image_topic, height=parameters.height, width=parameters.width))
        self._rate = parameters.rate or source.rate or sources.DEFAULT_RATE
        for frame in itertools.islice(source.frames, parameters.prepared):
            header = messages.make_header(0, parameters.frame_id)
            self._messages.append(messages.from_rgb(frame.image, header))
            self._digest.update(frame.image.tobytes())

    def _wait_for_subscribers(self) -> None:
        """Wait until as many listen as asked for, however long that takes."""
        due = time.monotonic() + LOG_PERIOD_S
        while self._pub.get_subscription_count() < self._parameters.subscribers:
            time.sleep(0.05)
            if time.monotonic() > due:
                due += LOG_PERIOD_S
                self.get_logger().warning('waiting: {} of {} subscribers of {}'.format(
                    self._pub.get_subscription_count(), self._parameters.subscribers,
                    self._pub.topic_name))

    def _play(self) -> None:
        """Publish the messages in turn, each with the moment as its stamp."""
        period, due = 1.0 / self._rate, time.monotonic()
        turns = itertools.islice(itertools.cycle(self._messages), self._parameters.frames or None)
        for image_msg in turns:
            time.sleep(max(0.0, due - time.monotonic()))
            now = self.get_clock().now()
            image_msg.header.stamp = now.to_msg()
            self._stamps.append(now.nanoseconds)
            started = time.perf_counter()
            self._pub.publish(image_msg)
            ended = time.perf_counter()
            self._publish.add(ended - started, ended)
            due += period
            if time.monotonic() > due:  # no burst, which would be taken for the answerer's fault
                due = time.monotonic()
                self._late += 1
        self.get_logger().info('{} frames published'.format(self._publish.count))

    def _report(self) -> Dict[str, Any]:
        """
        Return what was shown, and how well the rate was kept.

        :returns: source, sha256 (of all pixels shown), prepared, height, width, frames (that
            were published), late (after which the rate was not made up for), wanted_hz,
            rate_hz, publish_ms and stamps_ns; None for what there is not
        """
        shown = self._messages[0] if self._messages else None
        return {
            'source': self._parameters.source, 'sha256': self._digest.hexdigest(),
            'prepared': len(self._messages), 'height': shown and shown.height,
            'width': shown and shown.width, 'frames': self._publish.count, 'late': self._late,
            'wanted_hz': self._rate,
            'rate_hz': self._publish.mean_rate_hz() or None,
            'publish_ms': self._publish.summary_ms() if self._publish.count else None,
            'stamps_ns': list(self._stamps)}


def main(args=None) -> int:
    """Run the node; returns the exit status."""
    return run_node(NAME, PlaybackNode, PlaybackNode.run, args)


if __name__ == '__main__':
    sys.exit(main())
