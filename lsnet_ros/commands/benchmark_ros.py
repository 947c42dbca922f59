# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""``lsnet benchmark --ros``: a model through real nodes, from camera frames to masks."""

import argparse
from pathlib import Path
import sys
import tempfile
from typing import Any, Dict, Optional, Tuple

from lsnet_ros.benchmark_ros.benchmark import (
    BenchmarkSettings,
    BOUND,
    name_rate,
    REPORT,
    RosBenchmark,
)
from lsnet_ros.benchmark_ros.graph import write_frames
from lsnet_ros.benchmark_ros.metadata import collect_metadata
from lsnet_ros.benchmark_ros.rounds import Round
from lsnet_ros.commands.arguments import parse_count, parse_positive
from lsnet_ros.commands.tables import number, table
from lsnet_ros.files import utc_now
from lsnet_ros.launching.frame_check import middleware
from lsnet_ros.launching.processes import NodeError, running, set_environment
from lsnet_ros.models.folder import read_model
from lsnet_ros.speed.contenders import export_at

HEADER = ('', 'sent Hz', 'masks Hz', 'lost %', 'replaced', 'lost', 'p50 ms', 'p95 ms', 'p99 ms',
          'jitter ms', 'limited by')
COLUMNS = (  # name of the figure, factor, decimals
    ('LsnetMetrics.SOURCE_FRAME_RATE', 1, 2), ('LsnetMetrics.FRAME_RATE', 1, 2),
    ('LsnetMetrics.LOSS_FRACTION', 100, 2), ('LsnetMetrics.NUM_FRAMES_REPLACED', 1, 1),
    ('LsnetMetrics.NUM_FRAMES_LOST', 1, 1), ('LsnetMetrics.P50_LATENCY', 1, 1),
    ('LsnetMetrics.P95_LATENCY', 1, 1), ('LsnetMetrics.P99_LATENCY', 1, 1),
    ('BasicPerformanceMetrics.MEAN_JITTER', 1, 1))
BUSY = 20.0  # percent of all cores
LIMITS = {
    BOUND: 'every rate tried, up to the upper of --bounds, was reached',
    'source': 'playback_node could not send faster, the node under test may reach more',
    'node': 'above it, newer frames replaced others before their turn',
    'transport': 'above it, frames were lost in transport: see "lsnet doctor"'}


def parse_rates(text: str) -> Tuple[float, ...]:
    """Parse numbers above 0, such as 10,30,60."""
    return tuple(map(parse_positive, text.split(',')))


def parse_bounds(text: str) -> Tuple[float, float]:
    """Parse LOW,HIGH, such as 1,100."""
    values = parse_rates(text)
    if len(values) != 2 or values[0] > values[1]:
        raise argparse.ArgumentTypeError('{!r} is not LOW,HIGH such as 1,100'.format(text))
    return values


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the benchmark through ROS."""
    group = parser.add_argument_group('through ROS 2')
    group.add_argument('--ros', action='store_true',
                       help='benchmark the model in real nodes, from frames to masks')
    group.add_argument('--source', default='street_scene:1',
                       help='street_scene:SEED, a folder of images, a video or a rosbag '
                            '(default: street_scene:1)')
    group.add_argument('--image-topic', default='/image',
                       help='topic of the images in a rosbag (default: /image)')
    group.add_argument('--prepared', type=parse_count, default=10,
                       help='number of frames of the source, played cyclically (default: 10)')
    group.add_argument('--rates', type=parse_rates, default=(10.0, 30.0, 60.0),
                       metavar='HZ,HZ,...',
                       help='fixed frame rates (default: 10,30,60)')
    group.add_argument('--bounds', type=parse_bounds, default=(1.0, 100.0), metavar='LOW,HIGH',
                       help='bounds of the search for the highest rate that loses under 5 %%, Hz '
                            '(default: 1,100)')
    group.add_argument('--rounds', type=parse_count, default=5,
                       help='number of rounds at each rate; with three or more, the best and the '
                            'worst value of each figure are dropped (default: 5)')
    group.add_argument('--duration', type=parse_positive, default=5.0, metavar='S',
                       help='duration of a round after its warm-up (default: 5)')
    group.add_argument('--warm-up', type=parse_count, default=10, metavar='MASKS',
                       help='masks that each round ignores at its start; the warm-up before the '
                            'first round takes five times as many (default: 10)')
    group.add_argument('--output', type=Path, default=Path('ros-benchmark'), metavar='DIR',
                       help='folder for the files of each round (default: ros-benchmark)')


def run(args: argparse.Namespace) -> Dict[str, Any]:
    """
    Play frames through real nodes at all rates.

    :returns: the JSON of ``BenchmarkReport``, which is also written to ``benchmark.json`` after
        each round
    """
    started = utc_now()
    _check(args)
    model = read_model(args.model)
    set_environment()
    size = args.size or (model.spec.height, model.spec.width)
    settings = BenchmarkSettings(args.rates, args.bounds, args.rounds, args.duration,
                                 args.warm_up)
    with tempfile.TemporaryDirectory() as folder:
        model = export_at(model, size, Path(folder) / 'resized')
        args.output.mkdir(parents=True, exist_ok=True)
        frames = write_frames(args.source, args.image_topic, size, args.prepared,
                              args.output / 'frames')
        metadata = collect_metadata(model, args.source, frames, settings.as_json(), started)
        _warn_if_busy(metadata.idle_cpu_percent)
        with running(args.output, 'segmentation_node', model=model.folder,
                     backend=args.backend) as node:
            report = RosBenchmark(node, frames, settings, metadata, args.output,
                                  _print_round).run().as_json()
    _print_report(report, args.output)
    return report


def _check(args: argparse.Namespace) -> None:
    """Raise NodeError without a model or ROS, or if the output folder holds a benchmark."""
    if args.model is None:
        raise NodeError('--ros needs --model: give the name of a model, or a model folder')
    try:
        middleware()
    except ImportError as error:
        raise NodeError('ROS 2 is not installed or not sourced ({}): source it, or run "make '
                        'demo" in the sources, which installs it'.format(error)) from error
    if (args.output / REPORT).exists():
        raise NodeError('{} holds a benchmark already: remove it, or give another '
                        '--output'.format(args.output))


def _warn_if_busy(busy: Optional[float]) -> None:
    """Warn if other programs keep the processor busy."""
    if busy is not None and busy > BUSY:
        print('other programs keep the processor {:.0f} % busy: end them for meaningful '
              'figures'.format(busy), file=sys.stderr)


def _print_round(one: Round) -> None:
    """Print the figures of a round on one line."""
    print('{:<16} {:6.2f} of {:6.2f} Hz sent, {:6.2f} % without a mask, p50 {:.1f} ms{}'.format(
        one.folder, one.source_rate_hz or 0.0, one.rate, 100 * one.loss,
        one.report.figures.latency_ms.p50 or float('nan'),
        ', limited by the ' + one.limit if one.limit else ''), flush=True)


def _print_report(report: Dict[str, Any], output: Path) -> None:
    """Print the figures at all rates."""
    known, peak = report['metadata'], report['peak']
    rows = [_row(name_rate(rate), report[name_rate(rate)])
            for rate in known['BenchmarkMetadata.CONFIG']['rates']]
    if peak['rate_hz']:
        rows.append(_row('peak {}'.format(name_rate(peak['rate_hz'])), dict(
            report, rounds=peak['rounds'])))
    print(table(HEADER, rows))
    segmentation = known['segmentation'] or {}
    print('{} on {}: {}'.format(known['model']['name'], known['machine']['hardware'],
                                segmentation.get('reason') or 'backend unknown'))
    if peak['rate_hz']:
        print('the highest rate that loses under 5 % is {} Hz; {}'.format(
            peak['rate_hz'], LIMITS[peak['limited_by']]))
    else:
        print('even {} Hz is too high: lower the first of --bounds'.format(
            known['BenchmarkMetadata.CONFIG']['bounds'][0]))
    print('{} and the report of each round are in {}'.format(REPORT, output))


def _row(title: str, figures: Dict[str, Any]) -> Tuple[str, ...]:
    """Return a row of the table; the most frequent limit comes last."""
    limits = [one['limited_by'] for one in figures['rounds']]
    return (title,) + tuple(number(figures[key], decimals, factor)
                            for key, factor, decimals in COLUMNS) + (
                                max(limits, key=limits.count) or '-',)
