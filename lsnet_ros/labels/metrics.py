# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Confusion matrix of class ids against targets, and the metrics computed from it."""

from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Union

import numpy as np

from lsnet_ros.errors import LsnetError

_IDS = 256  # number of uint8 values


class MetricsError(LsnetError, ValueError):
    """Class ids or targets cannot be counted."""


class Scores(NamedTuple):
    """Metrics of a confusion matrix as fractions of 0 to 1; undefined ones are None."""

    miou: Optional[float]
    iou: Dict[str, Optional[float]]  # by class name
    pixel_accuracy: Optional[float]
    frames: int
    category_miou: Optional[float] = None
    category_iou: Optional[Dict[str, Optional[float]]] = None  # None without categories

    def as_json(self) -> Dict[str, Any]:
        """Return the scores by name, those of the categories only if there are categories."""
        scores = dict(self._asdict())
        if self.category_iou is None:
            del scores['category_miou'], scores['category_iou']
        return scores


class ConfusionMatrix:
    """
    Counts of (target, predicted) pixels over any number of frames.

    A class that is neither in a target nor predicted has IoU NaN and does not enter the mean.
    Pixels whose target is ``ignore_index`` are not counted.

    :param num_classes: C
    :param ignore_index: target id of pixels to ignore
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
        Count one frame; an invalid frame changes nothing.

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
        self._check_ids(counts.sum(axis=0), 'predicted')
        counts[self.ignore_index] = 0
        self._check_ids(counts.sum(axis=1), 'target')
        self.matrix += counts[:self.num_classes, :self.num_classes]
        self.frames += 1

    def iou(self) -> np.ndarray:
        """Return intersection over union by class, (C,) float64, NaN where the union is empty."""
        intersection = np.diag(self.matrix)
        union = self.matrix.sum(axis=0) + self.matrix.sum(axis=1) - intersection
        return _ratio(intersection, union)

    def miou(self) -> float:
        """Return the mean of the IoUs that are not NaN; NaN if all are."""
        iou = self.iou()
        present = iou[~np.isnan(iou)]
        return float(present.mean()) if present.size else float('nan')

    def pixel_accuracy(self) -> float:
        """Return the fraction of counted pixels that are correct; NaN if none was counted."""
        return float(_ratio(np.trace(self.matrix), self.matrix.sum()))

    def by_category(self, categories: Sequence[str]) -> 'ConfusionMatrix':
        """
        Return the confusion matrix of categories.

        A class taken for another of its category counts as correct.

        :param categories: category of each class
        :returns: matrix whose categories are in the order of their first classes
        :raises MetricsError: if the number of categories is not that of the classes
        """
        self._check_names(categories, 'categories')
        names = _unique(categories)
        belongs = np.array([[category == name for name in names] for category in categories],
                           np.int64)  # (C, categories)
        grouped = ConfusionMatrix(len(names), self.ignore_index)
        grouped.matrix = belongs.T.dot(self.matrix).dot(belongs)
        grouped.frames = self.frames
        return grouped

    def scores(self, class_names: Sequence[str], categories: Sequence[str] = ()) -> Scores:
        """
        Return all metrics.

        :param categories: category of each class; empty if the classes have none
        :raises MetricsError: if the number of names or categories is not that of the classes
        """
        self._check_names(class_names, 'class names')
        scores = Scores(_or_none(self.miou()), _by_name(class_names, self.iou()),
                        _or_none(self.pixel_accuracy()), self.frames)
        if not categories:
            return scores
        grouped = self.by_category(categories)
        return scores._replace(category_miou=_or_none(grouped.miou()),
                               category_iou=_by_name(_unique(categories), grouped.iou()))

    def _check_names(self, names: Sequence[str], kind: str) -> None:
        """Raise MetricsError unless there is a name for each class."""
        if len(names) != self.num_classes:
            raise MetricsError('{} {} for {} classes: expected one for each'.format(
                len(names), kind, self.num_classes))

    def _check_ids(self, counts: np.ndarray, kind: str) -> None:
        """Raise MetricsError if an id outside the label set was counted."""
        outside = np.flatnonzero(counts[self.num_classes:])
        if outside.size:
            raise MetricsError('{} id {} in {} pixels is outside the label set: expected 0 to {}, '
                               'or {} in a target for pixels to ignore'.format(
                                   kind, outside[0] + self.num_classes,
                                   counts[outside[0] + self.num_classes],
                                   self.num_classes - 1, self.ignore_index))


def _as_bytes(ids: np.ndarray, kind: str) -> np.ndarray:
    """Convert ids to uint8; raise MetricsError if they are not integers of 0 to 255."""
    if ids.dtype == np.uint8:
        return ids
    if ids.dtype.kind not in 'iu':
        raise MetricsError('{} ids are {}: expected integers'.format(kind, ids.dtype))
    if ids.size and not 0 <= ids.min() <= ids.max() < _IDS:
        raise MetricsError('{} ids are {} to {}: expected 0 to 255'.format(
            kind, ids.min(), ids.max()))
    return ids.astype(np.uint8)


def _unique(names: Sequence[str]) -> List[str]:
    """Return the distinct names in the order of their first occurrence."""
    return sorted(set(names), key=names.index)


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Divide counts, NaN where the whole is 0."""
    return np.where(whole > 0, part / np.maximum(whole, 1), np.nan)


def _by_name(names: Sequence[str], values: np.ndarray) -> Dict[str, Optional[float]]:
    """Return values by name, None for NaN."""
    return {name: _or_none(value) for name, value in zip(names, values)}


def _or_none(value: Union[float, np.floating]) -> Optional[float]:
    """Convert NaN, which JSON does not have, to None."""
    return None if np.isnan(value) else float(value)
