# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""One's own labelled frames: a folder that a ``dataset.yaml`` describes."""

from pathlib import Path
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple, Union

import numpy as np

from lsnet_ros.datasets.dataset_file import DatasetFile, NAME, read_dataset_file, Value
from lsnet_ros.datasets.drives import find_drives
from lsnet_ros.datasets.file_patterns import index_by_key, Match
from lsnet_ros.datasets.labelled_files import DatasetError, read_image
from lsnet_ros.datasets.splits import Folders, Lists, Shares
from lsnet_ros.frames import Frame
from lsnet_ros.frames.image_files import read_rgb
from lsnet_ros.frames.label_files import read_label_values
from lsnet_ros.labels.label_sets import IGNORE_INDEX
from lsnet_ros.limits.bounds import RECORD_FILE
from lsnet_ros.limits.regular_files import read_bytes

SHOWN = 5    # values in a message
MIXED = 20   # values of no class from which on a label file counts as smoothed


class Pair(NamedTuple):
    """The files of a frame and of its target."""

    frame: Path
    target: Optional[Path]   # None: there is no such file
    split: str               # by folders; '' where it is decided otherwise


class OwnData:
    """
    The frames and targets of one split of one's own data, in the order of their paths.

    :param path: folder with a ``dataset.yaml``, or that file
    :param split: such as 'train' and 'val'
    :raises DatasetError: if the file is invalid, there is no such split, no frame, or a frame
        without a target
    """

    def __init__(self, path: Union[str, Path], split: str) -> None:
        self.file = read_dataset_file(Path(path))
        self.label_set = self.file.label_set
        splits = divide(self.file, find_pairs(self.file))
        if split not in splits:
            raise DatasetError('{} has no split {!r}: choose from {}'.format(
                self.file.folder / NAME, split, ', '.join(sorted(splits))))
        self.frames = [pair.frame for pair in splits[split]]
        self.targets = [pair.target for pair in splits[split] if pair.target is not None]
        if len(self.targets) < len(self.frames):
            missing = [pair.frame for pair in splits[split] if pair.target is None]
            raise DatasetError('{}: has no target, as {} of {} frames: restore the file, or '
                               'remove its frame'.format(missing[0], len(missing),
                                                         len(self.frames)))
        self._decoder = LabelDecoder(self.file)

    def __len__(self) -> int:
        return len(self.frames)

    def __getitem__(self, index: int) -> Frame:
        """
        Read one frame and its target.

        :raises DatasetError: if a file is missing, damaged or truncated, the sizes differ, or a
            label is not one of the dataset's; the text names the file
        """
        frame, path = self.frames[index], self.targets[index]
        image = read_image(frame, read_rgb)
        target, unknown = self._decoder.decode(read_image(path, read_label_values))
        if target.shape != image.shape[:2]:
            raise DatasetError('{}: is {}x{}, expected {}x{}, the size (width x height) of the '
                               'frame'.format(path, *target.shape[::-1], *image.shape[1::-1]))
        if unknown:
            raise DatasetError('{}: {}'.format(path, describe_unknown(unknown)))
        return Frame(name=frame.stem, image=image, target=target)


class LabelDecoder:
    """Converts the values of label files to train ids."""

    def __init__(self, file: DatasetFile) -> None:
        self._has_colors = file.has_colors
        self._table = np.full(2 ** 24 if file.has_colors else 2 ** 16, -1, np.int16)
        for value, train_id in file.train_ids.items():
            self._table[_pack(value)] = train_id

    def decode(self, values: np.ndarray) -> Tuple[np.ndarray, Dict[Value, int]]:
        """
        Return the train ids of values and the pixels of each value of no class.

        :param values: as ``read_label_values`` returns
        :returns: (H, W) uint8, and counts by value, the most frequent first
        :raises DatasetError: if there are colours where indices are expected, or indices where
            colours are
        """
        if (values.ndim == 3) != self._has_colors:
            kinds = ('colours', 'indices') if values.ndim == 3 else ('indices', 'colours')
            raise DatasetError('the label files hold {}, expected {}: correct the key labels of '
                               '{}'.format(*kinds, NAME))
        if self._has_colors:
            wide = values.astype(np.int32)
            values = wide[..., 0] << 16 | wide[..., 1] << 8 | wide[..., 2]
        ids = self._table[values]
        is_unknown = ids < 0
        unknown = self._count(values[is_unknown]) if is_unknown.any() else {}
        return np.where(is_unknown, IGNORE_INDEX, ids).astype(np.uint8), unknown

    def _count(self, values: np.ndarray) -> Dict[Value, int]:
        """Return how often each value occurs, the most frequent first."""
        found, counts = np.unique(values, return_counts=True)
        order = np.argsort(-counts, kind='stable')
        return {_unpack(int(found[place]), self._has_colors): int(counts[place])
                for place in order}


def describe_unknown(unknown: Dict[Value, int]) -> str:
    """Return the fault of values of no class."""
    shown = ', '.join('{} ({} px)'.format(value, count)
                      for value, count in list(unknown.items())[:SHOWN])
    if len(unknown) > MIXED:
        return ('has {} values of no class, such as {}: it was resized or smoothed, which mixes '
                'labels: export it with hard edges'.format(len(unknown), shown))
    return 'has {} of no class: list {} in {}, as ids of a class or under ignore'.format(
        shown, 'it' if len(unknown) == 1 else 'them', NAME)


def find_pairs(file: DatasetFile) -> List[Pair]:
    """
    Find frames and their targets, sorted by the paths of the frames.

    :raises DatasetError: if there is no frame, or two files could be the target of one
    """
    pairs: Dict[Path, Pair] = {}
    for image_pattern, target_pattern in zip(file.images, file.targets):
        targets = index_by_key(target_pattern.find(file.folder))
        for match in image_pattern.find(file.folder):
            pairs.setdefault(match.path, _pair(match, targets.get((match.split, match.key), [])))
    if not pairs:
        raise DatasetError('{}: found no frames: check the pattern {}'.format(
            file.folder, ', '.join(repr(pattern.text) for pattern in file.images)))
    return sorted(pairs.values())


def _pair(match: Match, targets: List[Path]) -> Pair:
    """Return a frame and its target."""
    if len(targets) > 1:
        raise DatasetError('{}: has {} targets, {}: keep one'.format(
            match.path, len(targets), ' and '.join(map(str, targets))))
    return Pair(match.path, targets[0] if targets else None, match.split)


def divide(file: DatasetFile, pairs: List[Pair]) -> Dict[str, List[Pair]]:
    """
    Divide frames into splits.

    :raises DatasetError: if train or val has no frame, or a listed frame is missing
    """
    splits = _DIVISIONS[type(file.splits)](file.splits, file.folder, pairs)
    for name in ('train', 'val'):
        if not splits.get(name):
            raise DatasetError('{}: the split {} has no frame: give it some by the key '
                               'splits'.format(file.folder / NAME, name))
    return splits


def _divide_by_folders(_: Folders, folder: Path, pairs: List[Pair]) -> Dict[str, List[Pair]]:
    """Divide frames by the text in the place of {split}."""
    splits: Dict[str, List[Pair]] = {}
    for pair in pairs:
        splits.setdefault(pair.split, []).append(pair)
    return splits


def _divide_by_lists(rule: Lists, folder: Path, pairs: List[Pair]) -> Dict[str, List[Pair]]:
    """Divide frames by files that list their paths, or their names with or without suffix."""
    known: Dict[str, List[Pair]] = {}
    for pair in pairs:
        path = pair.frame.relative_to(folder)
        for name in {path.as_posix(), path.name, path.stem, path.with_suffix('').as_posix()}:
            known.setdefault(name, []).append(pair)
    return {split: [_look_up(known, name, list_file) for name in _read_names(list_file)]
            for split, list_file in rule.files.items()}


def _read_names(path: Path) -> List[str]:
    """Return the first word of each line of a file; # begins a comment."""
    try:
        lines = read_bytes(path, RECORD_FILE).decode('utf-8').splitlines()
    except (OSError, ValueError) as error:
        raise DatasetError('{}: cannot be read ({})'.format(path, error)) from error
    return [line.split()[0] for line in lines if line.split() and not line.startswith('#')]


def _look_up(known: Dict[str, List[Pair]], name: str, list_file: Path) -> Pair:
    """Return the one frame of a name."""
    found = known.get(name, [])
    if len(found) != 1:
        raise DatasetError('{}: {!r} is the name of {} frames, expected one: give its path '
                           'relative to the folder of {}'.format(list_file, name, len(found) or
                                                                 'no', NAME))
    return found[0]


def _divide_by_shares(rule: Shares, folder: Path, pairs: List[Pair]) -> Dict[str, List[Pair]]:
    """Draw groups of frames for each split until it has its share; the rest is for training."""
    groups: Dict[str, List[Pair]] = {}
    names = [(pair.frame.name, pair.frame.relative_to(folder).as_posix()) for pair in pairs]
    for pair, drive in zip(pairs, find_drives(rule.group, names)):
        if drive is None:
            raise DatasetError('{}: does not match the group {!r} of splits: correct it'.format(
                pair.frame, rule.group.pattern))
        groups.setdefault(drive, []).append(pair)
    left = [sorted(groups)[place] for place in
            np.random.RandomState(rule.seed).permutation(len(groups))]
    splits: Dict[str, List[Pair]] = {}
    for split, share in sorted(rule.shares.items()):
        chosen: List[Pair] = []
        while left and len(chosen) < share * len(pairs):
            chosen += groups[left.pop()]
        splits[split] = sorted(chosen)
    splits['train'] = sorted(pair for name in left for pair in groups[name])
    return splits


_DIVISIONS: Dict[type, Callable[[Any, Path, List[Pair]], Dict[str, List[Pair]]]] = {
    Folders: _divide_by_folders, Lists: _divide_by_lists, Shares: _divide_by_shares}


def _pack(value: Value) -> int:
    """Return a value of a label file as the place in a table."""
    return value if isinstance(value, int) else value[0] << 16 | value[1] << 8 | value[2]


def _unpack(place: int, has_colors: bool) -> Value:
    """Return the value that a place in a table stands for."""
    return (place >> 16, place >> 8 & 255, place & 255) if has_colors else place
