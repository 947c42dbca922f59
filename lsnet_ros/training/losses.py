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
"""Losses over logits (N, C, h, w) and targets (N, h, w), with 255 ignored."""

from typing import Optional

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

IGNORE_INDEX = 255


def cross_entropy(logits: torch.Tensor, target: torch.Tensor,
                  weight: Optional[torch.Tensor] = None) -> torch.Tensor:
    """
    Return the weighted mean cross-entropy of the pixels that are not ignored.

    0 where every pixel is ignored, so that an empty crop trains nothing.

    :param weight: class weights (C,), or None for 1
    """
    total = F.cross_entropy(logits, target, weight, ignore_index=IGNORE_INDEX, reduction='sum')
    labelled = target != IGNORE_INDEX
    if weight is None:
        return total / labelled.sum().clamp(min=1)
    return total / weight[target[labelled]].sum().clamp(min=1e-12)


def hard_example_cross_entropy(logits: torch.Tensor, target: torch.Tensor,
                               weight: Optional[torch.Tensor] = None,
                               threshold: float = 0.7, keep: float = 1 / 16) -> torch.Tensor:
    """
    Return the mean cross-entropy of the hard pixels (online hard example mining).

    Shrivastava et al., CVPR 2016, as segmentation uses it: a pixel is hard if its class gets a
    probability below ``threshold``; if fewer than the share ``keep`` of the labelled pixels
    are hard, the hardest of that share are taken.
    """
    losses = F.cross_entropy(logits, target, ignore_index=IGNORE_INDEX, reduction='none')
    labelled = target != IGNORE_INDEX
    if not labelled.any():
        return losses.sum()
    losses, classes = losses[labelled], target[labelled]
    least = max(1, int(keep * losses.numel()))
    limit = losses.detach().topk(least).values[-1].clamp(max=-float(np.log(threshold)))
    hard = losses.detach() >= limit
    pixel_weight = torch.ones_like(losses) if weight is None else weight[classes]
    pixel_weight = pixel_weight * hard
    return (losses * pixel_weight).sum() / pixel_weight.sum().clamp(min=1e-12)


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
