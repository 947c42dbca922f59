# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
The blocks of LSNet's stages: the 1D-mixer, and those of its ablations.

Every block maps features (N, C, H, W) to features of the same shape.
"""

from functools import partial
from typing import Callable

import torch
from torch import nn

from lsnet_ros.networks.layers import ConvBN, fold_batch_norm, Maximum, Mean
from lsnet_ros.networks.lednet import SplitShuffleBlock

BRANCH_START = 0.2  # initial weight of the batch norms at the end of a mixer's branches
SPLITS = 4  # G, the groups of channels in a mixer's spatial module


def _build_relu(channels: int) -> nn.ReLU:
    """Build a ReLU, by the signature of PReLU."""
    return nn.ReLU()


class SpatialModule(nn.Module):
    """
    1D-MS of LSNet: local context from 3x1 and 1x3 filters, global context from pooling.

    ``MS(x) = BN(V1x3 relu(V3x1 x) + w_max GMP(x) + w_avg GAP(x))``, each term depthwise. So one
    module over all C channels equals the paper's four modules on a quarter of the channels each.

    :param channels: C
    :param activation: built with the number of channels; ReLU is ours
    """

    def __init__(self, channels: int,
                 activation: Callable[[int], nn.Module] = _build_relu) -> None:
        super().__init__()
        self.vertical = nn.Conv2d(
            channels, channels, (3, 1), padding=(1, 0), groups=channels, bias=False)
        self.activation = activation(channels)
        self.horizontal = nn.Conv2d(
            channels, channels, (1, 3), padding=(0, 1), groups=channels, bias=False)
        self.global_maximum, self.global_mean = Maximum((2, 3)), Mean((2, 3))
        self.scale_maximum = nn.Conv2d(channels, channels, 1, groups=channels)
        self.scale_mean = nn.Conv2d(channels, channels, 1, groups=channels)
        self.bn = nn.BatchNorm2d(channels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map features (N, C, H, W) to features of the same shape."""
        local = self.horizontal(self.activation(self.vertical(x)))
        everywhere = (self.scale_maximum(self.global_maximum(x))
                      + self.scale_mean(self.global_mean(x)))                    # (N, C, 1, 1)
        return self.bn(local + everywhere)

    def start_small(self) -> None:
        """Initialise to a small summand of the mixer."""
        nn.init.constant_(self.bn.weight, BRANCH_START)

    def fold_batch_norm(self) -> None:
        """Fold the batch norm into the three convolutions whose sum it normalises."""
        bn = self.bn
        fold_batch_norm(self.horizontal, bn)
        scale = (bn.weight / torch.sqrt(bn.running_var + bn.eps)).detach()       # (C,)
        for conv in (self.scale_maximum, self.scale_mean):
            conv.weight.data = conv.weight.data * scale.reshape(-1, 1, 1, 1)
            conv.bias.data = conv.bias.data * scale
        self.bn = nn.Identity()


class ChannelModule(nn.Module):
    """
    1D-MC of LSNet: a bottleneck over the channels, weighted by the channels' maxima.

    ``MC(x) = BN(W2 relu(W1 x)) sigmoid(GMP(x))``. The sigmoid is ours: the paper says
    "multiplied", but products of maxima grow without bound through 27 blocks.

    :param channels: C
    :param activation: built with the number of channels; ReLU is ours
    """

    def __init__(self, channels: int,
                 activation: Callable[[int], nn.Module] = _build_relu) -> None:
        super().__init__()
        self.reduce = nn.Conv2d(channels, channels // 2, 1, bias=False)
        self.activation = activation(channels // 2)
        self.expand = ConvBN(nn.Conv2d(channels // 2, channels, 1, bias=False), activation=None)
        self.global_maximum = Maximum((2, 3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map features (N, C, H, W) to features of the same shape."""
        mixed = self.expand(self.activation(self.reduce(x)))
        return mixed * torch.sigmoid(self.global_maximum(x))

    def start_small(self) -> None:
        """Initialise to a small summand of the mixer."""
        nn.init.constant_(self.expand[1].weight, BRANCH_START)


class GroupedConvolutions(nn.Sequential):
    """
    BN(W2 relu(W1 x)) with 3x3 filters, the ablations of 1D-MS.

    :param channels: C
    :param groups: 4 for full convolutions in each of four splits, C for depthwise ones
    """

    def __init__(self, channels: int, groups: int) -> None:
        super().__init__(
            nn.Conv2d(channels, channels, 3, padding=1, groups=groups, bias=False),
            nn.ReLU(),
            ConvBN(nn.Conv2d(channels, channels, 3, padding=1, groups=groups, bias=False),
                   activation=None))


class Mixer1D(nn.Module):
    """
    1D-mixer of LSNet, equations 1 and 2: ``SF = MS(x) + x`` and ``out = MC(SF) + SF``.

    The paper's equation 2 says MC(SA), where SA is not defined; it has to be SF.

    :param channels: C
    :param spatial: builder of 1D-MS by the number of channels
    :param channel: builder of 1D-MC by the number of channels
    """

    def __init__(self, channels: int, spatial: Callable[[int], nn.Module] = SpatialModule,
                 channel: Callable[[int], nn.Module] = ChannelModule) -> None:
        super().__init__()
        self.spatial = spatial(channels)
        self.channel = channel(channels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map features (N, C, H, W) to features of the same shape."""
        x = self.spatial(x) + x
        return self.channel(x) + x


class DabBlock(nn.Module):
    """
    DAB module of DABNet, without dilation: a bottleneck with two depthwise branches.

    Li et al., "DABNet: Depth-wise Asymmetric Bottleneck for Real-time Semantic Segmentation",
    BMVC 2019. BN and activation stand before and after the 3x3 that halves the channels, after
    every 1D convolution, and before the 1x1 that restores the channels.

    :param channels: C
    :param activation: built with the number of channels; PReLU in the paper
    """

    def __init__(self, channels: int, activation: Callable[[int], nn.Module]) -> None:
        super().__init__()
        half = channels // 2

        def append_norm(conv: nn.Conv2d) -> nn.Sequential:
            return nn.Sequential(ConvBN(conv, activation=None), activation(conv.out_channels))

        def build_branch() -> nn.Sequential:
            return nn.Sequential(*[
                append_norm(nn.Conv2d(half, half, size, padding=(size[0] // 2, size[1] // 2),
                                      groups=half, bias=False))
                for size in ((3, 1), (1, 3))])

        self.before = nn.Sequential(nn.BatchNorm2d(channels), activation(channels))
        self.reduce = append_norm(nn.Conv2d(channels, half, 3, padding=1, bias=False))
        self.near, self.far = build_branch(), build_branch()
        self.joined = nn.Sequential(nn.BatchNorm2d(half), activation(half))
        self.restore = nn.Conv2d(half, channels, 1, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map features (N, C, H, W) to features of the same shape."""
        reduced = self.reduce(self.before(x))
        return self.restore(self.joined(self.near(reduced) + self.far(reduced))) + x


class ContextGuidedBlock(nn.Module):
    """
    CG block of CGNet, without dilation: local and surrounding context, gated by the global one.

    Wu et al., "CGNet: A Light-weight Context Guided Network for Semantic Segmentation", IEEE
    TIP 2021, with its global residual: the input is added to the gated features.

    :param channels: C; the gate has 8 times fewer channels for 64, 16 times fewer for more
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        half = channels // 2
        squeezed = channels // (8 if channels <= 64 else 16)
        self.reduce = nn.Sequential(
            ConvBN(nn.Conv2d(channels, half, 1, bias=False), activation=None), nn.PReLU(half))
        self.local = nn.Conv2d(half, half, 3, padding=1, groups=half, bias=False)
        self.surrounding = nn.Conv2d(half, half, 3, padding=1, groups=half, bias=False)
        self.joined = nn.Sequential(nn.BatchNorm2d(channels), nn.PReLU(channels))
        self.global_mean = Mean((2, 3))
        self.gate = nn.Sequential(nn.Conv2d(channels, squeezed, 1), nn.ReLU(),
                                  nn.Conv2d(squeezed, channels, 1), nn.Sigmoid())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map features (N, C, H, W) to features of the same shape."""
        reduced = self.reduce(x)
        joined = self.joined(torch.cat([self.local(reduced), self.surrounding(reduced)], 1))
        return joined * self.gate(self.global_mean(joined)) + x


MIXERS = {
    '1d': Mixer1D,
    '1d-prelu': partial(Mixer1D, spatial=partial(SpatialModule, activation=nn.PReLU),
                        channel=partial(ChannelModule, activation=nn.PReLU)),
    '1d-ms-3x3': partial(Mixer1D, spatial=partial(GroupedConvolutions, groups=SPLITS)),
    '1d-ms-depthwise-3x3': partial(
        Mixer1D, spatial=lambda channels: GroupedConvolutions(channels, channels)),
    '1d-mc-1x1': partial(
        Mixer1D, channel=lambda channels: ConvBN(
            nn.Conv2d(channels, channels, 1, bias=False), activation=None)),
    'ss-nbt': SplitShuffleBlock,
    'dab': partial(DabBlock, activation=nn.PReLU),
    'dab-relu': partial(DabBlock, activation=_build_relu),
    'cg': ContextGuidedBlock,
}
"""Builders by the name of the paper's ablation row: (channels); '1d-prelu' is ours."""
