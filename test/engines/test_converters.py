# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Each converter alone, on sizes that are hard; all of it against PyTorch."""

import pytest
import torch
from torch import nn

from lsnet_ros.engines.layers import ConversionError
from lsnet_ros.networks.layers import (
    ChannelShuffle,
    DepthwiseDeconv,
    DilatedDepthwise,
    Maximum,
    Mean,
    Resize,
)
from lsnet_ros.networks.lrnnet import SingularVectors, SplitRegions

TOLERANCE = 1e-5  # of the largest value


class Only(nn.Module):
    """A network of one module, which may be told the size of its output."""

    def __init__(self, module, *arguments):
        super().__init__()
        self.module = module
        self.arguments = arguments

    def core(self, x):
        return (self.module(x, *self.arguments),)


@pytest.fixture
def error(record, difference):
    """Return how far a module is from PyTorch, on an input of some shape."""
    def found(module, shape, *arguments, seed=0, scale=1.0, **options):
        torch.manual_seed(seed)
        network, x = Only(module, *arguments).eval(), scale * torch.randn(1, *shape)
        return difference(record(network, [shape]), network, [x], **options)
    return found


@pytest.mark.parametrize('tensorrt', ['8.0.1.6', '8.6.1', '10.3.0'], indirect=True)
@pytest.mark.parametrize('align_corners', [True, False])
@pytest.mark.parametrize('size', [(9, 5), (3, 14), (12, 3), (4, 7), (1, 1)])
def test_resize(error, align_corners, size):
    assert error(Resize(align_corners), (2, 4, 7), size) < TOLERANCE
    assert error(Resize(align_corners), (2, 1, 1), size) < TOLERANCE


@pytest.mark.parametrize('bias', [False, True])
@pytest.mark.parametrize('kernel', [1, 2, 3, 5, 7])
@pytest.mark.parametrize('length', [8, 9])
@pytest.mark.parametrize('vertical', [True, False])
def test_deconvolution_to_even_and_odd_lengths(error, vertical, length, kernel, bias):
    half = (length - (kernel == 2) + 1) // 2  # of a convolution with that kernel
    shape, size = ((4, half, 3), (length, 3)) if vertical else ((4, 3, half), (3, length))
    module = DepthwiseDeconv(4, (kernel, 1) if vertical else (1, kernel),
                             (2, 1) if vertical else (1, 2))
    if bias:  # a folded batch norm's
        module.bias = nn.Parameter(torch.randn(4))
    assert error(module, shape, size) < TOLERANCE


@pytest.mark.parametrize('conv', [
    nn.Conv2d(4, 6, 3, 2, padding=1),
    nn.Conv2d(4, 6, (3, 1), (2, 1), padding=(1, 0), bias=False),
    nn.Conv2d(4, 8, (1, 3), padding=(0, 5), dilation=(1, 5)),
    nn.Conv2d(4, 8, 3, padding=1, groups=2),
    nn.Conv2d(4, 4, (1, 7), padding=(0, 3), groups=4),
    DilatedDepthwise(4, 3),
    nn.Conv2d(4, 6, 3, padding=1).to(memory_format=torch.channels_last),
], ids=repr)
def test_convolution(error, conv):
    assert error(conv, (4, 9, 12)) < TOLERANCE


@pytest.mark.parametrize('module, shape', [
    (nn.MaxPool2d(2, 2, ceil_mode=True), (3, 7, 10)),
    (nn.MaxPool2d(2, 2), (3, 7, 10)),
    (nn.MaxPool2d(3, 2, ceil_mode=True), (3, 8, 9)),
    (nn.BatchNorm2d(3), (3, 4, 5)),
    (nn.PReLU(3), (3, 4, 5)),
    (nn.PReLU(), (3, 4, 5)),
    (nn.ReLU(inplace=True), (3, 4, 5)),
    (nn.ReLU6(), (3, 4, 5)),
    (nn.Sigmoid(), (3, 4, 5)),
    (Maximum((1,)), (3, 4, 5)),
    (Maximum((2, 3)), (3, 4, 5)),
    (Mean((1,)), (3, 4, 5)),
    (Mean((2, 3)), (3, 4, 5)),
    (ChannelShuffle(2), (6, 4, 5)),
    (ChannelShuffle(3), (6, 4, 5)),
    (SplitRegions(2), (3, 4, 6)),
    (SplitRegions(4), (3, 5, 6)),
    (SplitRegions(4), (3, 8, 9)),
    (SingularVectors(), (4, 6, 9)),
], ids=repr)
def test_other_modules(error, module, shape):
    if isinstance(module, nn.BatchNorm2d):
        nn.init.uniform_(module.running_var, 0.1, 4.0)
        for tensor in (module.weight, module.bias, module.running_mean):
            nn.init.normal_(tensor)
    assert error(module, shape) < TOLERANCE


def test_pooling_of_only_negative_values_does_not_see_zeros_beyond_the_edge(record, stand_in):
    network = Only(nn.MaxPool2d(2, 2, ceil_mode=True)).eval()
    x = -1.0 - torch.rand(1, 1, 3, 3)
    found, = stand_in.evaluate(record(network, [(1, 3, 3)]), [x.numpy()])
    assert torch.equal(torch.from_numpy(found).float(), network.core(x)[0])


@pytest.mark.parametrize('scale', [3e-5, 1.0, 300.0])
def test_norms_are_float32_in_a_half_precision_engine(error, scale):
    # Squares of 300 sum up beyond float16, those of 3e-5 vanish in it.
    assert error(SingularVectors(), (4, 32, 50), scale=scale, half=True) < 0.05


def test_each_layer_of_the_norms_is_pinned_and_no_other(record, tensorrt):
    pinned = record(Only(SingularVectors()).eval(), [(4, 6, 9)]).layers
    assert {(layer.precision, layer.output_type) for layer in pinned} == {
        (tensorrt.float32, tensorrt.float32)}
    free = record(Only(Mean((2, 3))).eval(), [(4, 6, 9)]).layers
    assert [layer.precision for layer in free] == [None]


def test_without_the_pins_large_features_would_overflow(error, monkeypatch):
    from lsnet_ros.engines import converters
    monkeypatch.setattr(converters, 'Float32Layers', lambda network: network)
    assert not error(SingularVectors(), (4, 32, 50), scale=300.0, half=True) < 0.05


@pytest.mark.parametrize('module, text', [
    (nn.Conv2d(3, 3, 3, padding=1, padding_mode='reflect'), "mode 'reflect'"),
    (nn.MaxPool2d(3, 2, padding=1), 'has padding'),
    (nn.MaxPool2d(2, 3), 'gaps between'),
])
def test_what_the_two_libraries_see_differently_is_refused(module, text, record):
    with pytest.raises(ConversionError, match=text):
        record(Only(module).eval(), [(3, 6, 6)])


def test_a_layer_that_tensorrt_does_not_add_is_an_error(record, monkeypatch, tensorrt):
    monkeypatch.setattr(tensorrt.INetworkDefinition, 'add_reduce', lambda *arguments: None)
    for module in (Mean((2, 3)), SingularVectors()):
        with pytest.raises(ConversionError, match='TensorRT refuses a reduction: see'):
            record(Only(module).eval(), [(3, 6, 6)])
