# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""LPS-Net against the paper's Table 4 and its published code's structure."""

import pytest
import torch

from lsnet_ros.networks import build_network, count_parameters
from lsnet_ros.networks.layers import resize

# Step: parameters when deployed, and size of the logits at 1024x2048, both for 19 classes.
TABLE_4 = {
    0: (16091, (32, 64)),
    1: (145563, (32, 64)),
    2: (578995, (32, 64)),
    3: (1301403, (32, 64)),
    4: (1301403, (40, 80)),
    5: (1685547, (40, 80)),
    6: (3371075, (40, 80)),
    7: (3371075, (48, 96)),
    8: (3371075, (64, 128)),
    9: (5961059, (64, 128)),
    10: (9152291, (64, 128)),
    11: (9152291, (72, 144)),
    12: (9152291, (88, 176)),
    13: (13218035, (88, 176)),
    14: (17994515, (88, 176)),
}


@pytest.mark.parametrize('step', sorted(TABLE_4))
def test_each_step_has_its_size(step):
    parameters, size = TABLE_4[step]
    network = build_network('lps-net-{}'.format(step), 19, block='deploy').eval()
    assert count_parameters(network) == parameters
    images = [torch.empty(0, 3, *read) for read in network.input_sizes(1024, 2048)]
    assert network.core(*images)[0].shape == (0, 19) + size


@pytest.mark.parametrize('name, parameters', [
    ('lps-net-s', 3765491), ('lps-net-m', 3765491), ('lps-net-l', 10201459)])
def test_reparameterised_networks_have_their_parameters(name, parameters):
    network = build_network(name, 19, block='reparameterised')
    assert count_parameters(network) == parameters


@pytest.mark.parametrize('name', ['lps-net-s', 'lps-net-l'])
def test_the_fused_form_has_the_parameters_of_the_deploy_form(name):
    fused = build_network(name, 19, block='reparameterised').deploy()
    assert count_parameters(fused) == count_parameters(build_network(name, 19, block='deploy'))


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


@pytest.mark.parametrize('config, text', [
    ({'block': 'dense'}, "block 'dense' is not known: choose from bottleneck, deploy, "),
    ({'interaction': 'free'}, "interaction 'free' is not known: choose from bilateral, bilatera"),
    ({'depths': (1, 2, 3)}, r'depths is \(1, 2, 3\), expected 5 whole numbers of 1 to 200'),
    ({'ratios': ('1/4', '1')}, 'do not descend'),
    ({'ratios': ()}, 'do not descend'),
    ({'ratios': ['1/0']}, r"ratios are \['1/0'\], expected up to 8 numbers such as 1 or 1/4"),
    ({'ratios': [float('inf')]}, 'expected up to 8 numbers such as'),
    ({'ratios': None}, 'expected up to 8 numbers such as'),
    ({'ratios': ['1000']}, 'expected numbers of 1/64 to 16'),
    ({'ratios': ['1'] * 9}, 'expected up to 8 numbers'),
    ({'depths': (1, 1, 1, 10 ** 8, 1)}, 'expected 5 whole numbers of 1 to 200'),
    ({'widths': (1, 2, 3, 4, '5')}, 'expected 5 whole numbers of 1 to 4096'),
    ({'widths': (4096,) * 5, 'depths': (200,) * 5},
     'the number of weights of the network is .*, expected 200000000 at most'),
])
def test_a_wrong_option_is_refused(config, text):
    with pytest.raises(ValueError, match=text):
        build_network('lps-net-s', 11, **config)
