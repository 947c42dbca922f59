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
LSNet: 1D-mixers, an attention pyramid (AP) and a flow alignment (FA) of the class maps.

This is the lightweight segmentation network of 1D-mixer and AP-FA, not CVPR 2025's "LSNet:
See Large, Focus Small". No code of it is public: what its text leaves open was chosen so that
the parameter counts of its tables come out (21 of 24 do, the others within 2000), and is
marked where it stands. The 3.8 GFLOPs published for 512x512 do not come out (4.7 here).
"""

from typing import List, Sequence, Tuple

import torch
from torch import nn
import torch.nn.functional as F  # noqa: N812

from lsnet_ros.networks.attention_pyramid import AttentionPyramid, HEADS, SpatialAttention
from lsnet_ros.networks.downsampling import DOWNS
from lsnet_ros.networks.layers import choose, deployed_copy, Resize, resize, size_of
from lsnet_ros.networks.mixers import ChannelModule, MIXERS, SpatialModule

WIDTHS = (64, 96, 128)  # channels of the three stages, at 1/2, 1/4 and 1/8 of the input


class FlowAlignment(nn.Module):
    """
    The part of FA (equation 4) that says where each output pixel looks in the class map.

    Offsets in pixels, and corners that keep their centres, are ours: so offsets of 0 are plain
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
        """Let every offset be 0."""
        nn.init.zeros_(self.horizontal.weight)
        nn.init.zeros_(self.horizontal.bias)


def flow_sample(logits: torch.Tensor, offset: torch.Tensor) -> torch.Tensor:
    """
    Upsample a class map, each output pixel read where its offset points.

    In float32 also under mixed precision: in half precision a coordinate near the edge of a
    1024 px wide image is a quarter of a pixel coarse.

    :param logits: D (N, C, h, w)
    :param offset: (N, 2, H, W): to the right and down, in output pixels
    :returns: logits (N, C, H, W); positions outside are those of the border
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
"""Builders of the alignment: (channels of F1, num_classes)."""


class LSNet(nn.Module):
    """
    LSNet, with the rows of its ablation tables as arguments.

    :param num_classes: C, the channels of the logits
    :param depth: N and M, the mixers of stages 2 and 3; stage 1 has three
    :param mixer: one of ``mixers.MIXERS``
    :param head: one of ``attention_pyramid.HEADS``
    :param kernels: of the feature pyramid, finest level first; none for no pyramid
    :param alignment: 'flow' (FA) or 'bilinear'
    :param down: one of ``downsampling.DOWNS``
    :raises ValueError: if a name is not known
    """

    def __init__(self, num_classes: int, depth: Sequence[int] = (3, 21), mixer: str = '1d',
                 head: str = 'attention-pyramid', kernels: Sequence[int] = (7, 5, 3),
                 alignment: str = 'flow', down: str = 'series') -> None:
        super().__init__()
        build_down = choose('down', down, DOWNS)
        build_mixer = choose('mixer', mixer, MIXERS)
        build_head = choose('head', head, HEADS)
        build_alignment = choose('alignment', alignment, ALIGNMENTS)
        self.num_classes = num_classes
        self.stages = nn.ModuleList()
        for in_channels, width, count in zip((3,) + WIDTHS, WIDTHS, (3,) + tuple(depth)):
            blocks = [build_mixer(width) for _ in range(count)]
            self.stages.append(nn.Sequential(build_down(in_channels, width), *blocks))
        self.head = build_head(WIDTHS[-1], num_classes, tuple(kernels))
        self.alignment = build_alignment(WIDTHS[0], num_classes)
        self._initialise()

    def _initialise(self) -> None:
        """
        Draw the weights, as He et al. (ICCV 2015); the paper does not say how.

        The attention and the flow start without effect, and the class map small. So do the
        mixers' branches, or their sum grows with each of the 27 blocks.
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

    def input_sizes(self, height: int, width: int) -> List[Tuple[int, int]]:
        """Return the (height, width) at which the network reads an image: its own."""
        return [(height, width)]

    def core(self, x: torch.Tensor) -> Tuple[torch.Tensor, ...]:
        """
        Compute the class map at 1/8, and where each output pixel looks in it.

        :param x: normalised images (N, 3, H, W)
        :returns: logits (N, C, H / 8, W / 8), rounded up, and, with FA, the offset
            (N, 2, H, W): to the right and down, in output pixels
        """
        fine = self.stages[0](x)
        logits = self.head(self.stages[2](self.stages[1](fine)))
        if self.alignment is None:
            return (logits,)
        return logits, self.alignment(fine, logits, size_of(x))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map normalised images (N, 3, H, W) to logits (N, C, H, W)."""
        return self.decode(self.core(x), size_of(x))

    @staticmethod
    def decode(outputs: Sequence[torch.Tensor], size: Tuple[int, int]) -> torch.Tensor:
        """Upsample what core returns to logits (N, C, height, width) of the given size."""
        logits = flow_sample(*outputs) if len(outputs) == 2 else outputs[0]
        return resize(logits, size)

    def deployed(self) -> nn.Module:
        """Return the same function, in inference mode, with its batch norms folded."""
        return deployed_copy(self)
