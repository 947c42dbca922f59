# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Preprocessing: from a camera frame to the input tensors of a network."""

from typing import List, NamedTuple, Tuple

import cv2
import numpy as np

from lsnet_ros.errors import LsnetError

IMAGENET_MEAN = (0.485, 0.456, 0.406)  # RGB in [0, 1]
IMAGENET_STD = (0.229, 0.224, 0.225)

LARGEST_SIDE = 32766  # px, of the images that cv2.remap takes

_POSITION_BITS = 5  # of the fraction of a pixel in the fixed-point maps of cv2.remap
POSITION_STEPS = 1 << _POSITION_BITS  # per pixel; sample positions are rounded to them


class PreprocessingError(LsnetError, ValueError):
    """An image or an input specification is invalid."""


class InputSpec(NamedTuple):
    """
    Image size, input sizes and normalisation of a network.

    ``mean`` and ``std`` are those of ImageNet, for RGB scaled to [0, 1].
    """

    height: int                                              # px
    width: int                                               # px
    sizes: Tuple[Tuple[int, int], ...]                       # (height, width) of each input
    mean: Tuple[float, float, float] = IMAGENET_MEAN
    std: Tuple[float, float, float] = IMAGENET_STD


class Preprocessor:
    """
    Converts camera frames to the inputs of a network.

    Each input is resampled directly from the frame, bilinearly with aligned corners
    (source = index * (source size - 1) / (size - 1)) and without antialiasing, and then
    normalised. Positions are rounded to 1/32 pixel and resampled values to whole levels; the
    rounding changes a level by at most 1/2 + (contrast between the surrounding pixels) / 32. An
    input of the frame's own size is exact.

    Each call overwrites the tensors of the previous one. Use a preprocessor in one thread only,
    and copy tensors to keep them.

    :param spec: sizes and normalisation of the network's inputs
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
                        for size in spec.sizes]  # reused: new memory costs page faults
        self._frame_size = (0, 0)
        self._resamplers: List[_Resampler] = []  # one per input, for frames of _frame_size

    def __call__(self, image: np.ndarray) -> Tuple[np.ndarray, ...]:
        """
        Resample and normalise one frame.

        :param image: (H, W, 3) uint8 RGB
        :returns: (1, 3, height, width) float32 for each of ``spec.sizes``
        :raises PreprocessingError: if the image has another shape or dtype, no pixels, or
            a side of more than LARGEST_SIDE px
        """
        check_image(image)
        if image.shape[:2] != self._frame_size:
            self._resamplers = [_Resampler(image.shape[:2], size) for size in self.spec.sizes]
            self._frame_size = image.shape[:2]
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
    :returns: (3, H, W) float32
    """
    scale, shift = scale_and_shift(mean, std)
    planes = image.transpose(2, 0, 1).astype(np.float32, order='C')
    planes *= scale
    planes += shift
    return planes


def scale_and_shift(mean: Tuple[float, ...], std: Tuple[float, ...],
                    ) -> Tuple[np.ndarray, np.ndarray]:
    """Return scale and shift, (3, 1, 1) float32: normalised = scale * RGB of 0 to 255 + shift."""
    scale = 1 / (255 * np.array(std))
    shift = -np.array(mean) / std
    return (scale.astype(np.float32)[:, None, None], shift.astype(np.float32)[:, None, None])


class _Resampler:
    """
    Resamples images of one size to another, bilinearly with aligned corners.

    Positions are in OpenCV's fixed point: its fastest format, and the one that gives the same
    result in every version (OpenCV 4 rounds float positions to it, OpenCV 5 does not).

    :param source: (height, width) of the images, px
    :param size: (height, width) of the results, px
    """

    def __init__(self, source: Tuple[int, int], size: Tuple[int, int]) -> None:
        self._is_identity = source == tuple(size)
        if self._is_identity:
            return
        rows, columns = sample_positions(source[0], size[0]), sample_positions(source[1], size[1])
        self._pixels = np.empty(tuple(size) + (2,), np.int16)  # x and y, whole pixels
        self._pixels[..., 0] = columns >> _POSITION_BITS
        self._pixels[..., 1] = rows[:, None] >> _POSITION_BITS
        fractions = (rows[:, None] % POSITION_STEPS << _POSITION_BITS) + columns % POSITION_STEPS
        self._fractions = fractions.astype(np.uint16)
        self._resampled = np.empty(tuple(size) + (3,), np.uint8)

    def __call__(self, image: np.ndarray) -> np.ndarray:
        """Return the resampled image, (height, width, 3) uint8, valid until the next call."""
        if self._is_identity:
            return image
        return cv2.remap(image, self._pixels, self._fractions, cv2.INTER_LINEAR,
                         self._resampled, cv2.BORDER_REPLICATE)


def sample_positions(source: int, size: int) -> np.ndarray:
    """Return the positions of ``size`` samples along ``source`` pixels, in 1/32 pixel."""
    step = (source - 1) / max(size - 1, 1)
    return np.rint(np.arange(size) * (step * POSITION_STEPS)).astype(np.int64)


def check_image(image: np.ndarray) -> None:
    """Raise PreprocessingError unless the image is (H, W, 3) uint8, of 1 to LARGEST_SIDE px."""
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3 or not image.size:
        raise PreprocessingError('image of shape {} and type {}: expected (H, W, 3) uint8 RGB '
                                 'with at least one pixel'.format(image.shape, image.dtype))
    if max(image.shape) > LARGEST_SIDE:
        raise PreprocessingError('image of {}x{} px (width x height): expected sides of at most '
                                 '{} px; crop or resize it'.format(
                                     image.shape[1], image.shape[0], LARGEST_SIDE))
