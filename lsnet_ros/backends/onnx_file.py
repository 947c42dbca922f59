# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Check the inputs and outputs of a model's ONNX file, for any runtime."""

from typing import List, Sequence, Tuple

from lsnet_ros.models.card import INPUT_NAME, OUTPUT_NAMES
from lsnet_ros.models.folder import Model, ModelError, onnx_path

Port = Tuple[str, Sequence[int]]  # name and shape of an input or output


def check_ports(model: Model, inputs: Sequence[Port], outputs: Sequence[Port]) -> None:
    """
    Compare the inputs and outputs of a model's ONNX file with the model's card.

    :raises ModelError: if names or shapes differ
    """
    expected = [(INPUT_NAME.format(index), [1, 3] + list(size))
                for index, size in enumerate(model.spec.sizes)]
    _compare(model, 'takes', [(name, list(shape)) for name, shape in inputs], expected)
    channels = (model.label_set.num_classes, 2)
    expected = [(name, [1, count]) for name, count in zip(OUTPUT_NAMES, channels)][:len(outputs)]
    _compare(model, 'gives', [(name, list(shape)[:2]) for name, shape in outputs], expected)


def check_types(model: Model, types: Sequence[str], expected: str) -> None:
    """
    Check the types of the values that a model's ONNX file takes and gives, float32 all of them.

    :param types: in the words of the runtime
    :param expected: its word for float32
    :raises ModelError: if one is of another type, such as text
    """
    for name in types:
        if name != expected:
            raise ModelError('{} takes or gives values of {}, expected {}: export the model '
                             'again'.format(onnx_path(model), name, expected))


def _compare(model: Model, verb: str, found: List, expected: List) -> None:
    """Raise a ModelError if the ports of the file are not those of the card."""
    if found != expected:
        raise ModelError('{} {} {}, but the card says {}: export the model again'.format(
            onnx_path(model), verb, found, expected))
