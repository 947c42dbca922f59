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
from lsnet_ros.datasets import DATASETS
from lsnet_ros.errors import LsnetError
from lsnet_ros.metrics import ConfusionMatrix, MetricsError
from lsnet_ros.model_files import read_model
from lsnet_ros.segmenter import Segmenter

SUMMARY = 'measure the IoU of a model on a dataset'


class EvaluationError(LsnetError, ValueError):
    """A model cannot be evaluated on a dataset."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument('--model', required=True, help='name of a model, or a model folder')
    parser.add_argument('--dataset', required=True, choices=sorted(DATASETS))
    parser.add_argument('--root', required=True, type=Path, metavar='DIR',
                        help='folder of the dataset')
    parser.add_argument('--split', default='val', help='part of the dataset (default: val)')
    parser.add_argument('--backend', default='auto', choices=['auto'] + sorted(BACKENDS))


def run(args: argparse.Namespace) -> Dict[str, Any]:
    """
    Segment each frame at its own size and compare it with its target.

    :returns: miou, iou by class name, pixel_accuracy (fractions), frames, and what measured them
    """
    dataset = DATASETS[args.dataset](args.root, args.split)
    model = read_model(args.model)
    if model.label_set != dataset.label_set:
        raise EvaluationError('model {!r} knows the classes of {!r}, the dataset has those of '
                              '{!r}: choose a model trained for it'.format(
                                  model.name, model.label_set.name, dataset.label_set.name))
    segmenter = Segmenter(model, args.backend)
    report = measure(segmenter, dataset).report(model.label_set.class_names)
    print(iou_table(report))
    print(segmenter.backend.reason)
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
