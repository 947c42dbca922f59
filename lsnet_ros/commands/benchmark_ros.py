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
"""``lsnet benchmark --ros``: how a model does between a camera and whoever wants its masks."""

import argparse
from datetime import datetime, timezone
from pathlib import Path
import sys
import tempfile
from typing import Any, Dict, Optional, Tuple

from lsnet_ros.benchmark import resized
from lsnet_ros.benchmark_ros.benchmark import BOUND, name, REPORT, RosBenchmark, Settings, TIME
from lsnet_ros.benchmark_ros.graph import write_frames
from lsnet_ros.benchmark_ros.metadata import metadata
from lsnet_ros.benchmark_ros.rounds import Round
from lsnet_ros.commands.arguments import count, positive
from lsnet_ros.commands.tables import number, table
from lsnet_ros.model_files import read_model
from lsnet_ros.nodes.frame_check import middleware
from lsnet_ros.nodes.processes import NodeError, running, set_environment

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
    BOUND: 'no rate up to the upper of --bounds was too high',
    'source': 'playback_node could not send faster: the node under test may be able to do more',
    'node': 'above it, frames were replaced by newer ones before their turn',
    'transport': 'above it, frames got lost on their way: see "lsnet doctor"'}


def rates(text: str) -> Tuple[float, ...]:
    """Return the numbers of a text like 10,30,60; raises what argparse expects."""
    return tuple(map(positive, text.split(',')))


def bounds(text: str) -> Tuple[float, float]:
    """Return the two numbers of a text like 1,100; raises what argparse expects."""
    values = rates(text)
    if len(values) != 2 or values[0] > values[1]:
        raise argparse.ArgumentTypeError('{!r} is not LOW,HIGH such as 1,100'.format(text))
    return values


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of the benchmark through ROS."""
    group = parser.add_argument_group('through ROS 2')
    group.add_argument('--ros', action='store_true',
                       help='source, segmentation_node and latency_node as processes')
    group.add_argument('--source', default='street_scene:1',
                       help='street_scene:SEED (of --size), folder of images, video, rosbag '
                            '(default: street_scene:1)')
    group.add_argument('--image-topic', default='/image', help='of a rosbag (default: /image)')
    group.add_argument('--prepared', type=count, default=10,
                       help='frames of the source, shown in turn (default: 10)')
    group.add_argument('--rates', type=rates, default=(10.0, 30.0, 60.0), metavar='HZ,HZ,...',
                       help='fixed rates (default: 10,30,60)')
    group.add_argument('--bounds', type=bounds, default=(1.0, 100.0), metavar='LOW,HIGH',
                       help='Hz, between which the highest rate that loses under 5 %% is looked '
                            'for (default: 1,100)')
    group.add_argument('--rounds', type=count, default=5,
                       help='at each rate; of three and more, the best and the worst of each '
                            'figure are left out (default: 5)')
    group.add_argument('--duration', type=positive, default=5.0, metavar='S',
                       help='of a round after its warm-up (default: 5)')
    group.add_argument('--warm-up', type=count, default=10, metavar='MASKS',
                       help='that each round leaves out, and five times as many before the first '
                            '(default: 10)')
    group.add_argument('--output', type=Path, default=Path('ros-benchmark'), metavar='DIR',
                       help='for the files of each round (default: ros-benchmark)')


def run(args: argparse.Namespace) -> Dict[str, Any]:
    """
    Play frames through real nodes in processes of their own, at all rates asked for.

    :returns: what ``RosBenchmark.run`` gives; it is in ``benchmark.json`` too, from the first
        round on
    """
    started = datetime.now(timezone.utc).strftime(TIME)
    _check(args)
    model = read_model(args.model)
    set_environment()
    size = args.size or (model.spec.height, model.spec.width)
    settings = Settings(args.rates, args.bounds, args.rounds, args.duration, args.warm_up)
    with tempfile.TemporaryDirectory() as folder:
        model = resized(model, size, Path(folder) / 'resized')
        args.output.mkdir(parents=True, exist_ok=True)
        shown = write_frames(args.source, args.image_topic, size, args.prepared,
                             args.output / 'frames')
        known = metadata(model, args.source, shown, dict(settings._asdict()), started)
        _warn(known['BenchmarkMetadata.IDLE_CPU_UTIL'])
        with running(args.output, 'segmentation_node', model=model.folder,
                     backend=args.backend) as node:
            report = RosBenchmark(node, shown, settings, known, args.output, _tell).run()
    _print_report(report, args.output)
    return report


def _check(args: argparse.Namespace) -> None:
    """Raise a NodeError unless there is a model, a ROS, and room for the files."""
    if args.model is None:
        raise NodeError('--ros takes a --model: name one, or give a model folder')
    try:
        middleware()
    except ImportError as error:
        raise NodeError('there is no ROS 2 ({}): source one, or run "make demo" in the sources, '
                        'which installs one'.format(error)) from error
    if (args.output / REPORT).exists():
        raise NodeError('{} holds a benchmark already: remove it, or give another '
                        '--output'.format(args.output))


def _warn(busy: Optional[float]) -> None:
    """Say that the figures will not be those of this machine alone, if it is busy."""
    if busy is not None and busy > BUSY:
        print('the processor is {:.0f} % busy with something else: end that for figures that mean '
              'anything'.format(busy), file=sys.stderr)


def _tell(one: Round) -> None:
    """Print a line about a round."""
    print('{:<16} {:6.2f} of {:6.2f} Hz sent, {:6.2f} % without a mask, p50 {:.1f} ms{}'.format(
        one.folder, one.playback['rate_hz'] or 0.0, one.rate, 100 * one.loss,
        one.report['latency_ms']['p50'] or float('nan'),
        ', limited by the ' + one.limit if one.limit else ''), flush=True)


def _print_report(report: Dict[str, Any], output: Path) -> None:
    """Print the figures at all rates."""
    known, peak = report['metadata'], report['peak']
    rows = [_row(name(rate), report[name(rate)])
            for rate in known['BenchmarkMetadata.CONFIG']['rates']]
    if peak['rate_hz']:
        rows.append(_row('peak {}'.format(name(peak['rate_hz'])), dict(
            report, rounds=peak['rounds'])))
    print(table(HEADER, rows))
    segmentation = known['segmentation'] or {}
    print('{} on {}: {}'.format(known['model']['name'], known['machine']['hardware'],
                                segmentation.get('reason') or 'backend not known'))
    if peak['rate_hz']:
        print('the highest rate that loses under 5 % is {} Hz; {}'.format(
            peak['rate_hz'], LIMITS[peak['limited_by']]))
    else:
        print('even {} Hz is too high: lower the first of --bounds'.format(
            known['BenchmarkMetadata.CONFIG']['bounds'][0]))
    print('{} and the report of each round are in {}'.format(REPORT, output))


def _row(title: str, figures: Dict[str, Any]) -> Tuple[str, ...]:
    """Return a row of the table; what most rounds were limited by comes last."""
    limits = [one['limited_by'] for one in figures['rounds']]
    return (title,) + tuple(number(figures[key], decimals, factor)
                            for key, factor, decimals in COLUMNS) + (
                                max(limits, key=limits.count) or '-',)
