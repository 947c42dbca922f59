# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The node ``playback_node``: publishes frames from memory at an exact rate."""

from collections import deque
import hashlib
import itertools
import sys
import threading
import time
from typing import Any, Deque, Dict, List, NamedTuple, Optional

from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import Image

from lsnet_ros import sources
from lsnet_ros.files import write_json
from lsnet_ros.frames import messages
from lsnet_ros.latency.recorder import LatencyRecorder
from lsnet_ros.nodes.parameters import declare
from lsnet_ros.nodes.running import run_node

NAME = 'playback_node'
WINDOW = 100000     # latest frames in the report: almost half an hour at 60 Hz
LOG_PERIOD_S = 5.0
LAST_MASK_S = 1.0   # wait at the end, for the answers to the last frames
SPIN_S = 0.5        # longest time until the spinning thread notices the end


class PlaybackParameters(NamedTuple):
    """Parameters of the node; params/segmentation.yaml documents them."""

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


class PlaybackReport(NamedTuple):
    """Frames shown and rate achieved; None for values without data."""

    source: str
    sha256: str              # of all pixels shown
    prepared: int            # frames in memory
    height: Optional[int]    # px
    width: Optional[int]     # px
    frames: int              # published
    late: int                # frames after which the schedule started anew
    wanted_hz: float
    rate_hz: Optional[float]
    publish_ms: Optional[Dict[str, float]]
    stamps_ns: List[int]

    def as_json(self) -> Dict[str, Any]:
        """Return the report as it is written to its file."""
        return dict(self._asdict())


class PlaybackNode(Node):
    """
    Publish ``image`` at the rate of the parameters, however slow the source is.

    The first frames of the source become messages before the first of them is sent; after that
    only their stamps change. The node subscribes to nothing, so as not to disturb measurements
    beside it. A thread of its own answers its parameter services; it sleeps otherwise, and the
    thread that publishes waits for nobody.
    """

    def __init__(self) -> None:
        super().__init__(NAME)
        self._settings = declare(self, PlaybackParameters)
        self._pub = self.create_publisher(Image, 'image', QoSProfile(
            depth=1, reliability=ReliabilityPolicy.BEST_EFFORT))
        self._rate, self._late = self._settings.rate, 0
        self._recorder = LatencyRecorder(WINDOW)  # of each publish call
        self._messages: List[Image] = []
        self._digest = hashlib.sha256()
        self._stamps: Deque[int] = deque(maxlen=WINDOW)  # ns
        self._is_closed = threading.Event()
        self._executor = SingleThreadedExecutor()
        self._executor.add_node(self)
        self._spinner = threading.Thread(target=self._spin, name='parameters', daemon=True)
        self._spinner.start()

    def run(self) -> None:
        """Publish as many frames as the parameters say; 0 is endless."""
        self._prepare()
        self._wait_for_subscribers()
        self._play()
        time.sleep(LAST_MASK_S)

    def close(self) -> None:
        """
        End the spinning thread and write the report.

        :raises OSError: if the report cannot be written
        """
        self._is_closed.set()
        self._executor.shutdown()
        self._spinner.join()
        if self._settings.playback_report:
            write_json(self._settings.playback_report, self._make_report().as_json())

    def _spin(self) -> None:
        """Answer the parameter services until the node closes; runs in a thread of its own."""
        try:
            while not self._is_closed.is_set():
                self._executor.spin_once(timeout_sec=SPIN_S)
        except ExternalShutdownException:
            pass
        except Exception:
            if self.context.ok():  # else the end of the context interrupted the wait
                raise

    def _prepare(self) -> None:
        """Convert the first frames to messages."""
        settings = self._settings
        source = sources.open_source(settings.source, sources.SourceOptions(
            settings.image_topic, height=settings.height, width=settings.width))
        self._rate = settings.rate or source.rate or sources.DEFAULT_RATE
        for frame in itertools.islice(source.frames, settings.prepared):
            header = messages.make_header(0, settings.frame_id)
            self._messages.append(messages.from_rgb(frame.image, header))
            self._digest.update(frame.image.tobytes())

    def _wait_for_subscribers(self) -> None:
        """Wait for the subscribers that the parameters demand, without limit."""
        due = time.monotonic() + LOG_PERIOD_S
        while self._pub.get_subscription_count() < self._settings.subscribers:
            time.sleep(0.05)
            if time.monotonic() > due:
                due += LOG_PERIOD_S
                self.get_logger().warning('waiting: {} of {} subscribers of {}'.format(
                    self._pub.get_subscription_count(), self._settings.subscribers,
                    self._pub.topic_name))

    def _play(self) -> None:
        """Publish the messages in turn, each stamped with the present time."""
        period, due = 1.0 / self._rate, time.monotonic()
        turns = itertools.islice(itertools.cycle(self._messages), self._settings.frames or None)
        for image_msg in turns:
            time.sleep(max(0.0, due - time.monotonic()))
            now = self.get_clock().now()
            image_msg.header.stamp = now.to_msg()
            self._stamps.append(now.nanoseconds)
            started = time.perf_counter()
            self._pub.publish(image_msg)
            ended = time.perf_counter()
            self._recorder.add(ended - started, ended)
            due += period
            if time.monotonic() > due:  # a burst would look like a slow answer
                due = time.monotonic()
                self._late += 1
        self.get_logger().info('{} frames published'.format(self._recorder.count))

    def _make_report(self) -> PlaybackReport:
        """Return the frames shown and the rate achieved."""
        shown = self._messages[0] if self._messages else None
        return PlaybackReport(
            source=self._settings.source, sha256=self._digest.hexdigest(),
            prepared=len(self._messages), height=shown and shown.height,
            width=shown and shown.width, frames=self._recorder.count, late=self._late,
            wanted_hz=self._rate, rate_hz=self._recorder.mean_rate_hz() or None,
            publish_ms=self._recorder.summary_ms().as_json() if self._recorder.count else None,
            stamps_ns=list(self._stamps))


def main(args: Optional[List[str]] = None) -> int:
    """Run the node and return its exit status."""
    return run_node(NAME, PlaybackNode, PlaybackNode.run, args)


if __name__ == '__main__':
    sys.exit(main())
