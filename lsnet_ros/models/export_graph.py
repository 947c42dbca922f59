# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Rewrite an ONNX graph to compute the same while it moves fewer bytes.

On a processor, memory traffic of the features takes far longer than arithmetic. ONNX Runtime
keeps features in blocks of channels as long as it can, and adds a sum to the convolution before
it; the rewritten graph lets it do both. OpenVINO has no fast depthwise transposed convolution in
bfloat16.
"""

import copy
from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Sequence, Set

import numpy as np

BLOCK = 16  # channels of the widest vector registers
GLOBAL_POOLS = {'ReduceMax': 'GlobalMaxPool', 'ReduceMean': 'GlobalAveragePool'}
SAME_CHANNELS = ('Relu', 'Sigmoid', 'MaxPool', 'Add', 'Mul')  # as their first input

Shapes = Mapping[str, Sequence[int]]


def lighten(graph: Any, shapes: Shapes) -> None:
    """
    Rewrite a graph in place; constants that become unused stay in it.

    :param graph: of an ONNX model of opset 13, its nodes in order of computation
    :param shapes: of the outputs of its transposed convolutions, by name
    """
    nodes = [copy.deepcopy(node) for node in graph.node]
    _pool_globally(nodes)
    _split_convolutions(nodes, graph)
    _replace_transposed(nodes, graph, shapes)
    _add_pooled_last(nodes, {constant.name for constant in graph.initializer})
    del graph.node[:]
    graph.node.extend(nodes)


def _pool_globally(nodes: List[Any]) -> None:
    """Replace each reduction over height and width by the global pooling that it is."""
    for node in nodes:
        if node.op_type in GLOBAL_POOLS and _keeps_reduced_plane(node):
            node.op_type = GLOBAL_POOLS[node.op_type]
            del node.attribute[:]


def _keeps_reduced_plane(node: Any) -> bool:
    """Tell whether a reduction is over height and width, and keeps them with length 1."""
    options = {attribute.name: attribute for attribute in node.attribute}
    keeps = 'keepdims' not in options or bool(options['keepdims'].i)
    return keeps and 'axes' in options and list(options['axes'].ints) == [2, 3]


def _split_convolutions(nodes: List[Any], graph: Any) -> None:
    """
    Replace the convolution of two joined inputs by the sum of a convolution of each.

    Only where the inputs are not both whole blocks of channels. Convolution is linear in the
    input channels, so the sum of the two parts is the whole.
    """
    constants = _index_constants(graph)
    channels = _count_channels(nodes, constants, graph)
    for concat in [node for node in nodes if node.op_type == 'Concat']:
        conv = _find_only_reader(nodes, concat.output[0])
        counts = [channels.get(name, 0) for name in concat.input]
        if conv is not None and conv.op_type == 'Conv' and _breaks_blocks(
                counts, constants[conv.input[1]].dims[1]):
            at = nodes.index(conv)
            nodes[at:at + 1] = _split_convolution(conv, concat, counts, graph)
            nodes.remove(concat)


def _breaks_blocks(counts: List[int], filter_channels: int) -> bool:
    """
    Tell whether two joined inputs of a convolution are worth a convolution each.

    :param counts: channels of the inputs, 0 if unknown
    :param filter_channels: input channels of each filter, fewer than joined in groups
    """
    return (len(counts) == 2 and sum(counts) == filter_channels and max(counts) >= BLOCK
            and any(count % BLOCK for count in counts))


def _split_convolution(conv: Any, concat: Any, counts: List[int], graph: Any) -> List[Any]:
    """Return a convolution of each of two joined inputs, and their sum."""
    from onnx import helper, numpy_helper
    weight = numpy_helper.to_array(_index_constants(graph)[conv.input[1]])
    biases = [list(conv.input[2:]), []]
    parts: List[Any] = []
    for name, filters, bias in zip(concat.input, np.split(weight, [counts[0]], axis=1), biases):
        part = '{}_{}'.format(conv.output[0], len(parts))
        graph.initializer.append(numpy_helper.from_array(
            np.ascontiguousarray(filters), part + '_weight'))
        parts.append(helper.make_node('Conv', [name, part + '_weight'] + bias, [part], part))
        parts[-1].attribute.extend(conv.attribute)
    return parts + [helper.make_node('Add', [part.output[0] for part in parts],
                                     [conv.output[0]], conv.output[0] + '_sum')]


class _Transposed(NamedTuple):
    """Attributes of a transposed convolution, for (height, width)."""

    kernel: List[int]
    strides: List[int]
    padding: List[int]   # before both axes, then after both
    dilations: List[int]
    missing: List[int]   # output padding
    groups: int

    @property
    def half(self) -> List[int]:
        """Pixels of the kernel before its centre."""
        return [(length - 1) // 2 for length in self.kernel]

    @property
    def doubles(self) -> bool:
        """Whether every axis of stride 2 becomes exactly twice as long, the others stay."""
        return (all(length % 2 for length in self.kernel) and max(self.strides) == 2
                and self.padding == self.half * 2 and self.dilations == [1, 1]
                and self.missing == [step - 1 for step in self.strides])


def _read_transposed(node: Any) -> _Transposed:
    """Read the attributes of a ConvTranspose node."""
    lists = {attribute.name: list(attribute.ints) for attribute in node.attribute}
    groups = [attribute.i for attribute in node.attribute if attribute.name == 'group']
    return _Transposed(lists['kernel_shape'], lists['strides'], lists['pads'],
                       lists.get('dilations', [1, 1]), lists.get('output_padding', [0, 0]),
                       groups[0] if groups else 1)


def _replace_transposed(nodes: List[Any], graph: Any, shapes: Shapes) -> None:
    """
    Replace each depthwise transposed convolution by a convolution of the zero-stuffed input.

    Every value is followed by a zero, to the right or below. Only where the size is doubled
    exactly, so that the last value has its zero too.
    """
    constants = _index_constants(graph)
    for node in [node for node in nodes if node.op_type == 'ConvTranspose']:
        transposed = _read_transposed(node)
        weight = constants[node.input[1]]
        if transposed.doubles and transposed.groups == weight.dims[0]:
            _add_stuffing(graph, node, weight, transposed.strides, shapes[node.output[0]])
            at = nodes.index(node)
            nodes[at:at + 1] = _make_stuffed_convolution(node, transposed)


def _add_stuffing(graph: Any, node: Any, weight: Any, strides: List[int],
                  shape: Sequence[int]) -> None:
    """Add the constants of a zero-stuffed convolution: filters, mask of the values, scales."""
    from onnx import numpy_helper
    mask = np.zeros([1, 1] + [length if step == 2 else 1
                              for length, step in zip(shape[2:], strides)], np.float32)
    mask[:, :, ::strides[0], ::strides[1]] = 1
    flipped = numpy_helper.to_array(weight)[:, :, ::-1, ::-1]
    for suffix, array in (('_weight', flipped), ('_values', mask),
                          ('_scales', np.array([1, 1] + strides, np.float32))):
        graph.initializer.append(numpy_helper.from_array(
            np.ascontiguousarray(array), node.output[0] + suffix))


def _make_stuffed_convolution(node: Any, transposed: _Transposed) -> List[Any]:
    """Return a resize by the strides, a product that makes the copies zeros, a convolution."""
    from onnx import helper
    name = node.output[0]
    return [
        helper.make_node('Resize', [node.input[0], '', name + '_scales'], [name + '_twice'],
                         name + '_twice', mode='nearest', nearest_mode='floor',
                         coordinate_transformation_mode='asymmetric'),
        helper.make_node('Mul', [name + '_twice', name + '_values'], [name + '_stuffed'],
                         name + '_stuffed'),
        helper.make_node('Conv', [name + '_stuffed', name + '_weight'] + list(node.input[2:]),
                         [name], name, kernel_shape=transposed.kernel, group=transposed.groups,
                         pads=transposed.half * 2)]


def _index_constants(graph: Any) -> Dict[str, Any]:
    """Return the constants of a graph by name."""
    return {constant.name: constant for constant in graph.initializer}


def _count_channels(nodes: List[Any], constants: Dict[str, Any], graph: Any) -> Dict[str, int]:
    """Return the channels of features by name, where the nodes themselves tell them."""
    channels = {value.name: value.type.tensor_type.shape.dim[1].dim_value
                for value in graph.input}
    for node in nodes:
        if node.op_type == 'Conv' and node.input[1] in constants:
            channels[node.output[0]] = constants[node.input[1]].dims[0]
        elif node.op_type in SAME_CHANNELS and node.input[0] in channels:
            channels[node.output[0]] = channels[node.input[0]]
    return channels


def _add_pooled_last(nodes: List[Any], constants: Set[str]) -> None:
    """Rewrite ``(a + pooled) + b`` as ``(a + b) + pooled``: ``a + b`` can join a convolution."""
    pooled = _find_pooled(nodes, constants)
    for inner in [node for node in nodes if node.op_type == 'Add']:
        outer = _find_only_reader(nodes, inner.output[0])
        small = [name for name in inner.input if name in pooled]
        if len(small) != 1 or outer is None or outer.op_type != 'Add' or pooled & set(outer.input):
            continue
        large, = set(inner.input) - set(small)
        other, = set(outer.input) - set(inner.output)
        inner.input[:] = [large, other]
        outer.input[:] = [inner.output[0], small[0]]
        nodes.remove(inner)
        nodes.insert(nodes.index(outer), inner)  # after the nodes that compute its inputs


def _find_pooled(nodes: List[Any], constants: Set[str]) -> Set[str]:
    """Return the names of the features with one value per channel."""
    pooled: Set[str] = set()
    for node in nodes:
        features = set(node.input) - constants - {''}
        if node.op_type in GLOBAL_POOLS.values() or (
                node.op_type in ('Conv',) + SAME_CHANNELS and features and features <= pooled):
            pooled.update(node.output)
    return pooled


def _find_only_reader(nodes: List[Any], name: str) -> Optional[Any]:
    """Return the one node that reads a tensor, None if there are none or several."""
    readers = [node for node in nodes if name in node.input]
    return readers[0] if len(readers) == 1 else None
