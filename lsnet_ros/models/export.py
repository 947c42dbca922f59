# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Export the core of a network as an ONNX graph, and check that it computes the same.

The graph has fixed sizes, batch 1 and no node that only training needs, and keeps to the
operations that the parsers of TensorRT 8.0 and newer read.
"""

import copy
import inspect
import io
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple, Union
import warnings

import numpy as np
import onnx
import torch
from torch import nn

from lsnet_ros.errors import LsnetError, one_line
from lsnet_ros.labels.label_sets import LabelSet
from lsnet_ros.models.card import INPUT_NAME, OUTPUT_NAMES
from lsnet_ros.models.export_graph import lighten
from lsnet_ros.models.folder import Model, write_model
from lsnet_ros.models.parity import compare, Limits
from lsnet_ros.networks import build_network
from lsnet_ros.networks.core import Core, Network
from lsnet_ros.networks.lps_net import LPSNet
from lsnet_ros.stages.preprocessing import InputSpec

OPSET = 13  # the newest that TensorRT 8.0 reads
LIMITS = Limits(agreement=0.999, difference=1e-3)

Size = Tuple[int, int]  # (height, width), px


class ModelExportError(LsnetError, ValueError):
    """The network cannot be exported as it is, or the export does not compute the same."""


class TrainedModel(NamedTuple):
    """A trained network and the entries of its card."""

    name: str                  # of the model
    network_name: str          # one of NETWORKS
    config: Dict[str, Any]     # the options that ``build_network`` was given
    network: Network           # with its weights, in any mode and on any device
    label_set: LabelSet        # the classes of the logits' channels
    spec: InputSpec            # image size of the ONNX file
    training: Dict[str, Any]   # how it was trained: command, data, epochs, hours, hardware, commit
    metrics: Dict[str, Any]    # by dataset and split, such as 'camvid-val': of "lsnet evaluate"
    calibration: Dict[str, Any] = {}  # temperature, and the data that it was fitted to


def export_onnx(network: Network, spec: InputSpec) -> bytes:
    """
    Export a network's core for images of one size, batch norms folded.

    The inputs are 'image_0', 'image_1' and so on, (1, 3, h, w) float32, one for each size at
    which the network reads the image; the outputs are 'logits' and, if it has one, 'offset'.

    :param network: any of ``NETWORKS``, in any mode and on any device; it is not changed
    :param spec: image size of the graph
    :raises ModelExportError: if ``spec.sizes`` are not the network's, or ONNX Runtime and PyTorch
        differ by more than rounding explains
    """
    sizes = [tuple(size) for size in network.input_sizes(spec.height, spec.width)]
    if sizes != [tuple(size) for size in spec.sizes]:
        raise ModelExportError('the input sizes are {}, but the network reads {} at {}x{}: '
                               'correct the input section of the model\'s card'.format(
                                   list(spec.sizes), sizes, spec.height, spec.width))
    network = copy.deepcopy(network).cpu().float().eval()
    onnx_bytes = _tidy(_trace(network.deploy(), sizes), sizes)
    check_parity(network, onnx_bytes, sizes)
    return onnx_bytes


def save_model(folder: Union[str, Path], trained: TrainedModel) -> Model:
    """
    Write a trained network as a model folder.

    An LPS-Net is written fused, in its deploy form, if its blocks have one.

    :param trained: its network is not changed
    :returns: the model, read back
    :raises ModelExportError: if graph and network differ, or ``spec`` or ``config`` are of another
        network
    :raises ModelError: if the card would not be valid
    """
    network = trained.network
    onnx_bytes = export_onnx(network, trained.spec)
    config = dict(trained.config, num_classes=network.num_classes)
    if isinstance(network, LPSNet) and network.fusible:
        config['block'] = 'deploy'
        network = copy.deepcopy(network).deploy()
    _check_config(trained.network_name, config, network)
    weights = {key: value.detach().cpu().numpy() for key, value in network.state_dict().items()}
    classes = [{'name': label.name, 'color': label.color} for label in trained.label_set.classes]
    card = {
        'name': trained.name, 'network': trained.network_name, 'config': config,
        'label_set': trained.label_set.name, 'classes': classes,
        'input': dict(trained.spec._asdict()), 'training': trained.training,
        'metrics': trained.metrics,
    }
    if trained.calibration:
        card['calibration'] = trained.calibration
    return write_model(folder, card, weights, onnx_bytes)


def _check_config(name: str, config: Dict[str, Any], network: Network) -> None:
    """Raise a ModelExportError unless name and configuration build a network like this one."""
    try:
        build_network(name, **config).load_state_dict(network.state_dict())
    except (RuntimeError, TypeError, ValueError) as error:
        raise ModelExportError('{!r} with {} is not the network given ({}): give the options that '
                               'it was built with'.format(
                                   name, config, one_line(error))) from error


def _trace(network: Network, sizes: Sequence[Size]) -> bytes:
    """Trace the core of a network in inference mode into an ONNX file."""
    images = _draw_images(sizes, seed=0)
    with torch.no_grad():
        outputs = network.core(*images)
    options: Dict[str, Any] = {}
    if 'dynamo' in inspect.signature(torch.onnx.export).parameters:
        options['dynamo'] = False  # the newer exporter needs onnxscript and newer opsets
    _teach_maximum()
    file: Any = io.BytesIO()
    with warnings.catch_warnings():
        # Sizes become constants, as wanted; and the exporter says that it is the older one.
        warnings.simplefilter('ignore', torch.jit.TracerWarning)
        warnings.simplefilter('ignore', DeprecationWarning)
        torch.onnx.export(
            Core(network).eval(), tuple(images), file, opset_version=OPSET,
            input_names=[INPUT_NAME.format(index) for index in range(len(images))],
            output_names=list(OUTPUT_NAMES[:len(outputs)]), **options)
    return file.getvalue()


def _teach_maximum() -> None:
    """Teach exporters before PyTorch 1.11 to write ``amax``; later ones write the same."""
    from torch.onnx import register_custom_op_symbolic
    from torch.onnx.symbolic_helper import parse_args

    @parse_args('v', 'is', 'i')
    def amax(graph, x, axes, keepdim):
        return graph.op('ReduceMax', x, axes_i=axes, keepdims_i=keepdim)
    register_custom_op_symbolic('::amax', amax, OPSET)


def _tidy(onnx_bytes: bytes, sizes: Sequence[Size]) -> bytes:
    """
    Make the sizes of the resizes constants, and drop the nodes that computed them.

    The tracer writes Shape, Slice and Concat for known sizes, and an Identity for each of
    several equal weights; the fewer kinds of nodes, the fewer an engine builder can refuse.
    """
    from onnx import numpy_helper
    model = onnx.load_from_string(onnx_bytes)
    graph = model.graph
    resizes = [node for node in graph.node if node.op_type == 'Resize']
    names = [node.output[0] for node in graph.node if node.op_type in ('Resize', 'ConvTranspose')]
    shapes = _infer_shapes(model, names + [output.name for output in graph.output], sizes)
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


def _infer_shapes(model: Any, names: Sequence[str],
                  sizes: Sequence[Size]) -> Dict[str, Tuple[int, ...]]:
    """
    Return the shapes of tensors of a graph by their names.

    By running the graph: onnx 1.11, the last for Python 3.6, cannot infer them.
    """
    probe = onnx.ModelProto()
    probe.CopyFrom(model)
    del probe.graph.output[:]
    probe.graph.output.extend(
        onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in names)
    arrays = _run_onnx(probe.SerializeToString(), _draw_images(sizes, seed=0))
    return {name: array.shape for name, array in zip(names, arrays)}


def _run_onnx(onnx_bytes: bytes, images: Sequence[torch.Tensor]) -> Tuple[np.ndarray, ...]:
    """Return the outputs of a graph for one set of images, in ONNX Runtime."""
    import onnxruntime
    session = onnxruntime.InferenceSession(onnx_bytes, providers=['CPUExecutionProvider'])
    return tuple(session.run(None, {INPUT_NAME.format(index): image.numpy()
                                    for index, image in enumerate(images)}))


def _bypass_identities(graph: Any) -> None:
    """Connect the readers of each Identity with its input."""
    sources = {node.output[0]: node.input[0] for node in graph.node
               if node.op_type == 'Identity'}
    for node in graph.node:
        for index, name in enumerate(node.input):
            while name in sources:
                name = sources[name]
            node.input[index] = name


def _drop_unused(graph: Any) -> None:
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


def check_parity(network: Network, onnx_bytes: bytes, sizes: Sequence[Size]) -> None:
    """
    Compare an exported graph with its network in PyTorch on two different inputs.

    :param network: in inference mode, on the CPU
    :param sizes: (height, width) of each input
    :raises ModelExportError: if an output is not finite, does not follow the image, or exceeds
        ``LIMITS``
    """
    inputs = [_draw_images(sizes, seed) for seed in (0, 1)]
    with torch.no_grad():
        expected = [tuple(output.numpy() for output in network.core(*images)) for images in inputs]
    parity = compare([_run_onnx(onnx_bytes, images) for images in inputs], expected, LIMITS)
    if not parity.passed:
        raise ModelExportError('ONNX Runtime does not compute the same as PyTorch ({}): check the '
                               'weights for huge values or report it with the model'.format(
                                   parity.reason))


def _draw_images(sizes: Sequence[Size], seed: int) -> List[torch.Tensor]:
    """Draw normalised images with large and small structure, (1, 3, h, w) for each size."""
    generator = torch.Generator().manual_seed(seed)
    coarse = torch.randn(1, 3, 8, 8, generator=generator)
    return [nn.functional.interpolate(coarse, size=size, mode='bilinear', align_corners=True)
            + 0.3 * torch.randn(1, 3, *size, generator=generator) for size in sizes]
