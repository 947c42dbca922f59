# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Groups of classes, such as drivable and obstacle, in place of the classes of a model.

A pixel belongs to the group of its class. The sum of the probabilities of a group's classes could
decide otherwise where no class is sure, but needs the probabilities of all classes at every pixel,
which cost more than the network on a small board.
"""

from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Tuple, Union

import cv2
import numpy as np

from lsnet_ros.ament_prefix import installed
from lsnet_ros.errors import LsnetError, one_line
from lsnet_ros.files import expand_home
from lsnet_ros.labels.label_sets import Color, LabelError, LabelSet, own_label_set
from lsnet_ros.labels.yaml_files import read_mapping

FOLDER = 'params/groups'
EXAMPLE = '"drivable: {classes: [road], color: [128, 64, 128]}"'


class GroupError(LsnetError, ValueError):
    """A file of groups is missing or invalid, or does not fit the classes of a model."""


class Groups(NamedTuple):
    """The groups of a model's classes."""

    label_set: LabelSet    # one class for each group
    table: np.ndarray      # (256,) uint8: group by class id; other values stay

    def apply(self, class_ids: np.ndarray) -> np.ndarray:
        """Return the groups of class ids or targets, (H, W) uint8 both."""
        return cv2.LUT(class_ids, self.table)


def list_groups() -> Dict[str, Path]:
    """Return the files of groups that a name can stand for, by name, sorted."""
    found: Dict[str, Path] = {}
    for folder in installed(FOLDER):
        for path in sorted(folder.glob('*.yaml')):
            found.setdefault(path.stem, path)
    return dict(sorted(found.items()))


def read_groups(name_or_path: Union[str, Path], labels: LabelSet) -> Groups:
    """
    Read a file of groups for the classes of a model.

    :param name_or_path: name of an installed file, or the path of a YAML file: for each group its
        ``classes``, and if wanted its ``color``, else that of its first class
    :param labels: the classes of the model, each of which has to be in one group
    :raises GroupError: if there is no such file, or a class is in no group or in several
    :raises YamlFileError: if the file cannot be read, or has a group twice
    """
    known = list_groups()
    path = known.get(str(name_or_path)) or expand_home(name_or_path)
    if not path.is_file():
        raise GroupError('groups {!r} are not known: choose from {}, or give the path of a YAML '
                         'file'.format(str(name_or_path), ', '.join(known)))
    content = read_mapping(path, 'the classes of each group, such as {}'.format(EXAMPLE))
    try:
        return _build_groups(path.stem, content, labels)
    except (GroupError, LabelError) as error:
        raise GroupError('{}: {}'.format(path, error)) from error


def _build_groups(name: str, content: Dict[Any, Any], labels: LabelSet) -> Groups:
    """Return the groups that a file's content describes."""
    members = {group: _read_classes(group, entry) for group, entry in content.items()}
    _check_members(members, labels)
    table = np.arange(256, dtype=np.uint8)
    rows: List[Tuple[str, Color]] = []
    for index, (group, classes) in enumerate(members.items()):
        own = [label for label in labels.classes if label.name in classes]
        table[[label.train_id for label in own]] = index
        color = content[group].get('color', own[0].color if own else (0, 0, 0))
        if (not isinstance(color, (list, tuple)) or len(color) != 3
                or not all(type(part) is int for part in color)):
            raise GroupError('the color of group {} is {}, expected three values of 0 to '
                             '255'.format(group, one_line(repr(color))))
        rows.append((group, (color[0], color[1], color[2])))
    return Groups(own_label_set('{} of {}'.format(name, labels.name), rows), table)


def _read_classes(group: Any, entry: Any) -> List[str]:
    """Return the names of the classes of a group."""
    classes: Any = entry.get('classes') if isinstance(entry, dict) else None
    is_right = isinstance(classes, list) and all(isinstance(item, str) for item in classes)
    if not isinstance(group, str) or not is_right or set(entry) - {'classes', 'color'}:
        raise GroupError('group {} is {}, expected classes and if wanted color, such as {}'.format(
            one_line(repr(group)), one_line(repr(entry)), EXAMPLE))
    return list(classes)


def _check_members(members: Dict[str, List[str]], labels: LabelSet) -> None:
    """Raise a GroupError unless each class is in one group, once."""
    listed = [name for classes in members.values() for name in classes]
    doubled = sorted({name for name in listed if listed.count(name) > 1})
    if doubled:
        raise GroupError('{} is listed more than once: keep one'.format(', '.join(doubled)))
    missing = [name for name in labels.class_names if name not in listed]
    if missing:
        raise GroupError('{} of label set {} in no group: add {}'.format(
            ', '.join(missing), labels.name, 'it' if len(missing) == 1 else 'them'))
