# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Calibration: whether a confidence of 80 % is right in 80 % of the pixels, and its correction.

Guo, Pleiss, Sun, Weinberger, "On Calibration of Modern Neural Networks", ICML 2017: the expected
calibration error (equation 3) and temperature scaling (section 4.2).
"""

from typing import List, NamedTuple

import numpy as np

from lsnet_ros.errors import LsnetError
from lsnet_ros.labels import IGNORE_INDEX
from lsnet_ros.models.card import TEMPERATURES

BINS = 15        # of equal width, as in the paper
LEVELS = 256     # of a confidence as it is published: 255 is certain
STEPS = 40       # halvings of the range of temperatures: more than float32 can tell apart


class CalibrationError(LsnetError, ValueError):
    """A calibration has nothing to measure."""


class Bin(NamedTuple):
    """The pixels whose confidence lies in one range."""

    lowest: float      # of the range, above it up to...
    highest: float
    pixels: int
    confidence: float  # mean, 0 to 1
    accuracy: float    # share of right pixels


class Reliability:
    """Counts of right and wrong pixels for each level of confidence."""

    def __init__(self) -> None:
        self.counts = np.zeros((2, LEVELS), np.int64)  # wrong, right

    def update(self, target: np.ndarray, class_ids: np.ndarray, confidence: np.ndarray) -> None:
        """
        Count the labelled pixels of a frame.

        :param target: (H, W) uint8, 255 is ignored
        :param class_ids: (H, W) uint8
        :param confidence: (H, W) uint8, 255 is certain
        """
        labelled = target != IGNORE_INDEX
        right = (class_ids == target)[labelled].astype(np.int64)
        keys = right * LEVELS + confidence[labelled]
        self.counts += np.bincount(keys, minlength=2 * LEVELS).reshape(2, LEVELS)

    def bins(self) -> List[Bin]:
        """Return the ``BINS`` ranges of confidence that hold pixels, from the lowest."""
        levels = np.arange(LEVELS) / (LEVELS - 1)
        numbers = np.maximum(np.ceil(levels * BINS).astype(int) - 1, 0)  # (a, b] as in the paper
        found = []
        for number in range(BINS):
            inside = numbers == number
            pixels = self.counts[:, inside].sum()
            if pixels:
                found.append(Bin(
                    number / BINS, (number + 1) / BINS, int(pixels),
                    float((self.counts.sum(0) * levels)[inside].sum() / pixels),
                    float(self.counts[1, inside].sum() / pixels)))
        return found

    def expected_calibration_error(self) -> float:
        """
        Return the mean distance of accuracy and confidence over the bins, weighted by pixels.

        :raises CalibrationError: if no pixel was counted
        """
        bins = self.bins()
        pixels = sum(part.pixels for part in bins)
        if not pixels:
            raise CalibrationError('no labelled pixel was counted: check that the targets hold '
                                   'classes and not only {}'.format(IGNORE_INDEX))
        return sum(part.pixels * abs(part.accuracy - part.confidence) for part in bins) / pixels


def fit_temperature(logits: np.ndarray, classes: np.ndarray) -> float:
    """
    Return the temperature T that makes softmax(logits / T) most likely.

    The mean log-likelihood is concave in 1 / T; its slope, the mean logit of the true class less
    the expected one, is halved in on.

    :param logits: (n, C) float32
    :param classes: (n,) class ids
    :raises CalibrationError: if there are none
    """
    if not len(classes):
        raise CalibrationError('there is no labelled pixel to fit a temperature to: check that '
                               'the targets hold classes and not only {}'.format(IGNORE_INDEX))
    own = logits[np.arange(len(classes)), classes].mean(dtype=np.float64)
    low, high = (1 / temperature for temperature in reversed(TEMPERATURES))
    for _ in range(STEPS):
        middle = (low * high) ** 0.5
        if own > _expected_logit(logits, middle):
            low = middle
        else:
            high = middle
    return 1 / (low * high) ** 0.5


def _expected_logit(logits: np.ndarray, sharpness: float) -> float:
    """Return the mean of the logits that softmax(sharpness logits) expects."""
    scaled = logits * np.float32(sharpness)
    scaled -= scaled.max(1, keepdims=True)
    weights = np.exp(scaled, out=scaled)
    expected = (weights * logits).sum(1) / weights.sum(1)
    return float(expected.mean(dtype=np.float64))
