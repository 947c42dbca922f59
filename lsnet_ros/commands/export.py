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
"""``lsnet export``: the best weights of a training run, as a model folder for the robot."""

import argparse
from pathlib import Path
from typing import Any, Dict

SUMMARY = 'make a model folder of a training run'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument('--run', required=True, type=Path, dest='run_folder', metavar='DIR',
                        help='folder of a training run, the --output of "lsnet train"')
    parser.add_argument('--output', required=True, type=Path, metavar='DIR',
                        help='model folder to write; its last part names the model')
    parser.add_argument('--root', type=Path, metavar='DIR',
                        help='folder of the dataset: measure the model on its validation split')


def run(args: argparse.Namespace) -> Dict[str, Any]:
    """
    Export, and measure what was exported.

    :returns: model, iterations, parity is checked on the way; metrics of the validation split
    """
    from lsnet_ros.datasets import LABELLED_AS
    from lsnet_ros.export import save_model
    from lsnet_ros.labels import label_set
    from lsnet_ros.training.best import read_best
    best = read_best(args.run_folder)
    dataset = best.recipe.dataset
    arguments = dict(
        folder=args.output, name=args.output.resolve().name, network_name=best.recipe.network,
        config=best.recipe.options, network=best.network, spec=best.spec, training=best.history,
        label_set=label_set(LABELLED_AS.get(dataset, dataset)))
    model = save_model(metrics={}, **arguments)
    metrics: Dict[str, Any] = {}
    if args.root:
        metrics = {dataset + '-val': _measured(model, dataset, args.root)}
        save_model(metrics=metrics, **arguments)
    print('wrote {}'.format(args.output))
    return {'model': model.name, 'iterations': best.history['iterations'], 'metrics': metrics}


def _measured(model, dataset: str, root: Path) -> Dict[str, Any]:
    """Evaluate the exported model on the validation split with ONNX Runtime."""
    from lsnet_ros.commands.evaluate import measure
    from lsnet_ros.commands.tables import iou_table
    from lsnet_ros.datasets import DATASETS
    from lsnet_ros.segmenter import Segmenter
    report = measure(Segmenter(model, 'onnx'), DATASETS[dataset](root, 'val')).report(
        model.label_set.class_names, model.label_set.categories)
    print(iou_table(report))
    return dict(report, backend='onnx')
