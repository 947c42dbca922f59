# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""``lsnet build-engine``: build the TensorRT engine of a model on this machine."""

import argparse
from pathlib import Path
from typing import Any, Dict

from lsnet_ros.commands.arguments import add_model, parse_count, parse_size
from lsnet_ros.commands.tables import percent, table
from lsnet_ros.engines.building import build_engine, BuildOptions
from lsnet_ros.engines.engine_cache import TORCH
from lsnet_ros.engines.engine_key import PRECISIONS
from lsnet_ros.models.folder import read_model

SUMMARY = 'build the TensorRT engine of a model on this machine, and compare it with PyTorch'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_model(parser)
    parser.add_argument('--precision', choices=PRECISIONS, default='fp16',
                        help='precision to begin with; if its engine fails the comparison, a more '
                             'precise one is built (default: fp16)')
    parser.add_argument('--size', type=parse_size, metavar='HxW',
                        help='size of the network\'s input (default: the model\'s own)')
    parser.add_argument('--batch', type=parse_count, default=1, metavar='N',
                        help='images per inference; the nodes use 1 (default: 1)')
    parser.add_argument('--frames', type=Path, metavar='DIR',
                        help='folder of camera images to compare on (default: rendered streets)')
    parser.add_argument('--calibration', type=Path, metavar='DIR',
                        help='folder of camera images to calibrate int8 with')


def run(args: argparse.Namespace) -> Dict[str, Any]:
    """
    Build an engine, compare it with PyTorch and cache it.

    :returns: the card of the engine, and failed: whether no engine passed the comparison
    :raises EngineError: if no engine can be built
    """
    model = read_model(args.model)
    options = BuildOptions(args.size, args.batch, args.frames, args.calibration)
    card = build_engine(model.folder, args.precision, options,
                        lambda text: print(text, flush=True))
    print(table(('engine', 'same class as PyTorch %', 'at least', 'passed', 's'), [
        (attempt['precision'], percent(min(attempt['agreement'], default=None)),
         percent(attempt['limit']), 'yes' if attempt['passed'] else 'no',
         '{:.0f}'.format(attempt['seconds'])) for attempt in card['attempts']]))
    is_refused = card['precision'] == TORCH
    print('{} on {}; its card is {}'.format(
        'no engine: PyTorch is used' if is_refused else '{} engine, compared'.format(
            card['precision']), card['gate_frames'], card['path']))
    return dict(card, failed=is_refused)
