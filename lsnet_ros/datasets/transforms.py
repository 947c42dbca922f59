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
"""Random scale, crop, flip and colour of a training sample, in one resampling of its frame."""

from typing import NamedTuple, Tuple

import cv2
import numpy as np

from lsnet_ros.datasets.sample import Sample
from lsnet_ros.labels import IGNORE_INDEX
from lsnet_ros.preprocessing import IMAGENET_MEAN, IMAGENET_STD

LUMA = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601, RGB


class Augmentation(NamedTuple):
    """
    How a frame becomes a crop for training.

    The frame is thought of as resized to ``canvas`` times a random scale, and the crop is cut
    from that at random; where the crop reaches outside, the frame's edge is repeated and the
    target is 255.
    """

    canvas: Tuple[int, int]              # (height, width) of the network's input, px
    crop: Tuple[int, int]                # (height, width), px
    scale: Tuple[float, float] = (0.5, 2.0)
    flip: bool = True
    brightness: float = 0.3              # largest factor away from 1
    contrast: float = 0.3
    saturation: float = 0.3
    target_stride: int = 1               # the target has 1 / stride of the crop's size

    def apply(self, sample: Sample, rng: np.random.Generator) -> Tuple[np.ndarray, np.ndarray]:
        """
        Draw one crop.

        :returns: image (3, h, w) float32, normalised, and target (h / stride, w / stride) uint8
        """
        to_frame = self._crop_to_frame(sample.target.shape, rng)
        image = _resample(sample.image, to_frame, self.crop, cv2.INTER_LINEAR,
                          cv2.BORDER_REPLICATE)
        image = cv2.transform(image.astype(np.float32), self._colour(rng))
        target = _resample(sample.target, to_frame @ self._target_to_crop(), self.target_size,
                           cv2.INTER_NEAREST, cv2.BORDER_CONSTANT)
        return image.transpose(2, 0, 1), target

    @property
    def target_size(self) -> Tuple[int, int]:
        """Size (height, width) of the target that goes with a crop, px."""
        return tuple(-(-side // self.target_stride) for side in self.crop)

    def _crop_to_frame(self, frame: Tuple[int, int], rng: np.random.Generator) -> np.ndarray:
        """Return the 3x3 map from crop pixels to frame pixels."""
        scale = np.exp(rng.uniform(*np.log(self.scale)))
        canvas = [max(2, round(side * scale)) for side in self.canvas]
        top, left = (rng.integers(min(0, room), max(0, room) + 1)
                     for room in (canvas[0] - self.crop[0], canvas[1] - self.crop[1]))
        zoom_y, zoom_x = ((f - 1) / (c - 1) for f, c in zip(frame, canvas))
        to_frame = np.array([[zoom_x, 0, left * zoom_x], [0, zoom_y, top * zoom_y], [0, 0, 1]])
        if self.flip and rng.random() < 0.5:
            to_frame = np.array([[-1, 0, frame[1] - 1], [0, 1, 0], [0, 0, 1]]) @ to_frame
        return to_frame

    def _target_to_crop(self) -> np.ndarray:
        """Return the map from target pixels to crop pixels; their corners coincide."""
        zoom_y, zoom_x = ((c - 1) / max(1, t - 1) for c, t in zip(self.crop, self.target_size))
        return np.diag([zoom_x, zoom_y, 1.0])

    def _colour(self, rng: np.random.Generator) -> np.ndarray:
        """
        Return the (3, 4) affine map of colours: jitter and normalisation in one.

        Saturation mixes a pixel with its grey, contrast with mid-grey, brightness scales;
        nothing is clipped.
        """
        brightness, contrast, saturation = (
            1 + rng.uniform(-amount, amount)
            for amount in (self.brightness, self.contrast, self.saturation))
        matrix = saturation * np.eye(3) + (1 - saturation) * np.outer(np.ones(3), LUMA)
        matrix *= brightness * contrast / 255
        offset = (1 - contrast) * 0.5 - np.array(IMAGENET_MEAN)
        return np.column_stack([matrix, offset]) / np.array(IMAGENET_STD)[:, None]


def _resample(source: np.ndarray, to_source: np.ndarray, size: Tuple[int, int], interpolation: int,
              border: int) -> np.ndarray:
    """Fill an array of the given (height, width) from the places that the 3x3 map tells."""
    return cv2.warpAffine(
        source, to_source[:2], size[::-1], flags=interpolation | cv2.WARP_INVERSE_MAP,
        borderMode=border, borderValue=IGNORE_INDEX)
