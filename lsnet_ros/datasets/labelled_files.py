# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Datasets of image files: a frame and a label file per sample, checked while reading."""

from pathlib import Path
import re
from typing import Callable, Iterable, List, Mapping, Optional, Tuple, Union

import cv2
import numpy as np

from lsnet_ros.errors import LsnetError
from lsnet_ros.frames import Frame
from lsnet_ros.frames.image_files import ImageError, read_labels, read_rgb
from lsnet_ros.labels.label_sets import IGNORE_INDEX, LabelSet
from lsnet_ros.labels.target_values import TargetValues


class DatasetError(LsnetError, ValueError):
    """A dataset's folder or one of its files does not match its layout."""


class LabelledFiles:
    """
    The frames and targets of one split, in the order of their names.

    The attributes of a subclass describe the names and the contents of the files.

    :param root: folder of the dataset
    :param split: one of ``splits``
    :raises DatasetError: if there is no such split, no frame, or a frame without a target
    """

    title: str                  # the dataset's name in messages
    label_set: LabelSet
    ignored: Tuple[int, ...]    # values of the label files outside of all classes
    splits: Mapping[str, str]   # name of a split -> text for {} in the two patterns
    frame_pattern: str          # below the root
    target_pattern: str         # below the root; each * has the match of the frame pattern's *

    def __init__(self, root: Union[str, Path], split: str) -> None:
        if split not in self.splits:
            raise DatasetError('{} has no split {!r}: choose from {}'.format(
                self.title, split, ', '.join(self.splits)))
        self.frames, self.targets = self._find_files(Path(root), self.splits[split])
        self._train_ids = np.full(256, IGNORE_INDEX, np.uint8)  # by value of the label files
        for label in self.label_set.classes:
            self._train_ids[label.id] = label.train_id
        self._known = np.zeros(256, np.uint8)
        self._known[[label.id for label in self.label_set.classes] + list(self.ignored)] = 1

    def _find_files(self, root: Path, split: str) -> Tuple[List[Path], List[Path]]:
        """Return the paths of frames and targets; raise a DatasetError if one is missing."""
        pattern = self.frame_pattern.format(split)
        target_pattern = self.target_pattern.format(split)
        frames = sorted(root.glob(pattern))
        if not frames:
            raise DatasetError('{}: found no frames, expected the {} layout'.format(
                root / pattern, self.title))
        targets = [root / _rename(path.relative_to(root), pattern, target_pattern)
                   for path in frames]
        for path in targets:
            if not path.is_file():
                raise DatasetError('{}: not found, expected the target of a frame: restore the '
                                   'file, or remove its frame'.format(path))
        return frames, targets

    def take_values(self, values: TargetValues) -> None:
        """Give the values of the label files other meanings than the dataset's."""
        self._train_ids, self._known = values

    def stamp_ns(self, stem: str) -> Optional[int]:
        """Return the time in a frame's name, ns, None if there is none."""
        return None

    def __len__(self) -> int:
        return len(self.frames)

    def __getitem__(self, index: int) -> Frame:
        """
        Read one frame and its target.

        :raises DatasetError: if a file is missing, damaged or truncated, the sizes differ, or a
            label is not one of the dataset's; the text names the file
        """
        frame = self.frames[index]
        image = read_image(frame, read_rgb)
        target = self._read_target(self.targets[index], image.shape[:2])
        return Frame(name=frame.stem, image=image, target=target,
                     stamp_ns=self.stamp_ns(frame.stem))

    def _read_target(self, path: Path, shape: Tuple[int, int]) -> np.ndarray:
        """Return the train ids (H, W) of a label file; raise a DatasetError if it is wrong."""
        labels = read_image(path, read_labels)
        if labels.dtype != np.uint8 or labels.shape != shape:
            raise DatasetError('{}: found {} of shape {}, expected uint8 class ids of shape {}, '
                               'the size of the frame'.format(path, labels.dtype, labels.shape,
                                                              shape))
        if not cv2.LUT(labels, self._known).all():
            raise DatasetError('{}: found the label {}, expected {}'.format(
                path, labels[self._known[labels] == 0][0],
                _format_ranges(np.flatnonzero(self._known))))
        return cv2.LUT(labels, self._train_ids)


def read_image(path: Path, read: Callable[[Path], np.ndarray]) -> np.ndarray:
    """
    Read an image file with ``read_rgb`` or ``read_labels``.

    :raises DatasetError: if the file cannot be opened, is not an image, ends early or is too large
    """
    try:
        return read(path)
    except OSError as error:
        raise DatasetError('{}: cannot be opened: {}'.format(path, error.strerror)) from error
    except ImageError as error:
        raise DatasetError('{}: {}: restore the file'.format(path, error)) from error


def _rename(path: Path, pattern: str, new_pattern: str) -> str:
    """Insert the matches of a pattern's wildcards in place of those of another pattern."""
    wildcards = re.escape(pattern).replace(r'\*', '([^/]*)')
    match = next(re.finditer(wildcards, path.as_posix()))
    return new_pattern.replace('*', '{}').format(*match.groups())


def _format_ranges(values: Iterable[int]) -> str:
    """Write ascending numbers as '0 to 18 or 255'."""
    ranges: List[List[int]] = []
    for value in values:
        if ranges and value == ranges[-1][1] + 1:
            ranges[-1][1] = value
        else:
            ranges.append([value, value])
    return ' or '.join('{} to {}'.format(first, last) if last > first else str(first)
                       for first, last in ranges)
