# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""LSNet's parts against the counts of its reconstruction, and its equations written out."""

import pytest
import torch
import torch.nn.functional as F  # noqa: N812

from lsnet_ros.networks import build_network, count_parameters
from lsnet_ros.networks.lsnet import flow_sample, LSNet
from lsnet_ros.networks.mixers import Mixer1D, MIXERS


def test_each_part_has_its_parameters():
    network = build_network('lsnet', 19)
    found = [(count_parameters(stage[0]), count_parameters(stage[1:])) for stage in network.stages]
    assert found == [(7200, 14976), (49472, 31680), (101824, 381696)]
    assert count_parameters(network.head) == 30818
    assert count_parameters(network.alignment) == 145


@pytest.mark.parametrize('channels, parameters', [(64, 4992), (96, 10560), (128, 18176)])
def test_a_mixer_has_its_parameters(channels, parameters):
    assert count_parameters(Mixer1D(channels)) == parameters


@pytest.mark.parametrize('size, eighth', [((360, 480), (45, 60)), ((513, 1025), (65, 129))])
def test_core_gives_logits_at_an_eighth_and_offsets_at_the_input_size(size, eighth):
    network = LSNet(19, depth=(1, 1)).eval()
    logits, offset = network.core(torch.empty(0, 3, *size))
    assert logits.shape == (0, 19) + eighth
    assert offset.shape == (0, 2) + size


def test_bilinear_alignment_has_no_offset():
    torch.manual_seed(0)
    network = LSNet(5, depth=(1, 1), alignment='bilinear').eval()
    x = torch.randn(1, 3, 40, 56)
    with torch.no_grad():
        logits, = network.core(x)
        torch.testing.assert_close(network(x), F.interpolate(
            logits, size=(40, 56), mode='bilinear', align_corners=True))


def test_offsets_of_zero_are_bilinear_upsampling():
    torch.manual_seed(0)
    logits = torch.randn(2, 5, 9, 13)
    expected = F.interpolate(logits, size=(72, 101), mode='bilinear', align_corners=True)
    found = flow_sample(logits, torch.zeros(2, 2, 72, 101))
    torch.testing.assert_close(found, expected, rtol=0, atol=2e-5)


def test_a_new_network_starts_as_bilinear_upsampling():
    torch.manual_seed(0)
    network = LSNet(5, depth=(1, 1)).eval()
    with torch.no_grad():
        _, offset = network.core(torch.randn(1, 3, 40, 56))
    assert torch.equal(offset, torch.zeros(1, 2, 40, 56))


def test_a_new_network_learns_at_the_papers_rate():
    torch.manual_seed(0)
    network = LSNet(3, depth=(1, 2)).train()
    x = F.interpolate(torch.randn(2, 3, 4, 6), size=(64, 96), mode='bilinear')
    target = x.argmax(1)
    optimizer = torch.optim.SGD(network.parameters(), 1e-2, momentum=0.9, weight_decay=5e-4)
    losses = []
    for _ in range(20):
        losses.append(F.cross_entropy(network(x), target))
        optimizer.zero_grad()
        losses[-1].backward()
        optimizer.step()
    with torch.no_grad():
        attention = network.head.attention(20 * torch.randn(1, 128, 8, 12).abs())
    assert losses[-1] < 0.9 * losses[0]
    assert attention.min() > 0.3                             # it has not closed


def test_a_new_network_adds_up_small_changes():
    torch.manual_seed(0)
    network = LSNet(3).train()
    x = torch.randn(2, 128, 16, 24)
    grown = network.stages[2][1:](x).std() / x.std()    # 42 branches of 0.2 each: 1.6 if random
    assert 1.0 < grown < 2.0
    assert network(torch.randn(2, 3, 64, 96)).std() < 0.3


def test_an_offset_moves_where_a_pixel_is_read():
    logits = torch.arange(12.).reshape(1, 1, 3, 4)
    offset = torch.zeros(1, 2, 3, 4)
    offset[0, :, 1, 1] = torch.tensor([1.0, 0.0])    # one to the right
    offset[0, :, 0, 2] = torch.tensor([0.0, 1.5])    # one and a half down
    offset[0, :, 2, 3] = torch.tensor([9.0, 9.0])    # over the border: stays on it
    expected = torch.tensor([[0., 1., 8., 3.], [4., 6., 6., 7.], [8., 9., 10., 11.]])
    torch.testing.assert_close(flow_sample(logits, offset)[0, 0], expected, rtol=0, atol=1e-5)


def test_offsets_are_computed_in_single_precision():
    found = flow_sample(torch.randn(1, 2, 3, 4).half(), torch.zeros(1, 2, 24, 32).half())
    assert found.dtype == torch.float32


def spatial_module(x, vertical, horizontal, maximum, mean, bn):
    """1D-MS on one split, as the paper writes it: each argument (weight, bias or None)."""
    channels = x.shape[1]
    local = F.conv2d(torch.relu(F.conv2d(x, vertical, padding=(1, 0), groups=channels)),
                     horizontal, padding=(0, 1), groups=channels)
    pooled_max = F.adaptive_max_pool2d(x, 1) * maximum[0].reshape(1, -1, 1, 1) \
        + maximum[1].reshape(1, -1, 1, 1)
    pooled_mean = F.adaptive_avg_pool2d(x, 1) * mean[0].reshape(1, -1, 1, 1) \
        + mean[1].reshape(1, -1, 1, 1)
    return F.batch_norm(local + pooled_max + pooled_mean, *bn, False, 0.0, 1e-5)


def test_the_fused_mixer_equals_four_splits():
    torch.manual_seed(0)
    mixer = Mixer1D(32).double().eval()
    ms, mc = mixer.spatial, mixer.channel
    for bn in (ms.bn, mc.expand[1]):
        for tensor in (bn.weight, bn.bias, bn.running_mean):
            torch.nn.init.normal_(tensor)
        torch.nn.init.uniform_(bn.running_var, 0.5, 2.0)
    x = torch.randn(2, 32, 11, 14, dtype=torch.float64)
    parts = []
    for part in range(4):
        own = slice(8 * part, 8 * part + 8)
        parts.append(spatial_module(
            x[:, own], ms.vertical.weight[own], ms.horizontal.weight[own],
            (ms.scale_maximum.weight[own], ms.scale_maximum.bias[own]),
            (ms.scale_mean.weight[own], ms.scale_mean.bias[own]),
            [tensor[own] for tensor in (ms.bn.running_mean, ms.bn.running_var,
                                        ms.bn.weight, ms.bn.bias)]))
    sf = torch.cat(parts, 1) + x                                              # equation 1
    hidden = torch.relu(torch.einsum('oi,nihw->nohw', mc.reduce.weight[:, :, 0, 0], sf))
    bn = mc.expand[1]
    mixed = F.batch_norm(torch.einsum('oi,nihw->nohw', mc.expand[0].weight[:, :, 0, 0], hidden),
                         bn.running_mean, bn.running_var, bn.weight, bn.bias)
    chosen = mixed * torch.sigmoid(sf.flatten(2).max(2)[0])[:, :, None, None]
    torch.testing.assert_close(mixer(x), chosen + sf)                         # equation 2


def test_full_convolutions_of_a_split_see_only_that_split():
    torch.manual_seed(0)
    spatial = MIXERS['1d-ms-3x3'](16).spatial.eval()
    x = torch.randn(1, 16, 5, 5)
    changed = x.clone()
    changed[:, 4:8] += 1.0
    with torch.no_grad():
        moved = (spatial(x) != spatial(changed)).flatten(2).any(2)[0]
    assert moved.nonzero().flatten().tolist() == [4, 5, 6, 7]


def test_attention_pyramid_is_equation_3():
    torch.manual_seed(0)
    head = LSNet(5, depth=(1, 1)).head.eval()
    torch.nn.init.normal_(head.attention.vertical.weight)
    x = torch.randn(1, 128, 9, 15)
    pooled = torch.stack([x.max(1)[0], x.mean(1)], 1)
    attention = head.attention
    weight = torch.sigmoid(F.conv2d(
        F.conv2d(pooled, attention.horizontal.weight, padding=(0, 3)),
        attention.vertical.weight, attention.vertical.bias, padding=(3, 0)))
    with torch.no_grad():
        torch.testing.assert_close(head(x), (head.classifier(x) + head.pyramid(x)) * weight)


def test_the_pyramid_goes_down_three_levels_and_up_with_skips():
    torch.manual_seed(0)
    pyramid = LSNet(5, depth=(1, 1)).head.pyramid.eval()
    x = torch.randn(1, 128, 45, 60)

    def down(level, features):
        rows, (columns, bn, _) = pyramid.down[level][0], pyramid.down[level][1]
        k = (7, 5, 3)[level]
        features = F.conv2d(features, rows.weight, stride=(2, 1), padding=(k // 2, 0), groups=128)
        features = F.conv2d(features, columns.weight, stride=(1, 2), padding=(0, k // 2),
                            groups=128)
        return torch.relu(bn(features))

    def up(level, features, even):
        k, stage = (7, 5, 3)[level], pyramid.up[level]
        features = F.conv_transpose2d(features, stage.rows.weight, None, (2, 1), (k // 2, 0),
                                      (even[0], 0), 128)
        features = F.conv_transpose2d(features, stage.columns.weight, None, (1, 2), (0, k // 2),
                                      (0, even[1]), 128)
        return torch.relu(stage.bn(features))

    with torch.no_grad():
        x1 = down(0, x)                                     # (23, 30)
        x2 = down(1, x1)                                    # (12, 15)
        x3 = down(2, x2)                                    # (6, 8)
        y = up(2, pyramid.bottom(x3), (1, 0)) + x2          # 12 is even, 15 odd
        y = up(1, y, (0, 1)) + x1                           # 23 is odd, 30 even
        y = up(0, y, (0, 1))                                # 45 is odd, 60 even
        torch.testing.assert_close(pyramid(x), pyramid.classifier(y))


def test_a_prelu_is_where_the_mixers_relu_is():
    torch.manual_seed(0)
    mixer, rectified = MIXERS['1d-prelu'](16).eval(), Mixer1D(16).eval()
    weights = mixer.state_dict()
    assert [len(weights.pop(key)) for key in (
        'spatial.activation.weight', 'channel.activation.weight')] == [16, 8]
    rectified.load_state_dict(weights)
    x = torch.randn(1, 16, 5, 6)
    assert not torch.equal(mixer(x), rectified(x))
    for part in (mixer.spatial, mixer.channel):
        torch.nn.init.zeros_(part.activation.weight)
    torch.testing.assert_close(mixer(x), rectified(x))


@pytest.mark.parametrize('config, text', [
    ({'down': 'strided'}, "down 'strided' is not known: choose from light, parallel, series"),
    ({'depth': (10 ** 7, 3)}, r'depth is .*, expected 2 whole numbers of 0 to 200'),
    ({'depth': (3,)}, r'depth is \(3,\), expected 2 whole numbers'),
    ({'kernels': (10 ** 5,)}, r'kernels is .*, expected up to 8 whole numbers of 1 to 63'),
    ({'mixer': 'mlp'}, "mixer 'mlp' is not known: choose from 1d, "),
    ({'head': 'psp'}, "head 'psp' is not known: choose from 1x1, attention-pyramid, "),
    ({'alignment': 'nearest'}, "alignment 'nearest' is not known: choose from bilinear, flow"),
])
def test_a_wrong_option_is_refused(config, text):
    with pytest.raises(ValueError, match=text):
        build_network('lsnet', 11, **config)
