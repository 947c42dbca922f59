# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Values of label images that mean other classes than those of the same number, or none."""

from pathlib import Path
from typing import Dict, List, NamedTuple, Optional, Sequence

import cv2
import numpy as np

from lsnet_ros.errors import LsnetError
from lsnet_ros.labels.label_sets import IGNORE_INDEX, LabelSet
from lsnet_ros.labels.yaml_files import read_mapping

VALUES = 256  # of uint8
EXPECTED = 'the class name of each value, such as "7: road"'


class TargetValueError(LsnetError, ValueError):
    """A value of a label image has no meaning, or the file that gives meanings is invalid."""


class TargetValues(NamedTuple):
    """The meaning of each value of label images."""

    train_ids: np.ndarray   # (256,) uint8 by value, ``IGNORE_INDEX`` for no class
    is_known: np.ndarray    # (256,) uint8 by value, 1 if it has a meaning

    def apply(self, values: np.ndarray) -> np.ndarray:
        """
        Return the train ids of a label image, (H, W) uint8 both.

        :raises TargetValueError: if a value has no meaning
        """
        if not cv2.LUT(values, self.is_known).all():
            unknown = values[self.is_known[values] == 0]
            raise TargetValueError('found the value {} ({} px), which means no class: list '
                                   'it under map or ignore'.format(
                                       unknown[0], np.count_nonzero(unknown == unknown[0])))
        return cv2.LUT(values, self.train_ids)


def parse_values(text: str) -> List[int]:
    """
    Parse a list of values such as '0,11'; '' is none.

    :raises TargetValueError: if a part is no whole number of 0 to 255
    """
    parts = text.replace(' ', '').split(',') if text.strip() else []
    if not all(part.isdecimal() and int(part) < VALUES for part in parts):
        raise TargetValueError('{!r} is not a list of values: give whole numbers of 0 to 255 such '
                               'as 0,11'.format(text))
    return [int(part) for part in parts]


def read_target_values(labels: LabelSet, ids: Sequence[int], ignored: Sequence[int] = (),
                       path: Optional[Path] = None,
                       void: Sequence[int] = ()) -> TargetValues:
    """
    Return the meaning of values from a file and a list; 255 means no class.

    :param ids: the value of each class of ``labels``, unless there is a file
    :param ignored: values that mean no class, whatever else they mean
    :param path: YAML file, value -> class name
    :param void: values that mean no class unless the file gives them one
    :raises YamlFileError: if the file cannot be read, or has a value twice
    :raises TargetValueError: if the file is invalid or names no class of ``labels``
    """
    meanings = _read_map(path, labels) if path else dict(zip(ids, range(labels.num_classes)))
    no_class = (set(void) - set(meanings)) | set(ignored) | {IGNORE_INDEX}
    train_ids = np.full(VALUES, IGNORE_INDEX, np.uint8)
    is_known = np.zeros(VALUES, np.uint8)
    train_ids[list(meanings)] = list(meanings.values())
    is_known[list(meanings) + list(no_class)] = 1
    train_ids[list(no_class)] = IGNORE_INDEX
    return TargetValues(train_ids, is_known)


def _read_map(path: Path, labels: LabelSet) -> Dict[int, int]:
    """Return the train id of each value that a file lists."""
    train_ids = {name: index for index, name in enumerate(labels.class_names)}
    content = read_mapping(path, EXPECTED)
    for value, name in content.items():
        if type(value) is not int or not 0 <= value < IGNORE_INDEX:
            raise TargetValueError('{}: {!r} is no value of a class: expected {}, of 0 to 254, '
                                   'as 255 means no class'.format(path, value, EXPECTED))
        if not isinstance(name, str) or name not in train_ids:
            raise TargetValueError('{}: value {} is {!r}, which is no class of {}: choose from '
                                   '{}'.format(path, value, name, labels.name,
                                               ', '.join(train_ids)))
    return {value: train_ids[name] for value, name in content.items()}
