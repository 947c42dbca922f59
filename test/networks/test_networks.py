# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Every network: names, sizes, the deployed form."""

import pytest
import torch

from lsnet_ros.networks import build_network, NETWORKS
from lsnet_ros.networks.network import SegmentationNetwork

SIZES = ((360, 480), (513, 1025))  # px; neither halves all the way down
STRIDES = {'fpn-lite0': 4, 'lsnet': 8, 'lednet': 8, 'lps-net-0': 16, 'lps-net-s': 16}
FAMILIES = tuple(STRIDES)
SMALL = (68, 100)                  # px: also odd on the way down


def test_the_names_are_those_of_the_papers():
    steps = ['lps-net-{}'.format(step) for step in range(15)]
    others = ['fpn-lite0', 'fpn-lite1', 'fpn-lite2', 'lednet', 'lps-net-s', 'lps-net-m',
              'lps-net-l', 'lsnet', 'lrnnet-a', 'lrnnet-b', 'lrnnet-c']
    assert sorted(NETWORKS) == sorted(steps + others)


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="'unet' is not known: choose from fpn-lite0, .*lsnet"):
        build_network('unet', 11)


def test_an_unknown_option_is_refused():
    with pytest.raises(TypeError, match='widht'):
        build_network('lps-net-s', 11, widht=3)


@pytest.mark.parametrize('name', FAMILIES)
def test_every_network_keeps_the_contract(name):
    network = build_network(name, 7)
    assert isinstance(network, SegmentationNetwork)
    assert network.num_classes == 7


@pytest.mark.parametrize('size', SIZES)
@pytest.mark.parametrize('name', FAMILIES)
def test_core_takes_images_of_the_sizes_that_the_network_names(name, size):
    network = build_network(name, 11).eval()
    images = [torch.empty(0, 3, *read) for read in network.input_sizes(*size)]
    expected = tuple(-(-length // STRIDES[name]) for length in images[0].shape[-2:])  # rounded up
    assert network.core(*images)[0].shape == (0, 11) + expected


@pytest.mark.parametrize('name', FAMILIES)
def test_forward_is_decode_of_core(name):
    torch.manual_seed(0)
    network = build_network(name, 5).eval()
    x = torch.randn(1, 3, *SMALL)
    images = [torch.nn.functional.interpolate(x, size=size, mode='bilinear', align_corners=True)
              for size in network.input_sizes(*SMALL)]
    with torch.no_grad():
        assert torch.equal(network(x), network.decode(network.core(*images), SMALL))


@pytest.mark.parametrize('name, config', [
    ('lsnet', {}), ('lsnet', {'mixer': '1d-ms-3x3'}), ('lsnet', {'mixer': '1d-mc-1x1'}),
    ('lsnet', {'mixer': '1d-prelu'}), ('lsnet', {'mixer': 'cg'}), ('lsnet', {'mixer': 'dab'}),
    ('lsnet', {'mixer': 'ss-nbt'}), ('lsnet', {'down': 'parallel'}),
    ('lsnet', {'down': 'light'}),
    ('fpn-lite0', {}),
    ('lps-net-s', {}), ('lps-net-s', {'block': 'reparameterised'}), ('lps-net-0', {}),
])
def test_the_deployed_form_is_the_same_function(name, config, draw_statistics):
    torch.manual_seed(0)
    if name == 'lsnet':
        config = dict(config, depth=(1, 2))
    network = draw_statistics(build_network(name, 5, **config)).double().eval()
    before = {key: value.clone() for key, value in network.state_dict().items()}
    x = torch.randn(1, 3, *SMALL, dtype=torch.float64)
    with torch.no_grad():
        expected, found = network(x), network.deploy().double()(x)
    # LPS-Net's deployed copy is made in float32.
    tolerance = 1e-5 if name.startswith('lps-net') else 1e-9
    assert (found - expected).abs().max() <= tolerance * expected.abs().max()
    assert all(torch.equal(before[key], value) for key, value in network.state_dict().items())


def test_the_deployed_forms_have_no_batch_norm():
    for name in FAMILIES:
        modules = build_network(name, 5).deploy().modules()
        assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in modules)
