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
"""The node ``latency_node``: how long frames take from image to mask, and what the board does."""

from datetime import datetime, timezone
from pathlib import Path
import sys
import threading
import time
from typing import Any, Dict, NamedTuple, Optional

from diagnostic_msgs.msg import DiagnosticArray
from lsnet_ros.frame_log import FrameLog
from lsnet_ros.latency_files import RunFiles
from lsnet_ros.latency_page import write_page
from lsnet_ros.latency_run import LatencyRun, READING_HZ
from lsnet_ros.machine import machine
from lsnet_ros.nodes import diagnostics, messages
from lsnet_ros.nodes.diagnostics import Level, Report
from lsnet_ros.nodes.frame_check import middleware
from lsnet_ros.nodes.parameters import check, declare
from lsnet_ros.nodes.running import run_node
from lsnet_ros.power import Board
import rclpy
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import CompressedImage, Image

NAME = 'latency_node'
DEPTH = 10       # of the topics: this node is not to lose what others have received
WRITE_S = 0.2    # between two writes of frames.csv
IMAGES = {'raw': (Image, 'image'), 'compressed': (CompressedImage, 'image/compressed')}
TIME = '%Y-%m-%d %H:%M:%S'
STATE = ': segmentation'  # ends the name of what segmentation_node says of itself


class Parameters(NamedTuple):
    """The node's parameters; params/segmentation.yaml says what they mean."""

    latency_folder: str = 'latency'
    warm_up: int = 50
    deadline_ms: float = 0.0
    board_root: str = '/'
    image_transport: str = 'raw'


class LatencyNode(Node):
    """
    Take the time of ``image``, ``segmentation/mask`` and ``segmentation/timing`` as they come.

    The executor's thread only does that, on messages that are not even unpacked. One other
    thread reads the board and writes the files, so that a slow disk is not measured as well.
    """

    def __init__(self) -> None:
        super().__init__(NAME)
        self._parameters = declare(self, Parameters)
        self._check_parameters()
        self._folder = Path(self._parameters.latency_folder)
        self._log = FrameLog(self._parameters.warm_up)
        self._board = Board(self._parameters.board_root)
        facts = self._board.facts()
        self._run = LatencyRun(self._log, facts, self._parameters.deadline_ms / 1e3 or None)
        started = time.perf_counter()
        self._files = RunFiles(self._folder, self._board.rails, self._board.zones, started)
        self._origin = {'started': _now(), 'machine': machine(facts, middleware()),
                        'segmentation': None}
        self._subscribe()
        self._report: Dict[str, Any] = {}
        self._is_closed, self._failure = threading.Event(), None
        self._news = self.create_guard_condition(self._on_failure)
        self._write_report(ended=None)
        diagnostics.publish_each_second(self, 'latency', facts['model'] or '', self._diagnose)
        self._writer = threading.Thread(target=self._write, name='latency', daemon=True)
        self._writer.start()

    def close(self) -> None:
        """
        Write what is left, and the report.

        :raises OSError: if it cannot be written
        """
        self._is_closed.set()
        self._writer.join()
        self._board.close()
        if self._failure is None:
            self._write_frames(None)
            self._write_report(ended=_now())
            self._files.close()
            write_page(self._folder)

    def _check_parameters(self) -> None:
        """Raise a ParameterError unless the values can be worked with."""
        parameters = self._parameters
        check('image_transport', parameters.image_transport,
              parameters.image_transport in IMAGES, 'one of ' + ', '.join(sorted(IMAGES)))
        check('latency_folder', parameters.latency_folder, parameters.latency_folder != '',
              'a folder for the files of the run')
        for name in ('warm_up', 'deadline_ms'):
            value = getattr(parameters, name)
            check(name, value, 0 <= value < 1e9, '0 or more')

    def _subscribe(self) -> None:
        """Subscribe; images and masks come as bytes, of which only the stamp is looked at."""
        best_effort = QoSProfile(depth=DEPTH, reliability=ReliabilityPolicy.BEST_EFFORT)
        message, topic = IMAGES[self._parameters.image_transport]
        images = self.create_subscription(message, topic, self._on_image, best_effort, raw=True)
        self._origin['image_topic'] = images.topic_name
        self.create_subscription(Image, 'segmentation/mask', self._on_mask, DEPTH, raw=True)
        self.create_subscription(
            DiagnosticArray, 'segmentation/timing', self._on_timing, best_effort)
        self.create_subscription(DiagnosticArray, '/diagnostics', self._on_diagnostics, DEPTH)

    def _on_image(self, image_bytes: bytes) -> None:
        now = time.perf_counter()
        self._log.on_image(messages.stamp_of_bytes(image_bytes), now)

    def _on_mask(self, mask_bytes: bytes) -> None:
        now, clock_ns = time.perf_counter(), self.get_clock().now().nanoseconds
        self._log.on_mask(messages.stamp_of_bytes(mask_bytes), now, clock_ns)

    def _on_timing(self, timing_msg) -> None:
        values = {entry.key: entry.value for entry in timing_msg.status[0].values}
        replaced = values.get('frames_replaced')
        stages = {key: float(value) for key, value in values.items() if key.endswith('_ms')}
        self._log.on_stages(messages.stamp_ns(timing_msg.header), stages,
                            None if replaced is None else int(replaced))

    def _on_diagnostics(self, diagnostics_msg) -> None:
        """Take down what the segmentation node of this namespace says of itself."""
        for status in diagnostics_msg.status:
            namespace = '/' + status.name.rpartition('/')[0]
            if status.name.endswith(STATE) and namespace == self.get_namespace():
                values = {entry.key: entry.value for entry in status.values}
                self._origin['segmentation'] = {
                    'model': status.hardware_id, 'state': values.get('state'),
                    'backend': values.get('backend'), 'reason': values.get('backend_reason')}

    def _write(self) -> None:
        """Write frames as they come and all else once a second, until closed; the own thread."""
        due = time.perf_counter()
        try:
            while not self._is_closed.wait(WRITE_S):
                now = time.perf_counter()
                self._write_frames(now)
                if now >= due:
                    due = max(due + 1.0 / READING_HZ, now)
                    reading = self._board.read()
                    self._run.add_reading(reading)
                    self._files.write_reading(now, reading)
                    self._write_report(ended=None)
        except Exception as error:  # for the main thread, which ends the program with it
            self._failure = error
            self._news.trigger()

    def _on_failure(self) -> None:
        """End the program with what the writer failed with."""
        raise self._failure

    def _write_frames(self, now: Optional[float]) -> None:
        """Write the frames that are complete; None is all."""
        frames = self._log.take(now)
        self._run.add(frames)
        self._files.write_frames(frames)

    def _write_report(self, ended: Optional[str]) -> None:
        """Write the figures so far."""
        self._report = dict(self._run.report(), ended=ended, written=_now(), **self._origin)
        self._files.write_report(self._report)

    def _diagnose(self) -> Report:
        """Return the figures that were written last."""
        report = self._report
        values = {'frames_' + name: count for name, count in report['frames'].items()}
        values.update(rate_hz=report['rate_hz'], folder=str(self._folder))
        for key in ('p50', 'p95', 'p99', 'max'):
            values['latency_{}_ms'.format(key)] = report['latency_ms'][key]
        if report['frames']['received']:
            return Report(Level.OK, 'RUNNING: {} frames'.format(report['frames']['received']),
                          values)
        if report['frames']['warm_up']:
            return Report(Level.OK, 'WARMING UP: {} of {} frames'.format(
                report['frames']['warm_up'], self._parameters.warm_up), values)
        return Report(Level.OK, 'NO MASKS: none yet', values)


def _now() -> str:
    """Return date and time, UTC."""
    return datetime.now(timezone.utc).strftime(TIME)


def main(args=None) -> int:
    """Run the node; returns the exit status."""
    return run_node(NAME, LatencyNode, rclpy.spin, args)


if __name__ == '__main__':
    sys.exit(main())
