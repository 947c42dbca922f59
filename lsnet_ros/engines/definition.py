# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Define a network's core in TensorRT: by torch2trt, from its ONNX file, or by our own walk.

The bindings are the same by each route: inputs 'image_0', 'image_1' and so on, outputs 'logits'
and, if the network has one, 'offset'; all of float32.
"""

from contextlib import redirect_stdout
import inspect
import io
import logging
import re
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

import torch

from lsnet_ros.engines.layers import ConversionError
from lsnet_ros.engines.runtime import major_version
from lsnet_ros.engines.torch2trt_converters import import_torch2trt, plain_shapes, register
from lsnet_ros.engines.walk import walk
from lsnet_ros.models.card import INPUT_NAME, OUTPUT_NAMES
from lsnet_ros.networks.core import Core, Network
from lsnet_ros.networks.lrnnet import SingularVectors

FLOAT32_MODULES = (SingularVectors,)  # an ONNX file cannot pin their precision
# Lines of torch2trt about functions that leave nothing in the engine.
_HARMLESS = re.compile(
    r'Warning: Encountered known unsupported method [\w.]*\b'
    r'(is_grad_enabled|empty|ones|uniform_|has_torch_function\w*)$')


class Wanted(NamedTuple):
    """The engine to build."""

    network: Network                     # in inference mode, on the CPU
    sizes: Sequence[Tuple[int, int]]     # (height, width) of each input of the network
    batch: int
    precision: str                       # one of PRECISIONS
    onnx: Optional[bytes] = None         # the network's ONNX file, if it is for these sizes


class Target(NamedTuple):
    """Objects of TensorRT to define a network with."""

    tensorrt: Any   # the module
    network: Any    # an empty INetworkDefinition with explicit batch
    config: Any     # of the build
    log: Any        # TensorRT's logger


class Route(NamedTuple):
    """A way to define a network in TensorRT."""

    is_available: Callable[[Any, Wanted], bool]             # with this version of TensorRT
    define: Callable[[Target, Wanted], List[Any]]           # returns outputs not yet marked


def define(target: Target, wanted: Wanted) -> str:
    """
    Add the layers of a network's core, its inputs and its outputs, by the first route available.

    :returns: the route, a name in ``ROUTES``
    :raises ConversionError: if an operation cannot be converted
    """
    name = next(name for name, route in ROUTES.items()
                if route.is_available(target.tensorrt, wanted))
    outputs = ROUTES[name].define(target, wanted)
    for tensor, output_name in zip(outputs, OUTPUT_NAMES):
        tensor.name = output_name
        tensor.dtype = target.tensorrt.float32
        target.network.mark_output(tensor)
    return name


def _has_torch2trt(tensorrt: Any, wanted: Wanted) -> bool:
    if major_version(tensorrt) >= 10:  # torch2trt supports only part of its interface
        return False
    try:
        import_torch2trt()
    except ConversionError as error:
        logging.getLogger(__name__).info('%s', error)
        return False
    return True


def _define_by_torch2trt(target: Target, wanted: Wanted) -> List[Any]:
    """
    Run the core on sample images while torch2trt records its operations.

    Inputs and outputs are added here: versions of torch2trt differ in batch axis and names.
    """
    import_torch2trt()
    from torch2trt.torch2trt import ConversionContext
    core = Core(wanted.network).eval()
    samples: List[Any] = [torch.zeros((wanted.batch, 3) + tuple(size)) for size in wanted.sizes]
    options: Dict[str, Any] = {'torch2trt_kwargs': {  # compile_engine sets the precision
        'module': core, 'device_types': {}, 'gpu_fallback': True, 'fp16_mode': False,
        'int8_mode': False, 'default_device_type': target.tensorrt.DeviceType.GPU}}
    if 'builder_config' in inspect.signature(ConversionContext.__init__).parameters:
        options['builder_config'] = target.config
    printed = io.StringIO()
    with redirect_stdout(printed), torch.no_grad():
        register()
        with ConversionContext(target.network, **options):
            for sample, tensor in zip(samples, _add_inputs(target, wanted)):
                sample._trt = tensor
            with plain_shapes():
                outputs = core(*samples)
    refuse_warnings(printed.getvalue())
    if not all(hasattr(output, '_trt') for output in outputs):
        raise ConversionError('torch2trt lost an output of the network: an operation before it '
                              'has no converter')
    return [output._trt for output in outputs]


def refuse_warnings(printed: str) -> None:
    """
    Raise a ConversionError if torch2trt printed a line that is not known to be harmless.

    Where it has no converter, it prints a line and uses the sample's values as a constant.
    """
    for line in printed.splitlines():
        if line.strip() and not _HARMLESS.match(line.strip()):
            raise ConversionError('torch2trt says "{}": give the operation a module, and the '
                                  'module a converter'.format(' '.join(line.split())))


def _can_parse_onnx(tensorrt: Any, wanted: Wanted) -> bool:
    keeps_float32 = wanted.precision != 'fp32' and any(
        isinstance(module, FLOAT32_MODULES) for module in wanted.network.modules())
    return (major_version(tensorrt) >= 10 and wanted.onnx is not None and wanted.batch == 1
            and not keeps_float32)


def _define_by_onnx(target: Target, wanted: Wanted) -> List[Any]:
    """Parse the model's ONNX file with TensorRT's own parser, which marks the outputs itself."""
    parser = target.tensorrt.OnnxParser(target.network, target.log)
    if not parser.parse(wanted.onnx):
        reasons = [' '.join(parser.get_error(index).desc().split())
                   for index in range(parser.num_errors)]
        raise ConversionError('TensorRT {} cannot read the ONNX file of the model ({}): export '
                              'it again'.format(target.tensorrt.__version__, '; '.join(reasons)))
    return []


def _define_by_walk(target: Target, wanted: Wanted) -> List[Any]:
    return walk(wanted.network, target.network, _add_inputs(target, wanted))


def _add_inputs(target: Target, wanted: Wanted) -> List[Any]:
    return [target.network.add_input(INPUT_NAME.format(index), target.tensorrt.float32,
                                     (wanted.batch, 3) + tuple(size))
            for index, size in enumerate(wanted.sizes)]


ROUTES: Dict[str, Route] = {
    'torch2trt': Route(_has_torch2trt, _define_by_torch2trt),
    'onnx': Route(_can_parse_onnx, _define_by_onnx),
    'walk': Route(lambda tensorrt, wanted: True, _define_by_walk),
}
"""Routes to define a network, by preference."""
