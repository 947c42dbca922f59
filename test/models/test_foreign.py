# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Networks of one 1x1 convolution, whose class ids numpy knows."""

import numpy as np
import pytest

onnx = pytest.importorskip('onnx')
from onnx import helper, numpy_helper, TensorProto  # noqa: E402
import onnxruntime  # noqa: E402

from lsnet_ros.models.foreign import adapt_onnx, ForeignError  # noqa: E402

WEIGHT = np.array([[2, -1, 0], [-1, 1, 1], [0.5, 0.5, -2]], np.float32)  # (class, RGB)
SIZE = (6, 8)


def build(nodes, output_type, weight=WEIGHT, names=('x', 'y'), dims=('n', 3, 'h', 'w')):
    """Return an ONNX file: names[0] -> 1x1 convolution 'scores' -> nodes -> names[1]."""
    conv = helper.make_node('Conv', [names[0], 'weight'], ['scores'], kernel_shape=[1, 1])
    graph = helper.make_graph(
        [conv] + nodes, 'net',
        [helper.make_tensor_value_info(names[0], TensorProto.FLOAT, dims)],
        [helper.make_tensor_value_info(names[1], output_type, None)],
        [numpy_helper.from_array(weight.reshape(len(weight), 3, 1, 1), 'weight')])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid('', 13)],
                             ir_version=8).SerializeToString()


def node(kind, source, target, **attributes):
    """Return one node from a tensor to a tensor."""
    return helper.make_node(kind, [source], [target], **attributes)


def run(foreign, image):
    """Return the logits of an adapted file."""
    session = onnxruntime.InferenceSession(foreign.onnx_bytes,
                                           providers=['CPUExecutionProvider'])
    assert [port.name for port in session.get_inputs()] == ['image_0']
    assert session.get_inputs()[0].shape == [1, 3] + list(SIZE)
    assert [port.name for port in session.get_outputs()] == ['logits']
    return session.run(None, {'image_0': image})[0]


def draw():
    return np.random.default_rng(3).standard_normal((1, 3) + SIZE).astype(np.float32)


def scores_of(image, weight=WEIGHT):
    return np.einsum('kc,nchw->nkhw', weight, image)


@pytest.mark.parametrize('nodes, output_type, output', [
    ([node('Identity', 'scores', 'y')], TensorProto.FLOAT, 'logits'),
    ([node('Softmax', 'scores', 'y', axis=1)], TensorProto.FLOAT, 'of a Softmax'),
    ([node('ArgMax', 'scores', 'y', axis=1, keepdims=0)], TensorProto.INT64, 'of an ArgMax'),
    ([node('Softmax', 'scores', 'p', axis=1), node('ArgMax', 'p', 'i', axis=1, keepdims=1),
      node('Cast', 'i', 'y', to=TensorProto.UINT8)], TensorProto.UINT8, 'of an ArgMax'),
])
def test_the_logits_before_the_output_are_taken(nodes, output_type, output):
    image = draw()
    foreign = adapt_onnx(build(nodes, output_type), 3, SIZE)
    assert output in foreign.output
    np.testing.assert_allclose(run(foreign, image), scores_of(image), atol=1e-5)


@pytest.mark.parametrize('nodes', [[node('Identity', 'scores', 'y')],
                                   [node('Sigmoid', 'scores', 'y')]])
def test_one_logit_decides_between_two_classes(nodes):
    image = draw()
    logits = run(adapt_onnx(build(nodes, TensorProto.FLOAT, WEIGHT[:1]), 2, SIZE), image)
    np.testing.assert_allclose(logits[:, 1], scores_of(image)[:, 0], atol=1e-5)
    assert (logits[:, 0] == 0).all()


def test_class_ids_without_an_argmax_become_one_hot():
    image = draw()
    nodes = [node('Sign', 'scores', 's'), node('Relu', 's', 'r'),
             node('Cast', 'r', 'y', to=TensorProto.INT64)]
    foreign = adapt_onnx(build(nodes, TensorProto.INT64, WEIGHT[:1]), 3, SIZE)
    assert 'confidence' in foreign.output
    logits = run(foreign, image)
    np.testing.assert_array_equal(logits.argmax(1), scores_of(image)[:, 0] > 0)
    assert set(np.unique(logits)) == {0, 20} and logits.shape == (1, 3) + SIZE


def test_our_names_for_other_tensors_do_not_clash():
    image = draw()
    nodes = [node('Neg', 'scores', 'logits'), node('Neg', 'logits', 'image_0'),
             node('ArgMax', 'image_0', 'y', axis=1)]
    foreign = adapt_onnx(build(nodes, TensorProto.INT64), 3, SIZE)
    np.testing.assert_allclose(run(foreign, image), scores_of(image), atol=1e-5)


IDENTITY = [node('Identity', 'scores', 'y')]


@pytest.mark.parametrize('content, classes, problem', [
    (b'hello', 3, 'it is not ONNX: byte 3 has the unknown wire type'),
    (build(IDENTITY, TensorProto.FLOAT), 4, 'has 3 channels, but 4 classes are listed'),
    (build(IDENTITY, TensorProto.FLOAT, WEIGHT[:1]), 3, '1 channels.*background and foreground'),
    (build(IDENTITY, TensorProto.FLOAT, dims=(1, 3, 6, 9)), 3, 'expected FLOAT .1, 3, 6, 8.'),
    (build([node('ArgMax', 'scores', 'y', axis=1)], TensorProto.INT64), 2,
     'has class id 2, but 2 classes are listed'),
    (build([node('Sigmoid', 'scores', 's'), node('Identity', 's', 'y')], TensorProto.FLOAT,
           WEIGHT[:1]), 2, 'lies between 0 and 1'),
    (build([node('ReduceMean', 'scores', 'y', axes=[1], keepdims=0)], TensorProto.FLOAT), 3,
     'expected float32 logits'),
])
def test_other_networks_are_refused(content, classes, problem):
    with pytest.raises(ForeignError, match=problem):
        adapt_onnx(content, classes, SIZE)


def test_weights_outside_of_the_file_are_refused(tmp_path):
    model = onnx.load_from_string(build(IDENTITY, TensorProto.FLOAT))
    onnx.save(model, str(tmp_path / 'a.onnx'), save_as_external_data=True, size_threshold=0)
    with pytest.raises(ForeignError, match='its weights lie in another file'):
        adapt_onnx((tmp_path / 'a.onnx').read_bytes(), 3, SIZE)
