# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The feature pyramid: its size, and its top-down path written out."""

import onnx
import pytest
import torch
import torch.nn.functional as F  # noqa: N812

from lsnet_ros.models.export import export_onnx
from lsnet_ros.networks import build_network, count_parameters, multiply_adds
from lsnet_ros.networks.fpn import FPN
from lsnet_ros.stages.preprocessing import InputSpec

SMALL = (68, 100)  # px: odd on the way down
# Parameters and multiply-adds for 11 classes at 360x480.
COUNTS = {
    'fpn-lite0': (3091435, 1601119200),
    'fpn-lite1': (3856107, 2014044960),
    'fpn-lite2': (4498219, 2272680672),
}


@pytest.mark.parametrize('name', sorted(COUNTS))
def test_it_has_its_parameters_and_multiply_adds(name):
    network = build_network(name, 11)
    assert (count_parameters(network), multiply_adds(network, 360, 480)) == COUNTS[name]
    assert network.encoder_name == name[len('fpn-'):]


@pytest.mark.parametrize('size, quarter', [
    ((360, 480), (90, 120)), ((361, 481), (91, 121)), ((363, 482), (91, 121)),
    ((364, 484), (91, 121))])
def test_core_gives_logits_at_a_quarter_rounded_up(size, quarter):
    network = FPN(19).eval()
    assert network.input_sizes(*size) == [size]
    logits, = network.core(torch.empty(0, 3, *size))
    assert logits.shape == (0, 19) + quarter
    assert network.decode([logits], size).shape == (0, 19) + size


@pytest.mark.parametrize('encoder', ['lite0', 'lite2'])
def test_the_deployed_form_is_the_same_function_without_batch_norm(encoder, draw_statistics):
    torch.manual_seed(0)
    network = draw_statistics(FPN(5, encoder)).double().eval()
    deployed = network.deploy()
    x = torch.randn(1, 3, *SMALL, dtype=torch.float64)
    with torch.no_grad():
        expected, found = network(x), deployed(x)
    assert (found - expected).abs().max() <= 1e-9 * expected.abs().max()
    assert not any(isinstance(part, torch.nn.BatchNorm2d) for part in deployed.modules())
    assert any(isinstance(part, torch.nn.BatchNorm2d) for part in network.modules())


def test_coarse_levels_are_added_to_the_next_finer_one(draw_statistics):
    torch.manual_seed(0)
    network = draw_statistics(FPN(5)).eval()
    x = torch.randn(1, 3, *SMALL)

    def like(features, other):
        return F.interpolate(features, other.shape[2:], mode='bilinear', align_corners=True)

    with torch.no_grad():
        c4, c8, c16, c32 = network.encoder(x)
        p4, p8, p16, p32 = (lateral(c) for lateral, c in zip(network.laterals,
                                                             (c4, c8, c16, c32)))
        context = F.conv2d(F.adaptive_avg_pool2d(c32, 1), network.context[1].weight,
                           network.context[1].bias)
        y = network.levels[3](p32 + context)
        y = network.levels[2](p16 + like(y, p16))
        y = network.levels[1](p8 + like(y, p8))
        y = network.levels[0](p4 + like(y, p4))
        expected = network.classifier(network.head(y))
        torch.testing.assert_close(network.core(x)[0], expected)
        torch.testing.assert_close(network(x), like(expected, x))


def test_a_single_image_is_enough_to_train_on():
    torch.manual_seed(0)
    network = FPN(3).train()
    network(torch.randn(1, 3, *SMALL)).sum().backward()
    assert network.context[1].weight.grad.any()


def test_onnx_computes_what_pytorch_does(draw_statistics):
    torch.manual_seed(0)
    network = draw_statistics(FPN(5)).eval()
    graph = onnx.load_from_string(export_onnx(network, InputSpec(*SMALL, (SMALL,)))).graph
    assert {node.op_type for node in graph.node} == {
        'Add', 'Clip', 'Constant', 'Conv', 'GlobalAveragePool', 'Relu', 'Resize'}
    assert [output.name for output in graph.output] == ['logits']


def test_an_unknown_encoder_is_refused():
    with pytest.raises(ValueError, match="encoder 'b0' is not known: choose from lite0, lite1"):
        build_network('fpn-lite0', 5, encoder='b0')
