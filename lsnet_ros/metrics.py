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
"""How well predicted class ids agree with the truth: one confusion matrix, and what follows."""

from typing import Dict, List, Optional, Sequence, Union

import numpy as np

from lsnet_ros.errors import LsnetError

_IDS = 256  # ids that eight bits can hold


class MetricsError(LsnetError, ValueError):
    """Class ids or targets cannot be counted."""


class ConfusionMatrix:
    """
    Counts of (target, predicted) pixels over any number of frames.

    A class that is neither in a target nor predicted has no IoU: it is NaN and stays out of
    the mean. Pixels whose target is ``ignore_index`` are not counted, whatever is predicted.

    :param num_classes: C
    :param ignore_index: target id of pixels that are not counted
    """

    def __init__(self, num_classes: int, ignore_index: int = 255) -> None:
        if not 0 < num_classes < _IDS:
            raise MetricsError('{} classes: expected 1 to 255'.format(num_classes))
        self.num_classes = num_classes
        self.ignore_index = ignore_index
        self.matrix = np.zeros((num_classes, num_classes), np.int64)  # [target, predicted]
        self.frames = 0

    def update(self, target: np.ndarray, class_ids: np.ndarray) -> None:
        """
        Count one frame. A frame that is refused changes nothing.

        :param target: true class ids, (H, W), any integer type
        :param class_ids: predicted class ids, the same shape
        :raises MetricsError: if the shapes differ, or an id is outside the label set
        """
        if target.shape != class_ids.shape:
            raise MetricsError('the target has shape {} and the class ids {}: expected the same; '
                               'resize ids by nearest neighbour only'.format(
                                   target.shape, class_ids.shape))
        target, class_ids = _as_bytes(target, 'target'), _as_bytes(class_ids, 'predicted')
        pairs = np.left_shift(target, 8, dtype=np.uint16)
        pairs |= class_ids
        counts = np.bincount(pairs.ravel(), minlength=_IDS * _IDS).reshape(_IDS, _IDS)
        self._check(counts.sum(axis=0), 'predicted')
        counts[self.ignore_index] = 0
        self._check(counts.sum(axis=1), 'target')
        self.matrix += counts[:self.num_classes, :self.num_classes]
        self.frames += 1

    def merge(self, other: 'ConfusionMatrix') -> None:
        """
        Add the counts of another matrix to this one.

        :raises MetricsError: if it has another number of classes
        """
        if other.num_classes != self.num_classes:
            raise MetricsError('a matrix of {} classes cannot be merged into one of {}'.format(
                other.num_classes, self.num_classes))
        self.matrix += other.matrix
        self.frames += other.frames

    def iou(self) -> np.ndarray:
        """Give intersection over union by class, (C,) float64, NaN where the union is empty."""
        intersection = np.diag(self.matrix)
        union = self.matrix.sum(axis=0) + self.matrix.sum(axis=1) - intersection
        return _ratio(intersection, union)

    def miou(self) -> float:
        """Give the mean IoU of the classes that have one; NaN if none has."""
        iou = self.iou()
        present = iou[~np.isnan(iou)]
        return float(present.mean()) if present.size else float('nan')

    def pixel_accuracy(self) -> float:
        """Give the fraction of counted pixels that are right; NaN if none was counted."""
        return float(_ratio(np.trace(self.matrix), self.matrix.sum()))

    def by_category(self, categories: Sequence[str]) -> 'ConfusionMatrix':
        """
        Count the same pixels by category: to take a class for another of its category is right.

        :param categories: of each class
        :returns: a matrix of the categories in the order in which they come first
        :raises MetricsError: if there are more or fewer than classes
        """
        self._check_names(categories, 'categories')
        names = _unique(categories)
        belongs = np.array([[category == name for name in names] for category in categories],
                           np.int64)  # (C, categories)
        grouped = ConfusionMatrix(len(names), self.ignore_index)
        grouped.matrix = belongs.T.dot(self.matrix).dot(belongs)
        grouped.frames = self.frames
        return grouped

    def report(self, class_names: Sequence[str],
               categories: Sequence[str] = ()) -> Dict[str, object]:
        """
        Give ``miou``, ``iou`` by class name, ``pixel_accuracy`` and ``frames`` for JSON.

        With categories, also ``category_miou`` and ``category_iou`` by category. All are
        fractions of 0 to 1; what has no value is None, as JSON has no NaN.

        :param categories: of each class, or none
        :raises MetricsError: if there are more or fewer names or categories than classes
        """
        report = self._class_report(class_names)
        if categories:
            grouped = self.by_category(categories)._class_report(_unique(categories))
            report.update(category_miou=grouped['miou'], category_iou=grouped['iou'])
        return report

    def _class_report(self, class_names: Sequence[str]) -> Dict[str, object]:
        """Give the report without categories."""
        self._check_names(class_names, 'class names')
        return {
            'miou': _or_none(self.miou()),
            'iou': {name: _or_none(value) for name, value in zip(class_names, self.iou())},
            'pixel_accuracy': _or_none(self.pixel_accuracy()),
            'frames': self.frames,
        }

    def _check_names(self, names: Sequence[str], what: str) -> None:
        """Raise MetricsError unless there is a name for each class."""
        if len(names) != self.num_classes:
            raise MetricsError('{} {} for {} classes: expected one for each'.format(
                len(names), what, self.num_classes))

    def _check(self, counts: np.ndarray, what: str) -> None:
        """Raise MetricsError if an id outside the label set was counted."""
        outside = np.flatnonzero(counts[self.num_classes:])
        if outside.size:
            raise MetricsError('{} id {} in {} pixels is outside the label set: expected 0 to {}, '
                               'or {} in a target for pixels to ignore'.format(
                                   what, outside[0] + self.num_classes,
                                   counts[outside[0] + self.num_classes],
                                   self.num_classes - 1, self.ignore_index))


def _as_bytes(ids: np.ndarray, what: str) -> np.ndarray:
    """Give ids as uint8; raise MetricsError if they are not integers of 0 to 255."""
    if ids.dtype == np.uint8:
        return ids
    if ids.dtype.kind not in 'iu':
        raise MetricsError('{} ids are {}: expected integers'.format(what, ids.dtype))
    if ids.size and not 0 <= ids.min() <= ids.max() < _IDS:
        raise MetricsError('{} ids are {} to {}: expected 0 to 255'.format(
            what, ids.min(), ids.max()))
    return ids.astype(np.uint8)


def _unique(names: Sequence[str]) -> List[str]:
    """List the different names in the order in which they come first."""
    return sorted(set(names), key=names.index)


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Divide counts; NaN where the whole is 0."""
    return np.where(whole > 0, part / np.maximum(whole, 1), np.nan)


def _or_none(value: Union[float, np.floating]) -> Optional[float]:
    """Turn NaN into None."""
    return None if np.isnan(value) else float(value)
