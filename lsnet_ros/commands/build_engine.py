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
"""``lsnet build-engine``: a TensorRT engine of a model, for this machine."""

import argparse
from pathlib import Path
from typing import Any, Dict

from lsnet_ros.commands.arguments import count, size
from lsnet_ros.commands.tables import percent, table
from lsnet_ros.engines.building import build_engine, Options
from lsnet_ros.engines.engine_cache import TORCH
from lsnet_ros.engines.engine_key import PRECISIONS
from lsnet_ros.model_files import read_model

SUMMARY = 'build the TensorRT engine of a model on this machine, and compare it with PyTorch'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument('--model', required=True, help='name of a model, or a model folder')
    parser.add_argument('--precision', choices=PRECISIONS, default='fp16',
                        help='a more precise engine is built if this one does not pass '
                             '(default: fp16)')
    parser.add_argument('--size', type=size, metavar='HxW',
                        help='of the network\'s input (default: the model\'s own)')
    parser.add_argument('--batch', type=count, default=1, metavar='N',
                        help='images at a time; the nodes take 1 (default: 1)')
    parser.add_argument('--frames', type=Path, metavar='DIR',
                        help='images of your camera to compare on (default: rendered streets)')
    parser.add_argument('--calibration', type=Path, metavar='DIR',
                        help='images of your camera, for int8')


def run(args: argparse.Namespace) -> Dict[str, Any]:
    """
    Build, compare and keep an engine.

    :returns: what ``build_engine`` gives, and failed: whether no engine passed
    :raises EngineError: if none can be built
    """
    model = read_model(args.model)
    options = Options(args.size, args.batch, args.frames, args.calibration)
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
