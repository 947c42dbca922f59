# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Rewritten graphs compute the same, in the wanted form."""

import numpy as np
import pytest

from lsnet_ros.models.export_graph import lighten

onnx = pytest.importorskip('onnx')
onnxruntime = pytest.importorskip('onnxruntime')
helper, numpy_helper = onnx.helper, pytest.importorskip('onnx.numpy_helper')

HEIGHT, WIDTH = 6, 9  # px


def filters(name, *shape):
    rng = np.random.RandomState(len(name))
    return numpy_helper.from_array(rng.normal(size=shape).astype(np.float32), name)


def model_of(nodes, constants, inputs=(('x', 20),), output='y'):
    """Make a model of nodes whose inputs have so many channels."""
    graph = helper.make_graph(nodes, 'graph', [
        helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1, channels, HEIGHT, WIDTH])
        for name, channels in inputs], [
        helper.make_tensor_value_info(output, onnx.TensorProto.FLOAT, None)], constants)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid('', 13)], ir_version=7)


def run(model):
    session = onnxruntime.InferenceSession(model.SerializeToString(),
                                           providers=['CPUExecutionProvider'])
    rng = np.random.RandomState(0)
    return session.run(None, {x.name: rng.normal(size=x.shape).astype(np.float32)
                              for x in session.get_inputs()})[0]


def rewritten(model):
    """Lighten a model; returns the kinds of its nodes. It has to compute the same."""
    before = run(model)
    lighten(model.graph, {'y': before.shape})
    np.testing.assert_allclose(run(model), before, rtol=0, atol=1e-5 * np.abs(before).max())
    return [node.op_type for node in model.graph.node]


@pytest.mark.parametrize('kind, options, expected', [
    ('ReduceMax', {'axes': [2, 3], 'keepdims': 1}, 'GlobalMaxPool'),
    ('ReduceMean', {'axes': [2, 3]}, 'GlobalAveragePool'),
    ('ReduceMean', {'axes': [2, 3], 'keepdims': 0}, 'ReduceMean'),
    ('ReduceMax', {'axes': [1], 'keepdims': 1}, 'ReduceMax'),
    ('ReduceMax', {'axes': [3]}, 'ReduceMax'),
    ('ReduceMax', {}, 'ReduceMax'),
])
def test_a_reduction_over_height_and_width_is_a_pooling(kind, options, expected):
    model = model_of([helper.make_node(kind, ['x'], ['y'], **options)], [])
    assert rewritten(model) == [expected]


def joined(counts, relu=False, readers=1, **options):
    """Return a model that joins features of so many channels and convolves them."""
    names = ['x{}'.format(index) for index in range(len(counts))]
    nodes = [helper.make_node('Concat', names, ['both'], axis=1),
             helper.make_node('Conv', ['both', 'w', 'b'], ['y' if readers == 1 else 'c'],
                              pads=[0, 1, 0, 1], **options)]
    if readers == 2:
        nodes += [helper.make_node('ReduceMax', ['both'], ['m'], axes=[1]),
                  helper.make_node('Mul', ['c', 'm'], ['y'])]
    per_filter = sum(counts) // options.get('group', 1)
    return model_of(nodes, [filters('w', 8, per_filter, 1, 3), filters('b', 8)],
                    list(zip(names, counts)))


@pytest.mark.parametrize('counts', [(32, 3), (3, 32), (16, 17)])
def test_parts_that_are_no_whole_blocks_are_convolved_one_by_one(counts):
    model = joined(counts)
    assert rewritten(model) == ['Conv', 'Conv', 'Add']
    weights = {node.input[1] for node in model.graph.node if node.op_type == 'Conv'}
    shapes = [tuple(constant.dims) for constant in model.graph.initializer
              if constant.name in weights]
    assert shapes == [(8, counts[0], 1, 3), (8, counts[1], 1, 3)]


@pytest.mark.parametrize('model', [
    joined((32, 16)), joined((1, 1)), joined((16, 16, 3)), joined((32, 4), group=2),
    joined((32, 3), readers=2)], ids=['blocks', 'few', 'three', 'groups', 'two readers'])
def test_other_parts_stay_joined(model):
    kinds = [node.op_type for node in model.graph.node]
    assert rewritten(model) == kinds


def transposed(kernel, strides, more, group=20, padding=None, bias=()):
    """Return a model of a transposed convolution, of each channel by itself in 20 groups."""
    padding = [(length - 1) // 2 for length in kernel] if padding is None else padding
    node = helper.make_node(
        'ConvTranspose', ['x', 'w'] + list(bias), ['y'], kernel_shape=kernel, strides=strides,
        pads=padding * 2, output_padding=more, group=group, dilations=[1, 1])
    return model_of([node], [filters('w', 20, 20 // group, *kernel), filters('b', 20)])


@pytest.mark.parametrize('kernel, strides', [
    ([7, 1], [2, 1]), ([1, 5], [1, 2]), ([3, 3], [2, 2]), ([1, 1], [2, 2])])
@pytest.mark.parametrize('bias', [[], ['b']])
def test_a_transposed_convolution_that_doubles_becomes_a_plain_one(kernel, strides, bias):
    model = transposed(kernel, strides, [step - 1 for step in strides], bias=bias)
    assert rewritten(model) == ['Resize', 'Mul', 'Conv']


@pytest.mark.parametrize('model', [
    transposed([7, 1], [2, 1], [0, 0]), transposed([2, 1], [2, 1], [0, 0]),
    transposed([3, 1], [2, 1], [1, 0], group=4), transposed([3, 1], [3, 1], [2, 0]),
    transposed([3, 1], [2, 1], [1, 0], padding=[0, 0])],
    ids=['odd size', 'even filter', 'groups', 'threefold', 'other padding'])
def test_other_transposed_convolutions_stay(model):
    assert rewritten(model) == ['ConvTranspose']


def residual(order, third='x'):
    """Return a model of a convolution, plus a pooled convolution, plus the input."""
    nodes = [helper.make_node('ReduceMax', ['x'], ['pool'], axes=[2, 3]),
             helper.make_node('Conv', ['pool', 's'], ['small'], group=20),
             helper.make_node('Conv', ['x', 'w'], ['large'], group=20, pads=[0, 1, 0, 1]),
             helper.make_node('Add', order, ['sum']),
             helper.make_node('Relu', ['x'], ['z']),
             helper.make_node('Add', [third, 'sum'], ['y'])]
    return model_of(nodes, [filters('s', 20, 1, 1, 1), filters('w', 20, 1, 1, 3)])


@pytest.mark.parametrize('order', [['large', 'small'], ['small', 'large']])
@pytest.mark.parametrize('third', ['x', 'z'])
def test_what_is_pooled_is_added_last(order, third):
    model = residual(order, third)
    kinds = rewritten(model)
    assert kinds == ['GlobalMaxPool', 'Conv', 'Conv', 'Relu', 'Add', 'Add']
    first, last = model.graph.node[4:]
    assert list(first.input) == ['large', third]
    assert list(last.input) == [first.output[0], 'small']


def test_what_is_pooled_already_is_not_moved():
    nodes = [helper.make_node('ReduceMax', ['x'], ['a'], axes=[2, 3]),
             helper.make_node('ReduceMean', ['x'], ['b'], axes=[2, 3]),
             helper.make_node('Add', ['a', 'b'], ['c']),
             helper.make_node('Add', ['c', 'x'], ['y'])]
    model = model_of(nodes, [])
    assert rewritten(model) == ['GlobalMaxPool', 'GlobalAveragePool', 'Add', 'Add']
    assert [list(node.input) for node in model.graph.node[2:]] == [['a', 'b'], ['c', 'x']]
