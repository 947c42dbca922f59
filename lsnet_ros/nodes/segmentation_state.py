# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Counts, latencies and state of one camera of segmentation_node, for its report."""

import time
from typing import Any, Optional, Tuple

from lsnet_ros.frames.messages import stamp_ns
from lsnet_ros.latency.recorder import LatencyRecorder
from lsnet_ros.nodes.backend_state import BackendState
from lsnet_ros.nodes.clock_check import warn_of_clocks
from lsnet_ros.nodes.diagnostics import add_warnings, Level, Report

SILENCE_S = 2.0  # without a frame: the report warns
STUCK_S = 5.0    # least time of a frame after which the worker is said to be stuck
STUCK_FRAMES = 20  # the same as a number of usual frames

NO_PUBLISHER = 'NO IMAGES: nobody publishes {topic}: start a camera, or remap the topic'
NOTHING_ARRIVES = ('NO IMAGES: {publishers} publisher(s) of {topic}, but no frame for '
                   '{silence:.0f} s: run "lsnet doctor" where the camera driver runs; it names '
                   'the missing setting for large images')
DISABLED = 'DISABLED: the service ~/enable starts the segmentation'
UNCONFIGURED = 'UNCONFIGURED: the transition "configure" opens the model'
INACTIVE = 'INACTIVE: the transition "activate" starts the segmentation'
RESTING = 'RESTING: nobody subscribes to masks or pictures, so that no frame is received'
STUCK = ('STUCK: no result of a frame for {:.0f} s: look at the board and the backend, restart '
         'the node; the parameter watchdog_s ends it by itself')


class SegmentationState:
    """
    Count frames and record latencies, for a report every second.

    Each number is written by one thread only: the executor's for received frames, the worker's
    for results.

    :param node: for its clock and its count of publishers
    :param backend: shared by all cameras
    :param is_managed: whether transitions of a lifecycle start and end the segmentation
    """

    def __init__(self, node: Any, backend: BackendState, is_managed: bool = False) -> None:
        self._node, self._backend = node, backend
        self._disabled = INACTIVE if is_managed else DISABLED
        self._topic: Optional[str] = None  # full name, once subscribed
        self._taken_at = time.monotonic()
        self._taken = self._replaced = self._skipped = self._bad = 0
        self._is_enabled = self._is_watched = True
        self._begun_at: Optional[float] = None  # of the frame in work, monotonic
        self._error: Optional[str] = None  # of the latest frame, if it was bad
        self._latest_age_s: Optional[float] = None
        self._latency, self._age = LatencyRecorder(), LatencyRecorder()

    @property
    def left_out(self) -> int:
        """Number of frames so far that were skipped, or that a newer one replaced."""
        return self._replaced + self._skipped

    def on_enabled(self, is_enabled: bool) -> None:
        """Record whether the node is to segment."""
        self._is_enabled = is_enabled

    def on_watched(self, is_watched: bool) -> None:
        """Record whether anybody subscribes to a result."""
        self._is_watched = is_watched

    def on_subscribed(self, topic: str) -> None:
        """Record that frames may arrive from now on."""
        self._topic, self._taken_at = topic, time.monotonic()

    def on_frame(self, is_replaced: bool) -> None:
        """Count a received frame, and the older one that it replaced, if any."""
        self._taken += 1
        self._replaced += is_replaced
        self._taken_at = time.monotonic()

    def on_skipped(self) -> None:
        """Count a received frame that is not segmented."""
        self._taken += 1
        self._skipped += 1
        self._taken_at = time.monotonic()

    def on_begin(self) -> None:
        """Record that the worker begins a frame."""
        self._begun_at = time.monotonic()

    def on_end(self) -> None:
        """Record that the worker is done with its frame."""
        self._begun_at = None

    def busy_s(self) -> float:
        """Return for how long the worker has had its frame, s; 0 without one."""
        begun_at = self._begun_at
        return 0.0 if begun_at is None else time.monotonic() - begun_at

    def on_bad_frame(self, error: str) -> None:
        """Count a frame that could not be segmented, and keep its error."""
        self._bad += 1
        self._error = error

    def on_result(self, header: Any, latency_s: float) -> None:
        """Count a published mask, with its latency and age."""
        self._error = None
        self._latency.add(latency_s)
        age_s = (self._node.get_clock().now().nanoseconds - stamp_ns(header)) / 1e9
        self._latest_age_s = age_s
        self._age.add(age_s)

    def report(self) -> Report:
        """Return level, message and all numbers."""
        level, message = self._judge()
        latency, age = self._latency.percentiles_ms(), self._age.percentiles_ms()
        report = self._backend.add_changes(Report(level, message, {}))
        report.values.update({
            'state': report.message.split(':')[0],
            'backend': self._backend.backend,
            'backend_reason': self._backend.reason,
            'frames_in': self._taken,
            'frames_out': self._latency.count,
            'frames_replaced': self._replaced,
            'frames_skipped': self._skipped,
            'frames_bad': self._bad,
            'rate_hz': self._latency.rate_hz(),
            'latency_p50_ms': latency['p50'],
            'latency_p95_ms': latency['p95'],
            'age_p50_ms': age['p50'],
            'age_p95_ms': age['p95'],
        })
        return add_warnings(report, warn_of_clocks(self._latest_age_s))

    def _judge(self) -> Tuple[Level, str]:
        """Return the level, and a message that begins with the state."""
        if self._backend.is_stuck():
            return Level.ERROR, self._backend.describe_opening()
        if self._backend.is_closed():
            return Level.OK, UNCONFIGURED
        if not self._is_enabled:
            return Level.OK, self._disabled
        if self._topic is None:
            return Level.WARN, self._backend.describe_opening()
        busy_s, usual_ms = self.busy_s(), self._latency.percentiles_ms()['p95']
        if busy_s > max(STUCK_S, STUCK_FRAMES * usual_ms / 1e3):  # the first also beside NaN
            return Level.ERROR, STUCK.format(busy_s)
        silence = time.monotonic() - self._taken_at
        is_busy = self._taken > self.left_out + self._bad + self._latency.count
        if not self._is_watched and self._node.count_publishers(self._topic):
            return Level.OK, RESTING
        if silence > SILENCE_S and not is_busy:
            return Level.WARN, self._explain_silence(self._topic, silence)
        if self._error is not None:
            return Level.ERROR, 'ERROR: frame dropped: {}'.format(self._error)
        if not self._taken:
            return Level.OK, 'NO IMAGES: none yet on {}'.format(self._topic)
        return Level.OK, 'RUNNING: {} frames segmented'.format(self._latency.count)

    def _explain_silence(self, topic: str, silence: float) -> str:
        """Return the likely reason why no frames arrive, with its remedy."""
        publishers = self._node.count_publishers(topic)
        if not publishers:
            return NO_PUBLISHER.format(topic=topic)
        if self._taken:
            return 'NO IMAGES: {} has not sent a frame for {:.0f} s'.format(topic, silence)
        return NOTHING_ARRIVES.format(publishers=publishers, topic=topic, silence=silence)
