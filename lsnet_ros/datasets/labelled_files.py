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

import cv2
import numpy as np

from lsnet_ros.errors import LsnetError


class DatasetError(LsnetError, ValueError):
    """A dataset's folder or one of its files is not as its layout says."""


def read_image(path: Path, flags: int) -> np.ndarray:
    """
    Read an image file as OpenCV gives it.

    :raises DatasetError: if the file is not there or is not an image
    """
    data = cv2.imread(str(path), flags)
    if data is None:
        raise DatasetError('{}: cannot be read as an image; restore the file'.format(path))
    return data
