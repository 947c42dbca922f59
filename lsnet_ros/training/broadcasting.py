# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""One value for each channel, added to or multiplied with every pixel: faster gradients."""

from typing import Any, Tuple

import torch

from lsnet_ros.training.pooling import sum_pixels


def is_for_each_pixel(x: Any, other: Any) -> bool:
    """Tell whether one of two operands has a value (N, C, 1, 1) for all pixels of the other."""
    if not (isinstance(x, torch.Tensor) and isinstance(other, torch.Tensor)
            and x.dim() == other.dim() == 4 and x.dtype == other.dtype):
        return False
    small, large = sorted((x.shape, other.shape), key=lambda shape: shape.numel())
    return small[:2] == large[:2] and tuple(small[2:]) == (1, 1) and tuple(large[2:]) != (1, 1)


def add_to_each_pixel(x: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """Return the sum of features (N, C, H, W) and values (N, C, 1, 1), given in any order."""
    return _Add.apply(*_in_order(x, other))


def multiply_each_pixel(x: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """Return the product of features (N, C, H, W) and values (N, C, 1, 1), given in any order."""
    return _Multiply.apply(*_in_order(x, other))


def _in_order(x: torch.Tensor, other: torch.Tensor) -> Tuple[torch.Tensor, torch.Tensor]:
    """Return the features before the values."""
    return (x, other) if x.numel() > other.numel() else (other, x)


class _Add(torch.autograd.Function):

    @staticmethod
    def forward(context: Any, features: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
        return features + values

    @staticmethod
    def backward(context: Any, gradient: torch.Tensor) -> Tuple[torch.Tensor, torch.Tensor]:
        return gradient, sum_pixels(gradient).to(gradient.dtype)


class _Multiply(torch.autograd.Function):

    @staticmethod
    def forward(context: Any, features: torch.Tensor, values: torch.Tensor) -> torch.Tensor:
        context.save_for_backward(features, values)
        return features * values

    @staticmethod
    def backward(context: Any, gradient: torch.Tensor) -> Tuple[torch.Tensor, torch.Tensor]:
        features, values = context.saved_tensors
        return gradient * values, sum_pixels(gradient * features).to(gradient.dtype)
