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
"""
The blocks that LPS-Net's paths can be made of: its own, and those to compare it with.

The paper's Table 2 compares seven. The table was not at hand, only the GFLOPs of its row of plain
3x3 convolutions, which this package's plain block meets to 0.4 %; the text argues with depthwise
separable ones. So the six of ``COMPARED`` are a reconstruction: the blocks that lightweight
networks are usually made of, each as its own paper defines it, with ReLU as the only activation.

Every block maps features (N, in, H, W) to (N, out, ceil(H / stride), ceil(W / stride)).
"""

from typing import Tuple

import torch
from torch import nn

from lsnet_ros.networks.layers import ChannelShuffle, ConvBN, fuse_conv_bn

EXPANSION = 6  # of the inverted residual's hidden channels over its input's
REDUCTION = 4  # of the bottleneck's output channels over its hidden ones


def _every(x: torch.Tensor, stride: int) -> torch.Tensor:
    """
    Take every so many rows and columns of features.

    With a 1x1 convolution of stride 1 behind it, this is one of that stride. The backward of a
    1x1 convolution with stride corrupts the heap in torch 2.13's CPU build.
    """
    return x if stride == 1 else x[:, :, ::stride, ::stride]


def _same_shape(in_channels: int, out_channels: int, stride: int) -> bool:
    """Tell whether a block's output can be added to its input as it is."""
    return stride == 1 and in_channels == out_channels


def _half(channels: int) -> int:
    """Return half of a number of channels; raises a ValueError if it is odd."""
    if channels % 2:
        raise ValueError('{} channels cannot be split in two: choose an even number'.format(
            channels))
    return channels // 2


def _conv(in_channels: int, out_channels: int, kernel: int, stride: int = 1,
          relu: bool = True) -> ConvBN:
    """Build convolution, batch norm and, unless told otherwise, ReLU."""
    return ConvBN(nn.Conv2d(in_channels, out_channels, kernel, stride, padding=kernel // 2,
                            bias=False), relu)


def _depthwise(channels: int, stride: int, relu: bool = True) -> ConvBN:
    """Build 3x3 convolution with one filter per channel, batch norm and perhaps ReLU."""
    return ConvBN(nn.Conv2d(channels, channels, 3, stride, padding=1, groups=channels,
                            bias=False), relu)


class PlainBlock(nn.Sequential):
    """relu(BN(conv3x3(x))), the block of the authors' code."""

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__(
            nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(inplace=True))

    def fused(self) -> Tuple[torch.Tensor, torch.Tensor]:
        """Return weight (out, in, 3, 3) and bias (out,) of the same function."""
        return fuse_conv_bn(self[0], self[1])


class DeployBlock(nn.Sequential):
    """relu(conv3x3(x) + bias): what the plain and the re-parameterised become for inference."""

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__(
            nn.Conv2d(in_channels, out_channels, 3, stride, padding=1),
            nn.ReLU(inplace=True))

    def fused(self) -> Tuple[torch.Tensor, torch.Tensor]:
        """Return its own weight (out, in, 3, 3) and bias (out,)."""
        return self[0].weight, self[0].bias


class ReparameterisedBlock(nn.Module):
    """
    relu(BN(conv3x3(x)) + BN(conv1x1(x)) + BN(x)), one 3x3 convolution after training.

    Ding et al., "RepVGG: Making VGG-style ConvNets Great Again", CVPR 2021, section 3.3. The
    identity branch is there where input and output have the same shape.
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        self.conv3x3 = nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False)
        self.bn3x3 = nn.BatchNorm2d(out_channels)
        self.conv1x1 = nn.Conv2d(in_channels, out_channels, 1, bias=False)
        self.bn1x1 = nn.BatchNorm2d(out_channels)
        same_shape = _same_shape(in_channels, out_channels, stride)
        self.bn_identity = nn.BatchNorm2d(in_channels) if same_shape else None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map features (N, in, H, W) to (N, out, ceil(H / stride), ceil(W / stride))."""
        out = self.bn3x3(self.conv3x3(x)) + self.bn1x1(self.conv1x1(_every(x, self.stride)))
        if self.bn_identity is not None:
            out = out + self.bn_identity(x)
        return torch.relu(out)

    def fused(self) -> Tuple[torch.Tensor, torch.Tensor]:
        """Return weight (out, in, 3, 3) and bias (out,) of the same function."""
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


class DepthwiseSeparableBlock(nn.Sequential):
    """
    A 3x3 filter per channel, then a 1x1 convolution, both with batch norm and ReLU.

    Howard et al., "MobileNets: Efficient Convolutional Neural Networks for Mobile Vision
    Applications", 2017, figure 3.
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__(_depthwise(in_channels, stride), _conv(in_channels, out_channels, 1))


class Shortcut(nn.Module):
    """The input as a residual block adds it: as it is, or projected to the output's shape."""

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        self.projection = (nn.Identity() if _same_shape(in_channels, out_channels, stride)
                           else _conv(in_channels, out_channels, 1, relu=False))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map features (N, in, H, W) to (N, out, ceil(H / stride), ceil(W / stride))."""
        return self.projection(_every(x, self.stride))


class ResidualBlock(nn.Module):
    """
    relu(x + two 3x3 convolutions of x), the batch norms before the sum.

    He et al., "Deep Residual Learning for Image Recognition", CVPR 2016, figure 2, with the
    projections of its option B.
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        self.branch = nn.Sequential(_conv(in_channels, out_channels, 3, stride),
                                    _conv(out_channels, out_channels, 3, relu=False))
        self.shortcut = Shortcut(in_channels, out_channels, stride)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map features (N, in, H, W) to (N, out, ceil(H / stride), ceil(W / stride))."""
        return torch.relu(self.branch(x) + self.shortcut(x))


class BottleneckBlock(nn.Module):
    """
    relu(x + 1x1, 3x3 and 1x1 convolutions of x), a quarter of the channels in between.

    He et al., "Deep Residual Learning for Image Recognition", CVPR 2016, figure 5, with the
    stride in the 3x3 as today's implementations have it.
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        hidden = max(1, out_channels // REDUCTION)
        self.branch = nn.Sequential(_conv(in_channels, hidden, 1),
                                    _conv(hidden, hidden, 3, stride),
                                    _conv(hidden, out_channels, 1, relu=False))
        self.shortcut = Shortcut(in_channels, out_channels, stride)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map features (N, in, H, W) to (N, out, ceil(H / stride), ceil(W / stride))."""
        return torch.relu(self.branch(x) + self.shortcut(x))


class InvertedResidualBlock(nn.Module):
    """
    1x1 to six times the channels, a 3x3 filter for each, 1x1 back; no ReLU at the end.

    Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", CVPR 2018, figure
    4: the input is added where it has the output's shape.
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        hidden = EXPANSION * in_channels
        self.adds = _same_shape(in_channels, out_channels, stride)
        self.branch = nn.Sequential(_conv(in_channels, hidden, 1), _depthwise(hidden, stride),
                                    _conv(hidden, out_channels, 1, relu=False))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map features (N, in, H, W) to (N, out, ceil(H / stride), ceil(W / stride))."""
        return x + self.branch(x) if self.adds else self.branch(x)


class ShuffleBlock(nn.Module):
    """
    Half of the channels as they are, half through 1x1, depthwise 3x3 and 1x1, then shuffled.

    Ma et al., "ShuffleNet V2: Practical Guidelines for Efficient CNN Architecture Design", ECCV
    2018, figure 3c; where the shape changes, figure 3d: both halves are made of all channels.
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        half = _half(out_channels)
        self.split = _same_shape(in_channels, out_channels, stride)
        self.kept = None if self.split else nn.Sequential(
            _depthwise(in_channels, stride, relu=False), _conv(in_channels, half, 1))
        self.branch = nn.Sequential(_conv(half if self.split else in_channels, half, 1),
                                    _depthwise(half, stride, relu=False), _conv(half, half, 1))
        self.shuffle = ChannelShuffle(2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map features (N, in, H, W) to (N, out, ceil(H / stride), ceil(W / stride))."""
        if self.split:
            half = int(x.shape[1]) // 2
            halves = [x[:, :half], self.branch(x[:, half:])]
        else:
            halves = [self.kept(x), self.branch(x)]
        return self.shuffle(torch.cat(halves, 1))


class GhostBlock(nn.Module):
    """
    Half of the channels by a 3x3 convolution, the others by a filter on each of those.

    Han et al., "GhostNet: More Features from Cheap Operations", CVPR 2020, figure 1, in place of
    a 3x3 convolution as in its section 4.1.
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        half = _half(out_channels)
        self.primary = _conv(in_channels, half, 3, stride)
        self.cheap = _depthwise(half, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map features (N, in, H, W) to (N, out, ceil(H / stride), ceil(W / stride))."""
        primary = self.primary(x)
        return torch.cat([primary, self.cheap(primary)], 1)


FUSIBLE = {
    'plain': PlainBlock,
    'reparameterised': ReparameterisedBlock,
    'deploy': DeployBlock,
}
"""Blocks that are one 3x3 convolution with bias in inference mode, by name."""

COMPARED = {
    'depthwise-separable': DepthwiseSeparableBlock,
    'residual': ResidualBlock,
    'bottleneck': BottleneckBlock,
    'inverted-residual': InvertedResidualBlock,
    'shuffle': ShuffleBlock,
    'ghost': GhostBlock,
}
"""Blocks that Table 2 may compare with the plain one, by name."""

BLOCKS = dict(FUSIBLE, **COMPARED)
"""Builders by name: (in_channels, out_channels, stride)."""
