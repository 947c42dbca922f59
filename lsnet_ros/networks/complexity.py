# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Parameters, multiply-adds and memory traffic of a network, counted without computing it."""

from contextlib import contextmanager
from typing import Iterator, List, Tuple

import torch
from torch import nn

from lsnet_ros.networks.network import SegmentationNetwork

Call = Tuple[nn.Module, torch.Size, torch.Size]  # convolution, shapes of its input and output


def count_parameters(module: nn.Module) -> int:
    """Count the trainable parameters of a module, without running statistics."""
    return sum(parameter.numel() for parameter in module.parameters())


def multiply_adds(network: SegmentationNetwork, height: int, width: int) -> int:
    """
    Count the multiply-adds of a network's core for one image.

    Only convolutions count, as in most papers.

    :param network: not changed
    :param height: of the image, px
    :param width: of the image, px
    """
    return sum(_count_multiply_adds(*call) for call in _record_calls(network, height, width))


def values_moved(network: SegmentationNetwork, height: int, width: int) -> int:
    """
    Count the values that a network's core has to read from memory or write to it for one image.

    Weights, biases and inputs are read once; the output of each convolution is written once and
    read once. Norms, activations, sums, concatenations, resizes and pools count nothing, as if
    each were fused with a convolution.

    :param network: not changed
    :param height: of the image, px
    :param width: of the image, px
    """
    calls = _record_calls(network, height, width)
    weights = sum(parameter.numel() for conv in {conv for conv, _, _ in calls}
                  for parameter in conv.parameters())
    inputs = sum(3 * h * w for h, w in network.input_sizes(height, width))
    return weights + inputs + 2 * sum(output[1:].numel() for _, _, output in calls)


def _record_calls(network: SegmentationNetwork, height: int, width: int) -> List[Call]:
    """
    Record each call of a convolution in a network's core.

    The core runs on a batch of 0 images, which costs neither time nor memory.
    """
    calls: List[Call] = []
    with _call_recorder(network, calls), torch.no_grad():
        weights = next(network.parameters())
        network.core(*[weights.new_empty(0, 3, *size)
                       for size in network.input_sizes(height, width)])
    return calls


@contextmanager
def _call_recorder(network: nn.Module, calls: List[Call]) -> Iterator[None]:
    """Append the calls of a network's convolutions to a list; inference mode meanwhile."""
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


def _count_multiply_adds(conv: nn.Module, x: torch.Size, output: torch.Size) -> int:
    """Count the multiply-adds of a convolution from (N, in, H, W) to (N, out, h, w)."""
    # Each weight is used once per position of the output, or of the input if transposed.
    grid = x if isinstance(conv, nn.ConvTranspose2d) else output
    return conv.weight.numel() * int(grid[2]) * int(grid[3])
