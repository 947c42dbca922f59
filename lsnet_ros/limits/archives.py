# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Archives of plain arrays (.npz), whose headers may promise anything.

numpy allocates the size in a header before it looks at the bytes that are there.
"""

import io
from typing import Any, Dict
import zipfile

import numpy as np

from lsnet_ros.errors import one_line
from lsnet_ros.limits.bounds import ARRAY_HEADER, ARRAYS, check_most, FormatError, MODEL_FILE

KINDS = 'biufU'           # of values: booleans, whole numbers, floating-point numbers, text
LARGEST_VALUE = 8         # bytes of a number; larger ones are of this machine's own kind
SUFFIX = '.npy'
VERSION = (1, 0)          # of the header; others have longer ones
LENGTH = slice(8, 10)     # bytes of the header that tell its length


def read_arrays(content: bytes) -> Dict[str, np.ndarray]:
    """
    Return the arrays of an .npz file by name, in this machine's order of bytes.

    :param content: of the file
    :raises FormatError: if it is no such archive, is larger than ``MODEL_FILE`` when unpacked, or
        holds values that are not plain
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            check_most('the number of arrays', len(entries), ARRAYS)
            check_most('the size of all arrays in bytes',
                       sum(entry.file_size for entry in entries), MODEL_FILE)
            return {_name(entry): _read_array(archive.read(entry)) for entry in entries}
    except FormatError:
        raise
    except Exception as error:  # neither zipfile nor numpy tells what damaged bytes may raise
        raise FormatError('it is no archive of arrays ({})'.format(
            one_line(error) or type(error).__name__)) from error


def _name(entry: zipfile.ZipInfo) -> str:
    """Return the name of an array."""
    name = entry.filename
    return name[:-len(SUFFIX)] if name.endswith(SUFFIX) else name


def _read_array(content: bytes) -> np.ndarray:
    """Return the array of an .npy file."""
    stream: Any = io.BytesIO(content)
    version = np.lib.format.read_magic(stream)
    if version != VERSION:
        raise FormatError('an array is in format {}, expected {}'.format(version, VERSION))
    check_most('the length of a header', int.from_bytes(content[LENGTH], 'little'), ARRAY_HEADER)
    shape, is_transposed, dtype = np.lib.format.read_array_header_1_0(stream)
    if dtype.kind not in KINDS or dtype.kind != 'U' and dtype.itemsize > LARGEST_VALUE:
        raise FormatError('an array is of {}, expected plain numbers or text'.format(
            one_line(dtype)))
    rest = len(content) - stream.tell()
    wanted = dtype.itemsize
    for length in shape:
        wanted *= int(length)
    if min(shape, default=0) < 0 or wanted != rest:
        raise FormatError('an array of shape {} has {} bytes, expected {}'.format(
            one_line(shape), rest, wanted))
    flat = np.frombuffer(content, dtype, offset=stream.tell()) if rest else np.zeros(0, dtype)
    array = flat.reshape(shape, order='F' if is_transposed else 'C')
    return np.array(array, dtype.newbyteorder('='), order='C')
