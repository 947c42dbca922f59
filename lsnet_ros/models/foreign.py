# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Bring the ONNX file of any segmentation network into the form of a model folder.

Its input, (N, 3, H, W) float32, becomes 'image_0' with a fixed size; its output becomes 'logits',
(1, C, h, w), whatever it was:

* logits, or probabilities at the end of a Softmax, which is left out;
* one logit, or one probability at the end of a Sigmoid: the logits are 0 and this one;
* class ids: the input of the ArgMax that made them or, without one, one-hot logits.
"""

import time
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple

import numpy as np

from lsnet_ros.errors import LsnetError, one_line
from lsnet_ros.labels.label_sets import LabelSet
from lsnet_ros.limits.bounds import FormatError
from lsnet_ros.limits.onnx_wire import check_onnx
from lsnet_ros.models.card import FOREIGN
from lsnet_ros.models.folder import Model, write_model
from lsnet_ros.models.onnx_nodes import (
    add_constant,
    find_producer,
    read_attribute,
    rename_ports,
)
from lsnet_ros.stages.preprocessing import InputSpec

Size = Tuple[int, int]                     # (height, width), px
PASSED = ('Cast', 'Squeeze', 'Unsqueeze', 'Identity', 'Reshape')  # after an ArgMax: ids stay ids
CERTAIN = 20.0                             # logit of the class, where a network gives ids alone
CLASS_AXES = (1, -3)                       # of (N, C, H, W)


class ForeignError(LsnetError, ValueError):
    """An ONNX file is not a segmentation network that can be run here."""


class Foreign(NamedTuple):
    """An ONNX file in our form."""

    onnx_bytes: bytes
    output: str           # what its output was, in words
    original: bytes       # the file with the same fixed input size, and its own output


def adapt_onnx(content: bytes, num_classes: int, size: Size) -> Foreign:
    """
    Change input and output of an ONNX file to those of a model folder.

    :param content: of the file
    :param num_classes: C
    :param size: (height, width) of the input
    :raises ForeignError: if it is no ONNX file, or input or output are of another kind
    """
    import onnx
    graph_file = _parse(content)
    graph = graph_file.graph
    name = _fix_input(graph, size)
    original = graph_file.SerializeToString()
    found = _run(original, [_draw_image(size, seed) for seed in (0, 1)], name)
    logits, words = _find_logits(graph, found, num_classes)
    rename_ports(graph, name, logits, num_classes)
    try:
        onnx.checker.check_model(graph_file)
    except onnx.checker.ValidationError as error:
        raise ForeignError('the ONNX file is not valid ({}): export it again'.format(
            one_line(error))) from error
    return Foreign(graph_file.SerializeToString(), words, original)


def run_plainly(content: bytes, images: Sequence[np.ndarray],
                spec: InputSpec) -> Tuple[List[np.ndarray], Size, float]:
    """
    Segment images as the file's own users do, without our stages: an independent reference.

    :param content: the ONNX file, with its own output
    :param images: (H, W, 3) uint8 RGB of the input's size
    :returns: class ids (h, w) of each, their size, and the time of the last image in ms
    """
    import onnxruntime
    session = onnxruntime.InferenceSession(content, providers=['CPUExecutionProvider'])
    name, found, elapsed_ms = session.get_inputs()[0].name, [], 0.0
    mean, std = (np.array(values, np.float32) for values in (spec.mean, spec.std))
    for image in images:
        started = time.perf_counter()
        tensor = (image / np.float32(255) - mean) / std
        tensor = np.ascontiguousarray(tensor.transpose(2, 0, 1)[None])
        found.append(_decide(session.run(None, {name: tensor})[0]))
        elapsed_ms = 1e3 * (time.perf_counter() - started)
    height, width = found[0].shape
    return found, (height, width), elapsed_ms


def _decide(output: np.ndarray) -> np.ndarray:
    """Return the class ids (h, w) of a network's own output."""
    if output.dtype.kind in 'iu':
        return output.reshape(output.shape[-2:])
    if output.shape[1] == 1:
        is_probability = 0 <= output.min() and output.max() <= 1
        return (output[0, 0] > (0.5 if is_probability else 0)).astype(np.int64)
    return output[0].argmax(0)


def save_foreign(folder: Any, name: str, foreign: Foreign, labels: LabelSet, spec: InputSpec,
                 origin: Dict[str, Any]) -> Model:
    """
    Write an adapted ONNX file as a model folder.

    :param origin: of the file, for the card's section on the training
    :raises ModelError: if the card would not be valid
    """
    card = {
        'name': name, 'network': FOREIGN, 'config': {'num_classes': labels.num_classes},
        'label_set': labels.name,
        'classes': [{'name': label.name, 'color': label.color} for label in labels.classes],
        'input': dict(spec._asdict()), 'training': origin, 'metrics': {}}
    return write_model(folder, card, {}, foreign.onnx_bytes)


def _parse(content: bytes) -> Any:
    """Return the ONNX file as a message, with all its weights inside."""
    from google.protobuf.message import DecodeError
    import onnx
    try:
        check_onnx(content)
        graph_file = onnx.load_from_string(content)
    except FormatError as error:
        raise ForeignError('the file cannot be used: {}'.format(error)) from error
    except DecodeError as error:
        raise ForeignError('the file cannot be used: it is not ONNX ({})'.format(
            one_line(error))) from error
    return graph_file


def _fix_input(graph: Any, size: Size) -> str:
    """Give the only input a fixed size; returns its name."""
    import onnx
    constants = {tensor.name for tensor in graph.initializer}
    inputs = [entry for entry in graph.input if entry.name not in constants]
    expected = [1, 3, size[0], size[1]]
    if len(inputs) != 1:
        raise ForeignError('the network has {} inputs, expected one image'.format(len(inputs)))
    tensor = inputs[0].type.tensor_type
    dims = [axis.dim_value or axis.dim_param or '?' for axis in tensor.shape.dim]
    if tensor.elem_type != onnx.TensorProto.FLOAT or len(dims) != len(expected) or any(
            isinstance(dim, int) and dim != wanted for dim, wanted in zip(dims, expected)):
        raise ForeignError('the input is {} {}, expected FLOAT {} for --size {}x{}: give the size '
                           'of the file, or export the network with a float32 NCHW input'.format(
                               onnx.TensorProto.DataType.Name(tensor.elem_type), dims, expected,
                               *size))
    for axis, wanted in zip(tensor.shape.dim, expected):
        axis.dim_value = wanted
    return inputs[0].name


def _run(content: bytes, images: Sequence[np.ndarray], name: str) -> List[np.ndarray]:
    """Return the first output for each image, in ONNX Runtime."""
    import onnxruntime
    try:
        session = onnxruntime.InferenceSession(content, providers=['CPUExecutionProvider'])
        return [session.run(None, {name: image})[0] for image in images]
    except Exception as error:  # its exceptions have no narrower base class
        raise ForeignError('ONNX Runtime cannot run the file ({}): give the --size that it was '
                           'exported for'.format(one_line(error))) from error


def _draw_image(size: Size, seed: int) -> np.ndarray:
    """Draw a normalised image (1, 3, H, W) float32."""
    return np.random.RandomState(seed).randn(1, 3, *size).astype(np.float32)


def _find_logits(graph: Any, found: Sequence[np.ndarray], num_classes: int) -> Tuple[Any, str]:
    """Return the name of the tensor of the logits, added to the graph if need be, and words."""
    output, shape = graph.output[0].name, list(found[0].shape)
    if found[0].dtype.kind in 'iu' and len(shape) in (3, 4) and (len(shape) == 3 or shape[1] == 1):
        return _find_logits_of_ids(graph, output, found, num_classes)
    if found[0].dtype != np.float32 or len(shape) != 4:
        raise ForeignError('the output is {} {}, expected float32 logits (1, C, h, w) or whole '
                           'class ids (1, h, w)'.format(found[0].dtype, shape))
    if shape[1] == 1 and num_classes == 2:
        return _find_logits_of_one(graph, output, found)
    if shape[1] != num_classes:
        raise ForeignError('the output has {} channels, but {} classes are listed{}'.format(
            shape[1], num_classes, ': list 2, background and foreground' if shape[1] == 1 else ''))
    logits = _skip_softmax(graph, output)
    return logits, ('logits' if logits == output
                    else 'probabilities of a Softmax: its input is taken')


def _find_logits_of_one(graph: Any, output: str,
                        found: Sequence[np.ndarray]) -> Tuple[str, str]:
    """Return the logits of two classes, of which the network gives one logit."""
    import onnx
    words, sigmoid = 'one logit', find_producer(graph, output, 'Sigmoid')
    if sigmoid is not None:
        output, words = sigmoid.input[0], 'one probability of a Sigmoid: its input is taken'
    elif min(map(np.min, found)) >= 0 and max(map(np.max, found)) <= 1:
        raise ForeignError('the output lies between 0 and 1, as probabilities do, but no Sigmoid '
                           'ends the graph: export it with logits')
    zeros = np.zeros(found[0].shape, np.float32)
    add_constant(graph, 'lsnet_zeros', zeros)
    graph.node.append(onnx.helper.make_node('Concat', ['lsnet_zeros', output], ['lsnet_logits'],
                                            axis=1))
    return 'lsnet_logits', words


def _find_logits_of_ids(graph: Any, output: str, found: Sequence[np.ndarray],
                        num_classes: int) -> Tuple[str, str]:
    """Return the logits of a network that gives class ids."""
    import onnx
    highest = int(max(map(np.max, found)))
    if min(map(np.min, found)) < 0 or highest >= num_classes:
        raise ForeignError('the output has class id {}, but {} classes are listed'.format(
            highest, num_classes))
    largest = _find_argmax(graph, output)
    if largest is not None:
        return (_skip_softmax(graph, largest.input[0]),
                'class ids of an ArgMax: its input is taken')
    height, width = found[0].shape[-2:]
    for name, value in (
            ('lsnet_shape', np.array([1, 1, height, width], np.int64)),
            ('lsnet_classes', np.arange(num_classes, dtype=np.int32).reshape(1, -1, 1, 1)),
            ('lsnet_certain', np.array(CERTAIN, np.float32))):
        add_constant(graph, name, value)
    graph.node.extend([
        onnx.helper.make_node('Reshape', [output, 'lsnet_shape'], ['lsnet_map']),
        onnx.helper.make_node('Cast', ['lsnet_map'], ['lsnet_ids'], to=onnx.TensorProto.INT32),
        onnx.helper.make_node('Equal', ['lsnet_ids', 'lsnet_classes'], ['lsnet_equal']),
        onnx.helper.make_node('Cast', ['lsnet_equal'], ['lsnet_one_hot'],
                              to=onnx.TensorProto.FLOAT),
        onnx.helper.make_node('Mul', ['lsnet_one_hot', 'lsnet_certain'], ['lsnet_logits'])])
    return 'lsnet_logits', 'class ids: the confidence of every pixel is 1'


def _find_argmax(graph: Any, output: str) -> Any:
    """Return the ArgMax over the classes that made class ids, None if there is none."""
    makers = {name: node for node in graph.node for name in node.output}
    node = makers.get(output)
    while node is not None and node.op_type in PASSED:
        node = makers.get(node.input[0])
    is_argmax = (node is not None and node.op_type == 'ArgMax'
                 and read_attribute(node, 'axis', 0) in CLASS_AXES)
    return node if is_argmax else None


def _skip_softmax(graph: Any, name: str) -> str:
    """Return the input of the Softmax over the classes that makes a tensor, or the tensor."""
    softmax = find_producer(graph, name, 'Softmax')
    if softmax is not None and read_attribute(softmax, 'axis', -1) in CLASS_AXES:
        return softmax.input[0]
    return name
