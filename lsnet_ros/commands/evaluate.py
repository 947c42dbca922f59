# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""``lsnet evaluate``: accuracy of a model on a dataset."""

import argparse
from pathlib import Path
from typing import Any, Dict, Optional

from lsnet_ros.commands.arguments import (
    add_backend,
    add_dataset,
    add_groups,
    add_model,
    add_target_values,
    describe_choice,
)
from lsnet_ros.commands.progress import progress
from lsnet_ros.commands.tables import percent, robustness_table, scores_table
from lsnet_ros.datasets import DATASETS, open_split, RENDERED
from lsnet_ros.datasets.labelled_files import LabelledFiles
from lsnet_ros.evaluation.calibration import Reliability
from lsnet_ros.evaluation.measure import EvaluationError, GroupedTargets, measure
from lsnet_ros.evaluation.robustness import measure_robustness
from lsnet_ros.frames.spread import choose_evenly
from lsnet_ros.labels.groups import read_groups
from lsnet_ros.labels.metrics import ConfusionMatrix, Scores
from lsnet_ros.labels.target_values import read_target_values
from lsnet_ros.models.folder import Model, read_model
from lsnet_ros.segmenter import Segmenter

SUMMARY = 'measure the IoU of a model on a dataset'
EXAMPLES = 4  # frames in frames.png
WEAK = 0.2    # IoU below which a class is named


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_model(parser)
    add_dataset(parser, required=True)
    parser.add_argument('--root', type=Path, metavar='DIR',
                        help='folder of the dataset (not for {})'.format(', '.join(RENDERED)))
    parser.add_argument('--split', default='val', help='part of the dataset (default: val)')
    add_target_values(parser)
    add_groups(parser)
    add_backend(parser)
    parser.add_argument('--pictures', type=Path, metavar='DIR',
                        help='folder for pictures of some frames, the IoU, the confusion matrix '
                             'and the reliability of confidences')
    parser.add_argument('--corruptions', action='store_true',
                        help='also measure the mIoU under noise, blur, darkness, glare, JPEG and '
                             'colour casts, each at three strengths (18 times the work)')


def run(args: argparse.Namespace) -> Dict[str, Any]:
    """
    Segment each frame at its own size and compare it with its target.

    :returns: the scores, and model, dataset, split, backend and device
    """
    if args.pictures:  # before the work, as matplotlib may be missing
        from lsnet_ros.evaluation.pictures import write_pictures
    model = read_model(args.model)
    dataset = _open_dataset(args, model)
    groups = read_groups(args.groups, model.label_set) if args.groups else None
    segmenter = Segmenter(model, args.backend, groups=groups)
    # The confidence of a class says little on that of its group.
    reliability = None if groups else Reliability()
    if groups:
        dataset = GroupedTargets(dataset, groups)
    confusion = measure(segmenter, dataset, progress, reliability)
    scores = confusion.scores(dataset.label_set.class_names, dataset.label_set.categories)
    error = reliability.expected_calibration_error() if reliability else None
    print(scores_table(scores))
    if error is not None:
        print('expected calibration error {:.3f}'.format(error))
    _print_weak_classes(scores)
    print(describe_choice(segmenter.backend.name, segmenter.backend, args.verbose))
    report = dict(scores.as_json(), ece=error, model=model.name, dataset=args.dataset,
                  split=args.split, backend=segmenter.backend.name,
                  device=segmenter.backend.device)
    if args.corruptions:
        robustness = measure_robustness(segmenter, dataset, progress)
        print(robustness_table(robustness.miou, robustness.mean_miou))
        report.update(corruptions=robustness.as_json())
    if args.pictures:
        write_pictures(args.pictures, _collect_evaluation(
            args, segmenter, dataset, confusion, reliability))
        print('pictures are in {}'.format(args.pictures))
    return report


def _open_dataset(args: argparse.Namespace, model: Model) -> Any:
    """Open the split to evaluate on, whose classes have to be those of the model."""
    dataset = open_split(args.dataset, args.root, args.split)
    if model.label_set.class_names != dataset.label_set.class_names:
        raise EvaluationError('model {!r} has the classes of {!r}, the dataset those of {!r}: '
                              'choose a model trained for them'.format(
                                  model.name, model.label_set.name, dataset.label_set.name))
    if args.ignore or args.map:
        if not isinstance(dataset, LabelledFiles):
            raise EvaluationError('--ignore and --map are for the label files of {}: in a '
                                  'dataset.yaml, list values under ids and ignore'.format(
                                      ', '.join(sorted(set(DATASETS) - RENDERED))))
        labels = dataset.label_set
        ids = [label.id for label in labels.classes]
        dataset.take_values(read_target_values(
            labels, ids, args.ignore, args.map, void=dataset.ignored))
    return dataset


def _print_weak_classes(scores: Scores) -> None:
    """Name the classes that are hardly found, and the remedies, on one line."""
    weak = ['{} {}'.format(name, percent(iou)) for name, iou in scores.iou.items()
            if iou is not None and iou < WEAK]
    if weak:
        print('under {:.0f} %: {}; a larger input, class weights and a teacher help '
              '(docs/training.md, "Rare and thin classes")'.format(100 * WEAK, ', '.join(weak)))


def _collect_evaluation(args: argparse.Namespace, segmenter: Segmenter, dataset: Any,
                        confusion: ConfusionMatrix,
                        reliability: Optional[Reliability]) -> Any:
    """Return the content of the pictures, with frames spread evenly over the dataset."""
    from lsnet_ros.evaluation.pictures import Evaluation
    from lsnet_ros.frames import Prediction
    samples = [dataset[index] for index in choose_evenly(len(dataset), EXAMPLES)]
    return Evaluation('{} on {} {}'.format(segmenter.model.name, args.dataset, args.split),
                      dataset.label_set, confusion,
                      [Prediction(sample, segmenter.segment(sample.image).class_ids)
                       for sample in samples], reliability)
