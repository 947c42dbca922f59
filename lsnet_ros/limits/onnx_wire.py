# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Find references to other files and loops in an ONNX file, without the library onnx.

A runtime would read another file from the current folder, past the checksums of the model, and
could run a loop for ever. The format is protobuf (protobuf.dev/programming-guides/encoding):
fields, each with a number and a wire type; a message inside of another has its length in front.
Numbers of fields are of onnx.proto.
"""

from typing import Dict, List, Tuple

from lsnet_ros.limits.bounds import FormatError, ONNX_FIELDS

VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5
FIXED_SIZES = {FIXED64: 8, FIXED32: 4}
EXTERNAL_DATA, DATA_LOCATION = 13, 14  # of a TensorProto
OPERATION = 4                          # of a NodeProto: its type
LOOPS = (b'Loop', b'Scan')
# By message: the numbers of the fields that may hold tensors, and the message of each.
INSIDE: Dict[str, Dict[int, str]] = {
    'model': {7: 'graph', 20: 'training', 25: 'function'},
    'training': {1: 'graph', 2: 'graph'},
    'function': {7: 'node', 11: 'attribute'},
    'graph': {1: 'node', 5: 'tensor', 15: 'sparse'},
    'node': {5: 'attribute'},
    'attribute': {5: 'tensor', 6: 'graph', 10: 'tensor', 11: 'graph', 22: 'sparse', 23: 'sparse'},
    'sparse': {1: 'tensor', 2: 'tensor'},
    'tensor': {},
}


def check_onnx(content: bytes) -> None:
    """
    Check that an ONNX file has all its weights inside, and no loop.

    :raises FormatError: if a tensor names another file, an operation is a loop, the file has more
        than ``ONNX_FIELDS`` parts, or it is not protobuf
    """
    view = memoryview(content)
    todo: List[Tuple[str, int, int]] = [('model', 0, len(content))]  # message, start, end
    count = 0
    while todo:
        message, position, end = todo.pop()
        while position < end:
            count += 1
            if count > ONNX_FIELDS:
                raise FormatError('it has more than {} parts'.format(ONNX_FIELDS))
            number, kind, value, start, position = read_field(view, position, end)
            if message == 'tensor' and (
                    number == EXTERNAL_DATA or number == DATA_LOCATION and value):
                raise FormatError('its weights lie in another file: export it with all '
                                  'weights inside')
            if message == 'node' and number == OPERATION and view[start:position] in LOOPS:
                raise FormatError('it has a loop, which may never end: export the network '
                                  'without control flow')
            if kind == LENGTH and number in INSIDE[message]:
                todo.append((INSIDE[message][number], start, position))


def read_field(view: memoryview, position: int, end: int) -> Tuple[int, int, int, int, int]:
    """
    Return number, wire type, value, start and end of the field at a position.

    :param end: of the message
    :returns: the value is that of a VARINT, and the number of bytes of a LENGTH
    :raises FormatError: if it is not protobuf, or ends behind the message
    """
    tag, position = read_varint(view, position, end)
    number, kind = (tag & 0xffffffff) >> 3, tag & 7
    value, start = 0, position
    if kind == VARINT:
        value, position = read_varint(view, position, end)
    elif kind == LENGTH:
        value, start = read_varint(view, position, end)
        position = start + value
    elif kind in FIXED_SIZES:
        position += FIXED_SIZES[kind]
    else:
        raise FormatError('it is not ONNX: byte {} has the unknown wire type {}'.format(
            position, kind))
    if position > end:
        raise FormatError('it is not ONNX: it ends within a part')
    return number, kind, value, start, position


def read_varint(view: memoryview, position: int, end: int) -> Tuple[int, int]:
    """Return a number of 7 bits a byte, the lowest first, and the position behind it."""
    value = 0
    for shift in range(0, 70, 7):
        if position >= end:
            raise FormatError('it is not ONNX: it ends within a number')
        byte = view[position]
        position += 1
        value |= (byte & 0x7f) << shift
        if byte < 0x80:
            return value, position
    raise FormatError('it is not ONNX: byte {} is in a number of more than 10 bytes'.format(
        position))
