# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Frames without targets."""

import glob
from pathlib import Path
from typing import Sequence

import numpy as np

from lsnet_ros.datasets.labelled_files import DatasetError, read_image
from lsnet_ros.frames import Frame
from lsnet_ros.frames.image_files import read_rgb
from lsnet_ros.labels import IGNORE_INDEX


def find_unlabelled(pattern: str) -> 'UnlabelledFrames':
    """
    Return the frames of the image files that a pattern finds, in the order of their paths.

    :param pattern: of paths, such as ``drives/**/*.png``; ``**`` stands for any folders
    :raises DatasetError: if it finds no file
    """
    found = glob.glob(str(Path(pattern).expanduser()), recursive=True)
    paths = sorted(path for path in map(Path, found) if path.is_file())
    if not paths:
        raise DatasetError('unlabelled {!r}: found no files, expected a pattern of image files '
                           'such as frames/*.png'.format(pattern))
    return UnlabelledFrames(paths)


class UnlabelledFrames:
    """
    The frames of image files; every target is 255.

    :param paths: of the image files
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = paths

    def __len__(self) -> int:
        return len(self._paths)

    def __getitem__(self, index: int) -> Frame:
        """
        Read one frame.

        :raises DatasetError: if the file cannot be read as a whole image
        """
        path = self._paths[index]
        image = read_image(path, read_rgb)
        target = np.full(image.shape[:2], IGNORE_INDEX, np.uint8)
        return Frame(name=path.stem, image=image, target=target)
