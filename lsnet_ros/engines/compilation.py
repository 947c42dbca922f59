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
"""Have TensorRT build an engine."""

from typing import Any, Iterable, NamedTuple, Optional, Sequence

from lsnet_ros.engines.calibration import calibrator
from lsnet_ros.engines.definition import define, Wanted
from lsnet_ros.engines.runtime import EngineError, import_tensorrt, logger
import numpy as np

FLAGS = {'fp32': (), 'fp16': ('FP16',), 'int8': ('FP16', 'INT8')}
# Before 8.2 the first of these has another name.
OBEY = ('OBEY_PRECISION_CONSTRAINTS', 'STRICT_TYPES')


class Compiled(NamedTuple):
    """An engine, as TensorRT gives it."""

    content: bytes
    way: str  # how its network was defined, one of WAYS


def compile_engine(wanted: Wanted, workspace: int, device: str = 'cuda',
                   calibration: Optional[Iterable[Sequence[np.ndarray]]] = None) -> Compiled:
    """
    Build an engine in this process; it takes minutes on a Jetson, and memory that stays taken.

    :param workspace: bytes that a layer may take while it runs
    :param device: of PyTorch, where the GPU reads calibration images
    :param calibration: for int8: images for each of ``wanted.sizes``, (N, 3, h, w) each
    :raises EngineError: if TensorRT is not installed, or builds none
    :raises ConversionError: if the network cannot be translated
    """
    tensorrt = import_tensorrt()
    log = logger(tensorrt)
    log.forget()
    builder = _builder(tensorrt, log)
    config = builder.create_builder_config()
    _set_workspace(tensorrt, config, workspace)
    _set_precision(tensorrt, config, wanted.precision)
    if wanted.precision == 'int8':
        check_int8(builder)
        config.int8_calibrator = calibrator(tensorrt, calibration, wanted.batch, device)
    trt_network = builder.create_network(_explicit_batch(tensorrt))
    way = define(tensorrt, trt_network, config, wanted, log)
    plan = builder.build_serialized_network(trt_network, config)
    if plan is None:
        raise EngineError('TensorRT {} builds no {} engine: {}'.format(
            tensorrt.__version__, wanted.precision, log.last()))
    return Compiled(bytes(plan), way)


def check_int8(builder: Any = None) -> None:
    """
    Raise an EngineError unless INT8 is fast here, and TensorRT calibrates for it.

    :param builder: of TensorRT, by default a new one
    """
    tensorrt = import_tensorrt()
    builder = builder or _builder(tensorrt, logger(tensorrt))
    if not builder.platform_has_fast_int8:
        raise EngineError('this GPU has no fast INT8: build with --precision fp16')
    if not hasattr(tensorrt, 'IInt8EntropyCalibrator2'):
        raise EngineError('TensorRT {} does not calibrate for INT8 any more: build with '
                          '--precision fp16'.format(tensorrt.__version__))


def _builder(tensorrt: Any, log: Any) -> Any:
    try:
        return tensorrt.Builder(log)
    except TypeError as error:  # how its bindings say that CUDA does not start
        raise EngineError('TensorRT {} does not start ({}): check the GPU and its driver'.format(
            tensorrt.__version__, log.last())) from error


def _set_workspace(tensorrt: Any, config: Any, size: int) -> None:
    if hasattr(config, 'set_memory_pool_limit'):  # since 8.4
        config.set_memory_pool_limit(tensorrt.MemoryPoolType.WORKSPACE, size)
    else:
        config.max_workspace_size = size


def _set_precision(tensorrt: Any, config: Any, precision: str) -> None:
    flags = tensorrt.BuilderFlag
    for name in FLAGS[precision]:
        if not hasattr(flags, name):
            raise EngineError('TensorRT {} has no {} builds of a network of float32: build with '
                              '--precision fp32'.format(tensorrt.__version__, name))
        config.set_flag(getattr(flags, name))
    obey = [getattr(flags, name) for name in OBEY if hasattr(flags, name)]
    if obey:
        config.set_flag(obey[0])
    if hasattr(flags, 'TF32'):
        config.clear_flag(flags.TF32)  # it has float16's precision, where float32 is asked for


def _explicit_batch(tensorrt: Any) -> int:
    """Return the flag for networks with a batch axis; there are no others in TensorRT 10."""
    flag = getattr(tensorrt.NetworkDefinitionCreationFlag, 'EXPLICIT_BATCH', None)
    return 0 if flag is None else 1 << int(flag)
