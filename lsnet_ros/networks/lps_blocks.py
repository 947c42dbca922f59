# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
The blocks of LPS-Net's paths: its own, and others for comparison.

The paper's Table 2 compares seven blocks. The table was not available, only the GFLOPs of its row
of plain 3x3 convolutions, which the plain block here meets to 0.4 %, and the text's comparison
with depthwise separable ones. So the six of ``COMPARED`` are a reconstruction: the usual blocks
of lightweight networks, each as in its own paper, with ReLU as the only activation.

Every block maps features (N, in, H, W) to (N, out, ceil(H / stride), ceil(W / stride)).
"""

from typing import Optional, Tuple, Type

import torch
from torch import nn

from lsnet_ros.networks.layers import ChannelShuffle, ConvBN, fuse_conv_bn

EXPANSION = 6  # of the inverted residual's hidden channels over its input's
REDUCTION = 4  # of the bottleneck's output channels over its hidden ones


def _subsample(x: torch.Tensor, stride: int) -> torch.Tensor:
    """
    Take every ``stride``-th row and column of features.

    Followed by a 1x1 convolution, this equals a 1x1 convolution with that stride, whose backward
    pass corrupts the heap in torch 2.13's CPU build.
    """
    return x if stride == 1 else x[:, :, ::stride, ::stride]


def _keeps_shape(in_channels: int, out_channels: int, stride: int) -> bool:
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


def _unfuse_conv_bn(conv: nn.Conv2d, bn: nn.BatchNorm2d, fused: nn.Conv2d, mean: torch.Tensor,
                    variance: torch.Tensor) -> None:
    """Make convolution and batch norm equal to a convolution with bias, the norm idle at first."""
    with torch.no_grad():
        conv.weight.copy_(fused.weight)
        bn.running_mean.copy_(mean)
        bn.running_var.copy_(variance)
        bn.weight.copy_(torch.sqrt(variance + bn.eps))
        bn.bias.copy_(fused.bias + mean)


class PlainBlock(nn.Sequential):
    """relu(BN(conv3x3(x))), the block of the authors' code."""

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__(
            nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(inplace=True))

    def fuse(self) -> Tuple[torch.Tensor, torch.Tensor]:
        """Compute weight (out, in, 3, 3) and bias (out,) of the equal deploy block."""
        return fuse_conv_bn(self[0], self[1])

    def unfuse(self, deploy_block: 'DeployBlock', mean: torch.Tensor,
               variance: torch.Tensor) -> None:
        """
        Take over a deploy block, the inverse of ``fuse``.

        :param mean: (out,) of the results of its convolution without bias
        :param variance: (out,) of these results
        """
        _unfuse_conv_bn(self[0], self[1], deploy_block[0], mean, variance)


class DeployBlock(nn.Sequential):
    """relu(conv3x3(x) + bias), the inference form of the plain and re-parameterised blocks."""

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__(
            nn.Conv2d(in_channels, out_channels, 3, stride, padding=1),
            nn.ReLU(inplace=True))

    def fuse(self) -> Tuple[torch.Tensor, torch.Tensor]:
        """Return the weight (out, in, 3, 3) and the bias (out,)."""
        return self[0].weight, self[0].bias


class ReparameterisedBlock(nn.Module):
    """
    relu(BN(conv3x3(x)) + BN(conv1x1(x)) + BN(x)), equal to one 3x3 convolution in inference.

    Ding et al., "RepVGG: Making VGG-style ConvNets Great Again", CVPR 2021, section 3.3. BN(x) is
    left out where the shape changes.
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        self.conv3x3 = nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False)
        self.bn3x3 = nn.BatchNorm2d(out_channels)
        self.conv1x1 = nn.Conv2d(in_channels, out_channels, 1, bias=False)
        self.bn1x1 = nn.BatchNorm2d(out_channels)
        keeps_shape = _keeps_shape(in_channels, out_channels, stride)
        self.bn_identity = nn.BatchNorm2d(in_channels) if keeps_shape else None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map features (N, in, H, W) to (N, out, ceil(H / stride), ceil(W / stride))."""
        out = self.bn3x3(self.conv3x3(x)) + self.bn1x1(self.conv1x1(_subsample(x, self.stride)))
        if self.bn_identity is not None:
            out = out + self.bn_identity(x)
        return torch.relu(out)

    def fuse(self) -> Tuple[torch.Tensor, torch.Tensor]:
        """Compute weight (out, in, 3, 3) and bias (out,) of the equal deploy block."""
        weight, bias = fuse_conv_bn(self.conv3x3, self.bn3x3)
        weight_1x1, bias_1x1 = fuse_conv_bn(self.conv1x1, self.bn1x1)
        weight, bias = weight.clone(), bias + bias_1x1
        weight[:, :, 1:2, 1:2] += weight_1x1
        if self.bn_identity is not None:
            bn = self.bn_identity
            scale = bn.weight / torch.sqrt(bn.running_var + bn.eps)
            weight[:, :, 1, 1] += torch.diag(scale)
            bias = bias + bn.bias - bn.running_mean * scale
        return weight, bias

    def unfuse(self, deploy_block: DeployBlock, mean: torch.Tensor,
               variance: torch.Tensor) -> None:
        """
        Take over a deploy block into the 3x3 branch; the other branches begin at zero.

        :param mean: (out,) of the results of its convolution without bias
        :param variance: (out,) of these results
        """
        _unfuse_conv_bn(self.conv3x3, self.bn3x3, deploy_block[0], mean, variance)
        for bn in (self.bn1x1, self.bn_identity):
            if bn is not None:
                nn.init.zeros_(bn.weight)
                nn.init.zeros_(bn.bias)


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
        self.projection = (nn.Identity() if _keeps_shape(in_channels, out_channels, stride)
                           else _build_conv(in_channels, out_channels, 1, activation=None))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map features (N, in, H, W) to (N, out, ceil(H / stride), ceil(W / stride))."""
        return self.projection(_subsample(x, self.stride))


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
        self.is_residual = _keeps_shape(in_channels, out_channels, stride)
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
        keeps_shape = _keeps_shape(in_channels, out_channels, stride)
        self.kept = None if keeps_shape else nn.Sequential(
            _build_depthwise(in_channels, stride, activation=None),
            _build_conv(in_channels, half, 1))
        self.branch = nn.Sequential(_build_conv(half if keeps_shape else in_channels, half, 1),
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


FUSIBLE = {
    'plain': PlainBlock,
    'reparameterised': ReparameterisedBlock,
    'deploy': DeployBlock,
}
"""Blocks equal to one 3x3 convolution with bias in inference mode, by name."""

COMPARED = {
    'depthwise-separable': DepthwiseSeparableBlock,
    'residual': ResidualBlock,
    'bottleneck': BottleneckBlock,
    'inverted-residual': InvertedResidualBlock,
    'shuffle': ShuffleBlock,
    'ghost': GhostBlock,
}
"""Blocks for comparison with the plain one, by name."""

BLOCKS = dict(FUSIBLE, **COMPARED)
"""Builders by name: (in_channels, out_channels, stride)."""
