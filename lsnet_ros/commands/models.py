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
"""``lsnet models``: the models that a name can stand for."""

import argparse
from pathlib import Path
import sys
from typing import Any, Dict, Union

from lsnet_ros.commands.tables import percent, table
from lsnet_ros.model_files import list_models, ModelError, onnx_path, read_model, read_weights

SUMMARY = 'list the models that are installed'
STATISTICS = ('running_mean', 'running_var', 'num_batches_tracked')  # arrays, but no parameters


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument('--markdown', action='store_true',
                        help='print the page models/README.md instead: each model is timed, '
                             'which takes torch')


def run(args: argparse.Namespace) -> Dict[str, Any]:
    """
    Print a line for each model, what is wrong with it where something is.

    :returns: models by name, and the names of those that cannot be used as failed
    """
    described, problems = {}, {}  # type: Dict[str, Any], Dict[str, str]
    for name, folder in list_models().items():
        try:
            described[name] = describe(folder)
        except ModelError as error:
            problems[name] = str(error)
    if args.markdown:
        from lsnet_ros.commands.model_page import add_details, page, time_model
        for name, about in described.items():
            add_details(about, read_model(name), time_model(read_model(name)))
        print(page(described), end='')
    else:
        _print_table(described)
    for name, problem in problems.items():
        print('{} cannot be used: {}'.format(name, problem),
              file=sys.stderr if args.markdown else sys.stdout)
    return {'models': described, 'failed': sorted(problems)}


def _print_table(described: Dict[str, Any]) -> None:
    """Print a line for each model."""
    print(table(
        ('model', 'network', 'labels', 'classes', 'input WxH', 'parameters', 'val mIoU %', 'MB'),
        [(name, about['network'], about['label_set'], about['classes'],
          '{}x{}'.format(about['width'], about['height']), about['parameters'],
          percent(about['miou']), '{:.1f}'.format(about['bytes'] / 1e6))
         for name, about in described.items()]))


def describe(name_or_folder: Union[str, Path]) -> Dict[str, Any]:
    """
    Return what there is to know of one model.

    :returns: network, label_set, classes, height, width (px), parameters, miou on its validation
        split (None if never measured), and bytes of the file that is loaded
    :raises ModelError: if the model cannot be used
    """
    model = read_model(name_or_folder)
    parameters = sum(array.size for key, array in read_weights(model).items()
                     if key.rsplit('.', 1)[-1] not in STATISTICS)
    validation = model.card['metrics'].get('{}-val'.format(model.label_set.name), {})
    return {
        'network': model.network, 'label_set': model.label_set.name,
        'classes': model.label_set.num_classes, 'height': model.spec.height,
        'width': model.spec.width, 'parameters': int(parameters),
        'miou': validation.get('miou'), 'bytes': onnx_path(model).stat().st_size,
    }
