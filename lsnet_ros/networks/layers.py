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

import copy
from typing import Any, Dict, Sequence, Tuple

import torch
from torch import nn
import torch.nn.functional as F  # noqa: N812


def choose(argument: str, name: str, table: Dict[str, Any]) -> Any:
    """
    Look a builder up in a network's table.

    :param argument: of the network, for the error
    :raises ValueError: if the name is not in the table; it says what may be chosen
    """
    if name not in table:
        raise ValueError('{} {!r} is not known: choose from {}'.format(
            argument, name, ', '.join(sorted(table))))
    return table[name]


def size_of(x: torch.Tensor) -> Tuple[int, int]:
    """
    Return the height and width of features (N, C, H, W) as plain integers.

    While an exporter traces, ``x.shape`` holds traced values, and every size computed from
    them becomes a chain of nodes; the graphs of this package have fixed sizes.
    """
    return int(x.shape[-2]), int(x.shape[-1])


def resize(x: torch.Tensor, size: Tuple[int, int], align_corners: bool = True) -> torch.Tensor:
    """
    Resample features bilinearly so that the corner pixels keep their centres.

    The identity when the size does not change. Every resize of the networks is this one:
    plain bilinear, ``align_corners=True``, no antialiasing (LPS-Net's published code).

    :param x: features (N, C, H, W)
    :param size: (height, width) wanted, px
    :param align_corners: if not, the corners of the corner pixels are kept, not their centres
    :returns: features (N, C, height, width)
    """
    if size_of(x) == tuple(size):
        return x
    return F.interpolate(x, size=tuple(size), mode='bilinear', align_corners=align_corners)


class Resize(nn.Module):
    """
    `resize` inside a network: a module, so that an engine builder can put its own there.

    :param align_corners: as of `resize`
    """

    def __init__(self, align_corners: bool = True) -> None:
        super().__init__()
        self.align_corners = align_corners

    def forward(self, x: torch.Tensor, size: Tuple[int, int]) -> torch.Tensor:
        """Map features (N, C, H, W) to (N, C, height, width)."""
        return resize(x, size, self.align_corners)


class Maximum(nn.Module):
    """
    Take the maximum over some axes and keep them with length 1.

    A module, so that an engine builder can put its own there: torch2trt has no ``amax``.

    :param axes: positive axes, (2, 3) for a global max pooling
    """

    def __init__(self, axes: Sequence[int]) -> None:
        super().__init__()
        self.axes = tuple(axes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (N, C, H, W) to the same with 1 in place of each axis named."""
        return x.amax(self.axes, keepdim=True)


class Mean(nn.Module):
    """
    Take the mean over some axes and keep them with length 1; a module as `Maximum` is.

    :param axes: positive axes, (2, 3) for a global average pooling
    """

    def __init__(self, axes: Sequence[int]) -> None:
        super().__init__()
        self.axes = tuple(axes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (N, C, H, W) to the same with 1 in place of each axis named."""
        return x.mean(self.axes, keepdim=True)


class ChannelShuffle(nn.Module):
    """
    Deal the channels out so that each group gets some of every group's.

    Zhang et al., "ShuffleNet", CVPR 2018, figure 1. Written with ``view`` and ``transpose``,
    which convert everywhere; ``nn.ChannelShuffle`` does not.

    :param groups: how many groups the channels come in
    """

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map features (N, C, H, W) to features of the same shape."""
        count, channels, height, width = (int(length) for length in x.shape)
        x = x.reshape(count, self.groups, channels // self.groups, height, width)
        return x.transpose(1, 2).reshape(count, channels, height, width)


class DepthwiseDeconv(nn.ConvTranspose2d):
    """
    Transposed convolution, one filter per channel, to a size that the caller names.

    A module of its own, so that an engine builder can put its own there: torch2trt ignores
    the output padding.

    :param channels: C of the input and of the output
    :param kernel_size: (height, width) of the filters
    :param stride: (vertical, horizontal)
    """

    def __init__(self, channels: int, kernel_size: Tuple[int, int],
                 stride: Tuple[int, int]) -> None:
        padding = tuple((length - 1) // 2 for length in kernel_size)
        super().__init__(
            channels, channels, kernel_size, stride, padding, groups=channels, bias=False)

    def forward(self, x: torch.Tensor, size: Tuple[int, int]) -> torch.Tensor:
        """Map features (N, C, H, W) to (N, C, height, width)."""
        return F.conv_transpose2d(x, self.weight, self.bias, self.stride, self.padding,
                                  self.missing(size_of(x), size), self.groups)

    def missing(self, found: Sequence[int], wanted: Sequence[int]) -> Tuple[int, ...]:
        """
        Return the output padding: how many rows and columns to add at the far end, 0 or 1.

        :param found: (height, width) of the input
        :param wanted: (height, width) of the output
        """
        lengths = zip(wanted, found, self.stride, self.padding, self.kernel_size)
        return tuple(target - ((length - 1) * stride - 2 * padding + kernel)
                     for target, length, stride, padding, kernel in lengths)


class ConvBN(nn.Sequential):
    """
    BN(conv(x)), with a ReLU after it unless told otherwise.

    :param conv: the convolution; without bias, since the batch norm brings one
    """

    def __init__(self, conv: nn.Conv2d, relu: bool = True) -> None:
        activation = [nn.ReLU()] if relu else []
        super().__init__(conv, nn.BatchNorm2d(conv.out_channels), *activation)

    def fold_batch_norm(self) -> None:
        """Become the convolution with bias that computes the same in inference mode."""
        fold_batch_norm(self[0], self[1])
        self[1] = nn.Identity()


class DilatedDepthwise(nn.Conv2d):
    """
    3x3 filter of each channel by itself; trained on a processor in float32 at any precision.

    In bfloat16 torch 2.13's CPU build gives the weights of a dilated one gradients that are not
    numbers, or of any size.

    :param channels: C
    :param dilation: between the taps
    """

    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__(channels, channels, 3, padding=dilation, dilation=dilation,
                         groups=channels, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map features (N, C, H, W) to features of the same shape."""
        if x.is_cuda or not self.training:
            return super().forward(x)
        with torch.autocast('cpu', enabled=False):
            return super().forward(x.float())


class SplicedDown(nn.Module):
    """
    Halve the resolution: a 3x3 convolution's channels, then those of the pooled input.

    Paszke et al., "ENet", 2016, section 4; LEDNet and LRNNet begin each stage with it.

    One batch norm over both is one over each, which lets the convolution take up its own.

    :param in_channels: channels of the input
    :param out_channels: channels of the output
    :param bias: whether the convolution has one, as LEDNet's has
    """

    def __init__(self, in_channels: int, out_channels: int, bias: bool = False) -> None:
        super().__init__()
        self.conv = ConvBN(nn.Conv2d(
            in_channels, out_channels - in_channels, 3, 2, padding=1, bias=bias), relu=False)
        self.pool = nn.MaxPool2d(2, 2, ceil_mode=True)  # as the convolution rounds odd sizes
        self.scale = nn.BatchNorm2d(in_channels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map features (N, in, H, W) to (N, out, ceil(H / 2), ceil(W / 2))."""
        return torch.relu(torch.cat([self.conv(x), self.scale(self.pool(x))], 1))

    def fold_batch_norm(self) -> None:
        """Scale the pooled channels by a convolution, one weight and bias for each."""
        channels = self.scale.num_features
        conv = nn.Conv2d(channels, channels, 1, groups=channels, bias=False)
        nn.init.ones_(conv.weight)
        conv.to(self.scale.weight)
        fold_batch_norm(conv, self.scale)
        self.scale = conv


def fuse_conv_bn(conv: nn.Module, bn: nn.BatchNorm2d) -> Tuple[torch.Tensor, torch.Tensor]:
    """
    Fold a batch norm in inference mode into the convolution before it.

    BN(W * x + b) = (g / s) W * x + (b - mean) g / s + beta, with s = sqrt(var + eps).

    :param conv: a convolution, or a transposed one with a filter per channel
    :returns: weight (out, in / groups, kh, kw) and bias (out,) of the one convolution
    """
    scale = bn.weight / torch.sqrt(bn.running_var + bn.eps)                     # (out,)
    bias = -bn.running_mean if conv.bias is None else conv.bias - bn.running_mean
    return conv.weight * scale.reshape(-1, 1, 1, 1), bias * scale + bn.bias


def fold_batch_norm(conv: nn.Module, bn: nn.BatchNorm2d) -> None:
    """Give a convolution the weight and the bias that make the batch norm after it needless."""
    weight, bias = fuse_conv_bn(conv, bn)
    conv.weight = nn.Parameter(weight.detach())
    conv.bias = nn.Parameter(bias.detach())


def deployed_copy(network: nn.Module) -> nn.Module:
    """
    Copy a network for inference, with its batch norms folded into its convolutions.

    Each layer that owns such a pair says how, by its method ``fold_batch_norm``.
    """
    network = copy.deepcopy(network).eval()
    for module in list(network.modules()):
        fold = getattr(module, 'fold_batch_norm', None)
        if fold is not None:
            fold()
    return network
