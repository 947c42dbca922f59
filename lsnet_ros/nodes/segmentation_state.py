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
"""What segmentation_node knows about itself, and what it says of it."""

import time
from typing import Any

from lsnet_ros.latency import LatencyRecorder
from lsnet_ros.nodes.diagnostics import Level, Report
from lsnet_ros.nodes.messages import stamp_ns

SILENCE_S = 2.0  # after which a camera counts as gone

NO_PUBLISHER = 'NO IMAGES: nobody publishes {topic}: start a camera, or remap the topic'
NOTHING_ARRIVES = ('NO IMAGES: {publishers} publisher(s) of {topic}, but no frame for '
                   '{silence:.0f} s: run "lsnet doctor" where the camera driver runs, it says '
                   'which setting for large images is missing')


class SegmentationState:
    """
    Counts frames and remembers latencies, for a report every second.

    Each number is written by one thread only: those of frames taken by the executor's, those of
    results by the worker's. What is known of an engine comes from the thread that has it built.

    :param node: for its clock and the count of publishers
    :param backend: the backend that was asked for
    """

    def __init__(self, node: Any, backend: str) -> None:
        self._node = node
        self._backend, self._reason = backend, 'not open yet'
        self._topic = None          # full name, once subscribed
        self._taken_at = time.monotonic()
        self._taken = self._replaced = self._bad = 0
        self._error = None          # of the latest frame, if it was bad
        self._building = ''         # how far the building of an engine is
        self._no_engine = ''        # why there is none, if one was to be had
        self._latency, self._age = LatencyRecorder(), LatencyRecorder()

    @property
    def replaced(self) -> int:
        """How many frames were ever replaced by a newer one before their turn."""
        return self._replaced

    def on_ready(self, backend: Any) -> None:
        """Remember which backend was opened and why."""
        self._backend, self._reason = backend.name, backend.reason

    def on_subscribed(self, topic: str) -> None:
        """Remember that frames may come from now on."""
        self._topic, self._taken_at = topic, time.monotonic()

    def on_frame(self, is_replaced: bool) -> None:
        """Count a frame that was taken, and whether an older one was dropped for it."""
        self._taken += 1
        self._replaced += is_replaced
        self._taken_at = time.monotonic()

    def on_bad_frame(self, error: str) -> None:
        """Count a frame that could not be segmented."""
        self._bad += 1
        self._error = error

    def on_result(self, header: Any, latency_s: float) -> None:
        """Count a label image that was published."""
        self._error = None
        self._latency.add(latency_s)
        self._age.add((self._node.get_clock().now().nanoseconds - stamp_ns(header)) / 1e9)

    def on_building(self, progress: str) -> None:
        """Remember how far the building of an engine is."""
        self._building = progress

    def on_built(self) -> None:
        """Remember that the engine is there."""
        self._building = ''

    def on_no_engine(self, problem: str) -> None:
        """Remember why there will be no engine."""
        self._building, self._no_engine = '', problem

    def report(self) -> Report:
        """Return the state, and all numbers."""
        level, message = self._judge()
        if self._building:
            message = 'BUILDING: engine: {}; meanwhile {}'.format(self._building, message)
        elif self._no_engine:
            level = Level.WARN if level is Level.OK else level
            message = '{}; no engine: {}'.format(message, self._no_engine)
        latency, age = self._latency.percentiles_ms(), self._age.percentiles_ms()
        return Report(level, message, {
            'state': message.split(':')[0],
            'backend': self._backend,
            'backend_reason': self._reason,
            'frames_in': self._taken,
            'frames_out': self._latency.count,
            'frames_replaced': self._replaced,
            'frames_bad': self._bad,
            'rate_hz': self._latency.rate_hz(),
            'latency_p50_ms': latency['p50'],
            'latency_p95_ms': latency['p95'],
            'age_p50_ms': age['p50'],
            'age_p95_ms': age['p95'],
        })

    def _judge(self):
        """Return the level and a message that begins with the state."""
        if self._topic is None:
            return Level.WARN, 'LOADING: opening the backend {}'.format(self._backend)
        silence = time.monotonic() - self._taken_at
        is_busy = self._taken > self._replaced + self._bad + self._latency.count
        if silence > SILENCE_S and not is_busy:
            return Level.WARN, self._explain(silence)
        if self._error is not None:
            return Level.ERROR, 'ERROR: frame dropped: {}'.format(self._error)
        if not self._taken:
            return Level.OK, 'NO IMAGES: none yet on {}'.format(self._topic)
        return Level.OK, 'RUNNING: {} frames segmented'.format(self._latency.count)

    def _explain(self, silence: float) -> str:
        """Return why no frames come, as far as can be seen from here, and what to do."""
        publishers = self._node.count_publishers(self._topic)
        if not publishers:
            return NO_PUBLISHER.format(topic=self._topic)
        if self._taken:
            return 'NO IMAGES: {} has not sent a frame for {:.0f} s'.format(self._topic, silence)
        return NOTHING_ARRIVES.format(
            publishers=publishers, topic=self._topic, silence=silence)
