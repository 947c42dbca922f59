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

_POSITION_BITS = 5  # of the fraction of a pixel, in the maps that cv2.remap takes
POSITION_STEPS = 1 << _POSITION_BITS  # of a pixel, to which sample positions are rounded


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
    aligned (source = index * (source size - 1) / (size - 1)) and without antialiasing, and then
    normalised. Positions are rounded to 1/32 pixel and resampled values to whole levels: next
    to the same without rounding, a level is off by at most 1/2 + (contrast between the pixels
    around it) / 32. An input of the frame's own size is exact.

    The tensors are reused: those that a call returns hold until the next call. So a
    preprocessor belongs to one thread, and one that keeps tensors copies them.

    :param spec: what the network expects
    :raises PreprocessingError: if a size is not positive, or a standard deviation is 0
    """

    def __init__(self, spec: InputSpec) -> None:
        for height, width in ((spec.height, spec.width),) + tuple(spec.sizes):
            if height < 1 or width < 1:
                raise PreprocessingError('input size {}x{}: expected at least 1x1'.format(
                    height, width))
        if 0 in spec.std:
            raise PreprocessingError('standard deviation {}: expected no 0'.format(spec.std))
        self.spec = spec
        levels = np.arange(256, dtype=np.uint8).reshape(1, 256, 1).repeat(3, axis=2)
        self._tables = normalize(levels, spec.mean, spec.std)  # (3, 1, 256)
        self._tensors = tuple(np.empty((1, 3, height, width), np.float32)
                              for height, width in spec.sizes)
        self._planes = [[np.empty(tuple(size), np.uint8) for _ in range(3)]
                        for size in spec.sizes]  # kept, as fresh memory costs page faults
        self._frame_size = (0, 0)
        self._resamplers = []  # one for each of spec.sizes, all for frames of _frame_size

    def __call__(self, image: np.ndarray) -> Tuple[np.ndarray, ...]:
        """
        Resample and normalise one frame.

        :param image: (H, W, 3) uint8 RGB
        :return: (1, 3, height, width) float32 for each of ``spec.sizes``, until the next call
        :raises PreprocessingError: if the image has another shape or type, or no pixels
        """
        check_image(image)
        if image.shape[:2] != self._frame_size:
            self._frame_size = image.shape[:2]
            self._resamplers = [_Resampler(self._frame_size, size) for size in self.spec.sizes]
        for resample, planes, tensor in zip(self._resamplers, self._planes, self._tensors):
            for plane, table, normalized in zip(cv2.split(resample(image), planes),
                                                self._tables, tensor[0]):
                cv2.LUT(plane, table, normalized)
        return self._tensors


def normalize(image: np.ndarray, mean: Tuple[float, ...] = IMAGENET_MEAN,
              std: Tuple[float, ...] = IMAGENET_STD) -> np.ndarray:
    """
    Scale RGB to [0, 1], subtract the mean and divide by the standard deviation.

    :param image: (H, W, 3), RGB of 0 to 255, uint8 or float32
    :return: (3, H, W) float32
    """
    scale, shift = scale_and_shift(mean, std)
    planes = image.transpose(2, 0, 1).astype(np.float32, order='C')
    planes *= scale
    planes += shift
    return planes


def scale_and_shift(mean: Tuple[float, ...], std: Tuple[float, ...],
                    ) -> Tuple[np.ndarray, np.ndarray]:
    """Return what ``normalize`` multiplies RGB of 0 to 255 by, then adds: (3, 1, 1) float32."""
    scale = 1 / (255 * np.array(std))
    shift = -np.array(mean) / std
    return tuple(values.astype(np.float32)[:, None, None] for values in (scale, shift))


class _Resampler:
    """
    Resamples images of one size to another, bilinearly with aligned corners.

    The positions are in OpenCV's own fixed point, which is its fastest form of them and gives
    the same result in every version: OpenCV 4 would round float positions to it, 5 would not.

    :param source: (height, width) of the images
    :param size: (height, width) wanted
    """

    def __init__(self, source: Tuple[int, int], size: Tuple[int, int]) -> None:
        self._is_identity = source == tuple(size)
        if self._is_identity:
            return
        rows, columns = sample_positions(source[0], size[0]), sample_positions(source[1], size[1])
        self._pixels = np.empty(tuple(size) + (2,), np.int16)  # x and y, whole
        self._pixels[..., 0] = columns >> _POSITION_BITS
        self._pixels[..., 1] = rows[:, None] >> _POSITION_BITS
        fractions = (rows[:, None] % POSITION_STEPS << _POSITION_BITS) + columns % POSITION_STEPS
        self._fractions = fractions.astype(np.uint16)
        self._resampled = np.empty(tuple(size) + (3,), np.uint8)

    def __call__(self, image: np.ndarray) -> np.ndarray:
        """Give the image, (H, W, 3) uint8, at the wanted size, until the next call."""
        if self._is_identity:
            return image
        return cv2.remap(image, self._pixels, self._fractions, cv2.INTER_LINEAR,
                         self._resampled, cv2.BORDER_REPLICATE)


def sample_positions(source: int, size: int) -> np.ndarray:
    """Give the positions of ``size`` samples along ``source`` pixels, in 1/32 pixel."""
    step = (source - 1) / max(size - 1, 1)
    return np.rint(np.arange(size) * (step * POSITION_STEPS)).astype(np.int64)


def check_image(image: np.ndarray) -> None:
    """Raise PreprocessingError unless the image is (H, W, 3) uint8 with pixels."""
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
        raise PreprocessingError('image of shape {} and type {}: expected (H, W, 3) uint8 RGB '
                                 'with at least one pixel'.format(image.shape, image.dtype))
