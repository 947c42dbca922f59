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


def evaluate(network: torch.nn.Module, dataset: Sequence[Sample], spec: InputSpec,
             num_classes: int) -> ConfusionMatrix:
    """
    Count the classes of every frame against its target, at the frame's size.

    :param network: with ``core``; its mode (training or not) is put back afterwards
    :param spec: size that the network is used at
    """
    preprocess, confusion = Preprocessor(spec), ConfusionMatrix(num_classes)
    device = next(network.parameters()).device
    was_training = network.training
    network.eval()
    with torch.no_grad():
        for index in range(len(dataset)):
            sample = dataset[index]
            inputs = [torch.from_numpy(x).to(device) for x in preprocess(sample.image)]
            outputs = tuple(np.ascontiguousarray(y.float().cpu().numpy())
                            for y in network.core(*inputs))
            confusion.update(sample.target, decode(outputs, sample.target.shape))
    network.train(was_training)
    return confusion
