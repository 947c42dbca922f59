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
from typing import Iterator, List, Tuple

import torch
from torch import nn

Call = Tuple[nn.Module, torch.Size, torch.Size]  # convolution, shapes of its input and output


def count_parameters(module: nn.Module) -> int:
    """Count the trainable numbers of a module; running statistics are not among them."""
    return sum(parameter.numel() for parameter in module.parameters())


def multiply_adds(network: nn.Module, height: int, width: int) -> int:
    """
    Count the multiply-adds of the convolutions of a network's core for one image.

    Everything that is not a convolution is left out, as papers do.

    :param network: a module with ``input_sizes`` and ``core``; it is left as it is
    :param height: of the image, px
    :param width: of the image, px
    """
    return sum(_conv(*call) for call in _convolutions(network, height, width))


def values_moved(network: nn.Module, height: int, width: int) -> int:
    """
    Count the numbers that a network's core has to read or write for one image.

    These are the weights and biases of its convolutions and its inputs, read once, and what each
    convolution gives, written once and read once. Norms, activations, sums, concatenations,
    resizes and pools count for nothing, as if each were done on the way.

    :param network: a module with ``input_sizes`` and ``core``; it is left as it is
    :param height: of the image, px
    :param width: of the image, px
    """
    calls = _convolutions(network, height, width)
    weights = sum(parameter.numel() for conv in {conv for conv, _, _ in calls}
                  for parameter in conv.parameters())
    inputs = sum(3 * h * w for h, w in network.input_sizes(height, width))
    return weights + inputs + 2 * sum(output[1:].numel() for _, _, output in calls)


def _convolutions(network: nn.Module, height: int, width: int) -> List[Call]:
    """
    Return each call of a convolution in a network's core, with the shapes of a batch of none.

    Read off such a batch, so the size costs neither time nor memory.
    """
    calls: List[Call] = []
    with _noted(network, calls), torch.no_grad():
        weights = next(network.parameters())
        network.core(*[weights.new_empty(0, 3, *size)
                       for size in network.input_sizes(height, width)])
    return calls


@contextmanager
def _noted(network: nn.Module, calls: List[Call]) -> Iterator[None]:
    """Let each convolution note its calls, and the network be in inference mode."""
    in_training = [module for module in network.modules() if module.training]
    hooks = [module.register_forward_hook(
                 lambda conv, inputs, output: calls.append((conv, inputs[0].shape, output.shape)))
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


def _conv(conv: nn.Module, x: torch.Size, output: torch.Size) -> int:
    """Count the multiply-adds of one convolution that made (N, out, h, w) of (N, in, H, W)."""
    # Every weight meets every position: of the output, or of the input when transposed.
    grid = x if isinstance(conv, nn.ConvTranspose2d) else output
    return conv.weight.numel() * int(grid[2]) * int(grid[3])
