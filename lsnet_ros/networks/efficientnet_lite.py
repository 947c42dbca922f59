# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
EfficientNet-Lite: an encoder for small processors, with published weights from ImageNet.

Tan and Le, "EfficientNet: Rethinking Model Scaling for Convolutional Neural Networks", ICML
2019, Tables 1 and 3, in its published 'lite' form: ReLU6 in place of swish and no squeeze-and-
excitation, so that every operation quantises and converts; stem and last stage are not scaled.

Strided convolutions pad both sides alike, so the first and the last pixel of odd sizes keep
their places on every level. TensorFlow pads even sizes at the far side only, which applies the
same filters one pixel further.
"""

import math
from typing import List, NamedTuple, Tuple

import torch
from torch import nn

from lsnet_ros.networks.layers import choose, ConvBN

STEM_CHANNELS = 32
BATCH_NORM_EPS = 1e-3  # of the published weights


class Stage(NamedTuple):
    """One row of EfficientNet's Table 1."""

    repeats: int
    kernel_size: int
    stride: int        # of the first block
    expansion: int     # channels of the depthwise convolution per channel of the block's input
    channels: int


class Scaling(NamedTuple):
    """Factors on the channels and the repeats of the stages."""

    width: float
    depth: float


STAGES = (
    Stage(1, 3, 1, 1, 16),
    Stage(2, 3, 2, 6, 24),
    Stage(2, 5, 2, 6, 40),
    Stage(3, 3, 2, 6, 80),
    Stage(3, 5, 1, 6, 112),
    Stage(4, 5, 2, 6, 192),
    Stage(1, 3, 1, 6, 320),
)
PYRAMID_STAGES = (1, 2, 4, 6)  # from 0: the last stage of the strides 4, 8, 16 and 32

SCALINGS = {
    'lite0': Scaling(1.0, 1.0),
    'lite1': Scaling(1.0, 1.1),
    'lite2': Scaling(1.1, 1.2),
}
"""Width and depth by name."""


class InvertedBottleneck(nn.Module):
    """
    Expand the channels, filter each by itself, project back; add the input if shapes agree.

    Sandler et al., "MobileNetV2", CVPR 2018, figure 4.

    :param in_channels: channels of the input
    :param stage: kernel size, expansion and channels of the output
    :param stride: of the depthwise convolution
    """

    def __init__(self, in_channels: int, stage: Stage, stride: int) -> None:
        super().__init__()
        hidden = in_channels * stage.expansion
        layers = []
        if stage.expansion > 1:
            layers.append(ConvBN(nn.Conv2d(in_channels, hidden, 1, bias=False), nn.ReLU6))
        layers.append(ConvBN(
            nn.Conv2d(hidden, hidden, stage.kernel_size, stride, stage.kernel_size // 2,
                      groups=hidden, bias=False), nn.ReLU6))
        layers.append(ConvBN(nn.Conv2d(hidden, stage.channels, 1, bias=False), None))
        self.layers = nn.Sequential(*layers)
        self.is_residual = stride == 1 and in_channels == stage.channels

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map features (N, in, H, W) to (N, out, ceil(H / stride), ceil(W / stride))."""
        y = self.layers(x)
        return x + y if self.is_residual else y


class EfficientNetLite(nn.Module):
    """
    The convolutional part of EfficientNet-Lite, without the head for whole images.

    :param name: one of ``SCALINGS``
    :raises ValueError: if the name is not known
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        stages = _scale_stages(choose('encoder', name, SCALINGS))
        self.channels = tuple(stages[index].channels for index in PYRAMID_STAGES)
        self.stem = ConvBN(nn.Conv2d(3, STEM_CHANNELS, 3, 2, padding=1, bias=False), nn.ReLU6)
        self.stages = nn.ModuleList()
        in_channels = STEM_CHANNELS
        for stage in stages:
            blocks = [InvertedBottleneck(in_channels, stage, stage.stride)]
            blocks += [InvertedBottleneck(stage.channels, stage, 1)
                       for _ in range(stage.repeats - 1)]
            self.stages.append(nn.Sequential(*blocks))
            in_channels = stage.channels
        for module in self.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eps = BATCH_NORM_EPS

    def forward(self, x: torch.Tensor) -> List[torch.Tensor]:
        """
        Compute a pyramid of features.

        :param x: images (N, 3, H, W)
        :returns: features (N, ``channels[i]``, H / s, W / s), rounded up, for s of 4, 8, 16, 32
        """
        x = self.stem(x)
        pyramid = []
        for index, stage in enumerate(self.stages):
            x = stage(x)
            if index in PYRAMID_STAGES:
                pyramid.append(x)
        return pyramid


def _scale_stages(scaling: Scaling) -> Tuple[Stage, ...]:
    """Scale depths and widths of the stages; the first and the last keep their depths."""
    last = len(STAGES) - 1
    return tuple(stage._replace(
        repeats=(stage.repeats if index in (0, last)
                 else math.ceil(stage.repeats * scaling.depth)),
        channels=_scale_channels(stage.channels, scaling.width))
        for index, stage in enumerate(STAGES))


def _scale_channels(channels: int, width: float) -> int:
    """Round ``width`` times the channels to a multiple of 8, at most 10 % down."""
    wanted = channels * width
    rounded = max(8, int(wanted + 4) // 8 * 8)
    return rounded + 8 if rounded < 0.9 * wanted else rounded
