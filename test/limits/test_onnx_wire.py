# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The walk over the bytes of an ONNX file finds what the library onnx finds."""

from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
import pytest

from lsnet_ros.limits.bounds import FormatError
from lsnet_ros.limits.onnx_wire import check_onnx

onnx = pytest.importorskip('onnx')
from google.protobuf.message import DecodeError  # noqa: E402
from onnx import helper, numpy_helper, TensorProto  # noqa: E402


def external(name='w'):
    """Return a tensor whose values lie in the file 'elsewhere'."""
    tensor = TensorProto(name=name, data_type=TensorProto.FLOAT, dims=[2])
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key='location', value='elsewhere')
    return tensor


def inside(name='w'):
    return numpy_helper.from_array(np.array([1, 2], np.float32), name)


def graph(nodes=(), tensors=(), sparse=()):
    return helper.make_graph(
        list(nodes), 'net', [], [helper.make_tensor_value_info('w', TensorProto.FLOAT, [2])],
        list(tensors), sparse_initializer=list(sparse))


def model(*args, **kwargs):
    return helper.make_model(graph(*args, **kwargs),
                             opset_imports=[helper.make_opsetid('', 13)], ir_version=7)


def sparse(values, indices):
    entry = onnx.SparseTensorProto(dims=[9])
    entry.values.CopyFrom(values)
    entry.indices.CopyFrom(indices)
    return entry


def node(**attributes):
    return helper.make_node('Constant', [], ['c'], **attributes)


def in_a_function():
    found = model()
    found.functions.add(name='f', domain='d').node.append(node(value=external()))
    return found


def in_the_training():
    found = model()
    found.training_info.add().initialization.CopyFrom(graph(tensors=[external()]))
    return found


def location_alone():
    tensor = inside()
    tensor.data_location = TensorProto.EXTERNAL
    return model(tensors=[tensor])


@pytest.mark.parametrize('loop', ['Loop', 'Scan'])
@pytest.mark.parametrize('make', [
    lambda loop: model([loop]),
    lambda loop: model([helper.make_node('If', ['w'], ['c'], then_branch=graph([loop]))])])
def test_loops_are_refused_wherever_they_are(make, loop):
    endless = helper.make_node(loop, ['w'], ['c'], body=graph([node(value_float=1.0)]))
    with pytest.raises(FormatError, match='it has a loop, which may never end'):
        check_onnx(make(endless).SerializeToString())


def test_a_loop_by_name_alone_is_none():
    named = helper.make_node('Identity', ['Loop'], ['Scan'], name='Loop')
    check_onnx(model([named]).SerializeToString())


@pytest.mark.parametrize('make', [
    lambda: model(tensors=[inside('a'), external()]),
    lambda: model(sparse=[sparse(external(), inside())]),
    lambda: model(sparse=[sparse(inside(), external())]),
    lambda: model([node(value=external())]),
    lambda: model([node(values=[inside(), external()])]),
    lambda: model([node(body=graph([node(bodies=[graph(tensors=[external()])])]))]),
    in_a_function, in_the_training, location_alone,
])
def test_weights_in_another_file_are_refused_wherever_they_are_named(make):
    with pytest.raises(FormatError, match='lie in another file: export it with all weights'):
        check_onnx(make().SerializeToString())


def test_weights_inside_are_accepted_and_said_to_be_so():
    tensor = inside()
    tensor.data_location = TensorProto.DEFAULT
    check_onnx(model([node(value=tensor)], [tensor], [sparse(tensor, tensor)]).SerializeToString())
    check_onnx(b'')


def test_a_second_graph_which_protobuf_joins_to_the_first_is_looked_at():
    with pytest.raises(FormatError, match='another file'):
        check_onnx(model().SerializeToString() + model(tensors=[external()]).SerializeToString())


@pytest.mark.parametrize('content, problem', [
    (b'\x3a', 'ends within a number'), (b'\x3a\x05ab', 'ends within a part'),
    (b'\x3b', 'wire type 3'), (b'\x08' + b'\xff' * 10 + b'\x01', 'more than 10 bytes'),
    (b'\x08\x01' * 300001, 'more than 300000 parts')])
def test_what_is_no_onnx_is_refused(content, problem):
    with pytest.raises(FormatError, match=problem):
        check_onnx(content)


def names_a_file(message):
    """Tell whether any tensor below a message is external, by the library's own parser."""
    if isinstance(message, TensorProto) and (message.external_data or message.data_location):
        return True
    return any(names_a_file(item) for field, value in message.ListFields()
               if field.message_type is not None
               for item in ([value] if hasattr(value, 'ListFields') else value))


SEEDS = [model([node(value=inside())], [inside('a'), external()]).SerializeToString(),
         model([node(body=graph(tensors=[external()]))]).SerializeToString(),
         model([node(value=inside())], [inside('a')]).SerializeToString()]


@given(seed=st.sampled_from(SEEDS), edits=st.lists(
    st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=4))
@settings(max_examples=300)
def test_whatever_the_library_finds_in_changed_bytes_is_found(seed, edits):
    content = bytearray(seed)
    for position, value in edits:
        content[position % len(content)] = value
    try:
        expected = names_a_file(onnx.load_from_string(bytes(content)))
    except DecodeError:
        return
    try:
        check_onnx(bytes(content))
    except FormatError:
        return
    assert not expected
