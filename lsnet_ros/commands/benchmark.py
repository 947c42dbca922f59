# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""``lsnet benchmark``: speed of a model on this machine, beside the plain pipeline."""

import argparse
from pathlib import Path
import tempfile
from typing import Any, Dict

from lsnet_ros.commands import benchmark_ros, embedded_table, performance_page
from lsnet_ros.commands.arguments import (
    add_backend,
    add_renamed,
    describe_choice,
    parse_count,
    parse_size,
)
from lsnet_ros.commands.tables import table
from lsnet_ros.models.folder import read_model
from lsnet_ros.speed.contenders import compare, Comparison, export_at, scene_images, STAGES
from lsnet_ros.speed.embedded_tables import TABLES

SUMMARY = 'time the stages of a model, and the plain pipeline beside it'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    subject = parser.add_mutually_exclusive_group(required=True)
    subject.add_argument('--model', help='name of a model, or a model folder')
    subject.add_argument('--table', choices=sorted(TABLES),
                         help='a paper\'s table of embedded boards: time its network here, with '
                              'random weights (needs torch)')
    subject.add_argument('--all', action='store_true',
                         help='time every installed model with every backend at several sizes '
                              '(minutes)')
    parser.add_argument('--markdown', action='store_true',
                        help='with --all, print the page docs/performance.md')
    parser.add_argument('--size', type=parse_size, metavar='HxW',
                        help='size of the frames and of the network\'s input (default: the '
                             'model\'s own; another one needs torch)')
    add_backend(parser)
    add_renamed(parser, '--num-frames', '--frames', type=parse_count, default=50, metavar='N',
                help='number of timed frames, after warm-up (default: 50)')
    benchmark_ros.add_arguments(parser)


def run(args: argparse.Namespace) -> Dict[str, Any]:
    """
    Time rendered street scenes of one size.

    :returns: the comparison, with model, network, height, width and frames; with --ros, --table
        or --all the report of ``benchmark_ros``, ``embedded_table`` or ``performance_page``
    """
    if args.ros:
        return benchmark_ros.run(args)
    if args.table:
        return embedded_table.run(args.table, args.backend, args.num_frames, args.verbose)
    if args.all:
        return performance_page.run(args.markdown)
    model = read_model(args.model)
    height, width = args.size or (model.spec.height, model.spec.width)
    with tempfile.TemporaryDirectory() as folder:
        model = export_at(model, (height, width), Path(folder) / 'resized')
        comparison = compare(model, args.backend, scene_images(height, width), args.num_frames)
    _print_comparison(comparison, args.verbose)
    return dict(comparison.as_json(), model=model.name, network=model.network, height=height,
                width=width, frames=args.num_frames)


def _print_comparison(comparison: Comparison, is_verbose: bool) -> None:
    """Print the percentiles of each stage, and the ratio to the plain pipeline."""
    stages = comparison.stages
    rows = [(stage[:-len('_ms')].replace('_', ' '), stages[stage]) for stage in STAGES]
    plain = comparison.plain
    if plain:
        rows.append(('plain pipeline', plain.total_ms))
    print(table(('ms', 'p50', 'p95', 'p99'), [
        [name] + ['{:.2f}'.format(value) for value in times] for name, times in rows]))
    around = stages['preprocess_ms'].p50 + stages['decode_ms'].p50
    print('preprocessing and decode take {:.1f} % of the network\'s time'.format(
        100 * around / stages['network_ms'].p50))
    if plain:
        print('{:.2f} times as fast as the plain pipeline, same class for {:.3f} % of the '
              'pixels'.format(plain.speedup, 100 * plain.agreement))
    else:
        print('no plain pipeline to compare with: {}'.format(comparison.plain_reason))
    print(comparison.load.describe())
    if comparison.warning:
        print('NOT RELIABLE: ' + comparison.warning)
    print(describe_choice(comparison.backend, comparison, is_verbose))
