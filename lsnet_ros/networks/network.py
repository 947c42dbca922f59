# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The contract of all networks: input sizes, core, decode and the deployed form."""

from typing import Callable, List, Sequence, Tuple

import torch
from torch import nn

from lsnet_ros.limits.bounds import check_most, CLASSES
from lsnet_ros.networks.layers import copy_folded, Network, resize, size_of


class SegmentationNetwork(nn.Module):
    """
    A network whose ``core`` maps images of ``input_sizes`` to outputs for ``decode``.

    Engines compute the core; resizing of images and outputs is left to their users.
    """

    core: Callable[..., Tuple[torch.Tensor, ...]]

    def __init__(self, num_classes: int) -> None:
        super().__init__()
        check_most('num_classes', num_classes, CLASSES)
        self.num_classes = num_classes

    def input_sizes(self, height: int, width: int) -> List[Tuple[int, int]]:
        """Return the (height, width) of each image that ``core`` reads: the image's own."""
        return [(height, width)]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map normalised images (N, 3, H, W) to logits (N, C, H, W)."""
        size = size_of(x)
        return self.decode(self.core(*[resize(x, read) for read in self.input_sizes(*size)]), size)

    @staticmethod
    def decode(outputs: Sequence[torch.Tensor], size: Tuple[int, int]) -> torch.Tensor:
        """Upsample the outputs of ``core`` to logits (N, C, height, width)."""
        return resize(outputs[0], size)

    def deploy(self: Network) -> Network:
        """Return the same function in inference mode, batch norms folded."""
        return copy_folded(self)
