# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
The first layer of LSNet's stages, which halves the resolution, in three readings of the text.

This is the weakest point of the reconstruction: the text names the layers (3x1 and 1x3
convolutions, stride 2, the max-pooling output spliced in), but neither their order nor widths.
"""

import torch
from torch import nn

from lsnet_ros.networks.layers import ConvBN


def _build_pool() -> nn.MaxPool2d:
    """Build the pooling of the input, which rounds odd sizes up as the convolutions do."""
    return nn.MaxPool2d(2, 2, ceil_mode=True)


class Down(nn.Module):
    """
    Halve the resolution: 3x1 and 1x3 filters in series, the pooled input concatenated in between.

    This reading meets most of the published parameter counts.

    :param in_channels: channels of the input
    :param out_channels: channels of the output
    """

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        middle = max(in_channels, out_channels // 2)
        self.vertical = ConvBN(
            nn.Conv2d(in_channels, middle, (3, 1), 2, padding=(1, 0), bias=False))
        self.pool = _build_pool()
        self.horizontal = ConvBN(nn.Conv2d(
            middle + in_channels, out_channels, (1, 3), padding=(0, 1), bias=False))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map features (N, in, H, W) to (N, out, ceil(H / 2), ceil(W / 2))."""
        return self.horizontal(torch.cat([self.vertical(x), self.pool(x)], 1))


class ParallelDown(nn.Module):
    """
    Halve the resolution: the sum of 3x1 and 1x3 filters, concatenated with the pooled input.

    :param in_channels: channels of the input
    :param out_channels: channels of the output
    """

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        self.vertical = ConvBN(nn.Conv2d(
            in_channels, out_channels, (3, 1), 2, padding=(1, 0), bias=False), activation=None)
        self.horizontal = ConvBN(nn.Conv2d(
            in_channels, out_channels, (1, 3), 2, padding=(0, 1), bias=False), activation=None)
        self.pool = _build_pool()
        self.fuse = ConvBN(nn.Conv2d(out_channels + in_channels, out_channels, 1, bias=False))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map features (N, in, H, W) to (N, out, ceil(H / 2), ceil(W / 2))."""
        crossed = torch.relu(self.vertical(x) + self.horizontal(x))
        return self.fuse(torch.cat([crossed, self.pool(x)], 1))


class LightDown(nn.Module):
    """
    Halve the resolution as ENet does: filters compute only the channels beyond the pooled input.

    This reading is nearest to the published GFLOPs, and furthest from the published parameters.

    :param in_channels: channels of the input
    :param out_channels: channels of the output
    """

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__()
        more = out_channels - in_channels
        self.crossed = nn.Sequential(
            ConvBN(nn.Conv2d(in_channels, more, (3, 1), 2, padding=(1, 0), bias=False)),
            ConvBN(nn.Conv2d(more, more, (1, 3), padding=(0, 1), bias=False)))
        self.pool = _build_pool()

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map features (N, in, H, W) to (N, out, ceil(H / 2), ceil(W / 2))."""
        return torch.cat([self.crossed(x), self.pool(x)], 1)


DOWNS = {'series': Down, 'parallel': ParallelDown, 'light': LightDown}
"""Builders by name: (in_channels, out_channels)."""
