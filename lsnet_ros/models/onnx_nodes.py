# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Nodes, constants and names of an ONNX graph: found, added, changed."""

from typing import Any

import numpy as np

from lsnet_ros.models.card import INPUT_NAME, OUTPUT_NAMES


def find_producer(graph: Any, name: str, kind: str) -> Any:
    """Return the node of a kind that makes a tensor, None if another kind does."""
    for node in graph.node:
        if name in node.output:
            return node if node.op_type == kind else None
    return None


def read_attribute(node: Any, name: str, default: int) -> int:
    """Return a whole number that is an attribute of a node."""
    return next((entry.i for entry in node.attribute if entry.name == name), default)


def add_constant(graph: Any, name: str, value: np.ndarray) -> None:
    """Add a constant to a graph."""
    from onnx import numpy_helper
    graph.initializer.append(numpy_helper.from_array(value, name))


def rename_ports(graph: Any, name: str, logits: str, num_classes: int) -> None:
    """Make 'image_0' the input and 'logits' the only output of a graph."""
    import onnx
    image = next(entry for entry in graph.input if entry.name == name)
    del graph.output[:]
    ours = INPUT_NAME.format(0), OUTPUT_NAMES[0]
    for old, new in ((name, 'lsnet_input'), (logits, 'lsnet_output'),
                     (ours[0], ours[0] + '_before'), (ours[1], ours[1] + '_before'),
                     ('lsnet_input', ours[0]), ('lsnet_output', ours[1])):
        _rename_tensor(graph, old, new)
    image.name = ours[0]
    graph.output.append(onnx.helper.make_tensor_value_info(
        OUTPUT_NAMES[0], onnx.TensorProto.FLOAT, [1, num_classes, None, None]))


def _rename_tensor(graph: Any, old: str, new: str) -> None:
    """Rename a tensor in the nodes and constants of a graph and of the graphs within."""
    for node in graph.node:
        for names in (node.input, node.output):
            for index, name in enumerate(names):
                if name == old:
                    names[index] = new
        for attribute in node.attribute:
            if attribute.HasField('g'):
                _rename_tensor(attribute.g, old, new)
    for entries in (graph.initializer, graph.value_info):
        for entry in entries:
            if entry.name == old:
                entry.name = new
