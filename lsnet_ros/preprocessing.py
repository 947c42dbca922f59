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
"""From a camera frame to the tensors that a network reads; the only copy of that."""

from typing import NamedTuple, Tuple

import cv2
import numpy as np

from lsnet_ros.errors import LsnetError

IMAGENET_MEAN = (0.485, 0.456, 0.406)  # RGB in [0, 1]
IMAGENET_STD = (0.229, 0.224, 0.225)


class PreprocessingError(LsnetError, ValueError):
    """An image or an input specification cannot be used."""


class InputSpec(NamedTuple):
    """
    Image that a network expects.

    ``mean`` and ``std`` are those of ImageNet, for RGB scaled to [0, 1].
    """

    height: int                                              # px
    width: int                                               # px
    sizes: Tuple[Tuple[int, int], ...]                       # (height, width) of each input
    mean: Tuple[float, float, float] = IMAGENET_MEAN
    std: Tuple[float, float, float] = IMAGENET_STD


class Preprocessor:
    """
    Makes a network's inputs from camera frames.

    Every input is resampled straight from the frame, bilinearly with the corners of both
    aligned (source = index * (source size - 1) / (size - 1)), without antialiasing, and then
    normalised.

    :param spec: what the network expects
    :raises PreprocessingError: if a size is not positive
    """

    def __init__(self, spec: InputSpec) -> None:
        for height, width in spec.sizes + ((spec.height, spec.width),):
            if height < 1 or width < 1:
                raise PreprocessingError('input size {}x{}: expected at least 1x1'.format(
                    height, width))
        self.spec = spec

    def __call__(self, image: np.ndarray) -> Tuple[np.ndarray, ...]:
        """
        Resample and normalise one frame.

        :param image: (H, W, 3) uint8 RGB
        :return: (1, 3, height, width) float32 for each of ``spec.sizes``
        :raises PreprocessingError: if the image has another shape or type, or no pixels
        """
        _check_image(image)
        return tuple(normalize(_resample(image, size), self.spec.mean, self.spec.std)[None]
                     for size in self.spec.sizes)


def normalize(image: np.ndarray, mean: Tuple[float, ...] = IMAGENET_MEAN,
              std: Tuple[float, ...] = IMAGENET_STD) -> np.ndarray:
    """
    Scale RGB to [0, 1], subtract the mean and divide by the standard deviation.

    :param image: (H, W, 3), RGB of 0 to 255, uint8 or float32
    :return: (3, H, W) float32
    """
    scale = np.float32(1 / 255) / np.float32(std)
    shift = -np.float32(mean) / np.float32(std)
    planes = image.transpose(2, 0, 1).astype(np.float32, order='C')
    planes *= scale[:, None, None]
    planes += shift[:, None, None]
    return planes


def _check_image(image: np.ndarray) -> None:
    """Raise PreprocessingError unless the image is (H, W, 3) uint8 with pixels."""
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
        raise PreprocessingError('image of shape {} and type {}: expected (H, W, 3) uint8 RGB '
                                 'with at least one pixel'.format(image.shape, image.dtype))


def _resample(image: np.ndarray, size: Tuple[int, int]) -> np.ndarray:
    """Resample an image (H, W, 3) to (height, width, 3) float32 with aligned corners."""
    if image.shape[:2] == size:
        return image
    rows, row_weights = _positions(image.shape[0], size[0])
    columns, column_weights = _positions(image.shape[1], size[1])
    row_weights, column_weights = row_weights[:, None, None], column_weights[:, None]
    below = np.minimum(rows + 1, image.shape[0] - 1)
    right = np.minimum(columns + 1, image.shape[1] - 1)
    lines = image[rows] * (1 - row_weights) + image[below] * row_weights
    return lines[:, columns] * (1 - column_weights) + lines[:, right] * column_weights


def _positions(source: int, size: int) -> Tuple[np.ndarray, np.ndarray]:
    """Give the index before each position and the weight of the one after, both (size,)."""
    positions = np.arange(size) * ((source - 1) / max(size - 1, 1))
    before = np.minimum(positions.astype(np.intp), source - 1)
    return before, (positions - before).astype(np.float32)
