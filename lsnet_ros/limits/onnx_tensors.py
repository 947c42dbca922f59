# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Read the constants of an ONNX file, without the library onnx; numbers of fields: onnx.proto."""

from typing import Any, Dict, Iterator, List, Tuple

import numpy as np

from lsnet_ros.limits.bounds import ARRAYS, check_most, FormatError
from lsnet_ros.limits.onnx_wire import LENGTH, read_field, read_varint, VARINT

GRAPH, INITIALIZER = 7, 5                      # of a ModelProto, and of its GraphProto
DIMS, DATA_TYPE, NAME, RAW_DATA = 1, 2, 8, 9   # of a TensorProto
TYPES: Dict[int, Any] = {
    1: np.dtype('<f4'), 7: np.dtype('<i8'), 10: np.dtype('<f2'), 11: np.dtype('<f8')}

Span = Tuple[int, int]  # start and end, bytes


def read_constants(content: bytes) -> Dict[str, np.ndarray]:
    """
    Return the constants of a graph that are floats or 64-bit integers in raw bytes, by name.

    :raises FormatError: if a constant has other bytes than its shape asks for, the graph has more
        than ``ARRAYS`` constants, or the file is not protobuf
    """
    view = memoryview(content)
    spans = [span for graph in _list_messages(view, (0, len(content)), GRAPH)
             for span in _list_messages(view, graph, INITIALIZER)]
    check_most('the number of constants', len(spans), ARRAYS)
    return dict(pair for span in spans for pair in _read_tensor(view, span))


def _list_messages(view: memoryview, span: Span, number: int) -> List[Span]:
    """Return the messages in the fields of a number."""
    return [value for found, kind, value in _list_fields(view, span)
            if found == number and kind == LENGTH]


def _list_fields(view: memoryview, span: Span) -> Iterator[Tuple[int, int, Span]]:
    """Yield number, wire type and value of each field of a message."""
    position, end = span
    while position < end:
        number, kind, value, start, position = read_field(view, position, end)
        yield number, kind, (start, position) if kind == LENGTH else (value, value)


def _read_tensor(view: memoryview, span: Span) -> Iterator[Tuple[str, np.ndarray]]:
    """Yield name and array of a TensorProto if it has raw bytes of one of ``TYPES``."""
    shape: List[int] = []
    name, data_type, raw = '', 0, None
    for number, kind, (start, end) in _list_fields(view, span):
        if number == DIMS:
            shape += [start] if kind == VARINT else _read_packed(view, start, end)
        elif number == DATA_TYPE:
            data_type = start
        elif number == NAME and kind == LENGTH:
            name = bytes(view[start:end]).decode('utf-8', 'replace')
        elif number == RAW_DATA and kind == LENGTH:
            raw = view[start:end]
    if raw is None or data_type not in TYPES:
        return
    wanted = TYPES[data_type].itemsize
    for length in shape:
        wanted *= length
    if wanted != len(raw):
        raise FormatError('a constant of shape {} has {} bytes, expected {}'.format(
            shape, len(raw), wanted))
    array = np.frombuffer(raw, TYPES[data_type]).reshape(shape)
    yield name, array.astype(array.dtype.newbyteorder('='))


def _read_packed(view: memoryview, position: int, end: int) -> List[int]:
    """Return numbers that stand one after the other."""
    values = []
    while position < end:
        value, position = read_varint(view, position, end)
        values.append(value)
    return values
