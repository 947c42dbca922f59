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
How LPS-Net's paths take part in each other: its own way, and those to compare it with.

Its own is Bilateral-B, without parameters: ``h' = h + U(l)`` and ``l' = l + D(h)`` of the features
h of a larger and l of a smaller path, U and D bilinear. The paper's Table 3 compares six ways; the
table was not at hand. So besides 'none' and 'bilateral' the six are a reconstruction: each of the
two directions alone, and what other multi-path networks exchange: convolved features (Sun et al.,
HRNet, CVPR 2019), and features weighted by an attention to scale (Chen et al., CVPR 2016; Tao et
al., "Hierarchical Multi-Scale Attention", 2020), which the paper names as where it comes from.
"""

from functools import partial
from typing import Callable, List, Sequence

import torch
from torch import nn

from lsnet_ros.networks.layers import Resize, size_of


class AsTheyAre(nn.Module):
    """Features are added as they come."""

    def __init__(self, channels: int) -> None:
        super().__init__()

    def forward(self, x: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        """Return what to add to x (N, C, h, w) for another path's features of that shape."""
        return other


class Convolved(nn.Module):
    """
    Features are mixed by a 1x1 convolution before they are added.

    :param channels: C
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 1)

    def forward(self, x: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        """Return what to add to x (N, C, h, w) for another path's features of that shape."""
        return self.conv(other)


class Weighted(nn.Module):
    """
    Features are weighted at each position, by what both paths have there, and added.

    :param channels: C
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.attention = nn.Conv2d(2 * channels, 1, 1)

    def forward(self, x: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        """Return what to add to x (N, C, h, w) for another path's features of that shape."""
        return other * torch.sigmoid(self.attention(torch.cat([x, other], 1)))


class Interaction(nn.Module):
    """
    Add to each path's features what it takes of the other paths', all as they were before.

    :param channels: C of every path
    :param paths: how many there are, the largest first
    :param takes: tells whether the path of one index takes from that of another
    :param transfer: builds what happens to features that are resized to the taker's
    """

    def __init__(self, channels: int, paths: int, takes: Callable[[int, int], bool],
                 transfer: Callable[[int], nn.Module] = AsTheyAre) -> None:
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


def _from_none(taker: int, source: int) -> bool:
    return False


def _from_all(taker: int, source: int) -> bool:
    return True


def _from_smaller(taker: int, source: int) -> bool:
    return source > taker


def _from_larger(taker: int, source: int) -> bool:
    return source < taker


INTERACTIONS = {
    'none': partial(Interaction, takes=_from_none),
    'low-to-high': partial(Interaction, takes=_from_smaller),
    'high-to-low': partial(Interaction, takes=_from_larger),
    'bilateral': partial(Interaction, takes=_from_all),
    'bilateral-convolved': partial(Interaction, takes=_from_all, transfer=Convolved),
    'bilateral-weighted': partial(Interaction, takes=_from_all, transfer=Weighted),
}
"""Builders by name: (channels, paths); 'bilateral' is the paper's Bilateral-B."""
