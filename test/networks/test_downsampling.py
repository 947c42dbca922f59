# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The first layer of LSNet's stages, written out."""

import pytest
import torch
import torch.nn.functional as F  # noqa: N812

from lsnet_ros.networks import count_parameters
from lsnet_ros.networks.downsampling import Down, DOWNS, LightDown, ParallelDown


def pool_input(x):
    """The maxima of 2x2 pixels of 21 rows, which become 11."""
    return F.max_pool2d(F.pad(x, (0, 0, 0, 1), value=-1e9), 2)


def test_down_is_the_pooled_input_spliced_between_crossed_filters(draw_statistics):
    torch.manual_seed(0)
    down = draw_statistics(Down(3, 64)).eval()
    x = torch.randn(2, 3, 21, 34)
    with torch.no_grad():
        vertical = F.conv2d(x, down.vertical[0].weight, stride=2, padding=(1, 0))
        vertical = torch.relu(down.vertical[1](vertical))
        horizontal = F.conv2d(torch.cat([vertical, pool_input(x)], 1), down.horizontal[0].weight,
                              padding=(0, 1))
        torch.testing.assert_close(down(x), torch.relu(down.horizontal[1](horizontal)))
    assert down(x).shape == (2, 64, 11, 17)
    assert down.vertical[0].out_channels == 32


def test_the_parallel_form_sums_crossed_filters_beside_the_pooled_input(draw_statistics):
    torch.manual_seed(0)
    down = draw_statistics(ParallelDown(4, 12)).eval()
    x = torch.randn(2, 4, 21, 34)
    with torch.no_grad():
        crossed = down.vertical[1](F.conv2d(x, down.vertical[0].weight, None, 2, (1, 0))) \
            + down.horizontal[1](F.conv2d(x, down.horizontal[0].weight, None, 2, (0, 1)))
        joined = torch.cat([torch.relu(crossed), pool_input(x)], 1)
        expected = torch.relu(down.fuse[1](F.conv2d(joined, down.fuse[0].weight)))
        torch.testing.assert_close(down(x), expected)
    assert expected.shape == (2, 12, 11, 17)


def test_the_light_form_convolves_only_what_the_pooled_input_lacks(draw_statistics):
    torch.manual_seed(0)
    down = draw_statistics(LightDown(4, 12)).eval()
    first, second = down.crossed
    x = torch.randn(2, 4, 21, 34)
    with torch.no_grad():
        crossed = torch.relu(first[1](F.conv2d(x, first[0].weight, None, 2, (1, 0))))
        crossed = torch.relu(second[1](F.conv2d(crossed, second[0].weight, None, 1, (0, 1))))
        torch.testing.assert_close(down(x), torch.cat([crossed, pool_input(x)], 1))
    assert crossed.shape == (2, 8, 11, 17)


@pytest.mark.parametrize('name, parameters', [
    ('series', 158496), ('parallel', 161792), ('light', 33716)])
def test_the_three_of_a_network_have_their_parameters(name, parameters):
    pairs = ((3, 64), (64, 96), (96, 128))
    assert sum(count_parameters(DOWNS[name](*pair)) for pair in pairs) == parameters
