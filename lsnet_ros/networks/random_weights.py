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
"""Weights for a network that nobody has trained, to see how long it takes."""

from torch import nn


def draw_weights(network: nn.Module) -> None:
    """
    Draw the weights of a network's convolutions, as He et al. (ICCV 2015).

    With PyTorch's own, the activations of a deep network without norms shrink from layer to layer
    until they are denormal, which is slow: such a network would be timed as slower than it is.
    """
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight)
