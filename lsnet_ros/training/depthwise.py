# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Faster gradients of depthwise convolutions on a processor.

Of torch 2.13's CPU kernels only a few are fast for filters of one channel each: in bfloat16 the
gradient of the input with a stride takes up to 70 times as long as without, that of the weights
of 5x5 filters 15 times as long as of 3x3 ones. Both are written here as the same sums by kernels
that are fast (``benchmarks/training_step.py`` compares).
"""

from typing import Any, Optional, Sequence, Tuple, Union

import torch

Pair = Tuple[int, int]  # (vertical, horizontal)


def is_depthwise(x: torch.Tensor, weight: torch.Tensor, bias: Optional[torch.Tensor] = None,
                 stride: Any = 1, padding: Any = 0, dilation: Any = 1, groups: int = 1) -> bool:
    """Tell whether arguments of ``torch.conv2d`` ask for a depthwise convolution to train."""
    return groups == x.shape[1] == weight.shape[0] > 1 and not isinstance(padding, str)


def convolve_depthwise(x: torch.Tensor, weight: torch.Tensor, bias: Optional[torch.Tensor] = None,
                       stride: Union[int, Pair] = 1, padding: Union[int, Pair] = 0,
                       dilation: Union[int, Pair] = 1, groups: int = 1) -> torch.Tensor:
    """Compute a depthwise ``torch.conv2d``, in the precision of the active autocast."""
    if torch.is_autocast_enabled('cpu'):
        x = x.to(torch.get_autocast_dtype('cpu'))
    y = _DepthwiseConv.apply(x, weight, _pair(stride), _pair(padding), _pair(dilation))
    return y if bias is None else y + bias.to(y.dtype).reshape(-1, 1, 1)


def _pair(value: Union[int, Sequence[int]]) -> Pair:
    """Return a pair, of which PyTorch also takes one number for both."""
    return (value, value) if isinstance(value, int) else tuple(value)


class _DepthwiseConv(torch.autograd.Function):
    """Depthwise convolution of features (N, C, H, W) with weights (C, 1, kh, kw) in float32."""

    @staticmethod
    def forward(context: Any, x: torch.Tensor, weight: torch.Tensor, stride: Pair, padding: Pair,
                dilation: Pair) -> torch.Tensor:
        context.save_for_backward(x, weight)
        context.options = (stride, padding, dilation)
        with torch.autocast('cpu', enabled=False):
            return torch.conv2d(x, weight.to(x.dtype), None, stride, padding, dilation,
                                x.shape[1])

    @staticmethod
    def backward(context: Any, gradient: torch.Tensor) -> tuple:
        x, weight = context.saved_tensors
        needs_x, needs_weight = context.needs_input_grad[:2]
        with torch.autocast('cpu', enabled=False):
            return (_input_gradient(gradient, x, weight, *context.options) if needs_x else None,
                    _weight_gradient(gradient, x, weight, *context.options) if needs_weight
                    else None, None, None, None)


def _input_gradient(gradient: torch.Tensor, x: torch.Tensor, weight: torch.Tensor, stride: Pair,
                    padding: Pair, dilation: Pair) -> torch.Tensor:
    """
    Convolve the gradient, with zeros in the places that the stride left out, by the filter turned.

    :param gradient: of the output (N, C, h, w)
    :returns: gradient of the input, of the shape of x
    """
    kernel = tuple(weight.shape[2:])
    reach = [(k - 1) * d for k, d in zip(kernel, dilation)]
    lengths = [n + 2 * p - r for n, p, r in zip(x.shape[2:], padding, reach)]
    if stride != (1, 1):
        spread = gradient.new_zeros(gradient.shape[:2] + tuple(lengths)).contiguous(
            memory_format=torch.channels_last)
        spread[:, :, ::stride[0], ::stride[1]] = gradient
        gradient = spread
    turned = weight.flip(2, 3).to(gradient.dtype)
    outer = [r - p for r, p in zip(reach, padding)]
    if min(outer) < 0:
        raise ValueError('padding {} is larger than a filter of {} reaches: pad less'.format(
            padding, kernel))
    return torch.conv2d(gradient, turned, None, 1, outer, dilation, x.shape[1])


def _weight_gradient(gradient: torch.Tensor, x: torch.Tensor, weight: torch.Tensor, stride: Pair,
                     padding: Pair, dilation: Pair) -> torch.Tensor:
    """Return the gradient of the weights, by float32 where bfloat16 has no fast kernel."""
    if max(weight.shape[2:]) > 3 or dilation != (1, 1):
        gradient, x = gradient.float(), x.float()
    return torch.ops.aten.convolution_backward(
        gradient, x, weight.to(x.dtype), None, stride, padding, dilation, False, (0, 0),
        x.shape[1], (False, True, False))[1].to(weight.dtype)
