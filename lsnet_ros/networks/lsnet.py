# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
LSNet: 1D-mixers, an attention pyramid (AP) and a flow alignment (FA) of the class maps.

This is the lightweight segmentation network of 1D-mixer and AP-FA, not CVPR 2025's "LSNet:
See Large, Focus Small". Its code is not public. Details that the text leaves open are marked as
ours, and chosen to meet the parameter counts of its tables: 21 of 24 agree, the others within
2000. The multiply-adds at 512x512 do not: 4.7 G, where the paper has 3.8 GFLOPs.
"""

from typing import Any, NamedTuple, Sequence, Tuple

import torch
from torch import nn
import torch.nn.functional as F  # noqa: N812

from lsnet_ros.limits.bounds import KERNEL, LAYERS
from lsnet_ros.networks.attention_pyramid import AttentionPyramid, HEADS, SpatialAttention
from lsnet_ros.networks.downsampling import DOWNS
from lsnet_ros.networks.layers import choose, Resize, resize, size_of
from lsnet_ros.networks.mixers import ChannelModule, MIXERS, SpatialModule
from lsnet_ros.networks.network import SegmentationNetwork
from lsnet_ros.networks.option_bounds import check_numbers

WIDTHS = (64, 96, 128)  # channels of the three stages, at 1/2, 1/4 and 1/8 of the input


class FlowAlignment(nn.Module):
    """
    The part of FA (equation 4) that computes where each output pixel samples the class map.

    Ours: offsets are in pixels, and the centres of corner pixels coincide, so offsets of 0 are
    bilinear upsampling.

    :param channels: of the fine features F1
    :param num_classes: C, the channels of the class map D
    """

    def __init__(self, channels: int, num_classes: int) -> None:
        super().__init__()
        self.from_features = nn.Conv2d(channels, 1, 1)
        self.from_logits = nn.Conv2d(num_classes, 1, 1)
        self.resize = Resize()
        self.vertical = nn.Conv2d(2, 2, (7, 1), padding=(3, 0))
        self.horizontal = nn.Conv2d(2, 2, (1, 7), padding=(0, 3))

    def forward(self, features: torch.Tensor, logits: torch.Tensor,
                size: Tuple[int, int]) -> torch.Tensor:
        """
        Compute the offset of every output pixel.

        :param features: F1 (N, channels, H / 2, W / 2)
        :param logits: D (N, C, H / 8, W / 8)
        :param size: (H, W)
        :returns: (N, 2, H, W): to the right and down, in output pixels
        """
        joined = torch.cat([self.resize(self.from_features(features), size),
                            self.resize(self.from_logits(logits), size)], 1)
        return self.horizontal(self.vertical(joined))

    def start_neutral(self) -> None:
        """Initialise to offsets of 0."""
        nn.init.zeros_(self.horizontal.weight)
        nn.init.zeros_(self.horizontal.bias)


def flow_sample(logits: torch.Tensor, offset: torch.Tensor) -> torch.Tensor:
    """
    Upsample a class map, sampling it for each output pixel at that pixel's offset.

    Computed in float32 also under mixed precision: float16 resolves a coordinate near the edge of
    an image of 1024 columns to a quarter of a pixel only.

    :param logits: D (N, C, h, w)
    :param offset: (N, 2, H, W): to the right and down, in output pixels
    :returns: logits (N, C, H, W); positions outside of D have the logits of its border
    """
    offset = offset.float()
    height, width = size_of(offset)
    across = torch.linspace(-1, 1, width, device=offset.device)
    down = torch.linspace(-1, 1, height, device=offset.device).reshape(-1, 1)
    grid = torch.stack([across + offset[:, 0] * (2 / max(width - 1, 1)),
                        down + offset[:, 1] * (2 / max(height - 1, 1))], -1)  # (N, H, W, 2)
    return F.grid_sample(logits.float(), grid, mode='bilinear', padding_mode='border',
                         align_corners=True)


ALIGNMENTS = {'flow': FlowAlignment, 'bilinear': lambda channels, num_classes: None}
"""Builders by name: (channels of F1, num_classes)."""


class LSNetOptions(NamedTuple):
    """The rows of LSNet's ablation tables; the defaults are the paper's network."""

    depth: Sequence[int] = (3, 21)      # N and M, the mixers of stages 2 and 3; stage 1 has three
    mixer: str = '1d'                   # one of mixers.MIXERS
    head: str = 'attention-pyramid'     # one of attention_pyramid.HEADS
    kernels: Sequence[int] = (7, 5, 3)  # of the feature pyramid, finest level first; () for none
    alignment: str = 'flow'             # FA, or 'bilinear'
    down: str = 'series'                # one of downsampling.DOWNS


class LSNet(SegmentationNetwork):
    """
    LSNet and its ablations.

    :param num_classes: C, the channels of the logits
    :param options: fields of `LSNetOptions`
    :raises TypeError: if there is no option of a name
    :raises ValueError: if the value of an option is not known
    """

    def __init__(self, num_classes: int, **options: Any) -> None:
        super().__init__(num_classes)
        chosen = LSNetOptions(**options)
        check_numbers('depth', chosen.depth, LAYERS, least=0, count=2)
        check_numbers('kernels', chosen.kernels, KERNEL)
        build_down = choose('down', chosen.down, DOWNS)
        build_mixer = choose('mixer', chosen.mixer, MIXERS)
        build_head = choose('head', chosen.head, HEADS)
        build_alignment = choose('alignment', chosen.alignment, ALIGNMENTS)
        self.stages = nn.ModuleList()
        for in_channels, width, count in zip((3,) + WIDTHS, WIDTHS, (3,) + tuple(chosen.depth)):
            blocks = [build_mixer(width) for _ in range(count)]
            self.stages.append(nn.Sequential(build_down(in_channels, width), *blocks))
        self.head = build_head(WIDTHS[-1], num_classes, tuple(chosen.kernels))
        self.alignment = build_alignment(WIDTHS[0], num_classes)
        self._initialise()

    def _initialise(self) -> None:
        """
        Draw the weights, as He et al. (ICCV 2015); the paper leaves it open.

        The attention and the flow start neutral, the class map and the branches of the mixers
        small: large branches would grow the features with each of the 27 blocks.
        """
        for module in self.modules():
            if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
                nn.init.kaiming_normal_(module.weight)
                if module.bias is not None:
                    nn.init.zeros_(module.bias)
        for module in self.modules():
            if isinstance(module, (SpatialAttention, FlowAlignment)):
                module.start_neutral()
            elif isinstance(module, (AttentionPyramid, ChannelModule, SpatialModule)):
                module.start_small()

    def core(self, x: torch.Tensor) -> Tuple[torch.Tensor, ...]:
        """
        Compute the class map at 1/8, and where each output pixel samples it.

        :param x: normalised images (N, 3, H, W)
        :returns: logits (N, C, H / 8, W / 8), rounded up, and, with FA, the offset
            (N, 2, H, W): to the right and down, in output pixels
        """
        fine = self.stages[0](x)
        logits = self.head(self.stages[2](self.stages[1](fine)))
        if self.alignment is None:
            return (logits,)
        return logits, self.alignment(fine, logits, size_of(x))

    @staticmethod
    def decode(outputs: Sequence[torch.Tensor], size: Tuple[int, int]) -> torch.Tensor:
        """Upsample the outputs of `core` to logits (N, C, height, width)."""
        logits = flow_sample(*outputs) if len(outputs) == 2 else outputs[0]
        return resize(logits, size)
