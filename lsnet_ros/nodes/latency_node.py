# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
The node ``latency_node``: latency from image to mask, stage by stage, and readings of the board.

Its process writes files only; the report is drawn from them in a child process at the end.
"""

import sys
import threading
import time
from typing import NamedTuple, Optional

from diagnostic_msgs.msg import DiagnosticArray
import rclpy
from rclpy.logging import get_logger
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import CompressedImage, Image

from lsnet_ros.board.board import Board, BoardFacts
from lsnet_ros.board.machine import describe_machine
from lsnet_ros.files import expand_home, utc_now
from lsnet_ros.frames import messages
from lsnet_ros.latency.figures import LatencyRun
from lsnet_ros.latency.frame_log import FrameLog
from lsnet_ros.latency.page_process import draw_page, PageError
from lsnet_ros.latency.report import RunOrigin, RunReport, SegmentationStatus
from lsnet_ros.latency.ros2_benchmark import READING_HZ
from lsnet_ros.latency.run_files import RunFiles
from lsnet_ros.launching.frame_check import middleware
from lsnet_ros.nodes import diagnostics
from lsnet_ros.nodes.clock_check import warn_of_clocks
from lsnet_ros.nodes.diagnostics import Level, Report
from lsnet_ros.nodes.guard import Guard
from lsnet_ros.nodes.parameters import check, declare
from lsnet_ros.nodes.running import run_node
from lsnet_ros.nodes.timing_message import read_timing

NAME = 'latency_node'
DEPTH = 10       # of the topics: this node must not lose frames that others receive
WRITE_S = 0.2    # between two writes of frames.csv
IMAGES = {'raw': (Image, 'image'), 'compressed': (CompressedImage, 'image/compressed')}
STATUS = ': segmentation'  # end of the name of segmentation_node's status


class Parameters(NamedTuple):
    """Parameters of the node, documented in params/segmentation.yaml."""

    latency_folder: str = 'latency'
    warm_up: int = 50
    deadline_ms: float = 0.0
    board_root: str = '/'
    image_transport: str = 'raw'


class LatencyNode(Node):
    """
    Record arrivals of ``image``, ``segmentation/mask`` and ``segmentation/timing``.

    The executor's thread records only, from messages that stay serialised. A second thread reads
    the board and writes the files, so that a slow disk does not add to the latencies.
    """

    def __init__(self) -> None:
        super().__init__(NAME)
        self._settings = declare(self, Parameters)
        self._check_parameters()
        self._folder = expand_home(self._settings.latency_folder)
        self._log = FrameLog(self._settings.warm_up)
        self._board = Board(self._settings.board_root)
        facts = self._board.facts()
        self._run = LatencyRun(self._log, facts, self._settings.deadline_ms / 1e3 or None)
        started = time.perf_counter()
        self._files = RunFiles(self._folder, self._board.rails, self._board.zones, started)
        self._guard = Guard(self)
        self._origin = self._subscribe(facts)
        self._report = self._write_report(ended=None)
        self._is_closed = threading.Event()
        self._failure: Optional[Exception] = None
        self._age_s: Optional[float] = None  # of the latest mask
        self._alarm = self.create_guard_condition(self._raise_failure)
        diagnostics.publish_each_second(
            self, 'latency', lambda: facts.model or '', self._diagnose, self._guard)
        self._writer = threading.Thread(target=self._write, name='latency', daemon=True)
        self._writer.start()

    def close(self) -> None:
        """
        Write the last frames and latency.json; have the report drawn.

        :raises OSError: if a file cannot be written
        """
        self._is_closed.set()
        self._writer.join()
        self._board.close()
        if self._failure is None:
            self._write_frames(None)
            self._write_report(ended=utc_now())
            self._files.close()
            self._draw_page()
            self._warn_if_empty()

    def _draw_page(self) -> None:
        """Draw the report in a child process; log its path, or the reason why it is missing."""
        # The node's own logger publishes too, which fails after an interrupt.
        logger = get_logger('latency_page')
        try:
            logger.info('wrote {}'.format(draw_page(self._folder)))
        except PageError as error:
            logger.warning(str(error))

    def _warn_if_empty(self) -> None:
        """Log why the report has no figures, if it has none."""
        frames = self._report.figures.frames
        if not frames.received:
            get_logger(NAME).warning(
                'the report has no figures: {} masks came, all of them in the warm-up of {}: let '
                'it run for longer, or lower warm_up'.format(
                    frames.warm_up, self._settings.warm_up))

    def _check_parameters(self) -> None:
        """Raise a ParameterError if a value is invalid."""
        settings = self._settings
        check('image_transport', settings.image_transport,
              settings.image_transport in IMAGES, 'one of ' + ', '.join(sorted(IMAGES)))
        check('latency_folder', settings.latency_folder, settings.latency_folder != '',
              'a folder for the files of the run')

    def _subscribe(self, facts: BoardFacts) -> RunOrigin:
        """Subscribe to images and masks as bytes, of which only the stamp is read."""
        best_effort = QoSProfile(depth=DEPTH, reliability=ReliabilityPolicy.BEST_EFFORT)
        message, topic = IMAGES[self._settings.image_transport]
        subscribe = self._guard.subscribe
        images = subscribe(message, topic, self._on_image, best_effort, raw=True)
        subscribe(Image, 'segmentation/mask', self._on_mask, DEPTH, raw=True)
        subscribe(DiagnosticArray, 'segmentation/timing', self._on_timing, best_effort)
        subscribe(DiagnosticArray, '/diagnostics', self._on_diagnostics, DEPTH)
        return RunOrigin(utc_now(), describe_machine(facts.model, middleware()),
                         images.topic_name)

    def _on_image(self, image_bytes: bytes) -> None:
        now = time.perf_counter()
        self._log.on_image(messages.stamp_of_bytes(image_bytes), now)

    def _on_mask(self, mask_bytes: bytes) -> None:
        now, clock_ns = time.perf_counter(), self.get_clock().now().nanoseconds
        self._log.on_mask(messages.stamp_of_bytes(mask_bytes), now, clock_ns)

    def _on_timing(self, timing_msg) -> None:
        self._log.on_stages(messages.stamp_ns(timing_msg.header), *read_timing(timing_msg))

    def _on_diagnostics(self, diagnostics_msg) -> None:
        """Record the status of the segmentation node of this namespace."""
        for status in diagnostics_msg.status:
            namespace = '/' + status.name.rpartition('/')[0]
            if status.name.endswith(STATUS) and namespace == self.get_namespace():
                values = {entry.key: entry.value for entry in status.values}
                self._origin = self._origin._replace(segmentation=SegmentationStatus(
                    status.hardware_id, values.get('state'), values.get('backend'),
                    values.get('backend_reason')).follow(self._origin.segmentation))

    def _write(self) -> None:
        """Write frames continuously and all else once a second until closed, in a thread."""
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
        except Exception as error:  # raised again by the main thread, where it ends the program
            self._failure = error
            self._alarm.trigger()

    def _raise_failure(self) -> None:
        """Raise the writer's error in the executor's thread."""
        if self._failure is not None:
            raise self._failure

    def _write_frames(self, now: Optional[float]) -> None:
        """Write the frames that are complete at ``now``; None for all."""
        frames = self._log.take(now)
        self._run.add(frames)
        self._age_s = frames[-1].age_s if frames else self._age_s
        self._files.write_frames(frames)

    def _write_report(self, ended: Optional[str]) -> RunReport:
        """Write the figures so far and return them."""
        self._report = RunReport(self._run.figures(), self._origin, utc_now(), ended)
        self._files.write_report(self._report)
        return self._report

    def _diagnose(self) -> Report:
        """Return the latest figures as a status, with warnings."""
        return diagnostics.add_warnings(
            self._summarise(), warn_of_clocks(self._age_s) + self._origin.warnings())

    def _summarise(self) -> Report:
        """Return the latest figures as a status."""
        figures = self._report.figures
        frames = figures.as_json()['frames']
        values = {'frames_' + name: count for name, count in frames.items()}
        values.update(rate_hz=figures.rate_hz, folder=str(self._folder))
        for key in ('p50', 'p95', 'p99', 'max'):
            values['latency_{}_ms'.format(key)] = getattr(figures.latency_ms, key)
        if figures.frames.received:
            return Report(Level.OK, 'RUNNING: {} frames'.format(figures.frames.received), values)
        if figures.frames.warm_up:
            return Report(Level.OK, 'WARMING UP: {} of {} frames'.format(
                figures.frames.warm_up, self._settings.warm_up), values)
        return Report(Level.OK, 'NO MASKS: none yet', values)


def main(args=None) -> int:
    """Run the node; return the exit status."""
    return run_node(NAME, LatencyNode, rclpy.spin, args)


if __name__ == '__main__':
    sys.exit(main())
