# Copyright 2026 The lsnet_ros authors
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.
"""What holds for every network: names, sizes, the deployed form."""

from lsnet_ros.networks import build_network, NETWORKS
import pytest
import torch

SIZES = ((360, 480), (513, 1025))  # px; neither halves all the way down
FAMILIES = ('lsnet', 'lednet', 'lps-net-0', 'lps-net-s')
SMALL = (68, 100)                  # px: also odd on the way down


def test_the_names_are_those_of_the_papers():
    steps = ['lps-net-{}'.format(step) for step in range(15)]
    others = ['lednet', 'lps-net-s', 'lps-net-m', 'lps-net-l', 'lsnet',
              'lrnnet-a', 'lrnnet-b', 'lrnnet-c']
    assert sorted(NETWORKS) == sorted(steps + others)


def test_an_unknown_name_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="'unet' is not known: choose from lednet, .*lsnet"):
        build_network('unet', 11)


def test_an_unknown_option_is_refused():
    with pytest.raises(TypeError, match='widht'):
        build_network('lps-net-s', 11, widht=3)


@pytest.mark.parametrize('size', SIZES)
@pytest.mark.parametrize('name', FAMILIES)
def test_core_takes_images_of_the_sizes_that_the_network_names(name, size):
    network = build_network(name, 11).eval()
    images = [torch.empty(0, 3, *read) for read in network.input_sizes(*size)]
    stride = 8 if name in ('lsnet', 'lednet') else 16
    expected = tuple(-(-length // stride) for length in images[0].shape[-2:])  # rounded up
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
    ('lps-net-s', {}), ('lps-net-s', {'block': 'reparameterised'}), ('lps-net-0', {}),
])
def test_the_deployed_form_is_the_same_function(name, config, statistics_drawn):
    torch.manual_seed(0)
    if name == 'lsnet':
        config = dict(config, depth=(1, 2))
    network = statistics_drawn(build_network(name, 5, **config)).double().eval()
    before = {key: value.clone() for key, value in network.state_dict().items()}
    x = torch.randn(1, 3, *SMALL, dtype=torch.float64)
    with torch.no_grad():
        expected, found = network(x), network.deployed().double()(x)
    # LPS-Net's deployed copy is made in float32.
    tolerance = 1e-9 if name == 'lsnet' else 1e-5
    assert (found - expected).abs().max() <= tolerance * expected.abs().max()
    assert all(torch.equal(before[key], value) for key, value in network.state_dict().items())


def test_the_deployed_forms_have_no_batch_norm():
    for name in FAMILIES:
        modules = build_network(name, 5).deployed().modules()
        assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in modules)
