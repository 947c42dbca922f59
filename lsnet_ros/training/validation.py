# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Validation of a run: its mIoU has to mean something, and to stay comparable."""

from contextlib import closing
import hashlib
import json
from typing import Any, Dict, List, NamedTuple, Sequence

import numpy as np

from lsnet_ros.datasets.labelled_files import DatasetError
from lsnet_ros.frames import Frame
from lsnet_ros.labels.label_sets import IGNORE_INDEX, LabelSet
from lsnet_ros.stages.preprocessing import InputSpec
from lsnet_ros.training.averaging import measure_statistics
from lsnet_ros.training.batches import Batches
from lsnet_ros.training.data import Data
from lsnet_ros.training.distributed import from_first, rank
from lsnet_ros.training.evaluate import Accuracy, evaluate
from lsnet_ros.training.learner import Learner
from lsnet_ros.training.recipes import Recipe

LEAST_CLASSES = 2         # one class alone is found by a network that has learnt nothing
STATISTICS_BATCHES = 200  # at most, for the batch norms of averaged weights


class ValidationSplit(NamedTuple):
    """Content of a validation split."""

    pixels: List[int]   # by class
    digest: str         # sha256 of all targets, in their order


class Validation(NamedTuple):
    """Accuracy of a run's weights at one iteration."""

    kept: str           # the better of 'latest' and 'average'
    accuracy: Accuracy

    def as_json(self) -> Dict[str, Any]:
        """Return it in the types of JSON."""
        return {'kept': self.kept, 'confusion': self.accuracy.confusion.matrix.tolist(),
                'wrong_shares': self.accuracy.wrong_shares}


class Validator:
    """
    Measures the weights of a run on its validation split.

    :param batches: of the run, for the batch norms of averaged weights
    :raises DatasetError: if less than two classes occur: the mIoU would say nothing
    """

    def __init__(self, recipe: Recipe, data: Data, batches: Batches) -> None:
        self._recipe = recipe
        self._val = data.val
        self._num_classes = data.label_set.num_classes
        self._batches = batches
        self._train_frames = len(data.train)
        split = summarise(data.val, data.label_set)
        self.digest = split.digest
        self.absent_classes = list_absent(split, data.label_set)

    def measure(self, learner: Learner, workers: int = 1) -> Validation:
        """
        Measure the latest weights and their average, if any; return the better.

        An average lags behind in a short run, and is better at the end of a long one.

        :param workers: threads that read frames
        """
        if learner.average and learner.average.needs_statistics:
            self._measure_statistics(learner, workers)
        size = self._recipe.input_size
        spec = InputSpec(*size, tuple(learner.network.input_sizes(*size)))
        found = [Validation(name, evaluate(network, self._val, spec, self._num_classes, workers))
                 for name, network in learner.candidates.items()]
        return max(found, key=lambda each: each.accuracy.confusion.miou())

    def _measure_statistics(self, learner: Learner, workers: int) -> None:
        """Give the average of the weights, once there is one, batch norms that fit it."""
        network = learner.candidates.get('average')
        if network is None:
            return
        count = min(STATISTICS_BATCHES, -(-self._train_frames // self._recipe.batch_size))
        with closing(self._batches.from_iteration(0, count, workers)) as batches:
            measure_statistics(network, (learner.images(batch.images) for batch in batches))


def summarise(val: Sequence[Frame], labels: LabelSet) -> ValidationSplit:
    """
    Count the pixels of each class of a validation split, and digest its targets.

    The first process reads the targets for all.

    :raises DatasetError: if less than two classes occur: the mIoU would say nothing
    """
    content = b'' if rank() else json.dumps(_read(val, labels.num_classes)).encode()
    split = ValidationSplit(*json.loads(from_first(content).decode()))
    present = [name for name, count in zip(labels.class_names, split.pixels) if count]
    if len(present) < LEAST_CLASSES:
        raise DatasetError(
            'the {} validation frames have pixels of {}, expected at least {} classes: their mIoU '
            'would say nothing; label more of them, or draw another split'.format(
                len(val), 'the class {} alone'.format(present[0]) if present else 'no class',
                LEAST_CLASSES))
    return split


def _read(val: Sequence[Frame], num_classes: int) -> ValidationSplit:
    """Read all targets of a split."""
    pixels, digest = np.zeros(num_classes, np.int64), hashlib.sha256()
    for index in range(len(val)):
        target = np.asarray(val[index].target)
        pixels += np.bincount(target[target != IGNORE_INDEX], minlength=num_classes)[:num_classes]
        digest.update('{}x{}'.format(*target.shape).encode() + target.tobytes())
    return ValidationSplit(pixels.tolist(), digest.hexdigest())


def list_absent(split: ValidationSplit, labels: LabelSet) -> List[str]:
    """Return the names of the classes that do not occur, whose IoU will not be known."""
    return [name for name, count in zip(labels.class_names, split.pixels) if not count]
