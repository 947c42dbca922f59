# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The core of a network as a module."""

import pytest
import torch

from lsnet_ros.networks import build_network
from lsnet_ros.networks.core import Core


@pytest.mark.parametrize('name', ['lsnet', 'lps-net-s', 'fpn-lite0'])
def test_it_returns_the_outputs_of_the_networks_core(name):
    network = build_network(name, 3).eval()
    images = [torch.randn(1, 3, *size) for size in network.input_sizes(45, 60)]
    with torch.no_grad():
        found, expected = Core(network).eval()(*images), network.core(*images)
    assert isinstance(found, tuple) and len(found) == len(expected)
    assert all(torch.equal(ours, theirs) for ours, theirs in zip(found, expected))


def test_it_shares_the_networks_parameters():
    network = build_network('lps-net-0', 3)
    core = Core(network)
    assert [id(value) for value in core.parameters()] == [
        id(value) for value in network.parameters()]
    assert not core.eval().network.training and not network.training
