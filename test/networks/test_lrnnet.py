# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""LRNNet against the counts of its reconstruction, and its non-local module written out."""

import pytest
import torch
import torch.nn.functional as F  # noqa: N812

from lsnet_ros.models.export import export_onnx
from lsnet_ros.networks import build_network, count_parameters
from lsnet_ros.networks.layers import DilatedDepthwise, SplicedDown
from lsnet_ros.networks.lednet import LEDNet
from lsnet_ros.networks.lrnnet import (
    FactorisedBlock,
    LRNNet,
    ReducedNonLocal,
    SingularVectors,
    split_regions,
)
from lsnet_ros.stages.preprocessing import InputSpec

SMALL = (90, 122)  # px; 12 x 16 at 1/8, so the regions of scale 8 are filled up
CONFIGS = [{'scales': ()}, {}, {'keys': 'max'}, {'keys': 'average'},
           {'keys': 'every-pixel', 'scales': (1,)}, {'scales': (), 'block': 'split-shuffle'}]


def test_each_part_has_its_parameters():
    widths = ((3, 32), (32, 64), (64, 128))
    assert [count_parameters(SplicedDown(*pair)) for pair in widths] == [847, 9344, 37120]
    assert [count_parameters(FactorisedBlock(width, 2)) for _, width in widths] \
        == [4576, 17344, 67456]
    assert count_parameters(ReducedNonLocal(128, (8, 4), 'singular')) == 8512
    assert count_parameters(LRNNet(19).head) == 37555


def test_the_names_are_the_models():
    scales = [getattr(build_network('lrnnet-' + model, 5).non_local, 'scales', ())
              for model in 'abc']
    assert scales == [(), (8,), (8, 4)]


def test_the_dilations_are_those_of_the_paper():
    found = [[block.spatial[0].dilation[0] for block in stage[1:]] for stage in LRNNet(5).stages]
    assert found == [[1, 1, 1], [1, 1], [1, 2, 5, 9, 2, 5, 9, 17]]


@pytest.mark.parametrize('size, eighth', [((360, 480), (45, 60)), ((513, 1025), (65, 129))])
def test_core_gives_logits_at_an_eighth(size, eighth):
    logits, = LRNNet(19).eval().core(torch.empty(0, 3, *size))
    assert logits.shape == (0, 19) + eighth


def test_down_is_the_convolution_next_to_the_pooled_input(draw_statistics):
    torch.manual_seed(0)
    down = draw_statistics(SplicedDown(4, 12)).eval()
    x = torch.randn(1, 4, 9, 14)
    with torch.no_grad():
        joined = torch.cat([
            down.conv[1](F.conv2d(x, down.conv[0].weight, stride=2, padding=1)),
            down.scale(F.max_pool2d(x, 2, 2, ceil_mode=True))], 1)
        torch.testing.assert_close(down(x), torch.relu(joined))


def test_a_block_is_two_crossed_halves_joined_and_shuffled(draw_statistics):
    torch.manual_seed(0)
    block = draw_statistics(FactorisedBlock(8, 2)).eval()
    x = torch.randn(1, 8, 9, 7)

    def pair(branch, features, pads):
        features = torch.relu(F.conv2d(features, branch[0].weight, padding=pads[0]))
        return torch.relu(branch[2][1](F.conv2d(features, branch[2][0].weight, padding=pads[1])))

    with torch.no_grad():
        z = torch.cat([pair(block.left, x[:, :4], ((1, 0), (0, 1))),
                       pair(block.right, x[:, 4:], ((0, 1), (1, 0)))], 1)
        z = block.spatial[1](F.conv2d(
            z, block.spatial[0].weight, padding=2, dilation=2, groups=8))
        z = block.pointwise[1](F.conv2d(z, block.pointwise[0].weight))
        expected = torch.relu(x + z)[:, [0, 4, 1, 5, 2, 6, 3, 7]]
        torch.testing.assert_close(block(x), expected)


def test_regions_are_the_equal_parts_of_the_map():
    x = torch.randn(2, 3, 8, 12)
    regions = split_regions(x, 4)
    assert regions.shape == (2, 16, 3, 6)
    assert torch.equal(regions[:, 4 * 1 + 2], x[:, :, 2:4, 6:9].flatten(2))  # second row, third


@pytest.mark.parametrize('scale', [8, 4])
def test_power_iteration_finds_the_dominant_singular_vector(scale):
    torch.manual_seed(0)
    bias = torch.randn(1, 32, 1, 1)
    regions = split_regions(torch.relu(torch.randn(4, 32, 64, 128) + bias), scale)
    found = SingularVectors()(regions)[..., 0]
    exact = torch.linalg.svd(regions, full_matrices=False)[0][..., 0]
    cosines = (found * exact).sum(2).abs()
    assert cosines.min() >= 0.98 and cosines.mean() >= 0.996
    assert (found >= 0).all()
    torch.testing.assert_close((found ** 2).sum(2), torch.ones_like(cosines))


def test_zeros_that_fill_a_region_up_do_not_change_its_vector():
    torch.manual_seed(0)
    x = torch.relu(torch.randn(1, 32, 7, 9, dtype=torch.float64))
    filled = split_regions(x, 2)                            # 8 x 10: regions of 4 x 5
    vectors = SingularVectors()(filled)
    for i, part in enumerate((x[:, :, :4, :5], x[:, :, :4, 5:], x[:, :, 4:, :5],
                              x[:, :, 4:, 5:])):
        own = SingularVectors()(part.flatten(2)[:, None])
        torch.testing.assert_close(vectors[:, i:i + 1], own)


def test_a_region_of_zeros_has_a_vector_of_zeros_and_a_finite_gradient():
    regions = torch.zeros(1, 2, 32, 6, requires_grad=True)
    vectors = SingularVectors()(regions)
    vectors.sum().backward()
    assert (vectors == 0).all() and torch.isfinite(regions.grad).all()


@pytest.mark.parametrize('keys', ['singular', 'max', 'average'])
def test_attention_is_dot_products_with_all_keys_over_their_number(keys):
    torch.manual_seed(0)
    module = ReducedNonLocal(128, (8, 4), keys)
    queries = torch.relu(torch.randn(2, 32, 16, 24, dtype=torch.float64))
    q = queries.flatten(2).transpose(1, 2)                  # (N, HW, 32)
    k = module.keys(queries)[..., 0]                        # (N, S, 32)
    assert k.shape == (2, 80, 32)
    expected = ((q @ k.transpose(1, 2)) @ k / 80).transpose(1, 2).reshape(queries.shape)
    torch.testing.assert_close(module.attend(queries, module.keys(queries)), expected)


@pytest.mark.parametrize('keys, pool', [('max', F.max_pool2d), ('average', F.avg_pool2d)])
def test_pooled_keys_are_those_of_the_regions(keys, pool):
    torch.manual_seed(0)
    queries = torch.relu(torch.randn(1, 32, 16, 24))
    found = ReducedNonLocal(128, (8, 4), keys).keys(queries)[..., 0].transpose(1, 2)
    expected = [pool(queries, (2, 3), (2, 3)).flatten(2), pool(queries, (4, 6), (4, 6)).flatten(2)]
    torch.testing.assert_close(found, torch.cat(expected, 2))


def test_the_non_local_module_that_is_not_reduced_has_a_key_at_every_position():
    torch.manual_seed(0)
    queries = torch.relu(torch.randn(2, 32, 5, 7))
    found = ReducedNonLocal(128, (1,), 'every-pixel').keys(queries)
    assert torch.equal(found[..., 0].transpose(1, 2), queries.flatten(2))


def test_the_split_shuffle_form_is_lednets_encoder():
    ours, theirs = LRNNet(19, (), block='split-shuffle').stages, LEDNet(19).stages
    assert [[type(part) for part in stage] for stage in ours] == [
        [type(part) for part in stage] for stage in theirs]
    shapes = [{key: value.shape for key, value in stages.state_dict().items()}
              for stages in (ours, theirs)]
    assert shapes[0] == shapes[1]
    rates = [[block.left[3].dilation[0] for block in stage[1:]] for stage in ours]
    assert rates == [[1, 1, 1], [1, 1], [1, 2, 5, 9, 2, 5, 9, 17]]


def test_a_new_non_local_module_adds_nothing():
    network = LRNNet(5)
    x = torch.randn(2, 128, 12, 16)
    assert torch.equal(network.non_local(x), x)


@pytest.mark.parametrize('config', CONFIGS)
def test_the_deployed_form_is_the_same_function(config, draw_statistics):
    torch.manual_seed(0)
    network = draw_statistics(LRNNet(5, **config)).double().eval()
    x = torch.randn(1, 3, *SMALL, dtype=torch.float64)
    deployed = network.deploy()
    with torch.no_grad():
        expected, found = network(x), deployed(x)
    assert (found - expected).abs().max() <= 1e-9 * expected.abs().max()
    assert not any(isinstance(module, torch.nn.BatchNorm2d) for module in deployed.modules())


@pytest.mark.parametrize('config', CONFIGS)
def test_export_computes_the_same(config, draw_statistics):
    torch.manual_seed(0)
    network = draw_statistics(LRNNet(5, **config))
    assert export_onnx(network, InputSpec(SMALL[0], SMALL[1], (SMALL,)))  # it raises otherwise


@pytest.mark.parametrize('config, text', [
    ({'keys': 'median'}, "keys 'median' is not known: choose from average, every-pixel, max, s"),
    ({'block': 'dense'}, "block 'dense' is not known: choose from factorised, split-shuffle"),
    ({'scales': (8, 0)}, r'scales is \(8, 0\), expected up to 8 whole numbers of 1 to 128'),
])
def test_a_wrong_option_is_refused(config, text):
    with pytest.raises(ValueError, match=text):
        build_network('lrnnet-c', 11, **config)


@pytest.mark.parametrize('dilation', [1, 2, 5, 9, 17])
def test_gradients_of_the_dilated_filter_hold_under_mixed_precision(dilation):
    torch.manual_seed(0)
    conv = DilatedDepthwise(16, dilation)
    x, weight = torch.randn(2, 16, 40, 56), torch.randn(2, 16, 40, 56)
    with torch.autocast('cpu', dtype=torch.bfloat16):
        (conv(x) * weight).sum().backward()
    found, conv.weight.grad = conv.weight.grad, None
    (F.conv2d(x, conv.weight, padding=dilation, dilation=dilation, groups=16)
     * weight).sum().backward()
    torch.testing.assert_close(found, conv.weight.grad, rtol=1e-4, atol=1e-3)
