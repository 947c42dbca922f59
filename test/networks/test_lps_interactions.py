# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The interactions of LPS-Net's paths, written out."""

import pytest
import torch
import torch.nn.functional as F  # noqa: N812

from lsnet_ros.models.export import export_onnx
from lsnet_ros.networks import build_network, count_parameters
from lsnet_ros.networks.layers import resize
from lsnet_ros.networks.lps_interactions import INTERACTIONS
from lsnet_ros.stages.preprocessing import InputSpec

SIZE = (90, 122)  # px; odd on the way down
NAMES = sorted(INTERACTIONS)


@pytest.fixture
def maps():
    """Features of three paths, 4 channels."""
    torch.manual_seed(0)
    return [torch.randn(2, 4, 12, 16), torch.randn(2, 4, 6, 8), torch.randn(2, 4, 3, 5)]


def like(x, other):
    return resize(other, x.shape[2:])


def test_none_leaves_the_paths_alone(maps):
    assert all(x is y for x, y in zip(INTERACTIONS['none'](4, 3)(maps), maps))


def test_high_paths_take_from_the_lower(maps):
    a, b, c = maps
    found = INTERACTIONS['low-to-high'](4, 3)(maps)
    torch.testing.assert_close(found, [a + like(a, b) + like(a, c), b + like(b, c), c])


def test_low_paths_take_from_the_higher(maps):
    a, b, c = maps
    found = INTERACTIONS['high-to-low'](4, 3)(maps)
    torch.testing.assert_close(found, [a, b + like(b, a), c + like(c, a) + like(c, b)])


def test_both_take_from_both(maps):
    a, b, c = maps
    found = INTERACTIONS['bilateral'](4, 3)(maps)
    torch.testing.assert_close(found, [a + like(a, b) + like(a, c), b + like(b, a) + like(b, c),
                                       c + like(c, a) + like(c, b)])


def test_what_is_taken_may_be_convolved(maps):
    h, low = maps[:2]
    interaction = INTERACTIONS['bilateral-convolved'](4, 2)
    up, down = (transfers[0].conv for transfers in interaction.transfers)
    with torch.no_grad():
        torch.testing.assert_close(interaction([h, low]), [
            h + F.conv2d(like(h, low), up.weight, up.bias),
            low + F.conv2d(like(low, h), down.weight, down.bias)])


def test_what_is_taken_may_be_weighted_at_each_position(maps):
    h, low = maps[:2]
    interaction = INTERACTIONS['bilateral-weighted'](4, 2)
    up, down = (transfers[0].attention for transfers in interaction.transfers)

    def add_weighted(conv, x, other):
        joined = torch.cat([x, like(x, other)], 1)
        weight = torch.einsum('c,nchw->nhw', conv.weight[0, :, 0, 0], joined) + conv.bias
        return x + like(x, other) * torch.sigmoid(weight)[:, None]

    with torch.no_grad():
        torch.testing.assert_close(
            interaction([h, low]), [add_weighted(up, h, low), add_weighted(down, low, h)])


@pytest.mark.parametrize('name, parameters', [
    ('none', 0), ('low-to-high', 0), ('high-to-low', 0), ('bilateral', 0),
    ('bilateral-convolved', 6 * (16 + 4)), ('bilateral-weighted', 6 * (8 + 1))])
def test_it_has_its_parameters(name, parameters):
    assert count_parameters(INTERACTIONS[name](4, 3)) == parameters


@pytest.mark.parametrize('name', NAMES)
def test_a_network_with_it_deploys_and_exports_to_the_same_function(name, draw_statistics):
    torch.manual_seed(0)
    network = draw_statistics(build_network(
        'lps-net-0', 5, ratios=('1', '1/2', '1/4'), interaction=name)).eval()
    x = torch.randn(1, 3, *SIZE)
    with torch.no_grad():
        torch.testing.assert_close(network.deploy()(x), network(x), rtol=1e-4, atol=1e-5)
    spec = InputSpec(SIZE[0], SIZE[1], tuple(network.input_sizes(*SIZE)))
    assert export_onnx(network, spec)                        # it raises otherwise


@pytest.mark.parametrize('name', NAMES)
def test_one_path_has_nothing_to_take(name):
    x = torch.randn(1, 4, 3, 5)
    assert INTERACTIONS[name](4, 1)([x])[0] is x
