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
"""Accuracy of a network in PyTorch, through the same resampling and decode as on the robot."""

from typing import Sequence

import numpy as np
import torch

from lsnet_ros.datasets.sample import Sample
from lsnet_ros.decoding import decode
from lsnet_ros.metrics import ConfusionMatrix
from lsnet_ros.preprocessing import InputSpec, Preprocessor
from lsnet_ros.training.batches import made_ahead
from lsnet_ros.training.distributed import rank, total_counts, world_size


def evaluate(network: torch.nn.Module, dataset: Sequence[Sample], spec: InputSpec,
             num_classes: int, workers: int = 1) -> ConfusionMatrix:
    """
    Count the classes of every frame against its target, at the frame's size.

    With several processes, each takes its share of the frames and gets the count of all.

    :param network: with ``core``; its mode (training or not) is put back afterwards
    :param spec: size that the network is used at
    :param workers: threads that read frames
    """
    preprocess, confusion = Preprocessor(spec), ConfusionMatrix(num_classes)
    device = next(network.parameters()).device
    was_training = network.training
    network.eval()
    indices = range(rank(), len(dataset), world_size())
    with torch.no_grad():
        for sample in made_ahead(dataset.__getitem__, indices, workers):
            inputs = [torch.from_numpy(x).to(device) for x in preprocess(sample.image)]
            outputs = tuple(np.ascontiguousarray(y.float().cpu().numpy())
                            for y in network.core(*inputs))
            confusion.update(sample.target, decode(outputs, sample.target.shape))
    network.train(was_training)
    confusion.matrix = total_counts(confusion.matrix)
    confusion.frames = len(dataset)
    return confusion
