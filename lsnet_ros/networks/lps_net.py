# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
LPS-Net: plain 3x3 convolutions in parallel paths that read the image at different sizes.

Zhang et al., "Lightweight and Progressively-Scalable Networks for Semantic Segmentation",
IJCV 2023 (arXiv 2207.13600). Interaction after stages 3 and 4 and ``align_corners=True``
follow the authors' published code, whose weights are for that form; the paper's text says
stages 3 to 5. The final upsampling is part of the network as in the paper, but not in the
code. `compared_blocks` and `lps_interactions` have the alternatives of Tables 2 and 3.
"""

from typing import Callable, List, NamedTuple, Sequence, Tuple, Union

import torch
from torch import nn

from lsnet_ros.limits.bounds import CHANNELS, LAYERS
from lsnet_ros.networks.layers import choose, copy_folded, Resize, size_of
from lsnet_ros.networks.lps_blocks import BLOCKS, FUSIBLE
from lsnet_ros.networks.lps_interactions import INTERACTIONS
from lsnet_ros.networks.network import SegmentationNetwork
from lsnet_ros.networks.option_bounds import check_numbers, check_parameters, read_ratios

INTERACTING_STAGES = (2, 3)  # from 0: the paths exchange the features of these stages
STRIDES = (2, 2, 2, 2, 1)


class Expansion(NamedTuple):
    """One row of the paper's Table 4: depths, widths and input sizes."""

    depths: Tuple[int, ...]    # blocks of each stage
    widths: Tuple[int, ...]    # channels of each stage
    ratios: Tuple[str, ...]    # size of each path's image relative to the input, descending


_DEEP = (1, 3, 3, 10, 10)
_WIDE = (8, 24, 64, 160, 160)

EXPANSIONS = (
    Expansion((1, 1, 1, 1, 1), (4, 8, 16, 32, 32), ('1/2',)),
    Expansion((1, 1, 1, 8, 8), (4, 8, 16, 32, 32), ('1/2',)),
    Expansion((1, 1, 1, 8, 8), (4, 16, 32, 64, 64), ('1/2',)),
    Expansion((1, 1, 1, 8, 8), (8, 24, 48, 96, 96), ('1/2',)),
    Expansion((1, 1, 1, 8, 8), (8, 24, 48, 96, 96), ('5/8',)),
    Expansion(_DEEP, (8, 24, 48, 96, 96), ('5/8',)),
    Expansion(_DEEP, (8, 24, 48, 96, 96), ('5/8', '1/4')),
    Expansion(_DEEP, (8, 24, 48, 96, 96), ('3/4', '1/4')),   # S
    Expansion(_DEEP, (8, 24, 48, 96, 96), ('1', '1/4')),     # M
    Expansion(_DEEP, (8, 24, 64, 128, 128), ('1', '1/4')),
    Expansion(_DEEP, _WIDE, ('1', '1/4')),                   # L
    Expansion(_DEEP, _WIDE, ('9/8', '1/4')),
    Expansion(_DEEP, _WIDE, ('11/8', '1/4')),
    Expansion(_DEEP, (8, 32, 80, 192, 192), ('11/8', '1/4')),
    Expansion(_DEEP, (8, 32, 96, 224, 224), ('11/8', '1/4')),
)
"""Steps 0 to 14 of the paper's Table 4."""


class Path(nn.ModuleList):
    """The five stages that read one size of the image."""

    def __init__(self, block: Callable[[int, int, int], nn.Module], depths: Sequence[int],
                 widths: Sequence[int]) -> None:
        super().__init__()
        in_channels = 3
        for depth, width, stride in zip(depths, widths, STRIDES):
            blocks = [block(in_channels, width, stride)]
            blocks += [block(width, width, 1) for _ in range(depth - 1)]
            self.append(nn.Sequential(*blocks))
            in_channels = width


class LPSNet(SegmentationNetwork):
    """
    LPS-Net with any depths, widths and sizes of the paths.

    :param num_classes: C, the channels of the logits
    :param depths: blocks of each of the five stages
    :param widths: channels of each of the five stages
    :param ratios: size of each path's image relative to the input, descending, as '3/4' or 0.75
    :param block: one of ``lps_blocks.BLOCKS``: 'plain', 'reparameterised' (for training),
        'deploy' (for inference), or one of those for comparison
    :param interaction: of the paths, one of ``lps_interactions.INTERACTIONS``
    :raises ValueError: if a name is not known, there are not five stages, or the ratios do not
        descend
    """

    def __init__(self, num_classes: int, depths: Sequence[int], widths: Sequence[int],
                 ratios: Sequence[Union[str, float]], block: str = 'plain',
                 interaction: str = 'bilateral') -> None:
        super().__init__(num_classes)
        build_block = choose('block', block, BLOCKS)
        build_interaction = choose('interaction', interaction, INTERACTIONS)
        check_numbers('depths', depths, LAYERS, count=len(STRIDES))
        check_numbers('widths', widths, CHANNELS, count=len(STRIDES))
        self.ratios = read_ratios(ratios)
        check_parameters(depths, widths, len(self.ratios))
        if not self.ratios or sorted(self.ratios, reverse=True) != self.ratios:
            raise ValueError('ratios {} do not descend: give the largest path first'.format(
                list(ratios)))
        self.depths = tuple(depths)
        self.widths = tuple(widths)
        self.fusible = block in FUSIBLE  # whether deploy blocks can replace the blocks
        self.interaction = interaction
        self.paths = nn.ModuleList(
            Path(build_block, depths, widths) for _ in self.ratios)
        self.interactions = nn.ModuleList(
            build_interaction(widths[stage], len(self.ratios)) for stage in INTERACTING_STAGES)
        self.classifier = nn.Conv2d(len(self.ratios) * widths[-1], num_classes, 1)
        self.resize = Resize()

    def input_sizes(self, height: int, width: int) -> List[Tuple[int, int]]:
        """
        Return the (height, width) at which each path reads an image of the given size.

        Rounded down as in the authors' code; no size needs to be a multiple of 16.
        """
        return [(int(height * ratio), int(width * ratio)) for ratio in self.ratios]

    def core(self, *images: torch.Tensor) -> Tuple[torch.Tensor]:
        """
        Compute the logits at 1/16 of the first path's size.

        :param images: one (N, 3, h, w) for each of ``input_sizes``
        :returns: logits (N, C, h / 16, w / 16) of the first path's size, rounded up
        """
        maps = list(images)
        for stage in range(len(STRIDES)):
            maps = [path[stage](x) for path, x in zip(self.paths, maps)]
            if stage in INTERACTING_STAGES:
                maps = self.interactions[INTERACTING_STAGES.index(stage)](maps)
        size = size_of(maps[0])
        joined = torch.cat([self.resize(x, size) for x in maps], 1) if len(maps) > 1 else maps[0]
        return (self.classifier(joined),)

    def deploy(self) -> 'LPSNet':
        """Return the same function in inference mode, built of deploy blocks if possible."""
        if not self.fusible:
            return copy_folded(self)
        network = LPSNet(self.num_classes, self.depths, self.widths, self.ratios, 'deploy',
                         self.interaction)
        for ours, theirs in zip(self.paths, network.paths):
            for stage, deploy_stage in zip(ours, theirs):
                for block, deploy_block in zip(stage, deploy_stage):
                    weight, bias = block.fuse()
                    deploy_block[0].weight.data.copy_(weight.data)
                    deploy_block[0].bias.data.copy_(bias.data)
        network.interactions.load_state_dict(self.interactions.state_dict())
        network.classifier.load_state_dict(self.classifier.state_dict())
        return network.eval()
