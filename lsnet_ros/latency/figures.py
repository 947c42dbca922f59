# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Figures of a run, updated frame by frame and reading by reading."""

from typing import Any, Dict, Iterable, NamedTuple, Optional

from lsnet_ros.board.board import BoardFacts, BoardReading
from lsnet_ros.latency import ros2_benchmark
from lsnet_ros.latency.board_figures import BoardFigures, BoardStatistics
from lsnet_ros.latency.frame_log import AnsweredFrame, FrameCounts, FrameLog
from lsnet_ros.latency.recorder import DurationSummary, JitterSummary, LatencyRecorder

WINDOW = 100000  # latest frames of the percentiles: almost an hour at 30 Hz


class RunFigures(NamedTuple):
    """All figures of a run; None where unknown."""

    frames: FrameCounts
    deadline_misses: Optional[int]
    deadline_ms: Optional[float]
    window: int                            # latest frames of the percentiles
    rate_hz: float                         # of the masks
    latency_ms: DurationSummary            # from image to mask
    age_ms: DurationSummary                # of the masks by the node's clock
    jitter_ms: JitterSummary               # of the masks
    stages_ms: Dict[str, DurationSummary]  # by the names of ``run_files.STAGES``
    board: BoardFigures
    ros2_benchmark: ros2_benchmark.Metrics

    def as_json(self) -> Dict[str, Any]:
        """Return the fields by name; ``deadline_misses`` is among ``frames``."""
        return {
            'frames': dict(self.frames.as_json(), deadline_misses=self.deadline_misses),
            'deadline_ms': self.deadline_ms, 'window': self.window, 'rate_hz': self.rate_hz,
            'latency_ms': self.latency_ms.as_json(), 'age_ms': self.age_ms.as_json(),
            'jitter_ms': self.jitter_ms.as_json(),
            'stages_ms': {stage: summary.as_json() for stage, summary in self.stages_ms.items()},
            'board': self.board.as_json(), 'ros2_benchmark': self.ros2_benchmark}

    @classmethod
    def from_json(cls, value: Dict[str, Any]) -> 'RunFigures':
        """Return the figures whose ``as_json`` is ``value``."""
        frames = dict(value['frames'])
        misses = frames.pop('deadline_misses')
        return cls(
            FrameCounts(**frames), misses, value['deadline_ms'], value['window'],
            value['rate_hz'], DurationSummary(**value['latency_ms']),
            DurationSummary(**value['age_ms']), JitterSummary(**value['jitter_ms']),
            {stage: DurationSummary(**one) for stage, one in value['stages_ms'].items()},
            BoardFigures.from_json(value['board']), value['ros2_benchmark'])


class LatencyRun:
    """
    Updates the figures of a run.

    :param log: counts the frames
    :param facts: of the board
    :param deadline_s: of the latency; None for no deadline
    """

    def __init__(self, log: FrameLog, facts: BoardFacts,
                 deadline_s: Optional[float] = None) -> None:
        self._log, self._deadline_s = log, deadline_s
        self._latency = LatencyRecorder(WINDOW, deadline_s)
        self._age = LatencyRecorder(WINDOW)
        self._stages: Dict[str, LatencyRecorder] = {}
        self._first: Optional[AnsweredFrame] = None
        self._last: Optional[AnsweredFrame] = None
        self._board = BoardStatistics(facts)

    def add(self, frames: Iterable[AnsweredFrame]) -> None:
        """Add frames; those of the warm-up are ignored."""
        for frame in frames:
            if not frame.is_warm_up:
                self._add_frame(frame)

    def add_reading(self, reading: BoardReading) -> None:
        """Add a reading of the board."""
        self._board.add(reading)

    def figures(self) -> RunFigures:
        """Return the figures so far."""
        counts, board = self._log.counts(), self._board.figures()
        latency, jitter = self._latency.summary_ms(), self._age.jitter_ms()
        ends = ros2_benchmark.RunEnds(
            self._log.first_sent_s, self._log.last_sent_s, self._first, self._last)
        return RunFigures(
            frames=counts, deadline_misses=self._latency.misses,
            deadline_ms=None if self._deadline_s is None else 1e3 * self._deadline_s,
            window=WINDOW, rate_hz=self._age.mean_rate_hz(), latency_ms=latency,
            age_ms=self._age.summary_ms(), jitter_ms=jitter,
            stages_ms={stage: recorder.summary_ms() for stage, recorder in self._stages.items()},
            board=board, ros2_benchmark=dict(
                ros2_benchmark.performance_metrics(counts, ends, latency, jitter),
                **ros2_benchmark.resource_metrics(board.spread)))

    def _add_frame(self, frame: AnsweredFrame) -> None:
        self._first, self._last = self._first or frame, frame
        self._age.add(frame.age_s, frame.received_s)
        if frame.latency_s is not None:
            self._latency.add(frame.latency_s, frame.received_s)
        for stage, ms in frame.stages_ms.items():
            if stage not in self._stages:
                self._stages[stage] = LatencyRecorder(WINDOW)
            self._stages[stage].add(ms / 1e3, frame.received_s)
