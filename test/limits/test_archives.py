# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

import io
import pickle
import zipfile

from hypothesis import given, settings
from hypothesis import strategies as st
import numpy as np
import pytest

from lsnet_ros.limits.archives import read_arrays
from lsnet_ros.limits.bounds import FormatError

ARRAYS = {
    'weight': np.arange(6, dtype=np.float32).reshape(2, 3), 'scalar': np.array(7),
    'half': np.float16([[1.5], [2]]), 'empty': np.zeros((0, 3), np.uint8),
    'transposed': np.asfortranarray(np.arange(6).reshape(2, 3)), 'flag': np.array([True, False]),
    'state': np.array('{"größe": 1}')}


def pack(**arrays):
    content = io.BytesIO()
    np.savez(content, **arrays)
    return content.getvalue()


def pack_bytes(content, name='a.npy'):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, 'w') as file:
        file.writestr(name, content)
    return archive.getvalue()


def header(description, rest=b'', version=1):
    text = description.encode()
    return b'\x93NUMPY' + bytes([version, 0]) + len(text).to_bytes(2, 'little') + text + rest


def test_arrays_are_those_that_numpy_wrote():
    found = read_arrays(pack(**ARRAYS))
    assert sorted(found) == sorted(ARRAYS)
    for name, array in ARRAYS.items():
        assert found[name].dtype == array.dtype and found[name].shape == array.shape
        np.testing.assert_array_equal(found[name], array)
        assert found[name].flags.writeable and found[name].flags.c_contiguous


def test_another_order_of_bytes_becomes_this_machines():
    found = read_arrays(pack(a=np.array([1, 2], '>f4'), b=np.array([1, 2], '<f4')))
    assert found['a'].dtype == found['b'].dtype == np.dtype('=f4')
    np.testing.assert_array_equal(found['a'], [1, 2])


PROMISE = "{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000,), }\n"


@pytest.mark.parametrize('content, problem', [
    (b'', 'no archive of arrays'), (b'PK\x05\x06', 'no archive of arrays'),
    (pickle.dumps([1]), 'no archive of arrays'), (pack_bytes(b'no array'), 'no archive of arrays'),
    (pack_bytes(header(PROMISE, bytes(8))), r'shape \(10+,\) has 8 bytes, expected 40+'),
    (pack_bytes(header(PROMISE.replace('(1000000000000,)', '(-1,)'))), r'shape \(-1,\) has 0'),
    (pack_bytes(header('{' * 3000)), 'no archive of arrays'),
    (pack_bytes(header(' ' * 5000)), 'length of a header is 5000, expected 4096 at most'),
    (pack_bytes(header(PROMISE, version=2)), r'is in format \(2, 0\), expected \(1, 0\)'),
    (pack(a=np.zeros(1, np.longdouble)), 'an array is of float128, expected plain numbers'),
    (pack(a=np.array([1j])), 'an array is of complex128'),
    (pack(a=np.array([(1, 2)], [('x', 'i4'), ('y', 'i4')])), 'expected plain numbers'),
    (pack(a=np.array([b'bytes'])), 'expected plain numbers or text'),
    (pack(a=np.array([{}])), 'an array is of object'),
], ids=lambda value: value if isinstance(value, str) else 'content')
def test_anything_else_is_refused(content, problem):
    with pytest.raises(FormatError, match=problem):
        read_arrays(content)


def test_an_archive_that_unpacks_to_more_than_the_bound_is_not_unpacked(monkeypatch):
    monkeypatch.setattr('lsnet_ros.limits.archives.MODEL_FILE', 1000)
    content = io.BytesIO()
    np.savez_compressed(content, a=np.zeros(10000))
    assert len(content.getvalue()) < 1000
    with pytest.raises(FormatError, match='size of all arrays in bytes is 80128, expected 1000'):
        read_arrays(content.getvalue())


def test_more_arrays_than_the_bound_are_refused(monkeypatch):
    monkeypatch.setattr('lsnet_ros.limits.archives.ARRAYS', 6)
    with pytest.raises(FormatError, match='the number of arrays is 7, expected 6 at most'):
        read_arrays(pack(**ARRAYS))


@given(edits=st.lists(st.tuples(st.integers(0, 10 ** 4), st.integers(0, 255)), min_size=1,
                      max_size=6))
@settings(max_examples=300)
def test_changed_bytes_are_refused_or_give_plain_arrays(edits):
    content = bytearray(pack(**ARRAYS))
    for position, value in edits:
        content[position % len(content)] = value
    try:
        found = read_arrays(bytes(content))
    except FormatError as error:
        assert '\n' not in str(error)
        return
    assert all(array.dtype.kind in 'biufU' for array in found.values())
