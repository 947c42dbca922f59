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
"""Frames and their targets in image files: reading them, and saying what is wrong with them."""

from pathlib import Path
import re
from typing import Iterable, List, Mapping, Optional, Tuple, Union

import cv2
import numpy as np

from lsnet_ros.datasets.sample import Sample
from lsnet_ros.errors import LsnetError
from lsnet_ros.image_files import decode, is_complete
from lsnet_ros.labels import IGNORE_INDEX, LabelSet

# A target is drawn on the pixels as they are stored, whichever way the camera was held.
_AS_STORED = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION


class DatasetError(LsnetError, ValueError):
    """A dataset's folder or one of its files is not as its layout says."""


class LabelledFiles:
    """
    The frames and targets of one split, in the order of their names.

    A dataset says in the attributes what its files are called and what they hold.

    :param root: folder of the dataset
    :param split: one of ``splits``
    :raises DatasetError: if there is no such split, no frame, or a frame without a target
    """

    title: str                  # the dataset's name for people
    label_set: LabelSet
    ignored: Tuple[int, ...]    # values of the label files that are in no class
    splits: Mapping[str, str]   # what fills {} in the two patterns, by the name of the split
    frame_pattern: str          # below the root
    target_pattern: str         # the same; each * is what that of the frame's pattern matched

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
        """Return the frames and their targets, or say what is missing."""
        pattern = self.frame_pattern.format(split)
        target_pattern = self.target_pattern.format(split)
        frames = sorted(root.glob(pattern))
        if not frames:
            raise DatasetError('{}: found no frames, expected the {} layout'.format(
                root / pattern, self.title))
        targets = [root / _renamed(path.relative_to(root), pattern, target_pattern)
                   for path in frames]
        for path in targets:
            if not path.is_file():
                raise DatasetError('{}: not found, expected the target of a frame: restore the '
                                   'file, or take its frame away'.format(path))
        return frames, targets

    def stamp(self, stem: str) -> Optional[float]:
        """Return the time that the name of a frame tells, s."""
        return None

    def __len__(self) -> int:
        return len(self.frames)

    def __getitem__(self, index: int) -> Sample:
        """
        Read one frame and its target.

        :raises DatasetError: if a file cannot be read or ends early, the sizes differ, or a
            label is not one of the dataset's; the text names the file
        """
        frame = self.frames[index]
        image = read_image(frame, _AS_STORED)
        target = self._read_target(self.targets[index], image.shape[:2])
        return Sample(name=frame.stem, image=cv2.cvtColor(image, cv2.COLOR_BGR2RGB),
                      target=target, stamp=self.stamp(frame.stem))

    def _read_target(self, path: Path, shape: Tuple[int, int]) -> np.ndarray:
        """Return the train ids (H, W) of a label file, or say what is wrong with it."""
        labels = read_image(path, cv2.IMREAD_UNCHANGED)
        if labels.dtype != np.uint8 or labels.shape != shape:
            raise DatasetError('{}: found {} of shape {}, expected uint8 class ids of shape {}, '
                               'the size of the frame'.format(path, labels.dtype, labels.shape,
                                                              shape))
        if not cv2.LUT(labels, self._known).all():
            raise DatasetError('{}: found the label {}, expected {}'.format(
                path, labels[self._known[labels] == 0][0], _ranges(np.flatnonzero(self._known))))
        return cv2.LUT(labels, self._train_ids)


def read_image(path: Path, flags: int) -> np.ndarray:
    """
    Read an image file as OpenCV gives it.

    :raises DatasetError: if the file cannot be opened, is not an image, or ends early
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DatasetError('{}: cannot be opened: {}'.format(path, error.strerror)) from error
    if not is_complete(data):
        raise DatasetError('{}: ends before its image does, after {} bytes: restore the '
                           'file'.format(path, len(data)))
    image = decode(data, flags)
    if image is None:
        raise DatasetError('{}: cannot be read as an image; restore the file'.format(path))
    return image


def _renamed(path: Path, pattern: str, new_pattern: str) -> str:
    """Return what a path that matches a pattern is called by another, each * for a *."""
    wildcards = re.escape(pattern).replace(r'\*', '([^/]*)')
    return new_pattern.replace('*', '{}').format(*re.match(wildcards, path.as_posix()).groups())


def _ranges(values: Iterable[int]) -> str:
    """Write ascending numbers as '0 to 18 or 255'."""
    ranges = []
    for value in values:
        if ranges and value == ranges[-1][1] + 1:
            ranges[-1][1] = value
        else:
            ranges.append([value, value])
    return ' or '.join('{} to {}'.format(first, last) if last > first else str(first)
                       for first, last in ranges)
