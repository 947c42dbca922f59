# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Check the inputs and outputs of a model's ONNX file, for any runtime."""

from pathlib import Path
from typing import List, Sequence, Tuple

from lsnet_ros.errors import BackendError
from lsnet_ros.models.card import INPUT_NAME, Model, ModelError, ONNX, ONNX_FILES, OUTPUT_NAMES
from lsnet_ros.models.folder import onnx_path

Port = Tuple[str, Sequence[int]]  # name and shape of an input or output


def choose_file(model: Model, precision: str) -> str:
    """
    Return the name of a model's ONNX file for a precision.

    :param precision: one of ``ONNX_FILES``
    :raises BackendError: if the model has none
    """
    name = ONNX_FILES[precision]
    if name not in model.card['files']:
        raise BackendError('model {!r} has no {}: make it with "lsnet quantize"'.format(
            model.name, name))
    return name


def check_ports(model: Model, inputs: Sequence[Port], outputs: Sequence[Port],
                file: str = ONNX) -> None:
    """
    Compare the inputs and outputs of an ONNX file of a model with the model's card.

    :param file: one of ``ONNX_FILES``
    :raises ModelError: if names or shapes differ
    """
    expected = [(INPUT_NAME.format(index), [1, 3] + list(size))
                for index, size in enumerate(model.spec.sizes)]
    path = onnx_path(model, file)
    _compare(path, 'takes', [(name, list(shape)) for name, shape in inputs], expected)
    channels = (model.label_set.num_classes, 2)
    expected = [(name, [1, count]) for name, count in zip(OUTPUT_NAMES, channels)][:len(outputs)]
    _compare(path, 'gives', [(name, list(shape)[:2]) for name, shape in outputs], expected)


def check_types(model: Model, types: Sequence[str], expected: str, file: str = ONNX) -> None:
    """
    Check the types of the values that an ONNX file takes and gives, float32 all of them.

    :param types: in the words of the runtime
    :param expected: its word for float32
    :param file: one of ``ONNX_FILES``
    :raises ModelError: if one is of another type, such as text
    """
    for name in types:
        if name != expected:
            raise ModelError('{} takes or gives values of {}, expected {}: export the model '
                             'again'.format(onnx_path(model, file), name, expected))


def _compare(path: Path, verb: str, found: List, expected: List) -> None:
    """Raise a ModelError if the ports of the file are not those of the card."""
    if found != expected:
        raise ModelError('{} {} {}, but the card says {}: export the model again'.format(
            path, verb, found, expected))
