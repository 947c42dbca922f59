# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The blocks of LPS-Net's paths as their papers write them."""

import pytest
import torch
import torch.nn.functional as F  # noqa: N812

from lsnet_ros.models.export import export_onnx
from lsnet_ros.networks import build_network, count_parameters
from lsnet_ros.networks.compared_blocks import (
    BottleneckBlock,
    COMPARED,
    DepthwiseSeparableBlock,
    GhostBlock,
    InvertedResidualBlock,
    ResidualBlock,
    ShuffleBlock,
)
from lsnet_ros.networks.lps_blocks import BLOCKS, ReparameterisedBlock
from lsnet_ros.networks.random_weights import draw_weights
from lsnet_ros.stages.preprocessing import InputSpec

SIZE = (45, 61)                         # px; odd on the way down
SHAPES = [(8, 8, 1), (6, 8, 2), (6, 8, 1)]  # channels in and out, stride


def apply_layer(layer, x, stride=1, relu=True):
    """One convolution, its batch norm, and the ReLU if there is one."""
    conv, bn = layer[0], layer[1]
    x = bn(F.conv2d(x, conv.weight, stride=stride, padding=conv.weight.shape[2] // 2,
                    groups=conv.groups))
    return torch.relu(x) if relu else x


def project(shortcut, x, stride):
    """The input itself, or a 1x1 convolution with stride of it."""
    if isinstance(shortcut.projection, torch.nn.Identity):
        return x
    return apply_layer(shortcut.projection, x, stride, relu=False)


def depthwise_separable(block, x, stride):
    return apply_layer(block[1], apply_layer(block[0], x, stride))


def residual(block, x, stride):
    y = apply_layer(block.branch[1], apply_layer(block.branch[0], x, stride), relu=False)
    return torch.relu(y + project(block.shortcut, x, stride))


def bottleneck(block, x, stride):
    y = apply_layer(block.branch[1], apply_layer(block.branch[0], x), stride)
    y = apply_layer(block.branch[2], y, relu=False)
    return torch.relu(y + project(block.shortcut, x, stride))


def inverted_residual(block, x, stride):
    y = apply_layer(block.branch[1], apply_layer(block.branch[0], x), stride)
    y = apply_layer(block.branch[2], y, relu=False)
    return y + x if y.shape == x.shape else y


def shuffle(block, x, stride):
    if block.kept is None:
        left, right = x.chunk(2, 1)
    else:
        left = apply_layer(block.kept[1], apply_layer(block.kept[0], x, stride, relu=False))
        right = x
    right = apply_layer(block.branch[1], apply_layer(block.branch[0], right), stride, relu=False)
    right = apply_layer(block.branch[2], right)
    return torch.stack([left, right], 2).flatten(1, 2)   # in turns


def ghost(block, x, stride):
    primary = apply_layer(block.primary, x, stride)
    return torch.cat([primary, apply_layer(block.cheap, primary)], 1)


# Numbers of parameters for the three SHAPES, from each block's equation.
EQUATIONS = [
    (DepthwiseSeparableBlock, depthwise_separable, (168, 130, 130)),
    (ResidualBlock, residual, (1184, 1104, 1104)),
    (BottleneckBlock, bottleneck, (92, 152, 152)),
    (InvertedResidualBlock, inverted_residual, (1408, 988, 988)),
    (ShuffleBlock, shuffle, (92, 198, 198)),
    (GhostBlock, ghost, (340, 268, 268)),
]


@pytest.mark.parametrize('shape', SHAPES)
@pytest.mark.parametrize('block, equation, _', EQUATIONS)
def test_it_is_its_equation(block, equation, _, shape, draw_statistics):
    torch.manual_seed(0)
    built = draw_statistics(block(*shape)).eval()
    x = torch.randn(2, shape[0], 13, 18)
    with torch.no_grad():
        expected = equation(built, x, shape[2])
        torch.testing.assert_close(built(x), expected)
    assert expected.shape == ((2, 8, 7, 9) if shape[2] == 2 else (2, 8, 13, 18))


@pytest.mark.parametrize('block, _, parameters', EQUATIONS)
def test_it_has_its_parameters(block, _, parameters):
    assert tuple(count_parameters(block(*shape)) for shape in SHAPES) == parameters


def test_the_strided_1x1_branch_equals_the_sliced_one():
    torch.manual_seed(0)
    block = ReparameterisedBlock(6, 8, stride=2).eval()
    x = torch.randn(2, 6, 13, 18)
    with torch.no_grad():
        strided = F.conv2d(x, block.conv1x1.weight, stride=2)
        expected = torch.relu(block.bn3x3(block.conv3x3(x)) + block.bn1x1(strided))
        torch.testing.assert_close(block(x), expected)


def test_only_blocks_that_keep_the_shape_have_an_identity_branch():
    assert ReparameterisedBlock(8, 8, stride=1).bn_identity is not None
    assert ReparameterisedBlock(8, 8, stride=2).bn_identity is None
    assert ReparameterisedBlock(6, 8, stride=1).bn_identity is None


@pytest.mark.parametrize('block', [ShuffleBlock, GhostBlock])
def test_channels_that_cannot_be_halved_are_refused(block):
    with pytest.raises(ValueError, match='7 channels cannot be split in two: choose an even'):
        block(6, 7, 2)


@pytest.mark.parametrize('name', sorted(BLOCKS))
def test_a_network_of_them_deploys_to_the_same_function(name, draw_statistics):
    torch.manual_seed(0)
    network = draw_statistics(build_network('lps-net-0', 5, block=name)).eval()
    deployed = network.deploy()
    x = torch.randn(1, 3, *SIZE)
    with torch.no_grad():
        torch.testing.assert_close(deployed(x), network(x), rtol=1e-4, atol=1e-5)
    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in deployed.modules())


@pytest.mark.parametrize('name', sorted(COMPARED))
def test_a_network_of_them_exports_to_the_same_function(name, draw_statistics):
    torch.manual_seed(0)
    network = draw_statistics(build_network('lps-net-0', 5, block=name)).eval()
    draw_weights(network)  # with PyTorch's own, depthwise filters let hardly any image through
    spec = InputSpec(SIZE[0], SIZE[1], tuple(network.input_sizes(*SIZE)))
    assert export_onnx(network, spec)                        # it raises otherwise
