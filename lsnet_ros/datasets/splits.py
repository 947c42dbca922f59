# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The ``splits`` of a ``dataset.yaml``: which frames train a network, and which measure it."""

from pathlib import Path
import re
from typing import Any, Dict, NamedTuple, Union
from typing import Pattern as Regex

from lsnet_ros.datasets.labelled_files import DatasetError
from lsnet_ros.errors import one_line


class Shares(NamedTuple):
    """Splits by share: groups of frames are drawn; all others are for training."""

    shares: Dict[str, float]   # by name of a split
    seed: int
    group: Regex[str]          # its first group is the same for the frames of one drive


class Lists(NamedTuple):
    """Splits by files that list frames."""

    files: Dict[str, Path]     # by name of a split


class Folders(NamedTuple):
    """Splits by folders, in the place of {split} in the patterns."""


Splits = Union[Shares, Lists, Folders]


def read_splits(value: Any, folder: Path) -> Splits:
    """
    Read the ``splits`` of a ``dataset.yaml``.

    :param folder: of the dataset
    :raises DatasetError: if they are invalid
    """
    if value == 'folders':
        return Folders()
    if not isinstance(value, dict) or not value:
        raise DatasetError('splits is {}: expected folders, {{train: FILE, val: FILE}} or '
                           '{{val: 0.2, seed: 0}}'.format(one_line(repr(value))))
    if all(isinstance(key, str) and isinstance(item, str) and key != 'group'
           for key, item in value.items()):
        return _read_lists(value, folder)
    return _read_shares(value)


def _read_lists(value: Dict[str, str], folder: Path) -> Lists:
    """Return splits by files that list frames."""
    for name in ('train', 'val'):
        if name not in value:
            raise DatasetError('splits has no {}: give the file that lists its '
                               'frames'.format(name))
    for path in value.values():
        if path.startswith('/') or '..' in path.split('/'):
            raise DatasetError('splits has {!r}: expected a file below the folder of '
                               'dataset.yaml'.format(path))
    return Lists({name: folder / path for name, path in value.items()})


def _read_shares(value: Dict[str, Any]) -> Shares:
    """Return splits by share."""
    shares = {key: item for key, item in value.items() if key not in ('seed', 'group')}
    if 'val' not in shares or 'train' in shares:
        raise DatasetError('splits has the shares {}: expected that of val, and not that of '
                           'train, which is the rest'.format(
                               ', '.join(map(str, shares)) or 'none'))
    if not all(isinstance(name, str) and isinstance(share, (int, float)) and 0 < share < 1
               for name, share in shares.items()) or sum(shares.values()) >= 1:
        raise DatasetError('splits has {}: expected shares above 0 that leave frames for '
                           'training'.format(one_line(repr(shares))))
    seed, group = value.get('seed', 0), value.get('group', '(.*)')
    if not isinstance(seed, int) or isinstance(seed, bool) or seed < 0:
        raise DatasetError('splits.seed is {!r}: expected a whole number'.format(seed))
    try:
        regex = re.compile(group)
    except (re.error, TypeError) as error:
        raise DatasetError('splits.group is {!r}: expected a regular expression ({})'.format(
            group, one_line(error))) from error
    if regex.groups < 1:
        raise DatasetError('splits.group is {!r}: expected one part in parentheses, which frames '
                           'of one drive have in common'.format(group))
    return Shares(shares, seed, regex)
