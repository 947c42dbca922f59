# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Accuracy of a network in PyTorch, through the same resampling and decode as on the robot."""

from contextlib import contextmanager
from typing import Iterator, List, NamedTuple, Sequence

import numpy as np
import torch

from lsnet_ros.frames import Frame
from lsnet_ros.labels.label_sets import IGNORE_INDEX
from lsnet_ros.labels.metrics import ConfusionMatrix
from lsnet_ros.stages.decoding import decode
from lsnet_ros.stages.preprocessing import InputSpec, Preprocessor
from lsnet_ros.training.batches import make_ahead
from lsnet_ros.training.distributed import rank, total_counts, world_size


class Accuracy(NamedTuple):
    """Accuracy of a network on a dataset."""

    confusion: ConfusionMatrix
    wrong_shares: List[float]   # of each frame's counted pixels; 0 if none is counted


def evaluate(network: torch.nn.Module, dataset: Sequence[Frame], spec: InputSpec,
             num_classes: int, workers: int = 1) -> Accuracy:
    """
    Count the classes of every frame against its target, at the frame's size.

    With several processes, each takes its share of the frames and gets the count of all.

    :param network: with ``core``; its mode (training or not) is put back afterwards
    :param spec: size that the network is used at
    :param workers: threads that read frames
    """
    confusion, errors = ConfusionMatrix(num_classes), np.zeros((len(dataset), 2), np.int64)
    preprocess = Preprocessor(spec)
    indices = range(rank(), len(dataset), world_size())
    with inference(network):
        for index, frame in zip(indices, make_ahead(dataset.__getitem__, indices, workers)):
            class_ids = segment(network, frame.image, preprocess)
            confusion.update(frame.target, class_ids)
            counted = frame.target != IGNORE_INDEX
            errors[index] = (counted & (class_ids != frame.target)).sum(), counted.sum()
    confusion.matrix = total_counts(confusion.matrix)
    confusion.frames = len(dataset)
    wrong, counted = total_counts(errors).T
    return Accuracy(confusion, (wrong / np.maximum(counted, 1)).tolist())


@contextmanager
def inference(network: torch.nn.Module) -> Iterator[None]:
    """Put a network into evaluation mode and record no gradients; put its mode back at the end."""
    was_training = network.training
    network.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        network.train(was_training)


def segment(network: torch.nn.Module, image: np.ndarray, preprocess: Preprocessor) -> np.ndarray:
    """
    Return the class ids of an image at its size, (H, W) uint8.

    :param network: with ``core``, in ``inference``
    :param image: (H, W, 3) uint8 RGB
    """
    device = next(network.parameters()).device
    inputs = [torch.from_numpy(x).to(device) for x in preprocess(image)]
    outputs = tuple(np.ascontiguousarray(y.float().cpu().numpy()) for y in network.core(*inputs))
    return decode(outputs, image.shape[:2])
