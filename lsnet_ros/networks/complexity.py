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
"""How large a network is and how much it computes, without running it."""

import copy

import torch
from torch import nn


def count_parameters(module: nn.Module) -> int:
    """Count the trainable numbers of a module; running statistics are not among them."""
    return sum(parameter.numel() for parameter in module.parameters())


def multiply_adds(network: nn.Module, height: int, width: int) -> int:
    """
    Count the multiply-adds of the convolutions of a network's core for one image.

    Computed on tensors without data, so the size costs neither time nor memory. Everything
    that is not a convolution is left out, as papers do. Needs PyTorch 2: older versions do not
    know convolutions on such tensors.

    :param network: a module with ``input_sizes`` and ``core``
    :param height: of the image, px
    :param width: of the image, px
    """
    network = copy.deepcopy(network).to('meta').eval()
    counts = []
    for module in network.modules():
        if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
            module.register_forward_hook(
                lambda conv, inputs, output: counts.append(_conv(conv, inputs[0], output)))
    images = [torch.empty(1, 3, *size, device='meta')
              for size in network.input_sizes(height, width)]
    with torch.no_grad():
        network.core(*images)
    return sum(counts)


def _conv(conv: nn.Module, x: torch.Tensor, output: torch.Tensor) -> int:
    """Count the multiply-adds of one convolution that made (N, out, h, w) of (N, in, H, W)."""
    # Every weight meets every position: of the output, or of the input when transposed.
    grid = x if isinstance(conv, nn.ConvTranspose2d) else output
    return conv.weight.numel() * grid.shape[0] * grid.shape[2] * grid.shape[3]
