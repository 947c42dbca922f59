# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""``lsnet export``: a model folder from the best weights of a training run."""

import argparse
from pathlib import Path
from typing import Any, Dict

from lsnet_ros.models.card import Model

SUMMARY = 'export the best weights of a training run as a model folder'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument('--run', required=True, type=Path, dest='run_folder', metavar='DIR',
                        help='folder of a training run, the --output of "lsnet train"')
    parser.add_argument('--output', required=True, type=Path, metavar='DIR',
                        help='model folder to write; its name becomes the name of the model')
    parser.add_argument('--root', type=Path, metavar='DIR',
                        help='folder of the dataset, to calibrate and evaluate the model on its '
                             'validation split (default: neither)')


def run(args: argparse.Namespace) -> Dict[str, Any]:
    """
    Export a model, with a parity check; calibrate and evaluate it if its dataset is given.

    :returns: model, iterations, metrics by name of the validation split, and calibration
    """
    from lsnet_ros.datasets import DATASETS, open_split
    from lsnet_ros.models.export import save_model, TrainedModel
    from lsnet_ros.training.best import read_best
    best = read_best(args.run_folder)
    dataset, is_own = best.recipe.dataset, best.recipe.dataset not in DATASETS
    split_name = (best.label_set.name if is_own else dataset) + '-val'
    split = open_split(dataset, args.root, 'val') if args.root or is_own else None
    trained = TrainedModel(
        name=args.output.resolve().name, network_name=best.recipe.network,
        config=best.recipe.options, network=best.network, spec=best.spec, training=best.history,
        label_set=best.label_set, metrics={})
    model = save_model(args.output, trained)
    if split is not None:
        trained = trained._replace(calibration=_calibrate(
            model, best.network, split, split_name))
        model = save_model(args.output, trained)
        trained = trained._replace(metrics={split_name: _evaluate(model, split)})
        save_model(args.output, trained)
    print('wrote {}'.format(args.output))
    return {'model': model.name, 'iterations': best.history['iterations'],
            'metrics': trained.metrics, 'calibration': trained.calibration}


def _calibrate(model: Model, network: Any, split: Any, name: str) -> Dict[str, Any]:
    """Fit the temperature of a model to a split; returns the section of the card."""
    from lsnet_ros.commands.progress import progress
    from lsnet_ros.evaluation.calibrate import calibrate
    from lsnet_ros.segmenter import Segmenter
    return calibrate(Segmenter(model, 'onnx'), network, split, name, progress).as_json()


def _evaluate(model: Model, split: Any) -> Dict[str, Any]:
    """Evaluate a model on a split with ONNX Runtime; returns its metrics."""
    from lsnet_ros.commands.progress import progress
    from lsnet_ros.commands.tables import robustness_table, scores_table
    from lsnet_ros.evaluation.calibration import Reliability
    from lsnet_ros.evaluation.measure import measure
    from lsnet_ros.evaluation.robustness import measure_robustness
    from lsnet_ros.segmenter import Segmenter
    segmenter, reliability = Segmenter(model, 'onnx'), Reliability()
    scores = measure(segmenter, split, progress, reliability).scores(
        model.label_set.class_names, model.label_set.categories)
    print(scores_table(scores))
    robustness = measure_robustness(segmenter, split, progress)
    print(robustness_table(robustness.miou, robustness.mean_miou))
    return dict(scores.as_json(), ece=reliability.expected_calibration_error(),
                corruptions=robustness.as_json(), backend='onnx')
