# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
LRNNet: factorised convolution blocks (FCB) and a reduced non-local module (SVN).

Jiang et al., "LRNNet: A Light-Weighted Network with Efficient Reduced Non-Local Operation for
Real-Time Semantic Segmentation", ICME Workshops 2020. Its code is not public. Details that the
text leaves open are marked as ours, and chosen to meet the parameters and multiply-adds of its
tables.
"""

from typing import Sequence, Tuple

import torch
from torch import nn

from lsnet_ros.limits.bounds import REGIONS
from lsnet_ros.networks.layers import (
    ChannelShuffle,
    choose,
    ConvBN,
    DilatedDepthwise,
    Maximum,
    Mean,
    size_of,
    SplicedDown,
)
from lsnet_ros.networks.lednet import SplitShuffleBlock
from lsnet_ros.networks.network import SegmentationNetwork
from lsnet_ros.networks.option_bounds import check_numbers

WIDTHS = (32, 64, 128)  # channels of the three stages, at 1/2, 1/4 and 1/8 of the input
DILATIONS = ((1, 1, 1), (1, 1), (1, 2, 5, 9, 2, 5, 9, 17))  # of the blocks of each stage
KEY_CHANNELS = 32       # of the non-local module and, ours, of the head
ITERATIONS = 2          # of the power iteration
NORM_FLOOR = 1e-6       # keeps the vector of a region of zeros, and its gradient, finite
BN_EPS = 1e-3           # LEDNet's


class FactorisedBlock(nn.Module):
    """
    FCB: 3x1 and 1x3 filters on each half, then a dilated depthwise 3x3, a 1x1 and a shuffle.

    Ours, by the counts: no biases, and no ReLU between the depthwise 3x3 and the 1x1.

    :param channels: C
    :param dilation: of the depthwise 3x3, px
    """

    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.split = channels // 2
        self.left = self._build_branch(self.split, (3, 1), (1, 3))
        self.right = self._build_branch(self.split, (1, 3), (3, 1))
        self.spatial = ConvBN(DilatedDepthwise(channels, dilation), activation=None)
        self.pointwise = ConvBN(nn.Conv2d(channels, channels, 1, bias=False), activation=None)
        self.shuffle = ChannelShuffle(2)

    @staticmethod
    def _build_branch(channels: int, first: Tuple[int, int],
                      second: Tuple[int, int]) -> nn.Module:
        """Build the two 1D convolutions of a half."""
        convs = [nn.Conv2d(channels, channels, size, padding=(size[0] // 2, size[1] // 2),
                           bias=False) for size in (first, second)]
        return nn.Sequential(convs[0], nn.ReLU(), ConvBN(convs[1]))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map features (N, C, H, W) to features of the same shape."""
        mixed = torch.cat([self.left(x[:, :self.split]), self.right(x[:, self.split:])], 1)
        return self.shuffle(torch.relu(x + self.pointwise(self.spatial(mixed))))


BLOCKS = {'factorised': FactorisedBlock, 'split-shuffle': SplitShuffleBlock}
"""Builders by name: (channels, dilation); the second is LEDNet's, which has biases."""


def split_regions(x: torch.Tensor, scale: int) -> torch.Tensor:
    """
    Divide features into equal regions, row by row.

    Sizes that are not a multiple of the scale are filled up with zeros, below and on the right.

    :param x: features (N, C, H, W)
    :param scale: g, regions along each side
    :returns: (N, g * g, C, n), n the pixels of a region
    """
    count, channels = int(x.shape[0]), int(x.shape[1])
    height, width = size_of(x)
    rows, columns = -(-height // scale), -(-width // scale)                      # rounded up
    # Concatenated and not padded: the exporter writes a pad as a chain of nodes.
    if scale * columns > width:
        x = torch.cat([x, x.new_zeros(count, channels, height, scale * columns - width)], 3)
    if scale * rows > height:
        x = torch.cat([x, x.new_zeros(count, channels, scale * rows - height, scale * columns)], 2)
    x = x.reshape(count, channels, scale, rows, scale, columns)
    x = x.permute(0, 2, 4, 1, 3, 5)                         # (N, g, g, C, rows, columns)
    return x.reshape(count, scale * scale, channels, rows * columns)


class SplitRegions(nn.Module):
    """`split_regions` as a module, for which an engine builder can substitute its own."""

    def __init__(self, scale: int) -> None:
        super().__init__()
        self.scale = scale

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map features (N, C, H, W) to (N, g * g, C, n)."""
        return split_regions(x, self.scale)


def _normalise(x: torch.Tensor) -> torch.Tensor:
    """Scale column vectors (N, S, length, 1) to length 1; a vector of zeros stays zero."""
    # A power and not a product: mixed precision computes powers in float32.
    return x / ((x ** 2).sum(2, keepdim=True) + NORM_FLOOR ** 2).sqrt()


class SingularVectors(nn.Module):
    """
    The dominant left singular vector of each region, by power iteration.

    The start is ours: all ones. After a ReLU the singular vector has no negative entries, so the
    start is not perpendicular to it, and its sign is determined.
    """

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map regions (N, S, C, n) without negative values to unit vectors (N, S, C, 1)."""
        u = _normalise(x.mean(3, keepdim=True))             # A v for a v of equal entries
        for _ in range(ITERATIONS - 1):
            v = _normalise(x.transpose(2, 3) @ u)           # (N, S, n, 1)
            u = _normalise(x @ v)
        return u


class EveryPixel(nn.Module):
    """Every pixel of each region as a key: with one region, the full non-local module."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map regions (N, S, C, n) to (N, S n, C, 1)."""
        count, regions, channels, pixels = (int(length) for length in x.shape)
        return x.transpose(2, 3).reshape(count, regions * pixels, channels, 1)


KEYS = {
    'singular': SingularVectors,
    'max': lambda: Maximum((3,)),
    'average': lambda: Mean((3,)),  # the zeros that fill up a region count as pixels
    'every-pixel': EveryPixel,
}
"""Builders, by name, of the map from regions (N, S, C, n) to keys (N, S or more, C, 1)."""


class DotProducts(nn.Module):
    """``Y = (Q K^T) K / S`` at every position, computed as the equal ``Q (K^T K) / S``."""

    def forward(self, queries: torch.Tensor, keys: torch.Tensor) -> torch.Tensor:
        """Map queries (N, C, H, W) and keys (N, S, C, 1) to (N, C, H, W)."""
        count, channels = int(queries.shape[0]), int(queries.shape[1])
        height, width = size_of(queries)
        total = int(keys.shape[1])
        keys = keys.reshape(count, total, channels).transpose(1, 2)              # (N, C, S)
        gram = keys @ keys.transpose(1, 2) * (1.0 / total)                       # K^T K / S
        mixed = gram @ queries.reshape(count, channels, height * width)          # symmetric
        return mixed.reshape(count, channels, height, width)


class ReducedNonLocal(nn.Module):
    """
    SVN: a non-local module whose keys and values are one vector per region.

    ``out = x + BN(W2 Y)`` with ``Y = (Q K^T) K / S`` and ``Q = relu(BN(W1 x))`` at every
    position: dot products without softmax.

    :param channels: C
    :param scales: g of each division into g x g regions
    :param keys: one of ``KEYS``
    """

    def __init__(self, channels: int, scales: Sequence[int], keys: str) -> None:
        super().__init__()
        self.scales = tuple(scales)
        self.reduce = ConvBN(nn.Conv2d(channels, KEY_CHANNELS, 1, bias=False))
        self.regions = nn.ModuleList(SplitRegions(scale) for scale in scales)
        self.represent = KEYS[keys]()
        self.attend = DotProducts()
        self.expand = ConvBN(nn.Conv2d(KEY_CHANNELS, channels, 1, bias=False), activation=None)

    def keys(self, queries: torch.Tensor) -> torch.Tensor:
        """Map features (N, 32, H, W) to the keys of all regions, (N, S, 32, 1)."""
        return torch.cat([self.represent(split(queries)) for split in self.regions], 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map features (N, C, H, W) to features of the same shape."""
        queries = self.reduce(x)
        return x + self.expand(self.attend(queries, self.keys(queries)))

    def start_neutral(self) -> None:
        """Initialise to the identity; ours."""
        nn.init.zeros_(self.expand[1].weight)


class LRNNet(SegmentationNetwork):
    """
    LRNNet, with the rows of its ablation tables as arguments.

    :param num_classes: C, the channels of the logits
    :param scales: of the non-local module: (8, 4) is Model C, (8,) Model B; () is Model A,
        without the module
    :param keys: one of ``KEYS``; 'every-pixel' with scales (1,) is the full non-local module
    :param block: of the encoder, one of ``BLOCKS``
    :raises ValueError: if a name is not known or a scale is less than 1
    """

    def __init__(self, num_classes: int, scales: Sequence[int] = (8, 4),
                 keys: str = 'singular', block: str = 'factorised') -> None:
        super().__init__(num_classes)
        choose('keys', keys, KEYS)
        build_block = choose('block', block, BLOCKS)
        check_numbers('scales', scales, REGIONS)
        self.stages = nn.ModuleList()
        for in_channels, width, dilations in zip((3,) + WIDTHS, WIDTHS, DILATIONS):
            blocks = [build_block(width, dilation) for dilation in dilations]
            # With LEDNet's block, LEDNet's bias: ours, by the counts.
            down = SplicedDown(in_channels, width, bias=block == 'split-shuffle')
            self.stages.append(nn.Sequential(down, *blocks))
        self.non_local = ReducedNonLocal(WIDTHS[-1], scales, keys) if scales else None
        # Ours, by the counts: the text says "pixel-wise classifier".
        self.head = nn.Sequential(
            ConvBN(nn.Conv2d(WIDTHS[-1], KEY_CHANNELS, 3, padding=1, bias=False)),
            nn.Conv2d(KEY_CHANNELS, num_classes, 1))
        self._initialise()

    def _initialise(self) -> None:
        """Draw the weights, as He et al. (ICCV 2015); the paper leaves it open."""
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
            elif isinstance(module, nn.BatchNorm2d):
                module.eps = BN_EPS
        if self.non_local is not None:
            self.non_local.start_neutral()

    def core(self, x: torch.Tensor) -> Tuple[torch.Tensor, ...]:
        """
        Compute the class map at 1/8.

        :param x: normalised images (N, 3, H, W)
        :returns: logits (N, C, H / 8, W / 8), rounded up
        """
        for stage in self.stages:
            x = stage(x)
        if self.non_local is not None:
            x = self.non_local(x)
        return (self.head(x),)
