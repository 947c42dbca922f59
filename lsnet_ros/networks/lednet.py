# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
LEDNet: split-shuffle blocks, and an attention pyramid (APN) with one attention map.

Wang et al., "LEDNet: A Lightweight Encoder-Decoder Network for Real-Time Semantic
Segmentation", ICIP 2019. Details that the paper leaves open follow the authors' code, but the
encoder's unused classifier. 0.92 M parameters; the paper says 0.94 M, the code has 0.93 M.
"""

from typing import Tuple

import torch
from torch import nn
import torch.nn.functional as F  # noqa: N812

from lsnet_ros.networks.layers import (
    ChannelShuffle,
    ConvBN,
    Mean,
    Resize,
    size_of,
    SplicedDown,
)
from lsnet_ros.networks.network import SegmentationNetwork

EPSILON = 1e-3  # of every batch norm
STAGES = (
    (32, 0.03, (1, 1, 1)),
    (64, 0.03, (1, 1)),
    (128, 0.3, (1, 2, 5, 9, 2, 5, 9, 17)),
)
"""Channels, dropout and dilations of the blocks, at 1/2, 1/4 and 1/8 of the input."""


class SplitShuffleBlock(nn.Module):
    """
    SS-nbt: pairs of 3x1 and 1x3 filters on each half of the channels, then a shuffle.

    The convolutions have biases, and a batch norm follows each pair.

    :param channels: C
    :param dilation: of the second pair of each half, px
    :param dropout: share of the halves' channels that are set to 0 in training
    """

    def __init__(self, channels: int, dilation: int = 1, dropout: float = 0.0) -> None:
        super().__init__()
        self.split = channels // 2
        self.dropout = dropout
        self.left = self._build_branch(self.split, (3, 1), (1, 3), dilation)
        self.right = self._build_branch(self.split, (1, 3), (3, 1), dilation)
        self.shuffle = ChannelShuffle(2)

    @staticmethod
    def _build_branch(channels: int, first: Tuple[int, int], second: Tuple[int, int],
                      dilation: int) -> nn.Module:
        """Build the four 1D convolutions of a half."""
        def build_conv(size: Tuple[int, int], rate: int) -> nn.Conv2d:
            rates = (rate if size[0] > 1 else 1, rate if size[1] > 1 else 1)
            padding = (rates[0] * (size[0] // 2), rates[1] * (size[1] // 2))
            return nn.Conv2d(channels, channels, size, padding=padding, dilation=rates)

        convs = [build_conv(size, rate) for rate in (1, dilation) for size in (first, second)]
        return nn.Sequential(convs[0], nn.ReLU(), ConvBN(convs[1]),
                             convs[2], nn.ReLU(), ConvBN(convs[3], activation=None))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map features (N, C, H, W) to features of the same shape."""
        mixed = torch.cat([self.left(x[:, :self.split]), self.right(x[:, self.split:])], 1)
        if self.training and self.dropout:  # keeps the node out of inference graphs
            mixed = F.dropout2d(mixed, self.dropout)
        return self.shuffle(torch.relu(x + mixed))


def _build_conv(in_channels: int, out_channels: int, kernel: int, stride: int = 1) -> ConvBN:
    """Build k x k convolution, batch norm and ReLU; stride 2 halves sizes, rounded up."""
    return ConvBN(nn.Conv2d(in_channels, out_channels, kernel, stride, padding=kernel // 2))


class AttentionPyramidNetwork(nn.Module):
    """
    APN, the decoder: ``relu(C1(X)) t + relu(C2(GAP(X)))`` with an attention t from a pyramid.

    As in the authors' code, the pyramid has one channel, and every term ends with a ReLU, so no
    logit is negative. The batch norm after GAP needs two images or more in training.

    :param channels: of the features X
    :param num_classes: C, the channels of the logits
    """

    def __init__(self, channels: int, num_classes: int) -> None:
        super().__init__()
        self.mean = Mean((2, 3))
        self.everywhere = _build_conv(channels, num_classes, 1)
        self.classifier = _build_conv(channels, num_classes, 1)
        self.down = nn.ModuleList(
            [_build_conv(channels, 1, 7, 2), _build_conv(1, 1, 5, 2), _build_conv(1, 1, 3, 2)])
        self.level = nn.ModuleList(_build_conv(1, 1, kernel) for kernel in (7, 5, 3))
        self.resize = Resize()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map features (N, channels, h, w) to logits (N, C, h, w)."""
        everywhere = self.everywhere(self.mean(x))                               # (N, C, 1, 1)
        return self.classifier(x) * self._attend(x) + everywhere

    def _attend(self, x: torch.Tensor) -> torch.Tensor:
        """Map features (N, channels, h, w) to weights (N, 1, h, w), none negative."""
        maps = [x]
        for down in self.down:
            maps.append(down(maps[-1]))
        attention = self.level[2](maps[3])
        for index in (1, 0):
            level = self.level[index](maps[index + 1])
            attention = self.resize(attention, size_of(level)) + level
        return self.resize(attention, size_of(x))


class LEDNet(SegmentationNetwork):
    """
    LEDNet, initialised by PyTorch's defaults as in the authors' code.

    :param num_classes: C, the channels of the logits
    """

    def __init__(self, num_classes: int) -> None:
        super().__init__(num_classes)
        stages = []
        in_channels = 3
        for width, dropout, dilations in STAGES:
            blocks = [SplitShuffleBlock(width, dilation, dropout) for dilation in dilations]
            stages.append(nn.Sequential(SplicedDown(in_channels, width, bias=True), *blocks))
            in_channels = width
        self.stages = nn.Sequential(*stages)
        self.head = AttentionPyramidNetwork(in_channels, num_classes)
        for module in self.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eps = EPSILON

    def core(self, x: torch.Tensor) -> Tuple[torch.Tensor, ...]:
        """
        Compute the class map at 1/8.

        :param x: normalised images (N, 3, H, W)
        :returns: logits (N, C, H / 8, W / 8), rounded up
        """
        return (self.head(self.stages(x)),)
