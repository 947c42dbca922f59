# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
LSNet's attention pyramid (AP), which computes the class map, and its ablations.

The paper's text leaves open the order of the kernels (here finest level first: 7, 5, 3), the
convolution at the bottom, and the pyramid's width (here that of the features). They were chosen
to meet the parameter counts of its tables.
"""

from functools import partial
from typing import Sequence, Tuple

import torch
from torch import nn

from lsnet_ros.networks.layers import (
    ConvBN,
    DepthwiseDeconv,
    fold_batch_norm,
    Maximum,
    Mean,
    size_of,
)

SMALL = 0.2  # initial weight of the batch norms at the end of the class map's two branches


class PyramidDown(nn.Sequential):
    """Halve the resolution with depthwise filters k x 1 and 1 x k."""

    def __init__(self, channels: int, kernel: int) -> None:
        pad = (kernel - 1) // 2
        super().__init__(
            nn.Conv2d(channels, channels, (kernel, 1), (2, 1), padding=(pad, 0),
                      groups=channels, bias=False),
            ConvBN(nn.Conv2d(channels, channels, (1, kernel), (1, 2), padding=(0, pad),
                             groups=channels, bias=False)))


class PyramidUp(nn.Module):
    """Double the resolution with depthwise transposed filters, back to the size before."""

    def __init__(self, channels: int, kernel: int) -> None:
        super().__init__()
        self.rows = DepthwiseDeconv(channels, (kernel, 1), (2, 1))
        self.columns = DepthwiseDeconv(channels, (1, kernel), (1, 2))
        self.bn = nn.BatchNorm2d(channels)

    def forward(self, x: torch.Tensor, size: Tuple[int, int]) -> torch.Tensor:
        """Map features (N, C, H, W) to (N, C, height, width)."""
        rows = self.rows(x, (size[0], size_of(x)[1]))
        return torch.relu(self.bn(self.columns(rows, size)))

    def fold_batch_norm(self) -> None:
        """Fold the batch norm into the second transposed convolution."""
        fold_batch_norm(self.columns, self.bn)
        self.bn = nn.Identity()


class FeaturePyramid(nn.Module):
    """
    P of equation 3: down level by level, a 1x1 convolution, and up again with skip connections.

    :param channels: of the features
    :param num_classes: C, the channels of the logits
    :param kernels: k of each level, finest first
    """

    def __init__(self, channels: int, num_classes: int, kernels: Sequence[int]) -> None:
        super().__init__()
        self.down = nn.ModuleList(PyramidDown(channels, kernel) for kernel in kernels)
        self.bottom = ConvBN(nn.Conv2d(channels, channels, 1, bias=False))
        self.up = nn.ModuleList(PyramidUp(channels, kernel) for kernel in kernels)
        self.classifier = ConvBN(nn.Conv2d(channels, num_classes, 1, bias=False), activation=None)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map features (N, channels, h, w) to (N, C, h, w)."""
        maps = [x]
        for down in self.down:
            maps.append(down(maps[-1]))
        mixed = self.bottom(maps.pop())
        for up in reversed(self.up):
            skipped = maps.pop()
            mixed = up(mixed, size_of(skipped))
            if maps:
                mixed = mixed + skipped
        return self.classifier(mixed)


class SpatialAttention(nn.Module):
    """SA of equation 3: a weight for each position from the maximum and mean over channels."""

    def __init__(self) -> None:
        super().__init__()
        self.maximum, self.mean = Maximum((1,)), Mean((1,))
        self.horizontal = nn.Conv2d(2, 1, (1, 7), padding=(0, 3), bias=False)
        self.vertical = nn.Conv2d(1, 1, (7, 1), padding=(3, 0))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map features (N, C, h, w) to weights (N, 1, h, w) in (0, 1)."""
        pooled = torch.cat([self.maximum(x), self.mean(x)], 1)
        return torch.sigmoid(self.vertical(self.horizontal(pooled)))

    def start_neutral(self) -> None:
        """
        Initialise to an attention of 1/2 everywhere that changes slowly.

        The features are not normalised, their maxima are some tens. With weights as large as
        those of other layers, the first steps take the attention to 0 everywhere, and its
        gradient with it.
        """
        nn.init.normal_(self.horizontal.weight, std=0.01)
        nn.init.zeros_(self.vertical.weight)
        nn.init.zeros_(self.vertical.bias)


class AttentionPyramid(nn.Module):
    """
    AP, equation 3: ``D = [C1(X) + P(X)] SA(X)``.

    :param channels: of the features X
    :param num_classes: C, the channels of the class map D
    :param kernels: of the feature pyramid P, finest level first; none for no pyramid
    :param attention: whether to multiply by SA
    """

    def __init__(self, channels: int, num_classes: int, kernels: Sequence[int],
                 attention: bool = True) -> None:
        super().__init__()
        self.classifier = ConvBN(nn.Conv2d(channels, num_classes, 1, bias=False), activation=None)
        self.pyramid = FeaturePyramid(channels, num_classes, kernels) if kernels else None
        self.attention = SpatialAttention() if attention else None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map features (N, channels, h, w) to logits (N, C, h, w)."""
        logits = self.classifier(x)
        if self.pyramid is not None:
            logits = logits + self.pyramid(x)
        if self.attention is not None:
            logits = logits * self.attention(x)
        return logits

    def start_small(self) -> None:
        """
        Initialise to small logits.

        While logits are large and random, an attention of 0 everywhere is the quickest way to a
        lower loss, and its gradient vanishes there.
        """
        nn.init.constant_(self.classifier[1].weight, SMALL)
        if self.pyramid is not None:
            nn.init.constant_(self.pyramid.classifier[1].weight, SMALL)


def _build_plain_head(channels: int, num_classes: int, _: Sequence[int]) -> nn.Conv2d:
    """Build the ablation of AP, a 1x1 convolution."""
    return nn.Conv2d(channels, num_classes, 1)


HEADS = {
    'attention-pyramid': AttentionPyramid,
    'no-attention': partial(AttentionPyramid, attention=False),
    '1x1': _build_plain_head,
}
"""Builders by name: (channels, num_classes, kernels)."""
