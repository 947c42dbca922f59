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
"""Label sets: what the class ids of a dataset mean, and the colour of each for people."""

from typing import Iterable, List, NamedTuple, Tuple

import numpy as np

from lsnet_ros.errors import LsnetError
from lsnet_ros.labels_ade20k import ADE20K_CLASSES

IGNORE_INDEX = 255  # train id of pixels that are neither trained on nor counted


class LabelError(LsnetError, ValueError):
    """A label set is unknown or contradicts itself."""


class LabelClass(NamedTuple):
    """
    One class of a label set.

    ``id`` is what the dataset's own label files hold; ``train_id`` is the channel of the
    network's logits, and so the class id in everything that this package gives out.
    """

    name: str
    id: int
    train_id: int
    color: Tuple[int, int, int]  # RGB
    category: str = ''           # of a set that groups its classes: the group


class LabelSet(NamedTuple):
    """The classes of a dataset in the order of their train ids."""

    name: str
    classes: Tuple[LabelClass, ...]

    @property
    def num_classes(self) -> int:
        """Give the number of classes C."""
        return len(self.classes)

    @property
    def class_names(self) -> List[str]:
        """List the names; the index is the class id."""
        return [label.name for label in self.classes]

    @property
    def categories(self) -> List[str]:
        """List the category of each class; empty if the set does not group its classes."""
        categories = [label.category for label in self.classes]
        return categories if any(categories) else []

    @property
    def palette(self) -> np.ndarray:
        """Give the colours by class id, (C, 3) uint8 RGB."""
        return np.array([label.color for label in self.classes], np.uint8).reshape(-1, 3)


def label_set(name: str) -> LabelSet:
    """
    Give the label set of this name.

    :raises LabelError: if there is none
    """
    if name not in LABEL_SETS:
        raise LabelError('there is no label set "{}": choose one of {}'.format(
            name, ', '.join(sorted(LABEL_SETS))))
    return LABEL_SETS[name]


def check_palette(labels: LabelSet) -> None:
    """
    Make sure that ids, names and colours tell the classes apart.

    :raises LabelError: if a name, an id or a colour is there twice, a colour is not three
        values of 0 to 255, the train ids are not 0, 1, 2, ..., only some classes have a
        category, or there are no classes or more than fit beside ``IGNORE_INDEX`` in eight bits
    """
    if not 0 < labels.num_classes <= IGNORE_INDEX:
        raise LabelError('label set "{}" has {} classes: expected 1 to {}'.format(
            labels.name, labels.num_classes, IGNORE_INDEX))
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
    owners = {}
    for label in labels.classes:
        value = getattr(label, field)
        if value in owners:
            raise LabelError('classes {} and {} ("{}" and "{}") of label set "{}" share the {} '
                             '{}: make it different'.format(
                                 owners[value].train_id, label.train_id, owners[value].name,
                                 label.name, labels.name, field, value))
        owners[value] = label


def _label_set(name: str, rows: Iterable[tuple]) -> LabelSet:
    """Make a label set of (name, id, colour and, maybe, category), sorted by train id."""
    return LabelSet(name, tuple(LabelClass(row[0], row[1], train_id, *row[2:])
                                for train_id, row in enumerate(rows)))


# Brostow et al., 2009, in the 11 classes and the colours of the copy published with SegNet
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

# Cordts et al., 2016: the 19 classes that are evaluated, and their 7 categories
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

# Yu et al., 2020: the classes of Cityscapes, whose train ids are what the label files hold
_BDD100K = LabelSet('bdd100k', tuple(
    label._replace(id=label.train_id, category='') for label in _CITYSCAPES.classes))

# Zhou et al., 2017: 0 in the label files is none of the classes
_ADE20K = _label_set('ade20k', (
    (name, number, color) for number, (name, color) in enumerate(ADE20K_CLASSES, 1)))

LABEL_SETS = {labels.name: labels for labels in (_ADE20K, _BDD100K, _CAMVID, _CITYSCAPES)}
