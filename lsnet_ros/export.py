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
Write the core of a network as an ONNX graph, and prove that it computes the same.

The graph has fixed sizes, batch 1 and no node that only training needs, and keeps to what
the parsers of TensorRT 8.0 and newer read.
"""

import copy
import inspect
import io
from pathlib import Path
from typing import Any, Dict, List, Sequence, Tuple, Union
import warnings

import numpy as np
import torch
from torch import nn

from lsnet_ros.errors import LsnetError
from lsnet_ros.export_graph import lighten
from lsnet_ros.labels import LabelSet
from lsnet_ros.model_card import one_line
from lsnet_ros.model_files import Model, write_model
from lsnet_ros.networks import build_network
from lsnet_ros.networks.lps_net import LPSNet
from lsnet_ros.preprocessing import InputSpec

OPSET = 13               # the newest that TensorRT 8.0 reads
OUTPUT_NAMES = ('logits', 'offset')
MAX_DIFFERENCE = 1e-3    # of the largest value of an output
MIN_AGREEMENT = 0.999    # of the head's cells, on their winning class
ROUNDING = 1e-4          # of the largest logit: classes this close may both win


class ExportError(LsnetError, ValueError):
    """The network cannot be exported as it is, or the export does not compute the same."""


class _Core(nn.Module):
    """A network's core as the module that the exporter asks for."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, *images: torch.Tensor) -> Tuple[torch.Tensor, ...]:
        return self.network.core(*images)


def export_onnx(network: nn.Module, spec: InputSpec) -> bytes:
    """
    Export a network's core for images of one size, batch norms folded.

    The inputs are 'image_0', 'image_1' and so on, (1, 3, h, w) float32, one for each size at
    which the network reads the image; the outputs 'logits' and, where there is one, 'offset'.

    :param network: any of ``NETWORKS``, in any mode and on any device; it is left as it is
    :param spec: the image size that the graph is for
    :raises ExportError: if ``spec.sizes`` are not the network's, or ONNX Runtime and PyTorch
        differ by more than rounding explains
    """
    sizes = [tuple(size) for size in network.input_sizes(spec.height, spec.width)]
    if sizes != [tuple(size) for size in spec.sizes]:
        raise ExportError('the input sizes are {}, but the network reads {} at {}x{}: correct '
                          'the input section of the model\'s card'.format(
                              list(spec.sizes), sizes, spec.height, spec.width))
    network = copy.deepcopy(network).cpu().float().eval()
    onnx_bytes = _tidied(_traced(network.deployed(), sizes), sizes)
    check_parity(network, onnx_bytes, sizes)
    return onnx_bytes


def save_model(folder: Union[str, Path], name: str, network_name: str, config: Dict[str, Any],
               network: nn.Module, label_set: LabelSet, spec: InputSpec,
               training: Dict[str, Any], metrics: Dict[str, Any]) -> Model:
    """
    Write a trained network as a model folder.

    LPS-Net goes into it fused, in its deploy form, if its blocks have one.

    :param network_name: one of ``NETWORKS``
    :param config: what ``build_network`` was given besides
    :param network: with its weights, in any mode and on any device; it is left as it is
    :param label_set: what the channels of its logits mean
    :param spec: the image size that the ONNX file is for
    :param training: how it was trained: command, data, epochs, hours, hardware, commit
    :param metrics: by dataset and split, such as 'camvid-val', what ``lsnet evaluate`` measured
    :returns: the model, read back
    :raises ExportError: if the graph and the network differ, or ``spec`` or ``config`` is not
        for the network
    :raises ModelError: if the card would not be one
    """
    onnx_bytes = export_onnx(network, spec)
    config = dict(config, num_classes=network.num_classes)
    if isinstance(network, LPSNet) and network.fusible:
        config['block'] = 'deploy'
        network = copy.deepcopy(network).deployed()
    _check_config(network_name, config, network)
    weights = {key: value.detach().cpu().numpy() for key, value in network.state_dict().items()}
    card = {
        'name': name, 'network': network_name, 'config': config, 'label_set': label_set.name,
        'classes': [{'name': label.name, 'color': label.color} for label in label_set.classes],
        'input': dict(spec._asdict()), 'training': training, 'metrics': metrics,
    }
    return write_model(folder, card, weights, onnx_bytes)


def _check_config(name: str, config: Dict[str, Any], network: nn.Module) -> None:
    """Raise an ExportError unless name and configuration build a network like this one."""
    try:
        build_network(name, **config).load_state_dict(network.state_dict())
    except (RuntimeError, TypeError, ValueError) as error:
        raise ExportError('{!r} with {} is not the network given ({}): give what it was built '
                          'with'.format(name, config, one_line(error))) from error


def _traced(network: nn.Module, sizes: Sequence[Tuple[int, int]]) -> bytes:
    """Trace the core of a network in inference mode."""
    images = _sample_images(sizes, seed=0)
    with torch.no_grad():
        outputs = network.core(*images)
    options = {}
    if 'dynamo' in inspect.signature(torch.onnx.export).parameters:
        options['dynamo'] = False  # the newer exporter wants onnxscript and newer opsets
    _teach_maximum()
    file = io.BytesIO()
    with warnings.catch_warnings():
        # Sizes become constants, as wanted; and the exporter says that it is the older one.
        warnings.simplefilter('ignore', torch.jit.TracerWarning)
        warnings.simplefilter('ignore', DeprecationWarning)
        torch.onnx.export(
            _Core(network).eval(), tuple(images), file, opset_version=OPSET,
            input_names=['image_{}'.format(i) for i in range(len(images))],
            output_names=list(OUTPUT_NAMES[:len(outputs)]), **options)
    return file.getvalue()


def _teach_maximum() -> None:
    """Tell exporters before PyTorch 1.11 how ``amax`` is written; later ones write the same."""
    from torch.onnx import register_custom_op_symbolic
    from torch.onnx.symbolic_helper import parse_args

    @parse_args('v', 'is', 'i')
    def amax(graph, x, axes, keepdim):
        return graph.op('ReduceMax', x, axes_i=axes, keepdims_i=keepdim)
    register_custom_op_symbolic('::amax', amax, OPSET)


def _tidied(onnx_bytes: bytes, sizes: Sequence[Tuple[int, int]]) -> bytes:
    """
    Make the sizes of the resizes constants, and drop the nodes that computed them.

    The tracer writes Shape, Slice and Concat for what is known, and an Identity for each of
    several equal weights; the fewer kinds of nodes, the fewer questions to an engine builder.
    """
    import onnx
    from onnx import numpy_helper
    model = onnx.load_from_string(onnx_bytes)
    graph = model.graph
    resizes = [node for node in graph.node if node.op_type == 'Resize']
    names = [node.output[0] for node in graph.node if node.op_type in ('Resize', 'ConvTranspose')]
    shapes = _shapes(model, names + [output.name for output in graph.output], sizes)
    for node in resizes:
        node.input[3] = node.output[0] + '_sizes'
        graph.initializer.append(numpy_helper.from_array(
            np.array(shapes[node.output[0]], np.int64), node.input[3]))
    for output in graph.output:
        for axis, length in zip(output.type.tensor_type.shape.dim, shapes[output.name]):
            axis.dim_value = length
    _bypass_identities(graph)
    lighten(graph, shapes)
    _drop_unused(graph)
    onnx.checker.check_model(model)
    return model.SerializeToString()


def _shapes(model, names: Sequence[str],
            sizes: Sequence[Tuple[int, int]]) -> Dict[str, Tuple[int, ...]]:
    """
    Return the shapes of some of a graph's tensors by their names.

    The graph is run for it: onnx 1.11, the last for Python 3.6, cannot tell without.
    """
    import onnx
    import onnxruntime
    probe = onnx.ModelProto()
    probe.CopyFrom(model)
    del probe.graph.output[:]
    probe.graph.output.extend(
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in names)
    session = onnxruntime.InferenceSession(probe.SerializeToString(),
                                           providers=['CPUExecutionProvider'])
    arrays = session.run(names, _fed(_sample_images(sizes, seed=0)))
    return {name: array.shape for name, array in zip(names, arrays)}


def _bypass_identities(graph) -> None:
    """Let the readers of an Identity read its input."""
    sources = {node.output[0]: node.input[0] for node in graph.node
               if node.op_type == 'Identity'}
    for node in graph.node:
        for index, name in enumerate(node.input):
            while name in sources:
                name = sources[name]
            node.input[index] = name


def _drop_unused(graph) -> None:
    """Remove the nodes that no output needs, from the last to the first, and their constants."""
    needed = {output.name for output in graph.output}
    for node in reversed(list(graph.node)):
        if needed.isdisjoint(node.output):
            graph.node.remove(node)
        else:
            needed.update(node.input)
    for constant in list(graph.initializer):
        if constant.name not in needed:
            graph.initializer.remove(constant)


def check_parity(network: nn.Module, onnx_bytes: bytes,
                 sizes: Sequence[Tuple[int, int]]) -> None:
    """
    Compare an exported graph with its network in PyTorch on two different inputs.

    Two, because what an exporter bakes in as a constant agrees on the input it came from.

    :param network: in inference mode, on the CPU
    :param sizes: (height, width) of each input
    :raises ExportError: if an output differs by more than ``MAX_DIFFERENCE``, or fewer than
        ``MIN_AGREEMENT`` of the winning classes agree
    """
    import onnxruntime
    session = onnxruntime.InferenceSession(onnx_bytes, providers=['CPUExecutionProvider'])
    for seed in (0, 1):
        images = _sample_images(sizes, seed)
        with torch.no_grad():
            expected = [output.numpy() for output in network.core(*images)]
        found = session.run(None, _fed(images))
        for name, ours, theirs in zip(OUTPUT_NAMES, expected, found):
            _check_difference(name, ours, theirs)
        _check_agreement(expected[0], found[0])


def _fed(images: Sequence[torch.Tensor]) -> Dict[str, np.ndarray]:
    """Return the images by the names of the graph's inputs."""
    return {'image_{}'.format(i): image.numpy() for i, image in enumerate(images)}


def _scale(expected: np.ndarray) -> float:
    """Return the largest value of an output; below 1e-3 nothing matters to anybody."""
    return max(float(np.abs(expected).max()), 1e-3)


def _check_difference(name: str, expected: np.ndarray, found: np.ndarray) -> None:
    """Compare one output by its largest difference over its largest value."""
    difference = float(np.abs(found - expected).max()) / _scale(expected)
    if not difference <= MAX_DIFFERENCE:  # NaN is not either
        raise ExportError('{} of ONNX Runtime and PyTorch differ by {:.2g} of the largest value, '
                          'at most {:.2g} was expected: check the weights for huge values or '
                          'report it with the model'.format(name, difference, MAX_DIFFERENCE))


def _check_agreement(expected: np.ndarray, found: np.ndarray) -> None:
    """Compare logits (1, C, h, w) by the class that wins."""
    winner = torch.from_numpy(found.argmax(1)[:, np.newaxis])                   # (1, 1, h, w)
    short = expected.max(1) - torch.from_numpy(expected).gather(1, winner).numpy()[:, 0]
    agreement = float((short <= ROUNDING * _scale(expected)).mean())
    if agreement < MIN_AGREEMENT:
        raise ExportError('ONNX Runtime and PyTorch agree on {:.2%} of the class ids, at least '
                          '{:.2%} was expected: report it with the model'.format(
                              agreement, MIN_AGREEMENT))


def _sample_images(sizes: Sequence[Tuple[int, int]], seed: int) -> List[torch.Tensor]:
    """Draw normalised images with large and small structure, (1, 3, h, w) for each size."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.randn(1, 3, 8, 8, generator=generator)
    return [nn.functional.interpolate(coarse, size=size, mode='bilinear', align_corners=True)
            + 0.3 * torch.randn(1, 3, *size, generator=generator) for size in sizes]
