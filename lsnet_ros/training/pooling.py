# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Pooling over axes, whose gradients lie in memory as the features do, channels last."""

from typing import Any, Sequence, Tuple, Union

import torch

PIXELS = (2, 3)  # axes of features (N, C, H, W) that a global pooling reduces


def is_pooling(x: torch.Tensor, dim: Union[int, Sequence[int]] = (), keepdim: bool = False
               ) -> bool:
    """Tell whether arguments of ``amax`` or ``mean`` reduce axes of features to length 1."""
    return x.dim() == 4 and isinstance(dim, (list, tuple)) and len(dim) > 0 and keepdim


def pool_maximum(x: torch.Tensor, dim: Sequence[int], keepdim: bool = True) -> torch.Tensor:
    """Return the maximum over some axes, with length 1 in place of each."""
    return _Maximum.apply(x, tuple(dim))


def pool_mean(x: torch.Tensor, dim: Sequence[int], keepdim: bool = True) -> torch.Tensor:
    """Return the mean over some axes, with length 1 in place of each."""
    return _Mean.apply(x, tuple(dim))


def sum_pixels(x: torch.Tensor) -> torch.Tensor:
    """
    Return the sum over all pixels (N, C, 1, 1), in float32 where x is of less.

    By a matrix product, which is faster than PyTorch's sum over features that lie channels last.
    """
    count, channels, height, width = x.shape
    rows = x.permute(0, 2, 3, 1).reshape(count, height * width, channels)
    ones = torch.ones((count, 1, height * width), dtype=x.dtype)
    total = torch.bmm(ones, rows).reshape(count, channels, 1, 1)
    return total.float() if total.dtype == torch.bfloat16 else total


class _Maximum(torch.autograd.Function):

    @staticmethod
    def forward(context: Any, x: torch.Tensor, axes: Tuple[int, ...]) -> torch.Tensor:
        maximum = x.amax(axes, keepdim=True)
        context.save_for_backward(x, maximum)
        context.axes = axes
        return maximum

    @staticmethod
    def backward(context: Any, gradient: torch.Tensor) -> Tuple[torch.Tensor, None]:
        """Divide the gradient equally among the places of the maximum, as PyTorch does."""
        x, maximum = context.saved_tensors
        reaches = (x == maximum).to(x.dtype)
        count = (sum_pixels(reaches).to(x.dtype) if context.axes == PIXELS
                 else reaches.sum(context.axes, keepdim=True))
        return _channels_last(reaches * (gradient / count)), None


class _Mean(torch.autograd.Function):

    @staticmethod
    def forward(context: Any, x: torch.Tensor, axes: Tuple[int, ...]) -> torch.Tensor:
        context.shape, context.axes = x.shape, axes
        return x.mean(axes, keepdim=True)

    @staticmethod
    def backward(context: Any, gradient: torch.Tensor) -> Tuple[torch.Tensor, None]:
        """Give each place an equal part; that of all pixels is left as one value a channel."""
        shape = context.shape
        length = 1
        for axis in context.axes:
            length *= shape[axis]
        each = (gradient / length).expand(shape)
        return each if context.axes == PIXELS else _channels_last(each), None


def _channels_last(x: torch.Tensor) -> torch.Tensor:
    return x.contiguous(memory_format=torch.channels_last)
