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
"""``lsnet benchmark``: how fast a model is here, and how much faster than the plain way."""

import argparse
from pathlib import Path
import tempfile
from typing import Any, Dict

from lsnet_ros.backends import BACKENDS
from lsnet_ros.benchmark import benchmark, resized, STAGES
from lsnet_ros.commands import benchmark_ros, embedded_table, performance_page
from lsnet_ros.commands.arguments import count, size
from lsnet_ros.commands.tables import table
from lsnet_ros.datasets.street_scene import StreetScene
from lsnet_ros.embedded_tables import TABLES
from lsnet_ros.model_files import read_model

SUMMARY = 'time a model, stage by stage, and the plain pipeline beside it'
SCENE = 1         # seed of the drive that is shown
SCENE_FRAMES = 4  # of it


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    subject = parser.add_mutually_exclusive_group(required=True)
    subject.add_argument('--model', help='name of a model, or a model folder')
    subject.add_argument('--table', choices=sorted(TABLES),
                         help='a paper\'s table of embedded boards: time its network here, with '
                              'random weights (takes torch)')
    subject.add_argument('--all', action='store_true',
                         help='every model that is installed, with every backend, at several '
                              'sizes (minutes)')
    parser.add_argument('--markdown', action='store_true',
                        help='with --all, print the page docs/performance.md')
    parser.add_argument('--size', type=size, metavar='HxW',
                        help='size of the frames and of the network\'s input (default: the '
                             'model\'s own; another one takes torch)')
    parser.add_argument('--backend', default='auto', choices=['auto'] + sorted(BACKENDS))
    parser.add_argument('--frames', type=count, default=50,
                        help='to time, after warm-up (default: 50)')
    benchmark_ros.add_arguments(parser)


def run(args: argparse.Namespace) -> Dict[str, Any]:
    """
    Time rendered street scenes of one size.

    :returns: what ``benchmark.benchmark`` gives, with model, network, height, width and frames;
        for a table what ``embedded_table.run`` gives, for all what ``performance_page.run`` gives,
        with ros what ``benchmark_ros.run`` gives
    """
    if args.ros:
        return benchmark_ros.run(args)
    if args.table:
        return embedded_table.run(args.table, args.backend, args.frames)
    if args.all:
        return performance_page.run(args.markdown)
    model = read_model(args.model)
    height, width = args.size or (model.spec.height, model.spec.width)
    with tempfile.TemporaryDirectory() as folder:
        model = resized(model, (height, width), Path(folder) / 'resized')
        scene = StreetScene(SCENE, height, width)
        images = [scene.frame(index).image for index in range(SCENE_FRAMES)]
        report = benchmark(model, args.backend, images, args.frames)
    _print_report(report)
    return dict(report, model=model.name, network=model.network, height=height, width=width,
                frames=args.frames)


def _print_report(report: Dict[str, Any]) -> None:
    """Print percentiles by stage, and what they come to."""
    stages = [(stage[:-3].replace('_', ' '), report[stage]) for stage in STAGES]
    if report['plain_total_ms']:
        stages.append(('plain pipeline', report['plain_total_ms']))
    print(table(('ms', 'p50', 'p95', 'p99'), [
        [name] + ['{:.2f}'.format(values[p]) for p in ('p50', 'p95', 'p99')]
        for name, values in stages]))
    around = report['preprocess_ms']['p50'] + report['decode_ms']['p50']
    print('preprocessing and decode take {:.1f} % of the network\'s time'.format(
        100 * around / report['network_ms']['p50']))
    if report['plain_total_ms']:
        print('{:.2f} times as fast as the plain pipeline, same class for {:.3f} % of the '
              'pixels'.format(report['speedup'], 100 * report['agreement']))
    else:
        print('no plain pipeline to compare with: {}'.format(report['plain_reason']))
    print(report['reason'])
