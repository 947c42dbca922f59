# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Label sets: the classes of each dataset, with ids, names, colours and categories."""

from typing import Any, Dict, Iterable, List, NamedTuple, Tuple

import numpy as np

from lsnet_ros.errors import LsnetError, visible
from lsnet_ros.labels.ade20k import ADE20K_CLASSES

Color = Tuple[int, int, int]  # RGB

IGNORE_INDEX = 255  # train id of pixels that training and metrics ignore


class LabelError(LsnetError, ValueError):
    """A label set is unknown or inconsistent."""


class LabelClass(NamedTuple):
    """
    One class of a label set.

    ``id`` is the value in the dataset's label files; ``train_id`` is the channel of the
    network's logits and the class id in all outputs of this package.
    """

    name: str
    id: int
    train_id: int
    color: Color
    category: str = ''           # group of classes; '' in a set without categories


class LabelSet(NamedTuple):
    """The classes of a dataset in the order of their train ids."""

    name: str
    classes: Tuple[LabelClass, ...]

    @property
    def num_classes(self) -> int:
        """Number of classes C."""
        return len(self.classes)

    @property
    def class_names(self) -> List[str]:
        """Names by class id."""
        return [label.name for label in self.classes]

    @property
    def categories(self) -> List[str]:
        """Categories by class id; empty if the set has none."""
        categories = [label.category for label in self.classes]
        return categories if any(categories) else []

    @property
    def palette(self) -> np.ndarray:
        """Colours by class id, (C, 3) uint8 RGB."""
        return np.array([label.color for label in self.classes], np.uint8).reshape(-1, 3)


def label_set(name: str) -> LabelSet:
    """
    Return the label set of this name.

    :raises LabelError: if the name is unknown
    """
    if name not in LABEL_SETS:
        raise LabelError('there is no label set "{}": choose one of {}'.format(
            name, ', '.join(sorted(LABEL_SETS))))
    return LABEL_SETS[name]


def own_label_set(name: str, classes: Iterable[Tuple[str, Color]]) -> LabelSet:
    """
    Return the label set of listed classes; one of a known name has to list that set's classes.

    :param classes: (name, RGB colour) of each, in the order of train ids
    :raises LabelError: as ``check_palette``, or if the classes are not those of the known name
    """
    rows = [(class_name, tuple(color)) for class_name, color in classes]
    own = LabelSet(name, tuple(LabelClass(class_name, index, index, color)  # type: ignore[arg-type]
                               for index, (class_name, color) in enumerate(rows)))
    check_palette(own)
    known = LABEL_SETS.get(name, own)
    if [(label.name, label.color) for label in known.classes] != rows:
        raise LabelError('the {} classes listed are not the {} classes of label set {!r}: choose '
                         'another name for them'.format(
                             own.num_classes, known.num_classes, known.name))
    return known


def check_palette(labels: LabelSet) -> None:
    """
    Check that ids, names and colours are valid and unique.

    :raises LabelError: if two classes share a name, an id or a colour, a colour is not three
        values of 0 to 255, the train ids are not 0, 1, 2, ..., only some classes have a
        category, or the number of classes is not 1 to ``IGNORE_INDEX``
    """
    if not 0 < labels.num_classes <= IGNORE_INDEX:
        raise LabelError('label set "{}" has {} classes: expected 1 to {}'.format(
            labels.name, labels.num_classes, IGNORE_INDEX))
    for name in [labels.name] + labels.class_names:
        if not name or visible(name) != name:
            raise LabelError('the name {!r} in label set "{}" is empty or has control characters: '
                             'give one of letters'.format(name, visible(labels.name)))
    for expected, label in enumerate(labels.classes):
        if label.train_id != expected:
            raise LabelError('class "{}" of label set "{}" has train id {}: expected {}, the '
                             'classes in order'.format(label.name, labels.name, label.train_id,
                                                       expected))
        if len(label.color) != 3 or not all(0 <= value <= 255 for value in label.color):
            raise LabelError('class "{}" of label set "{}" has colour {}: expected three values '
                             'of 0 to 255'.format(label.name, labels.name, label.color))
    if '' in labels.categories:
        raise LabelError('class "{}" of label set "{}" has no category: expected one for each '
                         'class or for none'.format(
                             labels.class_names[labels.categories.index('')], labels.name))
    for field in ('name', 'id', 'color'):
        _check_unique(labels, field)


def _check_unique(labels: LabelSet, field: str) -> None:
    """Raise LabelError if two classes share the value of a field."""
    owners: Dict[Any, LabelClass] = {}
    for label in labels.classes:
        value = getattr(label, field)
        if value in owners:
            raise LabelError('classes {} and {} ("{}" and "{}") of label set "{}" share the {} '
                             '{}: make it different'.format(
                                 owners[value].train_id, label.train_id, owners[value].name,
                                 label.name, labels.name, field, value))
        owners[value] = label


def _label_set(name: str, rows: Iterable[tuple]) -> LabelSet:
    """Build a label set from rows (name, id, colour[, category]) in the order of train ids."""
    return LabelSet(name, tuple(LabelClass(row[0], row[1], train_id, *row[2:])
                                for train_id, row in enumerate(rows)))


# Brostow et al., 2009; the 11 classes and colours of the copy published with SegNet
_CAMVID = _label_set('camvid', (
    ('sky', 0, (128, 128, 128)),
    ('building', 1, (128, 0, 0)),
    ('pole', 2, (192, 192, 128)),
    ('road', 3, (128, 64, 128)),
    ('pavement', 4, (60, 40, 222)),
    ('tree', 5, (128, 128, 0)),
    ('sign_symbol', 6, (192, 128, 128)),
    ('fence', 7, (64, 64, 128)),
    ('car', 8, (64, 0, 128)),
    ('pedestrian', 9, (64, 64, 0)),
    ('bicyclist', 10, (0, 128, 192)),
))

# Cordts et al., 2016: the 19 evaluated classes and their 7 categories
_CITYSCAPES = _label_set('cityscapes', (
    ('road', 7, (128, 64, 128), 'flat'),
    ('sidewalk', 8, (244, 35, 232), 'flat'),
    ('building', 11, (70, 70, 70), 'construction'),
    ('wall', 12, (102, 102, 156), 'construction'),
    ('fence', 13, (190, 153, 153), 'construction'),
    ('pole', 17, (153, 153, 153), 'object'),
    ('traffic light', 19, (250, 170, 30), 'object'),
    ('traffic sign', 20, (220, 220, 0), 'object'),
    ('vegetation', 21, (107, 142, 35), 'nature'),
    ('terrain', 22, (152, 251, 152), 'nature'),
    ('sky', 23, (70, 130, 180), 'sky'),
    ('person', 24, (220, 20, 60), 'human'),
    ('rider', 25, (255, 0, 0), 'human'),
    ('car', 26, (0, 0, 142), 'vehicle'),
    ('truck', 27, (0, 0, 70), 'vehicle'),
    ('bus', 28, (0, 60, 100), 'vehicle'),
    ('train', 31, (0, 80, 100), 'vehicle'),
    ('motorcycle', 32, (0, 0, 230), 'vehicle'),
    ('bicycle', 33, (119, 11, 32), 'vehicle'),
))

# Yu et al., 2020: the classes of Cityscapes; the label files hold train ids
_BDD100K = LabelSet('bdd100k', tuple(
    label._replace(id=label.train_id, category='') for label in _CITYSCAPES.classes))

# Zhou et al., 2017: label 0 in the label files belongs to none of the classes
_ADE20K = _label_set('ade20k', (
    (name, number, color) for number, (name, color) in enumerate(ADE20K_CLASSES, 1)))

LABEL_SETS = {labels.name: labels for labels in (_ADE20K, _BDD100K, _CAMVID, _CITYSCAPES)}
