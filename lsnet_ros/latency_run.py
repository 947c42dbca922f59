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
"""The figures of a run, under our names and those of ros2_benchmark and RobotPerf."""

import math
from typing import Any, Dict, Iterable, Optional

from lsnet_ros.frame_log import Counts, Frame, FrameLog
from lsnet_ros.latency import LatencyRecorder
from lsnet_ros.power import Reading

WINDOW = 100000  # of the latest frames the percentiles are: most of an hour at 30 Hz
READING_HZ = 1.0
UTILIZATIONS = {  # ros2_benchmark's names: fields of a reading, None what is not measured
    'OVERALL_CPU_UTILIZATION': 'cpu_load', 'HOST_MEMORY_UTILIZATION': 'memory_load',
    'DEVICE_UTILIZATION': 'gpu_load', 'DEVICE_MEMORY_UTILIZATION': None,
    'ENCODER_UTILIZATION': None, 'DECODER_UTILIZATION': None}
SPREADS = {'MAX': 'max', 'MIN': 'min', 'MEAN': 'mean', 'STDDEV': 'std'}


class Spread:
    """Mean, deviation and ends of values that come one by one; None among them is left out."""

    def __init__(self) -> None:
        self._count, self._mean, self._squares = 0, 0.0, 0.0
        self._min, self._max = math.inf, -math.inf

    def add(self, value: Optional[float]) -> None:
        """Take one value in."""
        if value is None:
            return
        self._count += 1
        step = value - self._mean
        self._mean += step / self._count
        self._squares += step * (value - self._mean)
        self._min, self._max = min(self._min, value), max(self._max, value)

    def summary(self) -> Optional[Dict[str, float]]:
        """Return mean, std, min and max; None without any value."""
        if not self._count:
            return None
        return {'mean': self._mean, 'std': math.sqrt(max(self._squares, 0.0) / self._count),
                'min': self._min, 'max': self._max}


class LatencyRun:
    """
    Takes in frames and readings of the board and gives the figures of all together.

    :param log: counts the frames
    :param facts: of the board, as ``power.Board.facts`` gives them
    :param deadline_s: of the latency; None is none
    """

    def __init__(self, log: FrameLog, facts: Dict[str, Any],
                 deadline_s: Optional[float] = None) -> None:
        self._log, self._facts, self._deadline_s = log, facts, deadline_s
        self._latency = LatencyRecorder(WINDOW, deadline_s)
        self._age = LatencyRecorder(WINDOW)
        self._stages: Dict[str, LatencyRecorder] = {}
        self._first: Optional[Frame] = None
        self._last: Optional[Frame] = None
        self._spreads: Dict[str, Any] = {'power_mw': {}, 'temperatures_c': {}}
        self._reading: Optional[Reading] = None

    def add(self, frames: Iterable[Frame]) -> None:
        """Take in frames that were answered; those of the warm-up are left out."""
        for frame in frames:
            if not frame.is_warm_up:
                self._first, self._last = self._first or frame, frame
                self._age.add(frame.age_s, frame.received_s)
                if frame.latency_s is not None:
                    self._latency.add(frame.latency_s, frame.received_s)
                for stage, ms in frame.stages_ms.items():
                    if stage not in self._stages:
                        self._stages[stage] = LatencyRecorder(WINDOW)
                    self._stages[stage].add(ms / 1e3, frame.received_s)

    def add_reading(self, reading: Reading) -> None:
        """Take in what the board says."""
        self._reading = reading
        for name, value in dict(reading._asdict(), memory_load=self._memory_load()).items():
            if name in ('power_mw', 'temperatures_c'):
                for part, number in value.items():
                    self._spreads[name].setdefault(part, Spread()).add(number)
            elif name not in ('power_mode', 'jtop'):
                self._spreads.setdefault(name, Spread()).add(value)

    def report(self) -> Dict[str, Any]:
        """
        Return all figures, None for those that there are not.

        :returns: frames, deadline_ms, window, rate_hz, latency_ms, age_ms, jitter_ms, stages_ms,
            board and ros2_benchmark
        """
        counts = self._log.counts()
        return without_nan({
            'frames': dict(counts._asdict(), deadline_misses=self._latency.misses),
            'deadline_ms': None if self._deadline_s is None else 1e3 * self._deadline_s,
            'window': WINDOW,
            'rate_hz': self._age.mean_rate_hz(),
            'latency_ms': self._latency.summary_ms(),
            'age_ms': self._age.summary_ms(),
            'jitter_ms': self._age.jitter_ms(),
            'stages_ms': {stage: recorder.summary_ms()
                          for stage, recorder in self._stages.items()},
            'board': self._board(),
            'ros2_benchmark': dict(self._performance(counts), **self._resources())})

    def _board(self) -> Dict[str, Any]:
        """Return what the board is, said last, and said on average and at its ends."""
        spreads = {name: {part: one.summary() for part, one in spread.items()}
                   if isinstance(spread, dict) else spread.summary()
                   for name, spread in self._spreads.items()}
        return {'facts': self._facts, 'spread': spreads,
                'latest': None if self._reading is None else dict(self._reading._asdict())}

    def _memory_load(self) -> Optional[float]:
        """Return the part of the memory that is used."""
        used, whole = self._reading.memory_used_mb, self._facts.get('memory_mb')
        return used / whole if used is not None and whole else None

    def _performance(self, counts: Counts) -> Dict[str, Any]:
        """
        Return what ros2_benchmark's BasicPerformanceCalculator makes of the same stamps.

        Its rates count the frames, not the intervals between them.
        """
        log, first, last = self._log, self._first, self._last
        received = None if first is None else last.received_s - first.received_s
        sent = None if log.first_sent_s is None else log.last_sent_s - log.first_sent_s
        latency, jitter = self._latency.summary_ms(), self._age.jitter_ms()
        values = {
            'RECEIVED_DURATION': _ms(received),
            'MEAN_PLAYBACK_FRAME_RATE': counts.sent / sent if sent else None,
            'MEAN_FRAME_RATE': counts.received / received if received else None,
            'NUM_MISSED_FRAMES': counts.sent - counts.received,
            'NUM_FRAMES_SENT': counts.sent,
            'FIRST_SENT_RECEIVED_LATENCY': None if None in (sent, first) else _ms(
                first.received_s - log.first_sent_s),
            'LAST_SENT_RECEIVED_LATENCY': None if None in (sent, first) else _ms(
                last.received_s - log.last_sent_s),
            'FIRST_INPUT_LATENCY': None if first is None else _ms(first.latency_s),
            'LAST_INPUT_LATENCY': None if last is None else _ms(last.latency_s),
            'MAX_LATENCY': latency['max'], 'MIN_LATENCY': latency['min'],
            'MEAN_LATENCY': latency['mean'],
            'MAX_JITTER': jitter['max'], 'MIN_JITTER': jitter['min'],
            'MEAN_JITTER': jitter['mean'], 'STD_DEV_JITTER': jitter['std']}
        return {'BasicPerformanceMetrics.' + name: value for name, value in values.items()}

    def _resources(self) -> Dict[str, Any]:
        """Return ros2_benchmark's ResourceMetrics, in percent."""
        values: Dict[str, Any] = {'RESOURCE_PROFILING_SAMPLING_RATE': READING_HZ}
        for name, field in UTILIZATIONS.items():
            spread = self._spreads.get(field)
            summary = spread.summary() if spread is not None else None
            values['BASELINE_' + name] = None
            for prefix, key in SPREADS.items():
                values['{}_{}'.format(prefix, name)] = summary and 100 * summary[key]
        values['OC_EVENT_COUNT'] = None
        return {'ResourceMetrics.' + name: value for name, value in values.items()}


def robotperf(report: Dict[str, Any], hardware: str, is_edge: bool, ended: str,
              datasource: str) -> Dict[str, Any]:
    """
    Return what RobotPerf keeps of a benchmark in its benchmark.yaml.

    :param report: as ``LatencyRun.report`` gives it
    :param hardware: name of the machine
    :param is_edge: whether it is a robot's computer rather than a workstation
    :param ended: date and time, such as '2023-06-30 21:06:37'
    :param datasource: what the frames were of
    """
    frames, latency = report['frames'], report['latency_ms']
    missed = frames['sent'] - frames['received']
    lost = 'lost messages {:.2f} %'.format(100 * missed / max(frames['sent'], 1))
    latency_note = ', '.join('{}_latency {}'.format(key, latency[key]) for key in (
        'mean', 'p50', 'p90', 'p95', 'p99', 'max', 'min'))
    power = (report['board']['spread'].get('total_mw') or {}).get('mean')
    rows = (
        ('latency', 'ms', latency['max'], latency_note + ', ' + lost),
        ('throughput', 'fps', report['rate_hz'], lost),
        ('power', 'W', None if power is None else power / 1e3,
         lost if power is not None else 'the machine does not tell its power'))
    common = {'type': 'black', 'hardware': hardware, 'datasource': datasource, 'timestampt': ended,
              'category': 'edge' if is_edge else 'workstation'}
    return {
        'id': 'lsnet_ros', 'name': 'lsnet_ros_segmentation', 'short': 'Semantic segmentation',
        'description': 'Semantic segmentation of camera images, from image to label image.',
        'graph': None, 'reproduction': 'latency_node of lsnet_ros beside the segmentation node',
        'results': [{'result': dict(common, metric=metric, metric_unit=unit, value=value,
                                    note=note)} for metric, unit, value, note in rows]}


def without_nan(value: Any) -> Any:
    """Return a value made of dicts and lists with None in place of what is not a number."""
    if isinstance(value, dict):
        return {key: without_nan(entry) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_nan(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _ms(seconds: Optional[float]) -> Optional[float]:
    return None if seconds is None else 1e3 * seconds
