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
"""What one round of a benchmark says, and what several rounds together do."""

from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

ACCEPTABLE_LOSS = 0.05  # of the frames
ACCEPTABLE_LAG = 0.05   # of the rate that the source was to keep
SOURCE, NODE, TRANSPORT = 'source', 'node', 'transport'

STAGES = ('wait', 'convert', 'preprocess', 'network', 'decode', 'publish', 'total')
PREFIX = 'LsnetMetrics.'
# What ros2_benchmark has no name for: where it is in the report of latency_node.
FIELDS = {
    'NUM_FRAMES_PENDING': ('frames', 'pending'),
    'MEAN_POWER_MW': ('board', 'spread', 'total_mw', 'mean'),
    'MEAN_GPU_MHZ': ('board', 'spread', 'gpu_mhz', 'mean'),
    'MEAN_CPU_MHZ': ('board', 'spread', 'cpu_mhz', 'mean')}
FIELDS.update({'{}_LATENCY'.format(p.upper()): ('latency_ms', p)
               for p in ('p50', 'p90', 'p95', 'p99')})
FIELDS.update({'{}_AGE'.format(p.upper()): ('age_ms', p) for p in ('p50', 'p90', 'p95', 'p99')})
FIELDS.update({'P50_{}'.format(stage.upper()): ('stages_ms', stage + '_ms', 'p50')
               for stage in STAGES})
# How several rounds become one figure: the first of these that the name has in it, else the mean.
# The first line is ros2_benchmark's own way.
CONCLUSIONS: Tuple[Tuple[str, Callable[[Sequence[float]], float]], ...] = (
    ('.MEAN_JITTER', max), ('.MAX_', max), ('.MIN_', min))


class Round(NamedTuple):
    """Frames shown at one rate for a while."""

    rate: float               # Hz, that was asked of playback_node
    folder: str               # with the files of the round, below that of the benchmark
    report: Dict[str, Any]    # of latency_node
    playback: Dict[str, Any]  # report of playback_node
    sent: int                 # frames from the first that was answered to the last
    answered: int             # of them

    @property
    def loss(self) -> float:
        """Fraction of the frames without a mask."""
        return 1.0 - self.answered / self.sent

    @property
    def replaced(self) -> Optional[int]:
        """Frames that newer ones took the place of in the segmentation node, if it says so."""
        return self.report['frames']['replaced']

    @property
    def lost(self) -> Optional[int]:
        """Frames that got lost on their way, those included that latency_node did not see."""
        return None if self.replaced is None else max(
            0, self.sent - self.answered - self.replaced)

    @property
    def limit(self) -> Optional[str]:
        """
        What kept the rate from being kept, None if nothing did.

        ``SOURCE``: playback_node was too slow. ``NODE``: most of the frames without a mask were
        replaced by newer ones in the segmentation node. ``TRANSPORT``: most got lost.
        """
        if (self.playback['rate_hz'] or self.rate) < (1.0 - ACCEPTABLE_LAG) * self.rate:
            return SOURCE
        if self.loss < ACCEPTABLE_LOSS:
            return None
        return TRANSPORT if self.lost and self.lost > self.replaced else NODE

    def metrics(self) -> Dict[str, Any]:
        """Return all figures by name, ros2_benchmark's and ours; None for what there is not."""
        ours = {name: _at(self.report, path) for name, path in FIELDS.items()}
        ours.update(LOSS_FRACTION=self.loss, NUM_FRAMES_REPLACED=self.replaced,
                    NUM_FRAMES_LOST=self.lost, SOURCE_FRAME_RATE=self.playback['rate_hz'],
                    MAX_TEMPERATURE_C=_hottest(self.report), FRAME_RATE=self.report['rate_hz'])
        return dict(self.report['ros2_benchmark'],
                    **{PREFIX + name: value for name, value in ours.items()})


def conclude(rounds: List[Round]) -> Dict[str, Any]:
    """
    Return the figures of several rounds at one rate, as ros2_benchmark concludes them.

    Of each figure the highest and the lowest are left out where there are at least three; what is
    left is averaged, or its maximum or minimum is taken where the figure is one. A figure that
    a round lacks is None.
    """
    columns = [one.metrics() for one in rounds]
    return {name: _concluded(name, [column[name] for column in columns]) for name in columns[0]}


def _concluded(name: str, values: List[Optional[float]]) -> Optional[float]:
    """Return one figure of several rounds."""
    if None in values:
        return None
    values = sorted(values)[1:-1] if len(values) > 2 else values
    for part, conclusion in CONCLUSIONS:
        if part in name:
            return conclusion(values)
    return sum(values) / len(values)


def _at(report: Any, path: Sequence[str]) -> Optional[float]:
    """Return the value at the end of a path, None if the report ends before."""
    for key in path:
        if report is None:
            return None
        report = report.get(key)
    return report


def _hottest(report: Dict[str, Any]) -> Optional[float]:
    """Return the highest temperature of any zone."""
    zones = (report['board']['spread'].get('temperatures_c') or {}).values()
    return max((zone['max'] for zone in zones if zone), default=None)
