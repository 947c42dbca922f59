# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""A quantized graph computes nearly the same, and older runtimes can read it."""

import numpy as np
import pytest

onnx = pytest.importorskip('onnx')
pytest.importorskip('onnxruntime')
quantize_onnx = pytest.importorskip('lsnet_ros.models.quantize').quantize_onnx

from onnx import helper, numpy_helper, TensorProto  # noqa: E402

SHAPE = (1, 3, 8, 8)


def make_graph(weight):
    """Return an ONNX file of two 1x1 convolutions with a ReLU between them."""
    nodes = [helper.make_node('Conv', ['image_0', 'first'], ['a'], name='first'),
             helper.make_node('Relu', ['a'], ['b'], name='relu'),
             helper.make_node('Conv', ['b', 'last'], ['logits'], name='last')]
    graph = helper.make_graph(
        nodes, 'graph', [helper.make_tensor_value_info('image_0', TensorProto.FLOAT, SHAPE)],
        [helper.make_tensor_value_info('logits', TensorProto.FLOAT, (1, 2, 8, 8))],
        [numpy_helper.from_array(weight, 'first'),
         numpy_helper.from_array(np.float32([[1, 0], [0.5, -2]]).reshape(2, 2, 1, 1), 'last')])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid('', 13)],
                             ir_version=7).SerializeToString()


def run(content, image):
    import onnxruntime
    session = onnxruntime.InferenceSession(content, providers=['CPUExecutionProvider'])
    return session.run(None, {'image_0': image})[0]


def draw(seed):
    return np.random.RandomState(seed).uniform(-1, 1, SHAPE).astype(np.float32)


WEIGHT = np.float32([[1, 0.5, -0.25], [0.001, 0.002, 0.0005]]).reshape(2, 3, 1, 1)


def test_it_computes_nearly_the_same():
    content = make_graph(WEIGHT)
    quantized = quantize_onnx(content, [(draw(seed),) for seed in range(4)])
    expected, found = run(content, draw(9)), run(quantized, draw(9))
    assert 0 < np.abs(found - expected).max() < 0.03 * np.abs(expected).max()


def test_each_channel_of_a_weight_has_its_own_scale():
    model = onnx.load_from_string(quantize_onnx(make_graph(WEIGHT), [(draw(0),), (draw(1),)]))
    arrays = {entry.name: numpy_helper.to_array(entry) for entry in model.graph.initializer}
    scales, = (array for name, array in arrays.items()
               if name.startswith('first') and name.endswith('scale'))
    np.testing.assert_allclose(scales, [1 / 127, 0.002 / 127], rtol=0.02)
    integers, = (array for name, array in arrays.items() if name.endswith('quantized'))
    assert integers.dtype == np.int8 and np.abs(integers).max(axis=(1, 2, 3)).tolist() == [127] * 2


def test_the_last_convolution_stays_in_float32():
    model = onnx.load_from_string(quantize_onnx(make_graph(WEIGHT), [(draw(0),)]))
    arrays = {entry.name: numpy_helper.to_array(entry) for entry in model.graph.initializer}
    assert arrays['last'].dtype == np.float32 and 'first' not in arrays


def test_runtimes_that_have_the_operations_can_read_it():
    model = onnx.load_from_string(quantize_onnx(make_graph(WEIGHT), [(draw(0),)]))
    assert model.ir_version == 7
    assert [(entry.domain, entry.version) for entry in model.opset_import] == [('', 13)]
    assert [port.name for port in model.graph.input] == ['image_0']
    assert [port.name for port in model.graph.output] == ['logits']
