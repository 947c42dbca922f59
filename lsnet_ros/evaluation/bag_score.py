# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Scores of a model on rosbags, in whole numbers: the bags add up alike in any order."""

import functools
from pathlib import Path
from typing import Iterable, NamedTuple, Optional, Tuple

import numpy as np

from lsnet_ros.errors import LsnetError
from lsnet_ros.frames import Frame
from lsnet_ros.labels.flicker import Flicker
from lsnet_ros.labels.groups import Groups, read_groups
from lsnet_ros.labels.metrics import ConfusionMatrix, MetricsError
from lsnet_ros.labels.target_values import read_target_values, TargetValueError
from lsnet_ros.models.folder import read_model
from lsnet_ros.segmenter import Segmenter


class TargetError(LsnetError, ValueError):
    """The targets do not match the model, or there are none."""


class BagTask(NamedTuple):
    """What to measure a bag with; any process can begin with it."""

    image_topic: str
    target_topic: str
    model: str                 # name, or path of a folder
    backend: str
    groups: Optional[str]      # name or file
    ignore: Tuple[int, ...]    # values of the targets that mean no class
    map: Optional[Path]        # YAML file, value of the targets -> class name


class BagScore(NamedTuple):
    """Counts of a bag."""

    bag: Path
    matrix: np.ndarray      # (C, C) int64 pixels, [target, predicted]
    frames: int
    without_target: int     # frames that were not counted
    flicker: Tuple[int, int]  # pixels whose true class stays; of these, those that change


class Evaluator:
    """
    Measures a model on bags, one after the other.

    :raises LsnetError: if model, groups or values are invalid, or the backend does not open
    """

    def __init__(self, task: BagTask) -> None:
        self._task = task
        model = read_model(task.model)
        self._groups: Optional[Groups] = (
            read_groups(task.groups, model.label_set) if task.groups else None)
        self._values = read_target_values(
            model.label_set, range(model.label_set.num_classes), list(task.ignore), task.map)
        self.segmenter = Segmenter(model, task.backend, groups=self._groups)

    def score(self, bag: Path, progress=lambda frames: frames) -> BagScore:
        """
        Segment each frame of a bag at its own size; compare it with the target of its stamp.

        :param progress: wraps the frames
        :raises TargetError: if a target cannot be counted, or there are no frames with one
        :raises LsnetError: if the bag cannot be read
        """
        from lsnet_ros.bags import read_bag
        confusion = ConfusionMatrix(self.segmenter.label_set.num_classes)
        flicker, without_target = Flicker(), 0
        frames: Iterable[Frame] = read_bag(bag, self._task.image_topic, self._task.target_topic)
        for frame in progress(frames):
            if frame.target is None:
                without_target += 1
                continue
            try:
                self._count(frame.image, frame.target, confusion, flicker)
            except (MetricsError, TargetValueError) as error:
                raise TargetError('the target at stamp {} ns of {} cannot be counted: {}'.format(
                    frame.stamp_ns, bag, error)) from error
        if not confusion.frames:
            raise TargetError('topic {} of {} has no frames: there is nothing to evaluate'.format(
                self._task.image_topic, bag))
        return BagScore(bag, confusion.matrix, confusion.frames, without_target,
                        (flicker.pixels, flicker.changed))

    def _count(self, image: np.ndarray, target: np.ndarray, confusion: ConfusionMatrix,
               flicker: Flicker) -> None:
        """Count a frame that has a target."""
        target = self._values.apply(target)
        target = self._groups.apply(target) if self._groups else target
        class_ids = self.segmenter.segment(image).class_ids
        confusion.update(target, class_ids)
        flicker.update(target, class_ids)


@functools.lru_cache(maxsize=1)
def open_evaluator(task: BagTask) -> Evaluator:
    """Return the evaluator of a task: a process opens the model once for all its bags."""
    return Evaluator(task)


def score_bag(task: BagTask, bag: Path) -> BagScore:
    """Return the score of a bag, in whichever process this is called."""
    return open_evaluator(task).score(bag)


def add_up(scores: Iterable[BagScore], num_classes: int) -> Tuple[ConfusionMatrix, Flicker, int]:
    """
    Return confusion matrix, flicker and number of frames without target of several bags.

    :param num_classes: C
    """
    confusion, flicker, without_target = ConfusionMatrix(num_classes), Flicker(), 0
    for score in scores:
        confusion.matrix += score.matrix
        confusion.frames += score.frames
        flicker.pixels += score.flicker[0]
        flicker.changed += score.flicker[1]
        without_target += score.without_target
    return confusion, flicker, without_target
