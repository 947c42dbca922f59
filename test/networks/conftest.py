# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Fixtures of the tests of several networks."""

import pytest
import torch


@pytest.fixture
def draw_statistics():
    """Return a function that draws statistics and weights of a network's batch norms."""
    def draw(network):
        for module in network.modules():
            if isinstance(module, torch.nn.BatchNorm2d):
                torch.nn.init.uniform_(module.weight, 0.5, 1.5)
                torch.nn.init.normal_(module.bias, 0.0, 0.2)
                torch.nn.init.normal_(module.running_mean, 0.0, 0.2)
                torch.nn.init.uniform_(module.running_var, 0.5, 1.5)
        return network

    return draw
