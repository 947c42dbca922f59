# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Random weights for measuring the latency of a network that is not trained."""

from torch import nn


def draw_weights(network: nn.Module) -> None:
    """
    Draw the weights of a network's convolutions, as He et al. (ICCV 2015).

    With PyTorch's default weights, the activations of a deep network without norms shrink from
    layer to layer until they are denormal numbers, with which processors are slow. Such a network
    would measure slower than a trained one.
    """
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight)
