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
"""``lsnet evaluate``: how right a model is on a dataset."""

import argparse
from pathlib import Path
from typing import Any, Dict

from lsnet_ros.backends import BACKENDS
from lsnet_ros.commands.progress import progress
from lsnet_ros.commands.tables import iou_table
from lsnet_ros.datasets import DATASETS, RENDERED
from lsnet_ros.errors import LsnetError
from lsnet_ros.metrics import ConfusionMatrix, MetricsError
from lsnet_ros.model_files import read_model
from lsnet_ros.segmenter import Segmenter
import numpy as np

SUMMARY = 'measure the IoU of a model on a dataset'
EXAMPLES = 4  # frames in the pictures


class EvaluationError(LsnetError, ValueError):
    """A model cannot be evaluated on a dataset."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument('--model', required=True, help='name of a model, or a model folder')
    parser.add_argument('--dataset', required=True, choices=sorted(DATASETS))
    parser.add_argument('--root', type=Path, metavar='DIR',
                        help='folder of the dataset (not for {})'.format(', '.join(RENDERED)))
    parser.add_argument('--split', default='val', help='part of the dataset (default: val)')
    parser.add_argument('--backend', default='auto', choices=['auto'] + sorted(BACKENDS))
    parser.add_argument('--pictures', type=Path, metavar='DIR',
                        help='write pictures of frames, of IoU and of the confusion matrix there')


def run(args: argparse.Namespace) -> Dict[str, Any]:
    """
    Segment each frame at its own size and compare it with its target.

    :returns: miou, iou by class name, pixel_accuracy (fractions), frames, and what measured
        them; where the classes have categories, category_miou and category_iou by category
    """
    if args.pictures:  # first, as matplotlib may be missing
        from lsnet_ros.evaluation_plots import write_pictures
    if args.root is None and args.dataset not in RENDERED:
        raise EvaluationError('dataset {!r} is read from files: give its folder with '
                              '--root'.format(args.dataset))
    dataset = DATASETS[args.dataset](args.root, args.split)
    model = read_model(args.model)
    if model.label_set != dataset.label_set:
        raise EvaluationError('model {!r} knows the classes of {!r}, the dataset has those of '
                              '{!r}: choose a model trained for it'.format(
                                  model.name, model.label_set.name, dataset.label_set.name))
    segmenter = Segmenter(model, args.backend)
    confusion = measure(segmenter, dataset)
    report = confusion.report(model.label_set.class_names, model.label_set.categories)
    print(iou_table(report))
    print(segmenter.backend.reason)
    if args.pictures:
        write_pictures(args.pictures, _evaluation(args, segmenter, dataset, confusion))
        print('pictures are in {}'.format(args.pictures))
    return dict(report, model=model.name, dataset=args.dataset, split=args.split,
                backend=segmenter.backend.name, device=segmenter.backend.device)


def measure(segmenter: Segmenter, dataset: Any) -> ConfusionMatrix:
    """
    Segment each frame of a dataset at its own size and count it against its target.

    :raises EvaluationError: if a target cannot be counted; the text names its frame
    """
    confusion = ConfusionMatrix(segmenter.model.label_set.num_classes)
    for index in progress(range(len(dataset)), len(dataset), 'frames'):
        sample = dataset[index]
        try:
            confusion.update(sample.target, segmenter.segment(sample.image).class_ids)
        except MetricsError as error:
            raise EvaluationError('the target of frame {} cannot be counted: {}'.format(
                sample.name, error)) from error
    return confusion


def _evaluation(args: argparse.Namespace, segmenter: Segmenter, dataset: Any,
                confusion: ConfusionMatrix) -> Any:
    """Return what the pictures tell about, frames from the first to the last among it."""
    from lsnet_ros.evaluation_plots import Evaluation, Example
    samples = [dataset[index] for index in
               sorted(set(np.linspace(0, len(dataset) - 1, EXAMPLES).astype(int).tolist()))]
    return Evaluation('{} on {} {}'.format(segmenter.model.name, args.dataset, args.split),
                      dataset.label_set, confusion,
                      [Example(sample.image, sample.target,
                               segmenter.segment(sample.image).class_ids) for sample in samples])
