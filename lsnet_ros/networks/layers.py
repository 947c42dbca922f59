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
"""Layers that more than one network is made of."""

from typing import Tuple

import torch
from torch import nn
import torch.nn.functional as F  # noqa: N812


def resize(x: torch.Tensor, size: Tuple[int, int]) -> torch.Tensor:
    """
    Resample features bilinearly so that the corner pixels keep their centres.

    The identity when the size does not change. Every resize of the networks is this one:
    plain bilinear, ``align_corners=True``, no antialiasing (LPS-Net's published code).

    :param x: features (N, C, H, W)
    :param size: (height, width) wanted, px
    :returns: features (N, C, height, width)
    """
    if tuple(x.shape[-2:]) == tuple(size):
        return x
    return F.interpolate(x, size=size, mode='bilinear', align_corners=True)


def fuse_conv_bn(conv: nn.Conv2d, bn: nn.BatchNorm2d) -> Tuple[torch.Tensor, torch.Tensor]:
    """
    Fold a batch norm in inference mode into the convolution before it.

    BN(W * x + b) = (g / s) W * x + (b - mean) g / s + beta, with s = sqrt(var + eps).

    :returns: weight (out, in / groups, kh, kw) and bias (out,) of the one convolution
    """
    scale = bn.weight / torch.sqrt(bn.running_var + bn.eps)                     # (out,)
    bias = -bn.running_mean if conv.bias is None else conv.bias - bn.running_mean
    return conv.weight * scale.reshape(-1, 1, 1, 1), bias * scale + bn.bias


def count_parameters(module: nn.Module) -> int:
    """Count the trainable numbers of a module; running statistics are not among them."""
    return sum(p.numel() for p in module.parameters())
