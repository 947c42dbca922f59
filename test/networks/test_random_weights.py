# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Random weights with which a network measures as fast as with trained ones."""

import pytest
import torch

from lsnet_ros.networks import random_network

SMALLEST_NORMAL = 2.0 ** -126


@pytest.mark.parametrize('name, num_classes', [('lps-net-s', 19), ('lsnet-150-classes', 150)])
def test_no_activation_is_denormal_or_near_the_limit_of_half_precision(name, num_classes):
    network = random_network(name, num_classes).deploy()
    outputs = []
    for module in network.modules():
        module.register_forward_hook(
            lambda module, inputs, output: outputs.append(output))
    with torch.no_grad():
        network.core(*[torch.randn(1, 3, *size) for size in network.input_sizes(64, 96)])
    magnitudes = [x.abs() for x in outputs if isinstance(x, torch.Tensor)]
    assert len(magnitudes) > 50
    assert not any(((x > 0) & (x < SMALLEST_NORMAL)).any() for x in magnitudes)
    assert max(float(x.max()) for x in magnitudes) < 65504


def test_the_same_seed_gives_the_same_weights_and_leaves_others_alone():
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    first, second, third = (random_network('lps-net-0', 11, seed) for seed in (0, 0, 1))
    assert torch.equal(torch.rand(3), expected)
    weights = [network.classifier.weight for network in (first, second, third)]
    assert torch.equal(weights[0], weights[1]) and not torch.equal(weights[0], weights[2])
