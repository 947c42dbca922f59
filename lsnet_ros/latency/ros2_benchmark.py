# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Figures of a run under the names of ros2_benchmark.

https://github.com/NVIDIA-ISAAC-ROS/ros2_benchmark: BasicPerformanceCalculator and
ResourceMetricsCalculator.
"""

from typing import Dict, NamedTuple, Optional

from lsnet_ros.latency.board_figures import BoardSpread
from lsnet_ros.latency.frame_log import AnsweredFrame, FrameCounts
from lsnet_ros.latency.recorder import DurationSummary, JitterSummary

READING_HZ = 1.0  # readings of the board per second
UTILIZATIONS = {  # their name: fraction in BoardSpread; None where nothing is measured
    'OVERALL_CPU_UTILIZATION': 'cpu_load', 'HOST_MEMORY_UTILIZATION': 'memory_load',
    'DEVICE_UTILIZATION': 'gpu_load', 'DEVICE_MEMORY_UTILIZATION': None,
    'ENCODER_UTILIZATION': None, 'DECODER_UTILIZATION': None}
SPREADS = {'MAX': 'max', 'MIN': 'min', 'MEAN': 'mean', 'STDDEV': 'std'}

Metrics = Dict[str, Optional[float]]
"""Figures by the names of ros2_benchmark; None for an unknown figure."""


class RunEnds(NamedTuple):
    """First and last image and mask of a run; None for a run without any."""

    first_sent_s: Optional[float]  # perf_counter
    last_sent_s: Optional[float]
    first: Optional[AnsweredFrame]
    last: Optional[AnsweredFrame]


def performance_metrics(counts: FrameCounts, ends: RunEnds, latency: DurationSummary,
                        jitter: JitterSummary) -> Metrics:
    """
    Return the BasicPerformanceMetrics, computed from stamps as ros2_benchmark does.

    Its rates divide the number of frames, not of the intervals between them, by the time.
    """
    first, last = ends.first, ends.last
    last_sent_s = None if ends.first_sent_s is None else ends.last_sent_s
    received_s = None if first is None or last is None else last.received_s - first.received_s
    sent_s = _subtract(last_sent_s, ends.first_sent_s)
    values: Metrics = {
        'RECEIVED_DURATION': _ms(received_s),
        'MEAN_PLAYBACK_FRAME_RATE': counts.sent / sent_s if sent_s else None,
        'MEAN_FRAME_RATE': counts.received / received_s if received_s else None,
        'NUM_MISSED_FRAMES': counts.sent - counts.received,
        'NUM_FRAMES_SENT': counts.sent,
        'FIRST_SENT_RECEIVED_LATENCY': _ms(_subtract(
            first and first.received_s, ends.first_sent_s)),
        'LAST_SENT_RECEIVED_LATENCY': _ms(_subtract(last and last.received_s, last_sent_s)),
        'FIRST_INPUT_LATENCY': _ms(first and first.latency_s),
        'LAST_INPUT_LATENCY': _ms(last and last.latency_s),
        'MAX_LATENCY': latency.max, 'MIN_LATENCY': latency.min, 'MEAN_LATENCY': latency.mean,
        'MAX_JITTER': jitter.max, 'MIN_JITTER': jitter.min, 'MEAN_JITTER': jitter.mean,
        'STD_DEV_JITTER': jitter.std}
    return {'BasicPerformanceMetrics.' + name: value for name, value in values.items()}


def resource_metrics(spreads: BoardSpread) -> Metrics:
    """Return the ResourceMetrics, in percent."""
    values: Metrics = {'RESOURCE_PROFILING_SAMPLING_RATE': READING_HZ}
    for name, field in UTILIZATIONS.items():
        spread = None if field is None else getattr(spreads, field)
        values['BASELINE_' + name] = None
        for prefix, key in SPREADS.items():
            values['{}_{}'.format(prefix, name)] = spread and 100 * getattr(spread, key)
    values['OC_EVENT_COUNT'] = None
    return {'ResourceMetrics.' + name: value for name, value in values.items()}


def _subtract(later: Optional[float], earlier: Optional[float]) -> Optional[float]:
    """Return a difference; None if either is unknown."""
    return None if later is None or earlier is None else later - earlier


def _ms(seconds: Optional[float]) -> Optional[float]:
    return None if seconds is None else 1e3 * seconds
