# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Faster gradients on a processor, for the operations whose own ones take most of a step.

Features lie in memory channels last. Several of torch 2.13's CPU kernels give a gradient in
another order, which every later kernel then has to rearrange, or have a fast form for some
filters only. The table says which functions of PyTorch are computed in another way in training;
values and gradients are the same to rounding.
"""

from typing import Any, Callable, Dict, NamedTuple, Optional, Sequence

import torch
from torch.overrides import TorchFunctionMode

from lsnet_ros.training.broadcasting import (
    add_to_each_pixel,
    is_for_each_pixel,
    multiply_each_pixel,
)
from lsnet_ros.training.depthwise import convolve_depthwise, is_depthwise
from lsnet_ros.training.pooling import is_pooling, pool_maximum, pool_mean


class Substitute(NamedTuple):
    """What is computed in place of a function of PyTorch."""

    fits: Callable[..., bool]             # whether it can be, for these arguments
    compute: Callable[..., torch.Tensor]  # the same value, with a faster gradient


SUBSTITUTES: Dict[Callable, Substitute] = {
    torch.conv2d: Substitute(is_depthwise, convolve_depthwise),
    torch.Tensor.add: Substitute(is_for_each_pixel, add_to_each_pixel),
    torch.Tensor.amax: Substitute(is_pooling, pool_maximum),
    torch.Tensor.mean: Substitute(is_pooling, pool_mean),
    torch.Tensor.mul: Substitute(is_for_each_pixel, multiply_each_pixel),
}
"""By the function that a network calls."""


class FastGradients(TorchFunctionMode):
    """Context in which the functions of ``SUBSTITUTES`` have the faster gradients."""

    def __torch_function__(self, function: Callable, types: Sequence[type],
                           args: Sequence[Any] = (), kwargs: Optional[dict] = None) -> Any:
        """Run a function of PyTorch, or its substitute."""
        substitute = SUBSTITUTES.get(function)
        kwargs = kwargs or {}
        if (substitute and torch.is_grad_enabled() and args[0].device.type == 'cpu'
                and substitute.fits(*args, **kwargs)):
            return substitute.compute(*args, **kwargs)
        return function(*args, **kwargs)
