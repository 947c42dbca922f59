# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

import copy

import pytest

pytest.importorskip('torch')
import torch  # noqa: E402

from lsnet_ros.networks import build_network  # noqa: E402
from lsnet_ros.training.branches import is_merged, restore_branches  # noqa: E402


@pytest.fixture(params=['plain', 'reparameterised'])
def network(request):
    """A network in its training form, whose norms have seen images."""
    torch.manual_seed(0)
    network = build_network('lps-net-0', 5, block=request.param).train()
    for seed in range(3):
        network(draw_images(seed))
    return network.eval()


def draw_images(seed):
    return torch.rand(2, 3, 64, 96, generator=torch.Generator().manual_seed(seed)) * 4 - 2


def test_the_training_form_computes_what_the_merged_form_does(network):
    merged = network.deploy()
    fresh = copy.deepcopy(network)
    for parameter in fresh.parameters():
        torch.nn.init.normal_(parameter)
    before = {key: value.clone() for key, value in fresh.state_dict().items()}
    restored = restore_branches(merged, fresh, [draw_images(seed) for seed in (7, 8)])
    with torch.no_grad():
        torch.testing.assert_close(restored(draw_images(9)), merged(draw_images(9)),
                                   rtol=1e-4, atol=1e-4)
    for key, value in fresh.state_dict().items():
        torch.testing.assert_close(value, before[key])


def test_in_training_it_computes_nearly_the_same(network):
    merged = network.deploy()
    restored = restore_branches(merged, network, [draw_images(seed) for seed in (7, 8)]).train()
    images = torch.cat([draw_images(seed) for seed in (7, 8)])
    with torch.no_grad():
        torch.testing.assert_close(restored(images), merged(images), rtol=0.02, atol=0.02)


def test_merged_networks_are_told_from_others(network):
    merged = network.deploy()
    assert is_merged(merged, network)
    assert not is_merged(network, network) and not is_merged(merged, merged)
    assert not is_merged(build_network('lednet', 5), network)
