# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The layers on tensors small enough to write out."""

import pytest
import torch
from torch import nn

from lsnet_ros.networks import multiply_adds, values_moved
from lsnet_ros.networks.layers import (
    ChannelShuffle,
    ConvBN,
    DepthwiseDeconv,
    fuse_conv_bn,
    Maximum,
    Mean,
    Resize,
)


def test_resize_keeps_the_corners():
    x = torch.tensor([[[[0., 2.], [4., 6.]]]])
    expected = [[0., 1., 2.], [2., 3., 4.], [4., 5., 6.]]
    assert Resize()(x, (3, 3))[0, 0].tolist() == expected


def test_resize_without_aligned_corners_keeps_the_corners_of_the_pixels():
    x = torch.tensor([[[[0., 4.]]]])
    assert Resize(align_corners=False)(x, (1, 4))[0, 0].tolist() == [[0., 1., 3., 4.]]


def test_resize_to_the_same_size_is_the_identity():
    x = torch.randn(1, 2, 3, 4)
    assert Resize()(x, (3, 4)) is x


def test_maximum_keeps_the_axes_it_reduces():
    x = torch.arange(12.).reshape(1, 2, 2, 3)
    assert Maximum((2, 3))(x).tolist() == [[[[5.]], [[11.]]]]
    assert Maximum((1,))(x).tolist() == [[[[6., 7., 8.], [9., 10., 11.]]]]


def test_mean_keeps_the_axes_it_reduces():
    x = torch.arange(12.).reshape(1, 2, 2, 3)
    assert Mean((2, 3))(x).tolist() == [[[[2.5]], [[8.5]]]]
    assert Mean((1,))(x).tolist() == [[[[3., 4., 5.], [6., 7., 8.]]]]


def test_channel_shuffle_deals_the_groups_out():
    x = torch.arange(6.).reshape(1, 6, 1, 1)
    assert ChannelShuffle(2)(x).flatten().tolist() == [0., 3., 1., 4., 2., 5.]


@pytest.mark.parametrize('kernel', [1, 2, 3, 5, 7, 9])
@pytest.mark.parametrize('length', [8, 9])
def test_a_deconv_reaches_the_size_that_its_convolution_came_from(kernel, length):
    torch.manual_seed(0)
    down = nn.Conv2d(1, 1, (kernel, 1), (2, 1), padding=((kernel - 1) // 2, 0), bias=False)
    up = DepthwiseDeconv(1, (kernel, 1), (2, 1))
    up.weight.data = down.weight.data
    x = torch.randn(1, 1, length, 3)
    y = torch.randn_like(down(x))
    with torch.no_grad():
        raised = up(y, (length, 3))
        # It is the convolution's adjoint: <down x, y> = <x, up y>.
        torch.testing.assert_close((down(x) * y).sum(), (x * raised).sum())
    assert raised.shape == x.shape


@pytest.mark.parametrize('conv', [
    nn.Conv2d(4, 6, 3), nn.Conv2d(4, 6, 3, bias=False), nn.Conv2d(4, 4, (1, 3), groups=4)])
def test_a_folded_batch_norm_leaves_the_same_function(conv):
    torch.manual_seed(0)
    layer = ConvBN(conv).eval()
    bn = layer[1]
    for tensor in (bn.weight, bn.bias, bn.running_mean):
        nn.init.normal_(tensor)
    nn.init.uniform_(bn.running_var, 0.5, 2.0)
    x = torch.randn(2, 4, 7, 8)
    with torch.no_grad():
        expected = layer(x)
        weight, bias = fuse_conv_bn(conv, bn)
        layer.fold_batch_norm()
        torch.testing.assert_close(layer(x), expected)
    assert torch.equal(conv.weight, weight) and torch.equal(conv.bias, bias)
    assert isinstance(layer[1], nn.Identity)


class TwoLayers(nn.Module):
    """One convolution of each kind, small enough to count by hand."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 4, (3, 1), stride=2, padding=(1, 0))
        self.deconv = nn.ConvTranspose2d(4, 4, 2, stride=2, groups=4)

    def input_sizes(self, height, width):
        return [(height, width)]

    def core(self, x):
        return (self.deconv(self.conv(x)),)


def test_multiply_adds_counts_every_weight_at_every_position():
    network = TwoLayers()
    # 5x4 outputs of 4 * 3 * 3 weights; 5x4 inputs that each of 4 filters spreads over 2x2.
    assert multiply_adds(network, 10, 8) == 20 * 36 + 20 * 4 * 4
    assert network.training and not network.conv._forward_hooks  # left as it was


def test_values_moved_are_weights_inputs_and_each_map_twice():
    # 36 + 4 and 16 + 4 weights and biases, 3x10x8 inputs, maps of 4x5x4 and 4x10x8.
    assert values_moved(TwoLayers(), 10, 8) == 40 + 20 + 240 + 2 * (80 + 320)
