# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""EfficientNet-Lite against its published sizes, and its block written out."""

import pytest
import torch
import torch.nn.functional as F  # noqa: N812

from lsnet_ros.networks import count_parameters
from lsnet_ros.networks.efficientnet_lite import (
    EfficientNetLite,
    InvertedBottleneck,
    SCALINGS,
    Stage,
)

# Channels and blocks of each stage.
STAGES = {
    'lite0': ([16, 24, 40, 80, 112, 192, 320], [1, 2, 2, 3, 3, 4, 1]),
    'lite1': ([16, 24, 40, 80, 112, 192, 320], [1, 3, 3, 4, 4, 5, 1]),
    'lite2': ([16, 24, 48, 88, 120, 208, 352], [1, 3, 3, 4, 4, 5, 1]),
}
PARAMETERS = {'lite0': 2958848, 'lite1': 3723520, 'lite2': 4357952}
PUBLISHED = {'lite0': 4652008, 'lite1': 5416680, 'lite2': 6092072}  # with the classifying head
HEAD_CHANNELS, IMAGENET_CLASSES = 1280, 1000
KERNELS = [3, 3, 5, 3, 5, 5, 3]
STRIDES = [1, 2, 2, 2, 1, 2, 1]
NAMES = sorted(SCALINGS)


@pytest.mark.parametrize('name', NAMES)
def test_the_stages_are_as_wide_and_as_deep_as_published(name):
    stages = EfficientNetLite(name).stages
    widths, depths = STAGES[name]
    assert [stage[-1].layers[-1][0].out_channels for stage in stages] == widths
    assert [len(stage) for stage in stages] == depths


@pytest.mark.parametrize('name', NAMES)
def test_kernels_and_strides_are_those_of_table_1(name):
    depthwise = [[block.layers[-2][0] for block in stage]
                 for stage in EfficientNetLite(name).stages]
    assert [{conv.kernel_size for conv in convs} for convs in depthwise] == [
        {(kernel, kernel)} for kernel in KERNELS]
    assert [convs[0].stride[0] for convs in depthwise] == STRIDES
    assert {conv.stride for convs in depthwise for conv in convs[1:]} == {(1, 1)}
    assert all(conv.groups == conv.in_channels for convs in depthwise for conv in convs)


@pytest.mark.parametrize('name', NAMES)
def test_it_has_its_parameters(name):
    encoder = EfficientNetLite(name)
    assert count_parameters(encoder) == PARAMETERS[name]
    head = HEAD_CHANNELS * (encoder.channels[-1] + 2)
    classifier = IMAGENET_CLASSES * (HEAD_CHANNELS + 1)
    assert count_parameters(encoder) + head + classifier == PUBLISHED[name]


@pytest.mark.parametrize('name', NAMES)
@pytest.mark.parametrize('size, expected', [
    ((64, 96), [(16, 24), (8, 12), (4, 6), (2, 3)]),
    ((65, 97), [(17, 25), (9, 13), (5, 7), (3, 4)]),
    ((101, 131), [(26, 33), (13, 17), (7, 9), (4, 5)]),
])
def test_features_have_their_strides_rounded_up(name, size, expected):
    encoder = EfficientNetLite(name).eval()
    pyramid = encoder(torch.empty(0, 3, *size))
    assert [x.shape for x in pyramid] == [
        (0, channels) + side for channels, side in zip(encoder.channels, expected)]
    assert encoder.channels == tuple(STAGES[name][0][index] for index in (1, 2, 4, 6))


@pytest.mark.parametrize('in_channels, stage, stride', [
    (8, Stage(1, 5, 1, 6, 8), 1), (8, Stage(1, 3, 2, 6, 12), 2), (8, Stage(1, 3, 1, 6, 12), 1),
    (8, Stage(1, 3, 1, 1, 8), 1)])
def test_a_block_is_an_inverted_bottleneck(in_channels, stage, stride, draw_statistics):
    torch.manual_seed(0)
    block = draw_statistics(InvertedBottleneck(in_channels, stage, stride)).eval()
    x = 3 * torch.randn(2, in_channels, 9, 14)

    def conv_bn(layer, features, **options):
        return layer[1](F.conv2d(features, layer[0].weight, **options))

    with torch.no_grad():
        y, layers = x, list(block.layers)
        if stage.expansion > 1:
            y = conv_bn(layers.pop(0), y).clamp(0, 6)
        depthwise, project = layers
        y = conv_bn(depthwise, y, stride=stride, padding=stage.kernel_size // 2,
                    groups=y.shape[1]).clamp(0, 6)
        y = conv_bn(project, y)
        torch.testing.assert_close(block(x), x + y if y.shape == x.shape else y)
    assert depthwise[0].in_channels == in_channels * stage.expansion


def test_the_batch_norms_have_the_epsilon_of_the_published_weights():
    norms = [part for part in EfficientNetLite('lite0').modules()
             if isinstance(part, torch.nn.BatchNorm2d)]
    assert len(norms) == 48 and all(norm.eps == 1e-3 for norm in norms)


def test_an_unknown_name_is_refused():
    with pytest.raises(ValueError, match="encoder 'lite9' is not known: choose from lite0, lite1"):
        EfficientNetLite('lite9')
