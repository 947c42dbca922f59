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
"""
CamVid at 480x360 with 11 classes, in the layout published with SegNet.

Brostow, Fauqueur, Cipolla, "Semantic object classes in video: A high-definition ground truth
database", Pattern Recognition Letters 30(2), 2009.
"""

from pathlib import Path
from typing import Optional, Union

import cv2
import numpy as np

from lsnet_ros.datasets.labelled_files import DatasetError, read_image
from lsnet_ros.datasets.sample import Sample
from lsnet_ros.labels import IGNORE_INDEX, LABEL_SETS

SPLITS = ('train', 'val', 'test')
UNLABELLED = 11
FRAME_RATE = 30.0  # Hz; the number in a file's name counts these


class CamVid:
    """
    The frames and targets of one split, in the order of their names.

    :param root: folder that holds SPLIT/ (frames) and SPLITannot/ (8-bit class ids), PNG
    :param split: 'train', 'val' or 'test'
    :raises DatasetError: if a folder is missing or empty, or a frame has no target
    """

    label_set = LABEL_SETS['camvid']

    def __init__(self, root: Union[str, Path], split: str) -> None:
        if split not in SPLITS:
            raise DatasetError('CamVid has no split {!r}: choose from {}'.format(
                split, ', '.join(SPLITS)))
        self.frames = sorted((Path(root) / split).glob('*.png'))
        self.targets = [Path(root) / (split + 'annot') / path.name for path in self.frames]
        if not self.frames:
            raise DatasetError('{}: found no PNG frames, expected the CamVid layout ({}/ and '
                               '{}annot/)'.format(Path(root) / split, split, split))
        for path in self.targets:
            if not path.is_file():
                raise DatasetError('{}: not found, expected the target of a frame of the same '
                                   'name'.format(path))

    def __len__(self) -> int:
        return len(self.frames)

    def __getitem__(self, index: int) -> Sample:
        """
        Read one frame and its target.

        :raises DatasetError: if a file cannot be read, the sizes differ, or a label is not
            one of the set's
        """
        path = self.frames[index]
        image = read_image(path, cv2.IMREAD_COLOR)
        target = read_image(self.targets[index], cv2.IMREAD_UNCHANGED)
        return Sample(
            name=path.stem,
            image=cv2.cvtColor(image, cv2.COLOR_BGR2RGB),
            target=_checked_target(target, image.shape[:2], self.targets[index]),
            stamp=_stamp(path.stem))


def _checked_target(target: np.ndarray, shape: tuple, path: Path) -> np.ndarray:
    """Return the target with 11 as 255, or say what is wrong with the file."""
    if target.dtype != np.uint8 or target.shape != shape:
        raise DatasetError('{}: found {} of shape {}, expected uint8 class ids of shape {}'.format(
            path, target.dtype, target.shape, shape))
    known = (target <= UNLABELLED) | (target == IGNORE_INDEX)
    if not known.all():
        raise DatasetError('{}: found the label {}, expected 0 to {} or {}'.format(
            path, target[~known][0], UNLABELLED, IGNORE_INDEX))
    target[target == UNLABELLED] = IGNORE_INDEX
    return target


def _stamp(stem: str) -> Optional[float]:
    """Return the time in its sequence that a name like 0001TP_006690 tells, s."""
    digits = ''.join(c for c in stem.rsplit('_', 1)[-1] if c.isdigit())
    return int(digits) / FRAME_RATE if digits else None
