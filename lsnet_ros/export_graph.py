# Copyright 2026 The lsnet_ros authors
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.
"""
Rewrite an ONNX graph to compute the same while it moves fewer bytes.

On a processor the features of a network are read and written far more slowly than they are
computed with. ONNX Runtime keeps them in blocks of channels as long as it can, and adds a sum to
the convolution before it; this brings a graph into the form in which it can do both. OpenVINO
has no fast transposed convolution of each channel by itself in bfloat16.
"""

import copy
from typing import Any, Dict, List, Optional, Sequence, Set

import numpy as np

BLOCK = 16  # channels that the widest vectors hold
GLOBAL_POOLS = {'ReduceMax': 'GlobalMaxPool', 'ReduceMean': 'GlobalAveragePool'}
SAME_CHANNELS = ('Relu', 'Sigmoid', 'MaxPool', 'Add', 'Mul')  # as their first input


def lighten(graph: Any, shapes: Dict[str, Sequence[int]]) -> None:
    """
    Rewrite a graph in place; the constants that it needs no more stay in it.

    :param graph: of an ONNX model of opset 13, its nodes in the order in which they are computed
    :param shapes: of what its transposed convolutions give, by name
    """
    nodes = [copy.deepcopy(node) for node in graph.node]
    _pool_globally(nodes)
    _split_convolutions(nodes, graph)
    _stuff_with_zeros(nodes, graph, shapes)
    _add_pooled_last(nodes, {constant.name for constant in graph.initializer})
    del graph.node[:]
    graph.node.extend(nodes)


def _pool_globally(nodes: List[Any]) -> None:
    """Write a reduction over height and width as the pooling that it is."""
    for node in nodes:
        options = {attribute.name: attribute for attribute in node.attribute}
        if (node.op_type in GLOBAL_POOLS and 'axes' in options
                and list(options['axes'].ints) == [2, 3]
                and ('keepdims' not in options or options['keepdims'].i)):
            node.op_type = GLOBAL_POOLS[node.op_type]
            del node.attribute[:]


def _split_convolutions(nodes: List[Any], graph: Any) -> None:
    """
    Convolve two parts that are joined one by one, where they are not both whole blocks.

    The sum of what the parts of the filters give is what the filters give of the whole.
    """
    constants = {constant.name: constant for constant in graph.initializer}
    channels = _channels(nodes, constants, graph)
    for concat in [node for node in nodes if node.op_type == 'Concat']:
        conv = _only_reader(nodes, concat.output[0])
        counts = [channels.get(name, 0) for name in concat.input]
        if (conv is not None and conv.op_type == 'Conv' and len(counts) == 2
                and sum(counts) == constants[conv.input[1]].dims[1]  # else in groups, or unknown
                and max(counts) >= BLOCK and any(count % BLOCK for count in counts)):
            at = nodes.index(conv)
            nodes[at:at + 1] = _parts_of(conv, concat, counts, graph)
            nodes.remove(concat)


def _parts_of(conv: Any, concat: Any, counts: List[int], graph: Any) -> List[Any]:
    """Return a convolution of each of two parts, and their sum."""
    from onnx import helper, numpy_helper
    weight, = [numpy_helper.to_array(constant) for constant in graph.initializer
               if constant.name == conv.input[1]]
    biases = [list(conv.input[2:]), []]
    parts = []
    for name, filters, bias in zip(concat.input, np.split(weight, [counts[0]], axis=1), biases):
        part = '{}_{}'.format(conv.output[0], len(parts))
        graph.initializer.append(numpy_helper.from_array(
            np.ascontiguousarray(filters), part + '_weight'))
        parts.append(helper.make_node('Conv', [name, part + '_weight'] + bias, [part], part))
        parts[-1].attribute.extend(conv.attribute)
    return parts + [helper.make_node('Add', [part.output[0] for part in parts],
                                     [conv.output[0]], conv.output[0] + '_sum')]


def _stuff_with_zeros(nodes: List[Any], graph: Any, shapes: Dict[str, Sequence[int]]) -> None:
    """
    Write a transposed convolution of each channel as a convolution of what is doubled in size.

    Each value is followed by a zero, to the right or below. Only where the size is doubled
    exactly: the last value has its zero too.
    """
    constants = {constant.name: constant for constant in graph.initializer}
    for node in [node for node in nodes if node.op_type == 'ConvTranspose']:
        options = {attribute.name: list(attribute.ints) for attribute in node.attribute}
        kernel, strides = options['kernel_shape'], options['strides']
        padding = [(length - 1) // 2 for length in kernel]
        channels = constants[node.input[1]].dims[0]
        groups = [attribute.i for attribute in node.attribute if attribute.name == 'group']
        if (groups == [channels] and all(length % 2 for length in kernel) and max(strides) == 2
                and options['pads'] == padding * 2 and options.get('dilations', [1, 1]) == [1, 1]
                and options.get('output_padding') == [step - 1 for step in strides]):
            at = nodes.index(node)
            nodes[at:at + 1] = _stuffed(
                node, constants[node.input[1]], strides, shapes[node.output[0]], graph)


def _stuffed(node: Any, weight: Any, strides: List[int], shape: Sequence[int],
             graph: Any) -> List[Any]:
    """Return a resize by the strides, what makes zeros of the copies, and a convolution."""
    from onnx import helper, numpy_helper
    name = node.output[0]
    flipped = numpy_helper.to_array(weight)[:, :, ::-1, ::-1]
    values = np.zeros([1, 1] + [length if step == 2 else 1
                                for length, step in zip(shape[2:], strides)], np.float32)
    values[:, :, ::strides[0], ::strides[1]] = 1
    for suffix, array in (('_weight', flipped), ('_values', values),
                          ('_scales', np.array([1, 1] + strides, np.float32))):
        graph.initializer.append(numpy_helper.from_array(
            np.ascontiguousarray(array), name + suffix))
    kernel = list(flipped.shape[2:])
    return [
        helper.make_node('Resize', [node.input[0], '', name + '_scales'], [name + '_twice'],
                         name + '_twice', mode='nearest', nearest_mode='floor',
                         coordinate_transformation_mode='asymmetric'),
        helper.make_node('Mul', [name + '_twice', name + '_values'], [name + '_stuffed'],
                         name + '_stuffed'),
        helper.make_node('Conv', [name + '_stuffed', name + '_weight'] + list(node.input[2:]),
                         [name], name, kernel_shape=kernel, group=len(flipped),
                         pads=[(length - 1) // 2 for length in kernel] * 2)]


def _channels(nodes: List[Any], constants: Dict[str, Any], graph: Any) -> Dict[str, int]:
    """Return how many channels features have, by name, where it is plain to see."""
    channels = {value.name: value.type.tensor_type.shape.dim[1].dim_value
                for value in graph.input}
    for node in nodes:
        if node.op_type == 'Conv' and node.input[1] in constants:
            channels[node.output[0]] = constants[node.input[1]].dims[0]
        elif node.op_type in SAME_CHANNELS and node.input[0] in channels:
            channels[node.output[0]] = channels[node.input[0]]
    return channels


def _add_pooled_last(nodes: List[Any], constants: Set[str]) -> None:
    """Write ``(a + pooled) + b`` as ``(a + b) + pooled``: ``a + b`` can join a convolution."""
    pooled = _pooled(nodes, constants)
    for inner in [node for node in nodes if node.op_type == 'Add']:
        outer = _only_reader(nodes, inner.output[0])
        small = [name for name in inner.input if name in pooled]
        if len(small) != 1 or outer is None or outer.op_type != 'Add' or pooled & set(outer.input):
            continue
        large, = set(inner.input) - set(small)
        other, = set(outer.input) - set(inner.output)
        inner.input[:] = [large, other]
        outer.input[:] = [inner.output[0], small[0]]
        nodes.remove(inner)
        nodes.insert(nodes.index(outer), inner)  # where all that it reads has been computed


def _pooled(nodes: List[Any], constants: Set[str]) -> Set[str]:
    """Return the names of what has one value per channel."""
    pooled = set()  # type: Set[str]
    for node in nodes:
        features = set(node.input) - constants - {''}
        if node.op_type in GLOBAL_POOLS.values() or (
                node.op_type in ('Conv',) + SAME_CHANNELS and features and features <= pooled):
            pooled.update(node.output)
    return pooled


def _only_reader(nodes: List[Any], name: str) -> Optional[Any]:
    """Return the node that reads what has this name, None if there are none or several."""
    readers = [node for node in nodes if name in node.input]
    return readers[0] if len(readers) == 1 else None
