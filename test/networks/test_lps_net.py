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
"""LPS-Net against the paper's Table 4 and its published code's structure."""

from lsnet_ros.networks import build_network, count_parameters, multiply_adds
from lsnet_ros.networks.layers import resize
from lsnet_ros.networks.lps_net import LPSNet, ReparameterisedBlock
import pytest
import torch

# Step: parameters in training and deployed, 1e9 multiply-adds and size of the logits at
# 1024x2048, all for 19 classes.
TABLE_4 = {
    0: (16183, 16091, '0.063', (32, 64)),
    1: (146103, 145563, '0.327', (32, 64)),
    2: (580071, 578995, '1.243', (32, 64)),
    3: (1303019, 1301403, '2.807', (32, 64)),
    4: (1303019, 1301403, '4.385', (40, 80)),
    5: (1687691, 1685547, '6.509', (40, 80)),
    6: (3375363, 3371075, '7.555', (40, 80)),
    7: (3375363, 3371075, '10.421', (48, 96)),
    8: (3375363, 3371075, '17.718', (64, 128)),
    9: (5966723, 5961059, '29.920', (64, 128)),
    10: (9159235, 9152291, '43.808', (64, 128)),
    11: (9159235, 9152291, '54.760', (72, 144)),
    12: (9159235, 9152291, '80.531', (88, 176)),
    13: (13226403, 13218035, '117.562', (88, 176)),
    14: (18004259, 17994515, '158.426', (88, 176)),
}


@pytest.mark.parametrize('step', sorted(TABLE_4))
def test_each_step_has_its_parameters(step):
    train, deploy, _, _ = TABLE_4[step]
    name = 'lps-net-{}'.format(step)
    assert count_parameters(build_network(name, 19)) == train
    assert count_parameters(build_network(name, 19, block='deploy')) == deploy


@pytest.mark.parametrize('step', sorted(TABLE_4))
def test_each_step_has_its_multiply_adds(step):
    network = build_network('lps-net-{}'.format(step), 19, block='deploy')
    assert '{:.3f}'.format(multiply_adds(network, 1024, 2048) / 1e9) == TABLE_4[step][2]


@pytest.mark.parametrize('step', sorted(TABLE_4))
def test_each_step_has_its_size_of_logits(step):
    network = build_network('lps-net-{}'.format(step), 19).to('meta')
    images = [torch.empty(1, 3, *size, device='meta') for size in network.input_sizes(1024, 2048)]
    assert network.core(*images)[0].shape == (1, 19) + TABLE_4[step][3]


@pytest.mark.parametrize('name, classes, parameters', [
    ('lps-net-s', 11, 3373819), ('lps-net-m', 11, 3373819), ('lps-net-l', 11, 9156667)])
def test_camvid_networks_have_their_parameters(name, classes, parameters):
    assert count_parameters(build_network(name, classes)) == parameters


@pytest.mark.parametrize('name, parameters', [
    ('lps-net-s', 3765491), ('lps-net-m', 3765491), ('lps-net-l', 10201459)])
def test_reparameterised_networks_have_their_parameters(name, parameters):
    network = build_network(name, 19, block='reparameterised')
    assert count_parameters(network) == parameters


@pytest.mark.parametrize('name', ['lps-net-s', 'lps-net-l'])
def test_the_fused_form_has_the_parameters_of_the_deploy_form(name):
    fused = build_network(name, 19, block='reparameterised').deployed()
    assert count_parameters(fused) == count_parameters(build_network(name, 19, block='deploy'))


@pytest.mark.parametrize('narrowest, parameters, gmac', [
    (14, 3279407, '18.42'),   # Table 2, published as 18.5 GFLOPs
    (16, 4281267, '24.02'),   # Table 3
])
def test_the_networks_of_tables_2_and_3_have_their_size(narrowest, parameters, gmac):
    widths = [narrowest * factor for factor in (1, 2, 4, 8, 8)]
    network = LPSNet(19, (1, 2, 4, 7, 7), widths, ('1', '1/4'))
    assert count_parameters(network) == parameters
    assert '{:.2f}'.format(multiply_adds(network, 1024, 2048) / 1e9) == gmac


def test_s_reads_the_image_at_three_quarters_and_a_quarter():
    network = build_network('lps-net-s', 11)
    assert network.input_sizes(1024, 2048) == [(768, 1536), (256, 512)]
    assert network.input_sizes(513, 1025) == [(384, 768), (128, 256)]  # truncated


def test_paths_exchange_features_after_stages_three_and_four():
    torch.manual_seed(0)
    network = build_network('lps-net-0', 5, ratios=('1', '1/2', '1/4')).eval()
    images = [torch.randn(1, 3, *size) for size in network.input_sizes(96, 128)]
    maps = images
    with torch.no_grad():
        for stage in range(5):
            maps = [path[stage](x) for path, x in zip(network.paths, maps)]
            if stage in (2, 3):
                a, b, c = maps
                maps = [a + resize(b, a.shape[2:]) + resize(c, a.shape[2:]),
                        b + resize(a, b.shape[2:]) + resize(c, b.shape[2:]),
                        c + resize(a, c.shape[2:]) + resize(b, c.shape[2:])]
        joined = torch.cat([resize(x, maps[0].shape[2:]) for x in maps], 1)
        expected = network.classifier(joined)
        found, = network.core(*images)
    torch.testing.assert_close(found, expected)


def test_the_strided_1x1_branch_equals_the_sliced_one():
    torch.manual_seed(0)
    block = ReparameterisedBlock(6, 8, stride=2).eval()
    x = torch.randn(2, 6, 13, 18)
    with torch.no_grad():
        strided = torch.nn.functional.conv2d(x, block.conv1x1.weight, stride=2)
        expected = torch.relu(block.bn3x3(block.conv3x3(x)) + block.bn1x1(strided))
        torch.testing.assert_close(block(x), expected)


def test_only_blocks_that_keep_the_shape_have_an_identity_branch():
    assert ReparameterisedBlock(8, 8, stride=1).bn_identity is not None
    assert ReparameterisedBlock(8, 8, stride=2).bn_identity is None
    assert ReparameterisedBlock(6, 8, stride=1).bn_identity is None


@pytest.mark.parametrize('config, text', [
    ({'block': 'residual'}, "block 'residual' is not known: choose from deploy, plain"),
    ({'depths': (1, 2, 3)}, 'found 3 depths and 5 widths, expected 5 of each'),
    ({'ratios': ('1/4', '1')}, 'do not descend'),
    ({'ratios': ()}, 'do not descend'),
])
def test_a_wrong_option_is_refused(config, text):
    with pytest.raises(ValueError, match=text):
        build_network('lps-net-s', 11, **config)
