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
Define a network's core in TensorRT: by torch2trt, by our own walk, or from its ONNX file.

The bindings are the same in each way: 'image_0', 'image_1' and so on to 'logits' and, where the
network has one, 'offset'; all of float32.
"""

from contextlib import redirect_stdout
import inspect
import io
import logging
import re
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

from lsnet_ros.engines.layers import ConversionError
from lsnet_ros.engines.runtime import INPUT_NAME, major_version, OUTPUT_NAMES
from lsnet_ros.engines.torch2trt_converters import Core, import_torch2trt, register
from lsnet_ros.engines.walk import walk
from lsnet_ros.networks.lrnnet import SingularVectors
import torch
from torch import nn

FLOAT32_MODULES = (SingularVectors,)  # which an ONNX file cannot say that of
# What torch2trt says of functions whose results reach no engine: they are called on the way.
_HARMLESS = re.compile(
    r'Warning: Encountered known unsupported method [\w.]*\b'
    r'(is_grad_enabled|empty|ones|uniform_|has_torch_function\w*)$')


class Wanted(NamedTuple):
    """What is to become an engine."""

    network: nn.Module                   # in inference mode, on the CPU
    sizes: Sequence[Tuple[int, int]]     # (height, width) of each image that it reads
    batch: int
    precision: str                       # one of PRECISIONS
    onnx: Optional[bytes] = None         # its ONNX file, if that is for these sizes


def define(tensorrt: Any, trt_network: Any, config: Any, wanted: Wanted, log: Any) -> str:
    """
    Add the layers of a network's core, its inputs and its outputs.

    :param trt_network: an empty INetworkDefinition with explicit batch
    :param config: of the build
    :param log: TensorRT's logger
    :returns: the way that was taken, a name in ``WAYS``
    :raises ConversionError: if an operation cannot be translated
    """
    name = next(name for name, (fits, _) in WAYS.items() if fits(tensorrt, wanted))
    outputs = WAYS[name][1](tensorrt, trt_network, config, wanted, log)
    for tensor, output_name in zip(outputs, OUTPUT_NAMES):
        tensor.name = output_name
        tensor.dtype = tensorrt.float32
        trt_network.mark_output(tensor)
    return name


def _has_torch2trt(tensorrt: Any, wanted: Wanted) -> bool:
    if major_version(tensorrt) >= 10:  # whose interface it knows in part
        return False
    try:
        import_torch2trt()
    except ConversionError as error:
        logging.getLogger(__name__).info('%s', error)
        return False
    return True


def _by_torch2trt(tensorrt: Any, trt_network: Any, config: Any, wanted: Wanted,
                  log: Any) -> List[Any]:
    """
    Run the core on samples with torch2trt watching.

    Inputs and outputs are ours: those of its versions differ in batch and names.
    """
    import_torch2trt()
    from torch2trt.torch2trt import ConversionContext
    core = Core(wanted.network).eval()
    samples = [torch.zeros((wanted.batch, 3) + tuple(size)) for size in wanted.sizes]
    options = {'torch2trt_kwargs': {  # the precision is for the build to choose
        'module': core, 'device_types': {}, 'gpu_fallback': True, 'fp16_mode': False,
        'int8_mode': False, 'default_device_type': tensorrt.DeviceType.GPU}}
    if 'builder_config' in inspect.signature(ConversionContext.__init__).parameters:
        options['builder_config'] = config
    printed = io.StringIO()
    with redirect_stdout(printed), torch.no_grad():
        register()
        with ConversionContext(trt_network, **options):
            for sample, tensor in zip(samples, _inputs(tensorrt, trt_network, wanted)):
                sample._trt = tensor
            outputs = core(*samples)
    refuse_warnings(printed.getvalue())
    if not all(hasattr(output, '_trt') for output in outputs):
        raise ConversionError('torch2trt lost an output of the network: an operation before it '
                              'has no converter')
    return [output._trt for output in outputs]


def refuse_warnings(printed: str) -> None:
    """
    Raise a ConversionError if torch2trt printed what is not known to be harmless.

    It prints a line, and goes on with the sample's values as a constant, where it has no
    converter.
    """
    for line in printed.splitlines():
        if line.strip() and not _HARMLESS.match(line.strip()):
            raise ConversionError('torch2trt says "{}": give the operation a module, and the '
                                  'module a converter'.format(' '.join(line.split())))


def _is_for_onnx(tensorrt: Any, wanted: Wanted) -> bool:
    keeps_float32 = wanted.precision != 'fp32' and any(
        isinstance(module, FLOAT32_MODULES) for module in wanted.network.modules())
    return (major_version(tensorrt) >= 10 and wanted.onnx is not None and wanted.batch == 1
            and not keeps_float32)


def _by_onnx(tensorrt: Any, trt_network: Any, config: Any, wanted: Wanted, log: Any) -> List[Any]:
    """Let TensorRT's own parser read the model's ONNX file; it marks the outputs itself."""
    parser = tensorrt.OnnxParser(trt_network, log)
    if not parser.parse(wanted.onnx):
        reasons = [' '.join(parser.get_error(index).desc().split())
                   for index in range(parser.num_errors)]
        raise ConversionError('TensorRT {} cannot read the ONNX file of the model ({}): export '
                              'it again'.format(tensorrt.__version__, '; '.join(reasons)))
    return []


def _always(tensorrt: Any, wanted: Wanted) -> bool:
    return True


def _by_walk(tensorrt: Any, trt_network: Any, config: Any, wanted: Wanted, log: Any) -> List[Any]:
    return walk(wanted.network, trt_network, _inputs(tensorrt, trt_network, wanted))


def _inputs(tensorrt: Any, trt_network: Any, wanted: Wanted) -> List[Any]:
    return [trt_network.add_input(INPUT_NAME.format(index), tensorrt.float32,
                                  (wanted.batch, 3) + tuple(size))
            for index, size in enumerate(wanted.sizes)]


WAYS: Dict[str, Tuple[Callable, Callable]] = {
    'torch2trt': (_has_torch2trt, _by_torch2trt),
    'onnx': (_is_for_onnx, _by_onnx),
    'walk': (_always, _by_walk),
}
"""The ways to define a network, the best first: whether it can be gone here, and how."""
