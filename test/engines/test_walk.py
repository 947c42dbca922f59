# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Whole networks, recorded without TensorRT and evaluated without PyTorch."""

import pytest
import torch
from torch import nn
import torch.nn.functional as F  # noqa: N812

from lsnet_ros.engines import converters, layers
from lsnet_ros.engines.layers import ConversionError
from lsnet_ros.engines.walk import walk
from lsnet_ros.networks.attention_pyramid import FeaturePyramid
from lsnet_ros.networks.layers import DepthwiseDeconv, Mean, Resize

HEIGHT, WIDTH = 90, 120  # px; odd on the way down: 45 x 60, 23 x 30, 12 x 15, 6 x 8, 3 x 4
TOLERANCE = 1e-4         # of the largest value
ONE_OF_EACH = ('lsnet', 'lps-net-s', 'lednet', 'lrnnet-c', 'fpn-lite0')
OTHERS = [
    ('lsnet', {'depth': (1, 1), 'mixer': 'cg', 'head': '1x1'}),
    ('lsnet', {'depth': (1, 1), 'mixer': 'dab', 'kernels': (5, 3, 1), 'down': 'parallel'}),
    ('lsnet', {'depth': (1, 1), 'mixer': '1d-prelu', 'kernels': (5, 3, 2), 'down': 'light'}),
    ('lrnnet-c', {'keys': 'max'}),
    ('lrnnet-c', {'keys': 'average'}),
    ('lrnnet-c', {'keys': 'every-pixel', 'scales': (1,)}),
    ('lps-net-0', {'block': 'shuffle', 'ratios': ('1', '1/2')}),
    ('lps-net-0', {'block': 'residual', 'ratios': ('1', '1/2', '1/4')}),
    ('lps-net-0', {'block': 'reparameterised', 'ratios': ('3/4', '1/4'),
                   'interaction': 'bilateral-weighted'}),
    ('fpn-lite0', {}),
]


def images(network, seed, height=HEIGHT, width=WIDTH):
    """Draw an image for each size at which the network reads."""
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(1, 3, *size, generator=generator)
            for size in network.input_sizes(height, width)]


def shapes(inputs):
    return [x.shape[1:] for x in inputs]


@pytest.mark.parametrize('name', ONE_OF_EACH)
def test_a_network_computes_what_pytorch_does(name, drawn, record, difference):
    network = drawn(name)
    first, second = images(network, 0), images(network, 1)
    recorded = record(network.deploy(), shapes(first))
    # Two, because a constant agrees on the image that it was computed from.
    assert difference(recorded, network, first) < TOLERANCE
    assert difference(recorded, network, second) < TOLERANCE


@pytest.mark.parametrize('tensorrt', ['8.0.1.6', '10.3.0'], indirect=True)
@pytest.mark.parametrize('name', ['lsnet', 'lps-net-s', 'lrnnet-c', 'fpn-lite0'])
def test_the_layers_are_there_in_old_and_new_versions(name, drawn, record, tensorrt):
    network = drawn(name)
    assert record(network.deploy(), shapes(images(network, 0))).outputs


@pytest.mark.parametrize('name, config', OTHERS)
def test_the_papers_other_rows_convert_unfolded_too(name, config, drawn, record, difference):
    network = drawn(name, **config)
    first, second = images(network, 0, 45, 60), images(network, 1, 45, 60)
    recorded = record(network, shapes(first))
    assert difference(recorded, network, first) < TOLERANCE
    assert difference(recorded, network, second) < TOLERANCE


def test_a_batch_of_several_images_keeps_them_apart(drawn, record, difference):
    network = drawn('lrnnet-c')
    batch = torch.cat([images(network, seed, 45, 60)[0] for seed in (0, 1)])
    recorded = record(network, shapes([batch]), batch=2)
    assert difference(recorded, network, [batch]) < TOLERANCE


def test_a_planted_silent_constant_is_caught_by_the_second_input(drawn, record, difference,
                                                                 monkeypatch):
    network = drawn('lsnet', depth=(1, 1))
    first, second = images(network, 0, 45, 60), images(network, 1, 45, 60)
    values = {}
    hooks = [module.register_forward_hook(
        lambda module, _, output: values.update({module: output.numpy()}))
        for module in network.modules() if isinstance(module, Mean)]
    with torch.no_grad():
        network.core(*first)
    for hook in hooks:
        hook.remove()
    monkeypatch.setitem(converters.MODULES, Mean, lambda trt_network, module, x: (
        layers.add_constant(trt_network, values[module])))
    recorded = record(network, shapes(first))
    assert difference(recorded, network, first) < TOLERANCE
    assert difference(recorded, network, second) > 10 * TOLERANCE


@pytest.mark.parametrize('coordinates', ['HALF_PIXEL', 'ASYMMETRIC'])
@pytest.mark.parametrize('name, config', [('lps-net-s', {}), ('lsnet', {'depth': (1, 1)})])
def test_a_planted_wrong_resize_is_caught(name, config, coordinates, drawn, record, difference,
                                          monkeypatch, tensorrt):
    right = converters.MODULES[Resize]

    def wrong(trt_network, *arguments):
        tensor = right(trt_network, *arguments)
        kinds = tensorrt.ResizeCoordinateTransformation
        if isinstance(tensor.layer, tensorrt.IResizeLayer):
            tensor.layer.coordinate_transformation = getattr(kinds, coordinates)
        return tensor

    network = drawn(name, **config)
    first = images(network, 0, 45, 60)
    assert difference(record(network, shapes(first)), network, first) < TOLERANCE
    monkeypatch.setitem(converters.MODULES, Resize, wrong)
    assert difference(record(network, shapes(first)), network, first) > 10 * TOLERANCE


class Pyramid(nn.Module):
    """LSNet's feature pyramid alone."""

    def __init__(self):
        super().__init__()
        self.pyramid = FeaturePyramid(4, 3, (7, 5, 3))

    def core(self, x):
        return (self.pyramid(x),)


def plant_padding(monkeypatch, paddings):
    """Give deconvolutions the paddings that a function makes of the right ones."""
    right = converters.MODULES[DepthwiseDeconv]

    def wrong(trt_network, *arguments):
        tensor = right(trt_network, *arguments)
        layer = tensor.layer
        layer.pre_padding, layer.post_padding = paddings(layer.pre_padding, layer.post_padding)
        return tensor
    monkeypatch.setitem(converters.MODULES, DepthwiseDeconv, wrong)


def test_a_planted_output_padding_at_the_near_end_is_caught(record, difference, monkeypatch):
    torch.manual_seed(0)
    network, x = Pyramid().eval(), torch.randn(1, 4, 12, 16)
    assert difference(record(network, shapes([x])), network, [x]) < TOLERANCE
    plant_padding(monkeypatch, lambda near, far: (far, near))
    assert difference(record(network, shapes([x])), network, [x]) > 10 * TOLERANCE


def test_an_output_padding_left_out_is_caught(record, monkeypatch, stand_in):
    plant_padding(monkeypatch, lambda near, far: (near, near))
    with pytest.raises(stand_in.RefusedError, match=r'\(1, 4, 3, 3\) and \(1, 4, 3, 4\)'):
        record(Pyramid().eval(), [(4, 12, 16)])


class Does(nn.Module):
    """A network whose core is a function."""

    def __init__(self, function):
        super().__init__()
        self.function = function
        self.part = nn.AvgPool2d(2)
        self.weight = nn.Parameter(torch.ones(1, 3, 4, 4))

    def core(self, x):
        return (self.function(self, x),)


def add_in_place(network, x):
    x += x
    return x


@pytest.mark.parametrize('function, name', [
    (lambda network, x: torch.tanh(x), 'tanh'),
    (lambda network, x: F.interpolate(x, (2, 2)), 'interpolate'),
    (lambda network, x: network.part(x), 'avg_pool2d'),
    (lambda network, x: x.clamp(0, 1), 'Tensor.clamp'),
    (lambda network, x: x - x, 'Tensor.__sub__'),
    (lambda network, x: 1 + x, 'Tensor.__radd__'),
    (lambda network, x: x @ x, 'Tensor.__matmul__'),
    (lambda network, x: -x, 'Tensor.__neg__'),
    (add_in_place, 'Tensor.__iadd__'),
    (lambda network, x: x if x == 0 else -x, 'Tensor.__eq__'),
    (lambda network, x: x if x else -x, 'Tensor.__bool__'),
    (lambda network, x: torch.zeros(float(x)), 'Tensor.__float__'),
    (lambda network, x: network.weight * x, 'mul'),
    (lambda network, x: x * network.weight, r'a constant of shape \(1, 3, 4, 4\)'),
    (lambda network, x: torch.cat([x, network.weight], 1), 'a constant of shape'),
    (lambda network, x: x * 0.5, 'multiplied by, the number 0.5'),
    (lambda network, x: x[0], 'indexed by 0'),
    (lambda network, x: x[:, 0], r'indexed by \(slice\(None, None, None\), 0\)'),
    (lambda network, x: network.weight, 'output 0 of the core is a Parameter'),
])
def test_what_has_no_converter_is_an_error_that_names_it(function, name, record):
    with pytest.raises(ConversionError, match=name) as caught:
        record(Does(function).eval(), [(3, 4, 4)])
    assert '\n' not in str(caught.value)


def test_a_network_in_training_is_refused(tensorrt):
    with pytest.raises(ConversionError, match='in training mode'):
        walk(Does(torch.relu), tensorrt.INetworkDefinition(), [])


def test_the_network_is_left_as_it_was(record):
    network = Pyramid().eval()
    before = torch.relu(torch.randn(1, 4, 12, 16))
    expected = network.core(before)[0]
    record(network, [(4, 12, 16)])
    with pytest.raises(Exception, match='wants four axes'):
        record(network, [(4, 12)])
    assert torch.equal(network.core(before)[0], expected)
    assert not any('forward' in vars(module) for module in network.modules())
