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
"""From the small outputs of a network's core to class ids, and confidence, at any size."""

from typing import Tuple

import numpy as np

from lsnet_ros.errors import LsnetError


class DecodingError(LsnetError, ValueError):
    """The outputs of a network cannot be decoded."""


def decode(outputs: Tuple[np.ndarray, ...], size: Tuple[int, int]) -> np.ndarray:
    """
    Give the class of every pixel: argmax of the logits, upsampled bilinearly to ``size``.

    :param outputs: (logits,), or (logits, offset) of a network with flow alignment; logits
        are (1, C, h, w) float32, offset is (1, 2, H, W) float32: where the logits of each
        pixel lie, to the right and below of the pixel, in pixels of the H x W field
    :param size: (height, width) wanted; with an offset the ids are decoded at the field's own
        size, and go to this one by nearest neighbour
    :return: (height, width) uint8
    :raises DecodingError: if shapes do not fit, or logits are not finite
    """
    return _decode(outputs, size)[0]


def decode_with_confidence(outputs: Tuple[np.ndarray, ...], size: Tuple[int, int],
                           ) -> Tuple[np.ndarray, np.ndarray]:
    """
    Give class ids as ``decode`` does, and how sure the network is of each.

    :return: class ids, and round(255 * softmax probability of that class), both
        (height, width) uint8
    """
    class_ids, best, total = _decode(outputs, size)
    return class_ids, np.rint(255 / total).astype(np.uint8)


def _decode(outputs, size):
    logits = outputs[0][0]
    if len(outputs) == 1:
        y = np.arange(size[0]) * ((logits.shape[1] - 1) / max(size[0] - 1, 1))
        x = np.arange(size[1]) * ((logits.shape[2] - 1) / max(size[1] - 1, 1))
        sample = _sampler(y[:, None], x[None], logits.shape)
    else:
        height, width = outputs[1].shape[2:]
        y = np.arange(height)[:, None] + outputs[1][0, 1].astype(np.float64)
        x = np.arange(width) + outputs[1][0, 0].astype(np.float64)
        y = np.clip(y * ((logits.shape[1] - 1) / max(height - 1, 1)), 0, logits.shape[1] - 1)
        x = np.clip(x * ((logits.shape[2] - 1) / max(width - 1, 1)), 0, logits.shape[2] - 1)
        rows = np.rint(np.arange(size[0]) * ((height - 1) / max(size[0] - 1, 1))).astype(np.intp)
        cols = np.rint(np.arange(size[1]) * ((width - 1) / max(size[1] - 1, 1))).astype(np.intp)
        sample = _sampler(y[rows][:, cols], x[rows][:, cols], logits.shape)
    best = sample(logits[0])
    class_ids = np.zeros(size, np.uint8)
    for class_id in range(1, len(logits)):
        plane = sample(logits[class_id])
        class_ids[plane > best] = class_id
        best = np.maximum(best, plane)
    total = sum(np.exp(sample(plane) - best) for plane in logits)
    return class_ids, best, total


def _sampler(y, x, shape):
    top, left = y.astype(np.intp), x.astype(np.intp)
    below, right = np.minimum(top + 1, shape[1] - 1), np.minimum(left + 1, shape[2] - 1)
    fy, fx = y - top, x - left

    def sample(plane):
        return ((plane[top, left] * (1 - fx) + plane[top, right] * fx) * (1 - fy)
                + (plane[below, left] * (1 - fx) + plane[below, right] * fx) * fy)
    return sample
