# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The constants read from the bytes of an ONNX file are those that the library onnx reads."""

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
import numpy as np
import pytest

from lsnet_ros.limits.bounds import FormatError
from lsnet_ros.limits.onnx_tensors import read_constants

onnx = pytest.importorskip('onnx')
from onnx import helper, numpy_helper, TensorProto  # noqa: E402


def write(*tensors):
    """Return an ONNX file with these constants."""
    info = helper.make_tensor_value_info('x', TensorProto.FLOAT, [1])
    nodes = [helper.make_node('Constant', [], ['c'], value=numpy_helper.from_array(
        np.ones(2, np.float32), 'inner'))]
    return helper.make_model(
        helper.make_graph(nodes, 'net', [info], [info], list(tensors))).SerializeToString()


@given(array=st.sampled_from(['<f4', '<i8', '<f2', '<f8']).flatmap(
    lambda dtype: arrays(dtype, array_shapes(min_dims=0, max_dims=4, max_side=4))))
@settings(max_examples=200, deadline=None)
def test_arrays_are_read_to_the_bit(array):
    found = read_constants(write(
        numpy_helper.from_array(array, 'a'),
        numpy_helper.from_array(np.arange(3, dtype=np.int64), 'b')))
    assert sorted(found) == ['a', 'b'] and found['b'].tolist() == [0, 1, 2]
    assert (found['a'].dtype, found['a'].shape) == (array.dtype, array.shape)
    assert found['a'].tobytes() == array.tobytes()


def test_arrays_of_other_types_and_in_other_fields_are_left_out():
    found = read_constants(write(
        numpy_helper.from_array(np.array([True]), 'flags'),
        helper.make_tensor('listed', TensorProto.FLOAT, [2], [1.0, 2.0])))
    assert found == {}


@pytest.mark.parametrize('dims', [[3], [], [2, 2], [1 << 60]])
def test_a_shape_that_does_not_fit_the_bytes_is_refused(dims):
    tensor = numpy_helper.from_array(np.ones(2, np.float32), 'a')
    del tensor.dims[:]
    tensor.dims.extend(dims)
    with pytest.raises(FormatError, match='a constant of shape .* has 8 bytes, expected'):
        read_constants(write(tensor))


def test_dims_may_stand_in_one_field():
    # graph (7) of 14 bytes: initializer (5) of 12: dims (1) 1 and 2, type (2) 1, raw_data (9)
    raw = bytes([0x3a, 18, 0x2a, 16, 0x0a, 2, 1, 1, 0x10, 1, 0x42, 2]) + b'ab' + bytes([
        0x4a, 4, 0, 0, 0x80, 0x3f])
    constants = read_constants(raw)
    assert constants['ab'].tolist() == [[1.0]]


@given(cut=st.integers(0, 10 ** 6), junk=st.binary(max_size=8))
@settings(max_examples=200, deadline=None)
def test_damaged_files_are_read_or_refused(cut, junk):
    content = write(numpy_helper.from_array(np.ones((2, 3), np.float32), 'a'))
    cut %= len(content)
    try:
        read_constants(content[:cut] + junk)
    except FormatError as error:
        assert '\n' not in str(error)


def test_too_many_constants_are_refused(monkeypatch):
    monkeypatch.setattr('lsnet_ros.limits.onnx_tensors.ARRAYS', 1)
    with pytest.raises(FormatError, match='the number of constants is 2, expected 1 at most'):
        read_constants(write(*(numpy_helper.from_array(np.ones(1), name) for name in 'ab')))
