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

from contextlib import contextmanager
from typing import Iterator, List

import torch
from torch import nn


def count_parameters(module: nn.Module) -> int:
    """Count the trainable numbers of a module; running statistics are not among them."""
    return sum(parameter.numel() for parameter in module.parameters())


def multiply_adds(network: nn.Module, height: int, width: int) -> int:
    """
    Count the multiply-adds of the convolutions of a network's core for one image.

    Read off the shapes of a batch of no images, so the size costs neither time nor memory.
    Everything that is not a convolution is left out, as papers do.

    :param network: a module with ``input_sizes`` and ``core``; it is left as it is
    :param height: of the image, px
    :param width: of the image, px
    """
    counts: List[int] = []
    with _counted(network, counts), torch.no_grad():
        weights = next(network.parameters())
        network.core(*[weights.new_empty(0, 3, *size)
                       for size in network.input_sizes(height, width)])
    return sum(counts)


@contextmanager
def _counted(network: nn.Module, counts: List[int]) -> Iterator[None]:
    """Let each convolution append its multiply-adds, and the network be in inference mode."""
    in_training = [module for module in network.modules() if module.training]
    hooks = [module.register_forward_hook(
                 lambda conv, inputs, output: counts.append(_conv(conv, inputs[0], output)))
             for module in network.modules()
             if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d))]
    try:
        network.eval()
        yield
    finally:
        for hook in hooks:
            hook.remove()
        for module in in_training:
            module.training = True


def _conv(conv: nn.Module, x: torch.Tensor, output: torch.Tensor) -> int:
    """Count the multiply-adds of one convolution that made (N, out, h, w) of (N, in, H, W)."""
    # Every weight meets every position: of the output, or of the input when transposed.
    grid = x if isinstance(conv, nn.ConvTranspose2d) else output
    return conv.weight.numel() * int(grid.shape[2]) * int(grid.shape[3])
