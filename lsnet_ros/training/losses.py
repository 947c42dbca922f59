# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

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

from lsnet_ros.frames import Frame
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


def distillation(logits: torch.Tensor, soft_labels: torch.Tensor,
                 temperature: float) -> torch.Tensor:
    """
    Return T^2 KL(softmax(teacher / T), softmax(logits / T)), mean over the pixels of the frame.

    Hinton, Vinyals, Dean, "Distilling the knowledge in a neural network", 2015, section 2, for
    each pixel by itself; T^2 keeps the gradients as large as those of the cross-entropy.

    :param logits: (N, C, h, w) float32
    :param soft_labels: (N, C + 1, h, w) float32: a teacher's logits, then 1 inside of the frame
        and 0 outside
    """
    teacher = F.log_softmax(soft_labels[:, :-1] / temperature, 1)
    student = F.log_softmax(logits / temperature, 1)
    divergence = F.kl_div(student, teacher, reduction='none', log_target=True).sum(1)
    inside = soft_labels[:, -1]
    return temperature ** 2 * (divergence * inside).sum() / total(inside.sum()).clamp(min=1e-12)


def jaccard_loss(logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """
    Return 1 - IoU, with probabilities in place of counts, mean over the classes of the batch.

    Rahman, Wang, "Optimizing intersection-over-union in deep neural networks for image
    segmentation", ISVC 2016: a thin class weighs as much as a large one, in its missed and its
    wrong pixels alike. 0 where every pixel is ignored.
    """
    labelled = target != IGNORE_INDEX
    classes, probabilities = target[labelled], logits.softmax(1).movedim(1, -1)[labelled]  # (n, C)
    predicted = probabilities.sum(0)
    hits = torch.zeros_like(predicted).index_add(
        0, classes, probabilities.gather(1, classes[:, None])[:, 0])
    counts = total(torch.bincount(classes, minlength=len(predicted)))
    union = total(predicted - hits) + counts
    iou = total(hits) / union.clamp(min=1e-12)
    # Each process has the gradient of its own pixels: d(1 - I/U) = (I dU - U dI) / U^2.
    changes = (iou * (predicted - hits) - hits) / union.clamp(min=1e-12)
    present = counts > 0
    part = changes[present].sum() / present.sum().clamp(min=1)
    loss = (1 - iou[present]).sum() / present.sum().clamp(min=1)
    return part + (loss - total(part)) / world_size()


LOSSES = {
    'cross-entropy': cross_entropy,
    'hard-examples': hard_example_cross_entropy,
}


def class_weights(pixels: np.ndarray, power: float = 1.0) -> np.ndarray:
    """
    Weigh the classes against their frequency: w_c = (1 / ln(1.02 + p_c)) ** power.

    Paszke et al., "ENet", 2016, section 5.2.

    :param pixels: pixels of each class in the training set (C,)
    :param power: 1 as published; 0.5 keeps large classes from filling with small wrong ones
    :returns: weights (C,) float32, for a power of 1 between 1.4 and 50.5
    """
    return (np.log(1.02 + pixels / pixels.sum()) ** -power).astype(np.float32)


def count_pixels(dataset: Sequence[Frame], num_classes: int) -> np.ndarray:
    """Count the pixels of each class over a dataset (C,), each process its share of it."""
    pixels = np.zeros(num_classes, np.int64)
    for index in range(rank(), len(dataset), world_size()):
        target = dataset[index].target
        pixels += np.bincount(target[target != IGNORE_INDEX], minlength=num_classes)
    return total_counts(pixels)
