# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Exchange of features between LPS-Net's paths: its own interaction, and others for comparison.

Its own is Bilateral-B, without parameters: ``h' = h + U(l)`` and ``l' = l + D(h)`` for features h
of a larger and l of a smaller path, with bilinear resizes U and D. The paper's Table 3 compares
six interactions; the table was not available. So the six except 'none' and 'bilateral' are a
reconstruction: each direction alone; convolved features, as in Sun et al., HRNet, CVPR 2019; and
features weighted by an attention to scale, as in Chen et al., CVPR 2016, and Tao et al.,
"Hierarchical Multi-Scale Attention", 2020, which the paper names as its origin.
"""

from functools import partial
from typing import Callable, List, Sequence

import torch
from torch import nn

from lsnet_ros.networks.layers import Resize, size_of


class PlainTransfer(nn.Module):
    """Another path's features without change."""

    def __init__(self, channels: int) -> None:
        super().__init__()

    def forward(self, x: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        """Map another path's features, of the shape (N, C, h, w) of x, to the summand for x."""
        return other


class ConvolvedTransfer(nn.Module):
    """
    A 1x1 convolution of another path's features.

    :param channels: C
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 1)

    def forward(self, x: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        """Map another path's features, of the shape (N, C, h, w) of x, to the summand for x."""
        return self.conv(other)


class WeightedTransfer(nn.Module):
    """
    Another path's features times an attention, at each position, from both paths' features.

    :param channels: C
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.attention = nn.Conv2d(2 * channels, 1, 1)

    def forward(self, x: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        """Map another path's features, of the shape (N, C, h, w) of x, to the summand for x."""
        return other * torch.sigmoid(self.attention(torch.cat([x, other], 1)))


class Interaction(nn.Module):
    """
    Add to each path's features those of other paths, all from before the interaction.

    :param channels: C of every path
    :param paths: number of paths; path 0 is the largest
    :param takes: (taker, source) -> whether one path takes the features of another
    :param transfer: builder, by C, of the module from resized features to the summand
    """

    def __init__(self, channels: int, paths: int, takes: Callable[[int, int], bool],
                 transfer: Callable[[int], nn.Module] = PlainTransfer) -> None:
        super().__init__()
        self.sources = [[source for source in range(paths)
                         if source != taker and takes(taker, source)] for taker in range(paths)]
        self.transfers = nn.ModuleList(
            nn.ModuleList(transfer(channels) for _ in sources) for sources in self.sources)
        self.resize = Resize()

    def forward(self, maps: Sequence[torch.Tensor]) -> List[torch.Tensor]:
        """Map each path's features (N, C, h, w) to features of the same shape."""
        joined = []
        for x, sources, transfers in zip(maps, self.sources, self.transfers):
            taken = [transfer(x, self.resize(maps[source], size_of(x)))
                     for source, transfer in zip(sources, transfers)]
            joined.append(sum(taken, x))
        return joined


def _takes_none(taker: int, source: int) -> bool:
    return False


def _takes_all(taker: int, source: int) -> bool:
    return True


def _takes_smaller(taker: int, source: int) -> bool:
    return source > taker


def _takes_larger(taker: int, source: int) -> bool:
    return source < taker


INTERACTIONS = {
    'none': partial(Interaction, takes=_takes_none),
    'low-to-high': partial(Interaction, takes=_takes_smaller),
    'high-to-low': partial(Interaction, takes=_takes_larger),
    'bilateral': partial(Interaction, takes=_takes_all),
    'bilateral-convolved': partial(Interaction, takes=_takes_all, transfer=ConvolvedTransfer),
    'bilateral-weighted': partial(Interaction, takes=_takes_all, transfer=WeightedTransfer),
}
"""Builders by name: (channels, paths); 'bilateral' is the paper's Bilateral-B."""
