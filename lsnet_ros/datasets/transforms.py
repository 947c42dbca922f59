# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Augmentation of training samples: random scale, crop, flip, colours and corruptions."""

from typing import NamedTuple, Optional, Tuple

import cv2
import numpy as np

from lsnet_ros.datasets.corruptions import CORRUPTIONS
from lsnet_ros.frames import Frame
from lsnet_ros.labels.label_sets import IGNORE_INDEX
from lsnet_ros.stages.preprocessing import IMAGENET_MEAN, IMAGENET_STD

LUMA = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601, RGB
SOFT_LABEL_STRIDE = 4  # of the soft labels of a crop, as of a decoder


class Crop(NamedTuple):
    """One training sample, ready for the network."""

    image: np.ndarray                     # (3, h, w) float32, normalised
    target: np.ndarray                    # (h / target_stride, w / target_stride) uint8
    soft_labels: Optional[np.ndarray] = None  # (C + 1, h / 4, w / 4) float32: logits, then 1
                                              # inside of the frame and 0 outside


class Augmentation(NamedTuple):
    """
    Random crops of a frame for training.

    The crop lies at a random place of the frame, resized to ``canvas`` times a random scale; one
    resampling does both. Outside of the frame the image repeats its edge, and the target is 255.
    """

    canvas: Tuple[int, int]              # (height, width) of the network's input, px
    crop: Tuple[int, int]                # (height, width), px
    scale: Tuple[float, float] = (0.5, 2.0)
    flip: bool = True
    brightness: float = 0.3              # largest difference of the factor from 1
    contrast: float = 0.3                # the same
    saturation: float = 0.3              # the same
    corruptions: float = 0.0             # share of crops with one of CORRUPTIONS
    target_stride: int = 1               # size of the crop per size of the target

    def apply(self, sample: Frame, rng: np.random.Generator,
              soft_labels: Optional[np.ndarray] = None) -> Crop:
        """
        Draw a crop.

        :param soft_labels: logits (h, w, C) of a teacher for the whole frame; they are moved as
            the target is, and not touched by colours and corruptions
        """
        to_frame = self._draw_crop_to_frame(sample.image.shape[:2], rng)
        image = _resample(sample.image, to_frame, self.crop, cv2.INTER_LINEAR,
                          cv2.BORDER_REPLICATE)
        image = self._corrupt(image, rng)
        image = cv2.transform(image.astype(np.float32), self._draw_colour_map(rng))
        to_target = to_frame @ _corners_to_corners(self.target_size, self.crop)
        target = _resample(np.asarray(sample.target), to_target, self.target_size,
                           cv2.INTER_NEAREST, cv2.BORDER_CONSTANT)
        return Crop(image.transpose(2, 0, 1), target,
                    None if soft_labels is None else self._crop_soft_labels(
                        soft_labels, sample.image.shape[:2], to_frame))

    @property
    def target_size(self) -> Tuple[int, int]:
        """Size (height, width) of the target that goes with a crop, px."""
        return self._size_at(self.target_stride)

    def _size_at(self, stride: int) -> Tuple[int, int]:
        """Return the size (height, width) of a crop at a stride, rounded up."""
        height, width = self.crop
        return -(-height // stride), -(-width // stride)

    def _crop_soft_labels(self, soft_labels: np.ndarray, frame: Tuple[int, int],
                          to_frame: np.ndarray) -> np.ndarray:
        """
        Move a teacher's logits to the places of a crop.

        :param soft_labels: (h, w, C), whose corners are those of the frame
        :param frame: (height, width), px
        :param to_frame: the 3x3 map from crop pixels to frame pixels
        :returns: as ``Crop.soft_labels``
        """
        size = self._size_at(SOFT_LABEL_STRIDE)
        to_frame = to_frame @ _corners_to_corners(size, self.crop)
        to_labels = _corners_to_corners(frame, soft_labels.shape[:2]) @ to_frame
        logits = _resample(soft_labels.astype(np.float32), to_labels, size, cv2.INTER_LINEAR,
                           cv2.BORDER_REPLICATE)
        inside = _resample(np.zeros(frame, np.uint8), to_frame, size, cv2.INTER_NEAREST,
                           cv2.BORDER_CONSTANT) == 0
        return np.concatenate([logits.transpose(2, 0, 1), inside[np.newaxis]]).astype(np.float32)

    def _corrupt(self, image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Apply a random corruption of a random strength to a share of the crops."""
        if not self.corruptions or rng.random() >= self.corruptions:
            return image
        names = list(CORRUPTIONS)
        return CORRUPTIONS[names[rng.integers(len(names))]](image, rng.random(), rng)

    def _draw_crop_to_frame(self, frame: Tuple[int, int],
                            rng: np.random.Generator) -> np.ndarray:
        """Draw the 3x3 map from crop pixels to frame pixels."""
        scale = np.exp(rng.uniform(*np.log(self.scale)))
        canvas = [max(2, round(side * scale)) for side in self.canvas]
        top, left = (rng.integers(min(0, room), max(0, room) + 1)
                     for room in (canvas[0] - self.crop[0], canvas[1] - self.crop[1]))
        zoom_y, zoom_x = ((f - 1) / (c - 1) for f, c in zip(frame, canvas))
        to_frame = np.array([[zoom_x, 0, left * zoom_x], [0, zoom_y, top * zoom_y], [0, 0, 1]])
        if self.flip and rng.random() < 0.5:
            to_frame = np.array([[-1, 0, frame[1] - 1], [0, 1, 0], [0, 0, 1]]) @ to_frame
        return to_frame

    def _draw_colour_map(self, rng: np.random.Generator) -> np.ndarray:
        """
        Draw the (3, 4) affine map of colours: jitter, then normalisation.

        Saturation mixes a pixel with its grey level, contrast with mid-grey, brightness scales;
        values are not clipped.
        """
        brightness, contrast, saturation = (
            1 + rng.uniform(-amount, amount)
            for amount in (self.brightness, self.contrast, self.saturation))
        matrix = saturation * np.eye(3) + (1 - saturation) * np.outer(np.ones(3), LUMA)
        matrix *= brightness * contrast / 255
        offset = (1 - contrast) * 0.5 - np.array(IMAGENET_MEAN)
        return np.column_stack([matrix, offset]) / np.array(IMAGENET_STD)[:, None]


def _corners_to_corners(size: Tuple[int, int], other: Tuple[int, int]) -> np.ndarray:
    """Return the 3x3 map from the pixels of one (height, width) to those of another."""
    zoom_y, zoom_x = ((o - 1) / max(1, s - 1) for s, o in zip(size, other))
    return np.diag([zoom_x, zoom_y, 1.0])


def _resample(source: np.ndarray, to_source: np.ndarray, size: Tuple[int, int], interpolation: int,
              border: int) -> np.ndarray:
    """Frame an array of (height, width) from a source, by a 3x3 map to the source's pixels."""
    return cv2.warpAffine(
        source, to_source[:2], size[::-1], flags=interpolation | cv2.WARP_INVERSE_MAP,
        borderMode=border, borderValue=IGNORE_INDEX)
