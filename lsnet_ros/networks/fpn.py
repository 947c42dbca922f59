# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
A feature pyramid over a pretrained encoder, for semantic segmentation.

Lin et al., "Feature Pyramid Networks for Object Detection", CVPR 2017, section 3, with the
semantic head of Kirillov et al., "Panoptic Feature Pyramid Networks", CVPR 2019, reduced for
small processors: depthwise separable convolutions, and logits from the finest level alone. The
mean over the whole image is added to the coarsest level (Liu et al., "ParseNet", 2015).
"""

from typing import Tuple

import torch
from torch import nn

from lsnet_ros.networks.efficientnet_lite import EfficientNetLite
from lsnet_ros.networks.layers import ConvBN, Mean, Resize, size_of
from lsnet_ros.networks.network import SegmentationNetwork

CHANNELS = 96  # of every level of the pyramid


class SeparableConv(nn.Sequential):
    """
    A 3x3 filter of each channel by itself, then a 1x1 convolution over the channels.

    Howard et al., "MobileNets", 2017, section 3.1.

    :param channels: of the input and of the output
    """

    def __init__(self, channels: int) -> None:
        super().__init__(
            ConvBN(nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False)),
            ConvBN(nn.Conv2d(channels, channels, 1, bias=False)))


class FPN(SegmentationNetwork):
    """
    A feature pyramid over an encoder, with logits at a quarter of the image's size.

    :param num_classes: C, the channels of the logits
    :param encoder: one of ``efficientnet_lite.SCALINGS``
    :raises ValueError: if the encoder is not known
    """

    def __init__(self, num_classes: int, encoder: str = 'lite0') -> None:
        super().__init__(num_classes)
        self.encoder_name = encoder
        self.encoder = EfficientNetLite(encoder)
        self.laterals = nn.ModuleList(
            ConvBN(nn.Conv2d(channels, CHANNELS, 1, bias=False), None)
            for channels in self.encoder.channels)
        # No batch norm: a single value per image has no statistics.
        self.context = nn.Sequential(
            Mean((2, 3)), nn.Conv2d(self.encoder.channels[-1], CHANNELS, 1))
        self.levels = nn.ModuleList(SeparableConv(CHANNELS) for _ in self.encoder.channels)
        self.head = SeparableConv(CHANNELS)
        self.classifier = nn.Conv2d(CHANNELS, num_classes, 1)
        self.resize = Resize()

    def core(self, image: torch.Tensor) -> Tuple[torch.Tensor]:
        """
        Compute the logits at a quarter of the image's size.

        :param image: normalised images (N, 3, H, W)
        :returns: logits (N, C, H / 4, W / 4), rounded up
        """
        pyramid = self.encoder(image)
        maps = [lateral(x) for lateral, x in zip(self.laterals, pyramid)]
        x = self.levels[-1](maps[-1] + self.context(pyramid[-1]))
        for finer, level in zip(maps[-2::-1], self.levels[-2::-1]):
            x = level(finer + self.resize(x, size_of(finer)))
        return (self.classifier(self.head(x)),)
