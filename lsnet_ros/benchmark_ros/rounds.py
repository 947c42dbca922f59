# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Figures of one round of a benchmark, and of several rounds together."""

from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

from lsnet_ros.latency.report import RunReport
from lsnet_ros.stages.timings import NodeTimings

ACCEPTABLE_LOSS = 0.05  # fraction of the frames
ACCEPTABLE_LAG = 0.05   # fraction of the source's rate
SOURCE, NODE, TRANSPORT = 'source', 'node', 'transport'

STAGES = tuple(name[:-len('_ms')] for name in NodeTimings._fields)
PERCENTILES = ('p50', 'p90', 'p95', 'p99')
PREFIX = 'LsnetMetrics.'
# Figures without a name in ros2_benchmark, and their path in latency.json.
FIELDS: Dict[str, Tuple[str, ...]] = {
    'NUM_FRAMES_PENDING': ('frames', 'pending'),
    'MEAN_POWER_MW': ('board', 'spread', 'total_mw', 'mean'),
    'MEAN_GPU_MHZ': ('board', 'spread', 'gpu_mhz', 'mean'),
    'MEAN_CPU_MHZ': ('board', 'spread', 'cpu_mhz', 'mean')}
FIELDS.update({'{}_LATENCY'.format(p.upper()): ('latency_ms', p) for p in PERCENTILES})
FIELDS.update({'{}_AGE'.format(p.upper()): ('age_ms', p) for p in PERCENTILES})
FIELDS.update({'P50_{}'.format(stage.upper()): ('stages_ms', stage + '_ms', 'p50')
               for stage in STAGES})
# How one figure is computed from several rounds: by the first function whose key is part of the
# figure's name, else by the mean. The first line is ros2_benchmark's own rule.
CONCLUSIONS: Tuple[Tuple[str, Callable[[Sequence[float]], float]], ...] = (
    ('.MEAN_JITTER', max), ('.MAX_', max), ('.MIN_', min))

Figures = Dict[str, Optional[float]]
"""Figures by name, ros2_benchmark's and ours; None where unknown."""


class Round(NamedTuple):
    """Frames played at one rate for a while."""

    rate: float                      # Hz, demanded of playback_node
    folder: str                      # of the round's files, below that of the benchmark
    report: RunReport                # of latency_node
    source_rate_hz: Optional[float]  # reached by playback_node; None of a single frame
    sent: int                        # frames from the first answered one to the last
    answered: int                    # those of them with a mask

    @property
    def loss(self) -> float:
        """Fraction of the frames without a mask."""
        return 1.0 - self.answered / self.sent

    @property
    def replaced(self) -> Optional[int]:
        """Frames replaced by newer ones in the segmentation node; None if it is silent."""
        return self.report.figures.frames.replaced

    @property
    def lost(self) -> Optional[int]:
        """Frames lost on their way, including those that latency_node did not see."""
        return None if self.replaced is None else max(
            0, self.sent - self.answered - self.replaced)

    @property
    def limit(self) -> Optional[str]:
        """
        Reason why the rate was not kept; None if it was.

        ``SOURCE``: playback_node was too slow. ``NODE``: most of the frames without a mask were
        replaced by newer ones in the segmentation node. ``TRANSPORT``: most got lost.
        """
        if (self.source_rate_hz or self.rate) < (1.0 - ACCEPTABLE_LAG) * self.rate:
            return SOURCE
        if self.loss < ACCEPTABLE_LOSS:
            return None
        return TRANSPORT if self.lost and self.lost > (self.replaced or 0) else NODE

    def metrics(self) -> Figures:
        """Return all figures by name."""
        report = self.report.figures.as_json()
        ours = {name: _get_at(report, path) for name, path in FIELDS.items()}
        ours.update(LOSS_FRACTION=self.loss, NUM_FRAMES_REPLACED=self.replaced,
                    NUM_FRAMES_LOST=self.lost, SOURCE_FRAME_RATE=self.source_rate_hz,
                    MAX_TEMPERATURE_C=_highest_temperature(self.report),
                    FRAME_RATE=self.report.figures.rate_hz)
        return dict(self.report.figures.ros2_benchmark,
                    **{PREFIX + name: value for name, value in ours.items()})


def conclude(rounds: List[Round]) -> Figures:
    """
    Return the figures of several rounds at one rate, as ros2_benchmark concludes them.

    Of each figure, the highest and the lowest value are discarded if there are at least three;
    the others are averaged, or their maximum or minimum is taken if the figure is one. A figure
    that is unknown in a round is None.
    """
    columns = [one.metrics() for one in rounds]
    return {name: _conclude_figure(name, [column[name] for column in columns])
            for name in columns[0]}


def _conclude_figure(name: str, values: Sequence[Optional[float]]) -> Optional[float]:
    """Return one figure of several rounds."""
    known = sorted(value for value in values if value is not None)
    if len(known) < len(values):
        return None
    known = known[1:-1] if len(known) > 2 else known
    for part, conclusion in CONCLUSIONS:
        if part in name:
            return conclusion(known)
    return sum(known) / len(known)


def _get_at(report: Any, path: Sequence[str]) -> Optional[float]:
    """Return the value at the end of a path; None if the path ends early."""
    for key in path:
        if report is None:
            return None
        report = report.get(key)
    return report


def _highest_temperature(report: RunReport) -> Optional[float]:
    """Return the highest temperature of any thermal zone; None if unknown."""
    zones = report.figures.board.spread.temperatures_c.values()
    return max((zone.max for zone in zones if zone), default=None)
