# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""LEDNet against the counts of its structure, and its parts written out."""

import onnx
import pytest
import torch
import torch.nn.functional as F  # noqa: N812

from lsnet_ros.models.export import export_onnx
from lsnet_ros.networks import build_network, count_parameters
from lsnet_ros.networks.layers import SplicedDown
from lsnet_ros.networks.lednet import AttentionPyramidNetwork, LEDNet, SplitShuffleBlock
from lsnet_ros.stages.preprocessing import InputSpec

SMALL = (68, 100)  # px: odd on the way down


def feed_data(module, *shape):
    """Run a module on random data for its batch norms, without dropout, then set eval mode."""
    module.train()
    for part in module.modules():
        if isinstance(part, SplitShuffleBlock):
            part.dropout = 0.0
        if isinstance(part, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(part.weight, 0.5, 1.5)
            torch.nn.init.normal_(part.bias, 0.3, 0.2)
    dtype = next(module.parameters()).dtype
    with torch.no_grad():
        for _ in range(4):
            module(torch.randn(4, *shape, dtype=dtype))
    return module.eval()


def test_each_part_has_its_parameters():
    network = build_network('lednet', 19)
    found = [(count_parameters(stage[0]), [count_parameters(block) for block in stage[1:]])
             for stage in network.stages]
    assert found == [(876, [6400] * 3), (9376, [25088] * 2), (37184, [99328] * 8)]
    assert count_parameters(network.head) == 11385


@pytest.mark.parametrize('size, eighth', [
    ((360, 480), (45, 60)), ((512, 1024), (64, 128)), ((513, 1025), (65, 129))])
def test_core_gives_logits_at_an_eighth(size, eighth):
    network = LEDNet(19).eval()
    assert network.input_sizes(*size) == [size]
    logits, = network.core(torch.empty(0, 3, *size))
    assert logits.shape == (0, 19) + eighth


def test_the_deployed_form_is_the_same_function_without_batch_norm():
    torch.manual_seed(0)
    network = feed_data(LEDNet(5).double(), 3, *SMALL)
    deployed = network.deploy()
    x = torch.randn(1, 3, *SMALL, dtype=torch.float64)
    with torch.no_grad():
        expected, found = network(x), deployed(x)
    assert expected.max() > 0.1                              # not all clipped to 0
    assert (found - expected).abs().max() <= 1e-9 * expected.max()
    assert not any(isinstance(part, torch.nn.BatchNorm2d) for part in deployed.modules())


def test_onnx_computes_what_pytorch_does():
    torch.manual_seed(0)
    network = feed_data(LEDNet(5), 3, *SMALL)
    graph = onnx.load_from_string(export_onnx(network, InputSpec(*SMALL, (SMALL,)))).graph
    assert {node.op_type for node in graph.node} == {
        'Add', 'Concat', 'Constant', 'Conv', 'GlobalAveragePool', 'MaxPool', 'Mul', 'Relu',
        'Reshape', 'Resize', 'Slice', 'Transpose'}
    assert [output.name for output in graph.output] == ['logits']


def test_the_batch_norms_have_the_epsilon_of_the_authors_code():
    norms = [part for part in LEDNet(5).modules() if isinstance(part, torch.nn.BatchNorm2d)]
    assert norms and all(norm.eps == 1e-3 for norm in norms)


def test_the_stages_dilate_and_drop_as_published():
    stages = LEDNet(5).stages
    rates = [[block.left[3].dilation[0] for block in stage[1:]] for stage in stages]
    assert rates == [[1] * 3, [1] * 2, [1, 2, 5, 9, 2, 5, 9, 17]]
    assert [{block.dropout for block in stage[1:]} for stage in stages] == [{0.03}, {0.03}, {0.3}]


def test_down_is_one_batch_norm_over_the_convolved_and_the_pooled():
    torch.manual_seed(0)
    down = feed_data(SplicedDown(3, 32, bias=True), 3, 21, 34)
    x = torch.randn(2, 3, 21, 34)
    conv, bn = down.conv
    pooled = F.max_pool2d(F.pad(x, (0, 0, 0, 1), value=-1e9), 2)    # 21 rows become 11
    joined = torch.cat([F.conv2d(x, conv.weight, conv.bias, 2, 1), pooled], 1)
    mean, var, weight, bias = (
        torch.cat([getattr(bn, name), getattr(down.scale, name)])
        for name in ('running_mean', 'running_var', 'weight', 'bias'))
    with torch.no_grad():
        expected = torch.relu(F.batch_norm(joined, mean, var, weight, bias))
        torch.testing.assert_close(down(x), expected)
    assert expected.shape == (2, 32, 11, 17)


def half(branch, x, rows_first, rate):
    """One half of SS-nbt, as the paper's figure draws it."""
    for index, r in ((0, 1), (3, rate)):
        first, second = branch[index], branch[index + 2]
        rows, columns = {'padding': (r, 0), 'dilation': (r, 1)}, \
            {'padding': (0, r), 'dilation': (1, r)}
        before, after = (rows, columns) if rows_first else (columns, rows)
        x = torch.relu(F.conv2d(x, first.weight, first.bias, **before))
        x = second[1](F.conv2d(x, second[0].weight, second[0].bias, **after))
        if index == 0:
            x = torch.relu(x)
    return x


@pytest.mark.parametrize('rate', [1, 2, 17])
def test_a_block_is_two_crossed_halves_shuffled(rate):
    torch.manual_seed(0)
    block = feed_data(SplitShuffleBlock(8, rate), 8, 9, 14)
    x = torch.randn(2, 8, 9, 14)
    with torch.no_grad():
        joined = torch.relu(x + torch.cat([half(block.left, x[:, :4], True, rate),
                                           half(block.right, x[:, 4:], False, rate)], 1))
        torch.testing.assert_close(block(x), joined[:, [0, 4, 1, 5, 2, 6, 3, 7]])


def test_dropout_leaves_out_whole_channels_in_training_only():
    torch.manual_seed(0)
    block = SplitShuffleBlock(64, 2, 0.3)
    x = 100 + torch.rand(1, 64, 5, 6)                        # no ReLU clips it
    with torch.no_grad():
        unmixed = (block.train()(x) == block.shuffle(x)).flatten(2).all(2)
        assert 5 <= unmixed.sum() <= 35                      # 0.3 of 64 is 19
        assert not (block.eval()(x) == block.shuffle(x)).flatten(2).all(2).any()


@pytest.mark.parametrize('size', [(45, 60), (9, 13), (1, 2)])
def test_the_decoder_is_its_formula(size):
    torch.manual_seed(0)
    head = feed_data(AttentionPyramidNetwork(16, 5), 16, *size)
    x = torch.randn(2, 16, *size)

    def resize_like(features, like):
        return F.interpolate(features, like.shape[2:], mode='bilinear', align_corners=True)

    with torch.no_grad():
        x1 = head.down[0](x)                                 # 7x7
        x2 = head.down[1](x1)                                # 5x5
        x3 = head.down[2](x2)                                # 3x3
        t = resize_like(head.level[2](x3), x2) + head.level[1](x2)
        t = resize_like(t, x1) + head.level[0](x1)
        everywhere = head.everywhere(F.adaptive_avg_pool2d(x, 1)).expand(2, 5, *size)
        expected = resize_like(t, x) * head.classifier(x) + everywhere
        torch.testing.assert_close(head(x), expected)
    assert [conv[0].kernel_size[0] for conv in head.down] == [7, 5, 3]
    assert [conv[0].kernel_size[0] for conv in head.level] == [7, 5, 3]
    assert expected.min() >= 0
