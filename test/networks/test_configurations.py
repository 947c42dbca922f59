# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Every row of the papers' tables: it builds, runs at odd sizes and trains."""

import pytest
import torch
import torch.nn.functional as F  # noqa: N812

from lsnet_ros.networks import beyond_rounding, build_network, CONFIGURATIONS, NETWORKS

ODD = (361, 482)   # px
SMALL = (48, 64)   # px
WIDER = (96, 128)  # px, for LPS-Net, whose last maps are 1/64 of that
DISTINCT = list({str(row[:2]): name for name, row in CONFIGURATIONS.items()}.values())
# The steps of Table 4 and the feature pyramids differ in size only; S, M and L are three of them.
SAME_BUT_FOR_SIZE = {'fpn-lite1', 'fpn-lite2'} | {'lps-net-{}'.format(step) for step in range(15)}
TRAINED = [name for name in DISTINCT if name not in SAME_BUT_FOR_SIZE]


def build_smaller(name):
    """Build a row, smaller where the row does not vary it, to train it faster."""
    row = CONFIGURATIONS[name]
    less = {}
    if row.network == 'lsnet' and 'depth' not in row.options:
        less = {'depth': (1, 1)}
    elif name.startswith(('lps-net-block', 'lps-net-interaction')):
        less = {'depths': (1, 1, 1, 2, 2)}
    return build_network(name, 4, **less)


def test_every_network_is_a_row():
    assert set(NETWORKS) <= set(CONFIGURATIONS)
    assert {row.network for row in CONFIGURATIONS.values()} <= set(NETWORKS)
    for name in NETWORKS:
        assert CONFIGURATIONS[name][:2] == (name, {})


@pytest.mark.parametrize('count, published, difference', [
    (615000, '0.62 M', 0), (624999, '0.62 M', 0), (614999, '0.62 M', -1), (625000, '0.62 M', 1),
    (454227, '0.46 M', -773), (615251, '0.61 M', 252), (11450000000, '11.5 G', 0),
    (11208490624, '11.5 G', -241509376), (8219394048, '8.48 G', -255605952),
])
def test_what_rounding_does_not_explain(count, published, difference):
    assert beyond_rounding(count, published) == difference


def test_a_row_is_built_with_its_options_and_those_given():
    network = build_network('lrnnet-8-4-2', 5, keys='max')
    assert network.non_local.scales == (8, 4, 2)
    assert network.non_local.represent.axes == (3,)


@pytest.mark.parametrize('name', DISTINCT)
def test_it_runs_at_odd_sizes(name):
    network = build_network(name, 5).eval()
    with torch.no_grad():
        assert network(torch.empty(0, 3, *ODD)).shape == (0, 5) + ODD


@pytest.mark.parametrize('name', TRAINED)
def test_it_trains(name):
    torch.manual_seed(0)
    network = build_smaller(name).train()
    size = WIDER if name.startswith('lps-net') else SMALL
    x = F.interpolate(torch.randn(2, 3, 3, 4), size=size, mode='bilinear')
    target = x.argmax(1)
    optimizer = torch.optim.SGD(network.parameters(), 5e-3, momentum=0.9)
    losses = []
    # Biases may have none: a batch norm that follows takes away what they add.
    without_gradient = {key for key, _ in network.named_parameters() if 'bias' not in key}
    for _ in range(5):
        loss = F.cross_entropy(network(x), target)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        without_gradient -= {key for key, parameter in network.named_parameters()
                             if key in without_gradient and parameter.grad.any()}
    assert losses[-1] < losses[0]
    assert without_gradient == set()
