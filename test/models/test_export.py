# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The ONNX export: its graph, and its parity gate."""

import collections

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from lsnet_ros.models.export import check_parity, export_onnx, ModelExportError
from lsnet_ros.networks import build_network
from lsnet_ros.stages.preprocessing import InputSpec

HEIGHT, WIDTH = 90, 122  # px; odd on the way down
LPS_NODES = {'Conv', 'Relu', 'Add', 'Concat', 'Resize'}
LSNET_NODES = LPS_NODES | {'MaxPool', 'GlobalMaxPool', 'GlobalAveragePool', 'ReduceMax',
                           'ReduceMean', 'Sigmoid', 'Mul', 'ConvTranspose'}


def built(name, **config):
    """Build a network whose batch norms have seen data, so that its features keep their size."""
    torch.manual_seed(0)
    network = build_network(name, 5, **config).train()
    with torch.no_grad():
        for _ in range(4):
            network(torch.randn(2, 3, HEIGHT, WIDTH))
    return network


def spec_of(network, height=HEIGHT, width=WIDTH):
    return InputSpec(height, width, tuple(network.input_sizes(height, width)))


@pytest.mark.parametrize('name, config, nodes', [
    ('lps-net-0', {}, {'Conv', 'Relu'}),
    ('lps-net-s', {'block': 'reparameterised'}, LPS_NODES),
    ('lps-net-0', {'ratios': ('1', '1/2', '1/4')}, LPS_NODES),
    ('lsnet', {'depth': (1, 2)}, LSNET_NODES),
    ('lsnet', {'depth': (1, 1), 'alignment': 'bilinear', 'kernels': ()},
     LSNET_NODES - {'Resize', 'ConvTranspose'}),
    ('lsnet', {'depth': (1, 1), 'mixer': 'ss-nbt', 'kernels': (5, 3, 2)}, None),
    ('lsnet', {'depth': (1, 1), 'mixer': 'dab', 'kernels': (5, 3, 1)}, None),
    ('lsnet', {'depth': (1, 1), 'mixer': 'cg'}, None),
])
def test_onnx_computes_what_pytorch_does(name, config, nodes):
    network = built(name, **config)
    sizes = network.input_sizes(HEIGHT, WIDTH)
    onnx_bytes = export_onnx(network, spec_of(network))
    assert network.training                                  # left as it was
    session = onnxruntime.InferenceSession(onnx_bytes, providers=['CPUExecutionProvider'])
    images = [torch.randn(1, 3, *size) for size in sizes]
    with torch.no_grad():
        expected = network.eval().core(*images)
    found = session.run(None, {'image_{}'.format(i): x.numpy() for i, x in enumerate(images)})
    assert len(found) == len(expected)
    for ours, theirs in zip(expected, found):
        assert np.abs(ours.numpy() - theirs).max() <= 1e-3 * max(1e-3, float(ours.abs().max()))
    if nodes is not None:
        assert {node.op_type for node in onnx.load_from_string(onnx_bytes).graph.node} == nodes


def test_names_shapes_and_opset_are_those_of_the_model_folder():
    network = built('lsnet', depth=(1, 1))
    model = onnx.load_from_string(export_onnx(network, spec_of(network)))

    def shapes(values):
        return [(value.name, [length.dim_value for length in value.type.tensor_type.shape.dim])
                for value in values]

    assert shapes(model.graph.input) == [('image_0', [1, 3, HEIGHT, WIDTH])]
    assert shapes(model.graph.output) == [('logits', [1, 5, 12, 16]),
                                          ('offset', [1, 2, HEIGHT, WIDTH])]
    assert [opset.version for opset in model.opset_import] == [13]
    read = {name for node in model.graph.node for name in node.input}
    assert {constant.name for constant in model.graph.initializer} <= read


def test_each_convolution_of_the_deploy_form_is_one_node():
    network = built('lps-net-s', block='reparameterised')
    model = onnx.load_from_string(export_onnx(network, spec_of(network)))
    count = collections.Counter(node.op_type for node in model.graph.node)
    assert [value.name for value in model.graph.input] == ['image_0', 'image_1']
    assert count['Conv'] == 2 * 27 + 1 and count['Relu'] == 2 * 27


def test_exporting_twice_gives_the_same_bytes():
    network = built('lps-net-0')
    assert export_onnx(network, spec_of(network)) == export_onnx(network, spec_of(network))


def test_input_sizes_that_are_not_the_networks_are_refused():
    network = built('lps-net-s')
    spec = InputSpec(HEIGHT, WIDTH, ((HEIGHT, WIDTH),))
    problem = r'\[\(90, 122\)\], but the network reads \[\(67, 91\)'
    with pytest.raises(ModelExportError, match=problem):
        export_onnx(network, spec)


def test_a_graph_of_other_weights_does_not_pass():
    network = built('lps-net-0')
    sizes = network.input_sizes(HEIGHT, WIDTH)
    onnx_bytes = export_onnx(network, spec_of(network))
    check_parity(network.eval(), onnx_bytes, sizes)
    with torch.no_grad():
        network.classifier.bias[0] += 1.0
    with pytest.raises(ModelExportError, match='PyTorch .logits differs by'):
        check_parity(network, onnx_bytes, sizes)


def test_weights_that_are_no_numbers_do_not_pass():
    network = built('lps-net-0')
    network.classifier.bias.data[0] = float('nan')
    with pytest.raises(ModelExportError, match="reference's logits of frame 0 holds NaN"):
        export_onnx(network, spec_of(network))


def test_a_graph_of_a_constant_does_not_pass():
    network = built('lps-net-0').eval()
    sizes = network.input_sizes(HEIGHT, WIDTH)
    model = onnx.load_from_string(export_onnx(network, spec_of(network)))
    images = [torch.zeros(1, 3, *size) for size in sizes]
    with torch.no_grad():
        logits = network.core(*images)[0].numpy()
    del model.graph.node[:]
    model.graph.node.append(onnx.helper.make_node(
        'Constant', [], ['logits'], value=onnx.numpy_helper.from_array(logits)))
    with pytest.raises(ModelExportError, match='logits does not change with the image'):
        check_parity(network, model.SerializeToString(), sizes)
