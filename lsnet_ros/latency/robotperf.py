# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Report of a run as RobotPerf keeps it, https://github.com/robotperf/benchmarks."""

from typing import Any, Dict, Tuple

from lsnet_ros.latency.report import RunReport

FIGURES = ('mean', 'p50', 'p90', 'p95', 'p99', 'max', 'min')


def robotperf_document(report: RunReport) -> Dict[str, Any]:
    """Return the content of RobotPerf's benchmark.yaml; its field names are RobotPerf's."""
    machine = report.origin.machine
    common = {'type': 'black', 'hardware': machine.hardware,
              'datasource': report.origin.image_topic, 'timestampt': _robotperf_time(report),
              'category': 'edge' if machine.is_edge else 'workstation'}
    return {
        'id': 'lsnet_ros', 'name': 'lsnet_ros_segmentation', 'short': 'Semantic segmentation',
        'description': 'Semantic segmentation of camera images, from image to label image.',
        'graph': None, 'reproduction': 'latency_node of lsnet_ros beside the segmentation node',
        'results': [{'result': dict(common, metric=metric, metric_unit=unit, value=value,
                                    note=note)} for metric, unit, value, note in _rows(report)]}


def _rows(report: RunReport) -> Tuple[Tuple[str, str, Any, str], ...]:
    """Return metric, unit, value and note of each result."""
    figures = report.figures
    frames, latency, power = figures.frames, figures.latency_ms, figures.board.spread.total_mw
    lost = 'lost messages {:.2f} %'.format(
        100 * (frames.sent - frames.received) / max(frames.sent, 1))
    latency_note = ', '.join('{}_latency {}'.format(key, getattr(latency, key))
                             for key in FIGURES)
    return (
        ('latency', 'ms', latency.max, latency_note + ', ' + lost),
        ('throughput', 'fps', figures.rate_hz, lost),
        ('power', 'W', None if power is None else power.mean / 1e3,
         'power not measured on this machine' if power is None else lost))


def _robotperf_time(report: RunReport) -> str:
    """Return the end of a run as RobotPerf writes it, such as '2023-06-30 21:06:37'."""
    return (report.ended or report.written).replace('T', ' ').rstrip('Z')
