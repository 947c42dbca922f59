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

from typing import List, NamedTuple, Tuple

import numpy as np

from lsnet_ros.errors import LsnetError

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
        values of 0 to 255, the train ids are not 0, 1, 2, ..., or there are no classes or
        more than fit beside ``IGNORE_INDEX`` in eight bits
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


def _label_set(name: str, rows: Tuple[Tuple[str, int, Tuple[int, int, int]], ...]) -> LabelSet:
    """Make a label set of (name, id, colour) in the order of the train ids."""
    return LabelSet(name, tuple(LabelClass(row[0], row[1], train_id, row[2])
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

# Cordts et al., 2016: the 19 classes that are evaluated
_CITYSCAPES = _label_set('cityscapes', (
    ('road', 7, (128, 64, 128)),
    ('sidewalk', 8, (244, 35, 232)),
    ('building', 11, (70, 70, 70)),
    ('wall', 12, (102, 102, 156)),
    ('fence', 13, (190, 153, 153)),
    ('pole', 17, (153, 153, 153)),
    ('traffic light', 19, (250, 170, 30)),
    ('traffic sign', 20, (220, 220, 0)),
    ('vegetation', 21, (107, 142, 35)),
    ('terrain', 22, (152, 251, 152)),
    ('sky', 23, (70, 130, 180)),
    ('person', 24, (220, 20, 60)),
    ('rider', 25, (255, 0, 0)),
    ('car', 26, (0, 0, 142)),
    ('truck', 27, (0, 0, 70)),
    ('bus', 28, (0, 60, 100)),
    ('train', 31, (0, 80, 100)),
    ('motorcycle', 32, (0, 0, 230)),
    ('bicycle', 33, (119, 11, 32)),
))

# Yu et al., 2020: the train ids and colours of Cityscapes, ids of its own
_BDD100K_IDS = (7, 8, 10, 15, 11, 20, 25, 26, 29, 28, 30, 31, 32, 35, 40, 34, 39, 37, 33)
_BDD100K = LabelSet('bdd100k', tuple(
    label._replace(id=own_id) for label, own_id in zip(_CITYSCAPES.classes, _BDD100K_IDS)))

LABEL_SETS = {labels.name: labels for labels in (_CAMVID, _CITYSCAPES, _BDD100K)}
