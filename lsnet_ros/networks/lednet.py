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
LEDNet: split-shuffle blocks, and an attention pyramid (APN) with one attention map.

Wang et al., "LEDNet: A Lightweight Encoder-Decoder Network for Real-Time Semantic
Segmentation", ICIP 2019, after the authors' code where the paper is silent, without its
encoder's unused classifier. 0.92 M parameters; 0.94 M are published, their code has 0.93 M.
"""

from typing import List, Sequence, Tuple

import torch
from torch import nn
import torch.nn.functional as F  # noqa: N812

from lsnet_ros.networks.layers import (
    ChannelShuffle, ConvBN, deployed_copy, Mean, Resize, resize, size_of, SplicedDown)

EPSILON = 1e-3  # of every batch norm
STAGES = (
    (32, 0.03, (1, 1, 1)),
    (64, 0.03, (1, 1)),
    (128, 0.3, (1, 2, 5, 9, 2, 5, 9, 17)),
)
"""Channels, dropout and the blocks' dilations, at 1/2, 1/4 and 1/8 of the input."""


class SplitShuffleBlock(nn.Module):
    """
    SS-nbt: two halves with crossed 1D filters, then shuffled.

    Convolutions with bias, a batch norm after each crossed pair.

    :param channels: C
    :param dilation: of the second crossed pair of each half
    :param dropout: share of the halves' channels that training leaves out
    """

    def __init__(self, channels: int, dilation: int = 1, dropout: float = 0.0) -> None:
        super().__init__()
        self.half = channels // 2
        self.dropout = dropout
        self.left = self._branch(self.half, (3, 1), (1, 3), dilation)
        self.right = self._branch(self.half, (1, 3), (3, 1), dilation)
        self.shuffle = ChannelShuffle(2)

    @staticmethod
    def _branch(channels: int, first: Tuple[int, int], second: Tuple[int, int],
                dilation: int) -> nn.Module:
        """Build the four 1D convolutions of a half."""
        def crossed(size: Tuple[int, int], rate: int) -> nn.Conv2d:
            rates = tuple(rate if length > 1 else 1 for length in size)
            padding = (rates[0] * (size[0] // 2), rates[1] * (size[1] // 2))
            return nn.Conv2d(channels, channels, size, padding=padding, dilation=rates)

        convs = [crossed(size, rate) for rate in (1, dilation) for size in (first, second)]
        return nn.Sequential(convs[0], nn.ReLU(), ConvBN(convs[1]),
                             convs[2], nn.ReLU(), ConvBN(convs[3], relu=False))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map features (N, C, H, W) to features of the same shape."""
        mixed = torch.cat([self.left(x[:, :self.half]), self.right(x[:, self.half:])], 1)
        if self.training and self.dropout:  # no node of an inference graph
            mixed = F.dropout2d(mixed, self.dropout)
        return self.shuffle(torch.relu(x + mixed))


def _square(in_channels: int, out_channels: int, kernel: int, stride: int = 1) -> ConvBN:
    """Build k x k convolution, batch norm and ReLU; stride 2 halves and rounds up."""
    return ConvBN(nn.Conv2d(in_channels, out_channels, kernel, stride, padding=kernel // 2))


class AttentionPyramidNetwork(nn.Module):
    """
    APN, the decoder: ``relu(C1(X)) t + relu(C2(GAP(X)))``, t the map of a pyramid.

    The pyramid is one channel wide, as in the authors' code. Every term ends with a ReLU there,
    so no logit is negative. While training, the batch norm of what is pooled needs two images.

    :param channels: of the features X
    :param num_classes: C, the channels of the logits
    """

    def __init__(self, channels: int, num_classes: int) -> None:
        super().__init__()
        self.mean = Mean((2, 3))
        self.everywhere = _square(channels, num_classes, 1)
        self.classifier = _square(channels, num_classes, 1)
        self.down = nn.ModuleList(
            [_square(channels, 1, 7, 2), _square(1, 1, 5, 2), _square(1, 1, 3, 2)])
        self.level = nn.ModuleList(_square(1, 1, kernel) for kernel in (7, 5, 3))
        self.resize = Resize()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map features (N, channels, h, w) to logits (N, C, h, w)."""
        everywhere = self.everywhere(self.mean(x))                               # (N, C, 1, 1)
        return self.classifier(x) * self._attention(x) + everywhere

    def _attention(self, x: torch.Tensor) -> torch.Tensor:
        """Map features (N, channels, h, w) to weights (N, 1, h, w), none negative."""
        maps = [x]
        for down in self.down:
            maps.append(down(maps[-1]))
        attention = self.level[2](maps[3])
        for index in (1, 0):
            level = self.level[index](maps[index + 1])
            attention = self.resize(attention, size_of(level)) + level
        return self.resize(attention, size_of(x))


class LEDNet(nn.Module):
    """
    LEDNet, with weights drawn by PyTorch's defaults as in the authors' code.

    :param num_classes: C, the channels of the logits
    """

    def __init__(self, num_classes: int) -> None:
        super().__init__()
        self.num_classes = num_classes
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

    def input_sizes(self, height: int, width: int) -> List[Tuple[int, int]]:
        """Return the (height, width) at which the network reads an image: its own."""
        return [(height, width)]

    def core(self, x: torch.Tensor) -> Tuple[torch.Tensor, ...]:
        """
        Compute the class map at 1/8.

        :param x: normalised images (N, 3, H, W)
        :returns: logits (N, C, H / 8, W / 8), rounded up
        """
        return (self.head(self.stages(x)),)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map normalised images (N, 3, H, W) to logits (N, C, H, W)."""
        return self.decode(self.core(x), size_of(x))

    @staticmethod
    def decode(outputs: Sequence[torch.Tensor], size: Tuple[int, int]) -> torch.Tensor:
        """Upsample what core returns to logits (N, C, height, width) of the given size."""
        return resize(outputs[0], size)

    def deployed(self) -> nn.Module:
        """Return the same function, in inference mode, with its batch norms folded."""
        return deployed_copy(self)
