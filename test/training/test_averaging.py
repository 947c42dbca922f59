# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

import pytest
import torch
from torch.optim import swa_utils

from lsnet_ros.networks import build_network
from lsnet_ros.training.averaging import Average, constant_rate_from, measure_statistics
from lsnet_ros.training.recipes import Recipe

RECIPE = Recipe('lps-net-0', 'camvid', (32, 64), (32, 64), 8, 2, 0.1, ema_decay=0.6,
                swa_share=0.5)


def passed_through(count):
    """Return a network and the states that it is in one after the other."""
    network = build_network('lps-net-0', 3)
    generator = torch.Generator().manual_seed(1)
    return network, [
        {name: torch.randn(value.shape, generator=generator) if value.is_floating_point()
         else torch.tensor(number) for name, value in network.state_dict().items()}
        for number in range(count)]


def averaged(average, network, states):
    for iteration, state in enumerate(states, 1):
        network.load_state_dict(state)
        average.update(iteration)
    return average.network.state_dict()


def test_the_exponential_average_is_that_of_pytorch_without_its_pull_to_the_first():
    network, states = passed_through(5)
    found = averaged(Average(network, RECIPE._replace(average='ema')), network, states)
    reference = swa_utils.AveragedModel(
        network, multi_avg_fn=swa_utils.get_ema_multi_avg_fn(0.6), use_buffers=True)
    for state in states:
        network.load_state_dict(state)
        reference.update_parameters(network)
    # PyTorch gives the first weights 0.6^4; the average's own formula gives them 0.4 * 0.6^4.
    for name, value in reference.module.state_dict().items():
        if value.is_floating_point():
            expected = (value - 0.6 ** 5 * states[0][name]) / (1 - 0.6 ** 5)
            torch.testing.assert_close(found[name], expected, rtol=1e-5, atol=1e-6)
        else:
            assert int(found[name]) == 4


def test_swa_is_the_mean_of_the_last_share():
    network, states = passed_through(8)
    average = Average(network, RECIPE._replace(average='swa'))
    found = averaged(average, network, states)
    reference = swa_utils.AveragedModel(network)
    for state in states[4:]:
        network.load_state_dict(state)
        reference.update_parameters(network)
    assert average.count == 4
    for name, value in reference.module.named_parameters():
        torch.testing.assert_close(found[name], value, rtol=1e-5, atol=1e-6)


def test_before_its_share_swa_has_no_average():
    network, states = passed_through(4)
    average = Average(network, RECIPE._replace(average='swa'))
    averaged(average, network, states)
    assert average.count == 0


@pytest.mark.parametrize('average, expected', [('none', 8), ('ema', 8), ('swa', 4)])
def test_swa_keeps_the_learning_rate(average, expected):
    assert constant_rate_from(RECIPE._replace(average=average)) == expected


def test_measured_statistics_are_those_of_pytorch():
    generator = torch.Generator().manual_seed(2)
    batches = [torch.randn(2, 3, 64, 64, generator=generator) for _ in range(3)]
    network, reference = build_network('lps-net-0', 3), build_network('lps-net-0', 3)
    reference.load_state_dict(network.state_dict())
    measure_statistics(network, batches)
    swa_utils.update_bn(batches, reference)
    expected = dict(reference.named_buffers())
    assert any(name.endswith('running_var') for name in expected)
    for name, value in network.named_buffers():
        torch.testing.assert_close(value, expected[name], rtol=1e-4, atol=1e-6)
    momenta = {module.momentum for module in network.modules()
               if isinstance(module, torch.nn.BatchNorm2d)}
    assert momenta == {0.1}
    assert not any(module.training for module in network.modules())


def test_statistics_are_measured_without_dropout():
    network = build_network('lednet', 3)
    found = []
    for seed in (0, 1):
        torch.manual_seed(seed)
        measure_statistics(network, [torch.ones(2, 3, 32, 32)])
        found.append([value.clone() for value in network.buffers() if value.is_floating_point()])
    assert all(torch.equal(first, second) for first, second in zip(*found))
