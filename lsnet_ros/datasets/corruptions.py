# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Corruptions of camera images: noise, blur, darkness, glare, JPEG and a colour cast.

After Hendrycks and Dietterich, "Benchmarking Neural Network Robustness to Common Corruptions and
Perturbations", ICLR 2019, whose strengths are for images of 224 pixels, and Kamann and Rother,
"Benchmarking the Robustness of Semantic Segmentation Models", CVPR 2020.
"""

from typing import Callable, Dict, Sequence

import cv2
import numpy as np

from lsnet_ros.frames import Frame

STRENGTHS = (1 / 3, 2 / 3, 1.0)  # that robustness is measured at

Corruption = Callable[[np.ndarray, float, np.random.Generator], np.ndarray]


def _add_noise(image: np.ndarray, strength: float, rng: np.random.Generator) -> np.ndarray:
    """Add Gaussian noise with a standard deviation of up to 0.18 of the full range."""
    noise = rng.standard_normal(image.shape, np.float32)
    return _to_uint8(image + 0.18 * 255 * strength * noise)


def _blur(image: np.ndarray, strength: float, rng: np.random.Generator) -> np.ndarray:
    """Blur with a Gaussian, with a sigma of up to 3 px for an image of 480 columns."""
    sigma = 3 * strength * image.shape[1] / 480
    return cv2.GaussianBlur(image, (0, 0), max(sigma, 0.1), borderType=cv2.BORDER_REPLICATE)


def _darken(image: np.ndarray, strength: float, rng: np.random.Generator) -> np.ndarray:
    """Square and halve the brightness at full strength, as under a lamp at night."""
    curve = 255 * (np.arange(256) / 255) ** (1 + strength) * (1 - strength / 2)
    return cv2.LUT(image, _to_uint8(curve))


def _add_glare(image: np.ndarray, strength: float, rng: np.random.Generator) -> np.ndarray:
    """Add the glare of a light somewhere in the upper half of the image."""
    height, width = image.shape[:2]
    center = rng.uniform(0, width), rng.uniform(0, height / 2)
    rows = np.exp(-((np.arange(height) - center[1]) / (0.4 * width)) ** 2)
    columns = np.exp(-((np.arange(width) - center[0]) / (0.4 * width)) ** 2)
    light = strength * np.outer(rows, columns)[..., np.newaxis]
    return _to_uint8(image + (255 - image) * light)


def _compress(image: np.ndarray, strength: float, rng: np.random.Generator) -> np.ndarray:
    """Compress with JPEG at a quality of 30 down to 8."""
    quality = [cv2.IMWRITE_JPEG_QUALITY, round(30 - 22 * strength)]
    return np.asarray(cv2.imdecode(cv2.imencode('.jpg', image, quality)[1], cv2.IMREAD_COLOR))


def _cast_color(image: np.ndarray, strength: float, rng: np.random.Generator) -> np.ndarray:
    """Scale each channel by a factor between 1/2 and 2, as a wrong white balance does."""
    direction = rng.standard_normal(3)
    direction -= direction.mean()
    gains = np.exp(np.log(2) * strength * direction / np.abs(direction).max())
    return _to_uint8(image * gains.astype(np.float32))


def _to_uint8(values: np.ndarray) -> np.ndarray:
    """Round to uint8, clipped to 0 to 255."""
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


CORRUPTIONS: Dict[str, Corruption] = {
    'noise': _add_noise,
    'blur': _blur,
    'darkness': _darken,
    'glare': _add_glare,
    'jpeg': _compress,
    'color cast': _cast_color,
}
"""Functions by name: (image (H, W, 3) uint8 RGB, strength 0 to 1, generator) -> new image."""


class Corrupted:
    """
    A dataset whose images are corrupted, each frame the same way at every reading.

    :param dataset: samples; their targets stay as they are
    :param name: one of ``CORRUPTIONS``
    :param strength: 0 to 1
    """

    def __init__(self, dataset: Sequence[Frame], name: str, strength: float) -> None:
        self._dataset = dataset
        self._corrupt = CORRUPTIONS[name]
        self._strength = strength

    def __len__(self) -> int:
        return len(self._dataset)

    def __getitem__(self, index: int) -> Frame:
        sample = self._dataset[index]
        return sample._replace(image=self._corrupt(
            sample.image, self._strength, np.random.default_rng(index)))
