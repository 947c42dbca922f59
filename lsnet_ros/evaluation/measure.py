# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Accuracy of a segmenter on a labelled dataset."""

from typing import Any, Callable, Iterable, Optional

from lsnet_ros.errors import LsnetError
from lsnet_ros.evaluation.calibration import Reliability
from lsnet_ros.frames import Frame
from lsnet_ros.labels.groups import Groups
from lsnet_ros.labels.metrics import ConfusionMatrix, MetricsError
from lsnet_ros.segmenter import Segmenter

Progress = Callable[[Iterable, int, str], Iterable]  # items, number of items, unit


class EvaluationError(LsnetError, ValueError):
    """A model cannot be evaluated on a dataset."""


class GroupedTargets:
    """
    A dataset whose targets are groups of classes.

    :param dataset: sequence of frames with the class ids that ``groups`` is made for
    """

    def __init__(self, dataset: Any, groups: Groups) -> None:
        self._dataset, self._groups = dataset, groups
        self.label_set = groups.label_set

    def __len__(self) -> int:
        return len(self._dataset)

    def __getitem__(self, index: int) -> Frame:
        """Read one frame; errors are those of the dataset."""
        frame = self._dataset[index]
        return frame._replace(target=self._groups.apply(frame.target))


def measure(segmenter: Segmenter, dataset: Any, progress: Progress,
            reliability: Optional[Reliability] = None) -> ConfusionMatrix:
    """
    Segment each frame of a dataset at its own size and compare it with its target.

    :param dataset: sequence of samples with ``name``, ``image`` and ``target``
    :param progress: passes its items on and shows their number
    :param reliability: counts the confidences too, if given
    :raises EvaluationError: if a target is invalid; the text names its frame
    """
    confusion = ConfusionMatrix(segmenter.label_set.num_classes)
    for index in progress(range(len(dataset)), len(dataset), 'frames'):
        sample = dataset[index]
        found = segmenter.segment(sample.image, with_confidence=reliability is not None)
        try:
            confusion.update(sample.target, found.class_ids)
        except MetricsError as error:
            raise EvaluationError('the target of frame {} cannot be counted: {}'.format(
                sample.name, error)) from error
        if reliability is not None and found.confidence is not None:
            reliability.update(sample.target, found.class_ids, found.confidence)
    return confusion
