# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The core of a network as a module of its own."""

from typing import Any, Tuple

import torch
from torch import nn

Network = Any
"""A module with ``input_sizes``, ``core``, ``decode``, ``deployed`` and ``num_classes``."""


class Core(nn.Module):
    """
    A module whose ``forward`` is a network's ``core``, for libraries that call a module.

    :param network: any of ``NETWORKS``; it is shared, not copied
    """

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.network = network

    def forward(self, *images: torch.Tensor) -> Tuple[torch.Tensor, ...]:
        """Map one image (N, 3, h, w) for each input size to logits and, if any, the offset."""
        return tuple(self.network.core(*images))
