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
"""
Losses over logits (N, C, h, w) and targets (N, h, w), with 255 ignored.

Each is a mean over the joint batch of all processes, of which a process returns the part that
its own pixels contribute: the sum over the processes is what one process with the joint batch
returns.
"""

from typing import Optional, Sequence

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

from lsnet_ros.datasets.sample import Sample
from lsnet_ros.training.distributed import kth_largest, rank, total, total_counts, world_size

IGNORE_INDEX = 255


def cross_entropy(logits: torch.Tensor, target: torch.Tensor,
                  weight: Optional[torch.Tensor] = None, smoothing: float = 0.0) -> torch.Tensor:
    """
    Return the weighted mean cross-entropy of the pixels that are not ignored.

    0 where every pixel is ignored, so that an empty crop trains nothing.

    :param weight: class weights (C,), or None for 1
    :param smoothing: probability that is spread over all classes, of the target's 1
        (Szegedy et al., "Rethinking the Inception architecture", CVPR 2016, section 7)
    """
    part = F.cross_entropy(logits, target, weight, ignore_index=IGNORE_INDEX, reduction='sum',
                           label_smoothing=smoothing)
    classes = target[target != IGNORE_INDEX]
    return part / total(_pixel_weights(classes, weight).sum()).clamp(min=1e-12)


def hard_example_cross_entropy(logits: torch.Tensor, target: torch.Tensor,
                               weight: Optional[torch.Tensor] = None, smoothing: float = 0.0,
                               threshold: float = 0.7, keep: float = 1 / 16) -> torch.Tensor:
    """
    Return the mean cross-entropy of the hard pixels (online hard example mining).

    Shrivastava et al., CVPR 2016, as segmentation uses it: a pixel is hard if its class gets a
    probability below ``threshold``; if fewer than the share ``keep`` of the labelled pixels
    are hard, the hardest of that share are taken.
    """
    labelled = target != IGNORE_INDEX
    losses = F.cross_entropy(logits, target, ignore_index=IGNORE_INDEX, reduction='none')[labelled]
    count = int(total(labelled.sum()))
    if count == 0:
        return losses.sum()
    easy = -float(np.log(threshold))
    limit = kth_largest(losses.detach(), max(1, int(keep * count))).clamp(max=easy)
    hard = losses.detach() >= limit
    if weight is not None or smoothing:
        losses = F.cross_entropy(logits, target, weight, ignore_index=IGNORE_INDEX,
                                 reduction='none', label_smoothing=smoothing)[labelled]
    weights = _pixel_weights(target[labelled], weight) * hard
    return (losses * hard).sum() / total(weights.sum()).clamp(min=1e-12)


def _pixel_weights(classes: torch.Tensor, weight: Optional[torch.Tensor]) -> torch.Tensor:
    """Return the weight of each pixel's class, (n,) float32."""
    return torch.ones_like(classes, dtype=torch.float32) if weight is None else weight[classes]


LOSSES = {
    'cross-entropy': cross_entropy,
    'hard-examples': hard_example_cross_entropy,
}


def class_weights(pixels: np.ndarray) -> np.ndarray:
    """
    Weigh the classes against their frequency: w_c = 1 / ln(1.02 + p_c).

    Paszke et al., "ENet", 2016, section 5.2.

    :param pixels: pixels of each class in the training set (C,)
    :returns: weights (C,) float32, between 1.4 and 50.5
    """
    return (1 / np.log(1.02 + pixels / pixels.sum())).astype(np.float32)


def count_pixels(dataset: Sequence[Sample], num_classes: int) -> np.ndarray:
    """Count the pixels of each class over a dataset (C,), each process its share of it."""
    pixels = np.zeros(num_classes, np.int64)
    for index in range(rank(), len(dataset), world_size()):
        target = dataset[index].target
        pixels += np.bincount(target[target != IGNORE_INDEX], minlength=num_classes)
    return total_counts(pixels)
