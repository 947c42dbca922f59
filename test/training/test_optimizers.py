# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Optimisers: the rates that a recipe gives to the encoder and to the rest, and their state."""

import numpy as np
import pytest
import torch

from lsnet_ros.networks import build_network
from lsnet_ros.training.checkpoint import CheckpointError, load_optimizer, optimizer_arrays
from lsnet_ros.training.optimizers import build_optimizer
from lsnet_ros.training.recipes import Recipe

RECIPE = Recipe('fpn-lite0', 'camvid', (64, 96), (64, 96), 10, 2, 0.05)


def test_one_group_where_the_encoder_has_no_rate_of_its_own():
    network = build_network('fpn-lite0', 3)
    optimizer = build_optimizer(network, RECIPE)
    assert isinstance(optimizer, torch.optim.SGD)
    assert [group['base_rate'] for group in optimizer.param_groups] == [0.05]
    assert len(optimizer.param_groups[0]['params']) == len(list(network.parameters()))


def test_the_encoder_has_its_rate_and_every_weight_one_group():
    network = build_network('fpn-lite0', 3)
    optimizer = build_optimizer(network, RECIPE._replace(
        optimizer='adamw', encoder_learning_rate=0.01, weight_decay=0.02))
    assert isinstance(optimizer, torch.optim.AdamW)
    rest, encoder = optimizer.param_groups
    assert (rest['base_rate'], encoder['base_rate']) == (0.05, 0.01)
    assert (rest['weight_decay'], encoder['weight_decay']) == (0.02, 0.02)
    assert set(encoder['params']) == set(network.encoder.parameters())
    assert set(rest['params']).isdisjoint(encoder['params'])
    assert len(rest['params']) + len(encoder['params']) == len(list(network.parameters()))


@pytest.mark.parametrize('name, kinds', [
    ('sgd', {'momentum_buffer'}), ('adamw', {'step', 'exp_avg', 'exp_avg_sq'})])
def test_a_state_put_back_goes_on_to_the_same_weights(name, kinds):
    def descend(network, optimizer, times):
        for _ in range(times):
            optimizer.zero_grad()
            network(torch.ones(2, 3)).square().sum().backward()
            optimizer.step()

    torch.manual_seed(0)
    recipe = RECIPE._replace(optimizer=name)
    network = torch.nn.Linear(3, 2)
    optimizer = build_optimizer(network, recipe)
    descend(network, optimizer, 3)
    state = optimizer_arrays(network, optimizer)
    assert set(state) == {'{}/{}'.format(kind, part) for kind in kinds
                          for part in ('weight', 'bias')}
    copy = torch.nn.Linear(3, 2)
    copy.load_state_dict(network.state_dict())
    resumed = build_optimizer(copy, recipe)
    load_optimizer(copy, resumed, state)
    descend(network, optimizer, 3)
    descend(copy, resumed, 3)
    assert torch.equal(network.weight, copy.weight) and torch.equal(network.bias, copy.bias)


def test_the_state_of_another_network_is_refused():
    network = torch.nn.Linear(3, 2)
    optimizer = build_optimizer(network, RECIPE)
    with pytest.raises(CheckpointError, match="'exp_avg/other' .* no such weight"):
        load_optimizer(network, optimizer, {'exp_avg/other': np.zeros((2, 3), np.float32)})
    with pytest.raises(CheckpointError, match=r"'exp_avg/weight' of shape \(5, 3\)"):
        load_optimizer(network, optimizer, {'exp_avg/weight': np.zeros((5, 3), np.float32)})
