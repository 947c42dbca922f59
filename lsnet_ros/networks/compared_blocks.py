# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Usual blocks of lightweight networks, to compare with the plain one of LPS-Net's paths.

The paper's Table 2 compares seven blocks. The table was not available, only the GFLOPs of its row
of plain 3x3 convolutions, which the plain block meets to 0.4 %, and the text's comparison with
depthwise separable ones. So these six are a reconstruction: each block is as in its own paper,
with ReLU as the only activation.

Every block maps features (N, in, H, W) to (N, out, ceil(H / stride), ceil(W / stride)).
"""

from typing import Optional, Type

import torch
from torch import nn

from lsnet_ros.networks.layers import ChannelShuffle, ConvBN

EXPANSION = 6  # of the inverted residual's hidden channels over its input's
REDUCTION = 4  # of the bottleneck's output channels over its hidden ones


def subsample(x: torch.Tensor, stride: int) -> torch.Tensor:
    """
    Take every ``stride``-th row and column of features.

    Followed by a 1x1 convolution, this equals a 1x1 convolution with that stride, whose backward
    pass corrupts the heap in torch 2.13's CPU build.
    """
    return x if stride == 1 else x[:, :, ::stride, ::stride]


def keeps_shape(in_channels: int, out_channels: int, stride: int) -> bool:
    """Tell whether a block's output has the shape of its input."""
    return stride == 1 and in_channels == out_channels


def _halve(channels: int) -> int:
    """Halve a number of channels; raise a ValueError if it is odd."""
    if channels % 2:
        raise ValueError('{} channels cannot be split in two: choose an even number'.format(
            channels))
    return channels // 2


def _build_conv(in_channels: int, out_channels: int, kernel: int, stride: int = 1,
                activation: Optional[Type[nn.Module]] = nn.ReLU) -> ConvBN:
    """Build convolution, batch norm and activation."""
    return ConvBN(nn.Conv2d(in_channels, out_channels, kernel, stride, padding=kernel // 2,
                            bias=False), activation)


def _build_depthwise(channels: int, stride: int,
                     activation: Optional[Type[nn.Module]] = nn.ReLU) -> ConvBN:
    """Build depthwise 3x3 convolution, batch norm and activation."""
    return ConvBN(nn.Conv2d(channels, channels, 3, stride, padding=1, groups=channels,
                            bias=False), activation)


class DepthwiseSeparableBlock(nn.Sequential):
    """
    A depthwise 3x3 convolution, then a 1x1 convolution, both with batch norm and ReLU.

    Howard et al., "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision
    Applications", 2017, figure 3.
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__(_build_depthwise(in_channels, stride),
                         _build_conv(in_channels, out_channels, 1))


class Shortcut(nn.Module):
    """The shortcut of a residual block: the identity, or a projection to the output's shape."""

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        self.projection = (nn.Identity() if keeps_shape(in_channels, out_channels, stride)
                           else _build_conv(in_channels, out_channels, 1, activation=None))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map features (N, in, H, W) to (N, out, ceil(H / stride), ceil(W / stride))."""
        return self.projection(subsample(x, self.stride))


class ResidualBlock(nn.Module):
    """
    relu(x + BN(conv3x3(relu(BN(conv3x3(x)))))).

    He et al., "Deep Residual Learning for Image Recognition", CVPR 2016, figure 2, with the
    projections of its option B.
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        self.branch = nn.Sequential(_build_conv(in_channels, out_channels, 3, stride),
                                    _build_conv(out_channels, out_channels, 3, activation=None))
        self.shortcut = Shortcut(in_channels, out_channels, stride)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map features (N, in, H, W) to (N, out, ceil(H / stride), ceil(W / stride))."""
        return torch.relu(self.branch(x) + self.shortcut(x))


class BottleneckBlock(nn.Module):
    """
    relu(x + branch(x)): 1x1, 3x3 and 1x1 convolutions, a quarter of the channels in between.

    He et al., "Deep Residual Learning for Image Recognition", CVPR 2016, figure 5, with the
    stride in the 3x3 as in today's implementations.
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        hidden = max(1, out_channels // REDUCTION)
        self.branch = nn.Sequential(_build_conv(in_channels, hidden, 1),
                                    _build_conv(hidden, hidden, 3, stride),
                                    _build_conv(hidden, out_channels, 1, activation=None))
        self.shortcut = Shortcut(in_channels, out_channels, stride)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map features (N, in, H, W) to (N, out, ceil(H / stride), ceil(W / stride))."""
        return torch.relu(self.branch(x) + self.shortcut(x))


class InvertedResidualBlock(nn.Module):
    """
    1x1 to six times the channels, depthwise 3x3, 1x1 back; no ReLU at the end.

    Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", CVPR 2018, figure
    4: the input is added if it has the output's shape.
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        hidden = EXPANSION * in_channels
        self.is_residual = keeps_shape(in_channels, out_channels, stride)
        self.branch = nn.Sequential(_build_conv(in_channels, hidden, 1),
                                    _build_depthwise(hidden, stride),
                                    _build_conv(hidden, out_channels, 1, activation=None))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map features (N, in, H, W) to (N, out, ceil(H / stride), ceil(W / stride))."""
        return x + self.branch(x) if self.is_residual else self.branch(x)


class ShuffleBlock(nn.Module):
    """
    1x1, depthwise 3x3 and 1x1 on half of the channels, then a shuffle with the other half.

    Ma et al., "ShuffleNet V2: Practical Guidelines for Efficient CNN Architecture Design", ECCV
    2018, figure 3c; if the shape changes, figure 3d: both halves are computed from all channels.
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        half = _halve(out_channels)
        is_residual = keeps_shape(in_channels, out_channels, stride)
        self.kept = None if is_residual else nn.Sequential(
            _build_depthwise(in_channels, stride, activation=None),
            _build_conv(in_channels, half, 1))
        self.branch = nn.Sequential(_build_conv(half if is_residual else in_channels, half, 1),
                                    _build_depthwise(half, stride, activation=None),
                                    _build_conv(half, half, 1))
        self.shuffle = ChannelShuffle(2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map features (N, in, H, W) to (N, out, ceil(H / stride), ceil(W / stride))."""
        if self.kept is None:
            half = int(x.shape[1]) // 2
            halves = [x[:, :half], self.branch(x[:, half:])]
        else:
            halves = [self.kept(x), self.branch(x)]
        return self.shuffle(torch.cat(halves, 1))


class GhostBlock(nn.Module):
    """
    A 3x3 convolution for half of the channels, a depthwise one of those for the other half.

    Han et al., "GhostNet: More Features from Cheap Operations", CVPR 2020, figure 1, in place of
    a 3x3 convolution as in its section 4.1.
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        half = _halve(out_channels)
        self.primary = _build_conv(in_channels, half, 3, stride)
        self.cheap = _build_depthwise(half, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map features (N, in, H, W) to (N, out, ceil(H / stride), ceil(W / stride))."""
        primary = self.primary(x)
        return torch.cat([primary, self.cheap(primary)], 1)


COMPARED = {
    'depthwise-separable': DepthwiseSeparableBlock,
    'residual': ResidualBlock,
    'bottleneck': BottleneckBlock,
    'inverted-residual': InvertedResidualBlock,
    'shuffle': ShuffleBlock,
    'ghost': GhostBlock,
}
"""Blocks for comparison with the plain one, by name."""
