# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Build an engine with TensorRT."""

from typing import Any, Iterable, NamedTuple, Optional, Sequence

import numpy as np

from lsnet_ros.engines.calibration import make_calibrator
from lsnet_ros.engines.definition import define, Target, Wanted
from lsnet_ros.engines.runtime import EngineError, import_tensorrt, logger

FLAGS = {'fp32': (), 'fp16': ('FP16',), 'int8': ('FP16', 'INT8')}
OBEY = ('OBEY_PRECISION_CONSTRAINTS', 'STRICT_TYPES')  # names of the flag since and before 8.2


class Compiled(NamedTuple):
    """An engine as TensorRT returns it."""

    content: bytes
    route: str  # by which its network was defined, one of ROUTES


def compile_engine(wanted: Wanted, workspace: int, device: str = 'cuda',
                   calibration: Optional[Iterable[Sequence[np.ndarray]]] = None) -> Compiled:
    """
    Build an engine in this process; takes minutes on a Jetson, and memory until the process ends.

    :param workspace: bytes of temporary memory that a layer may use
    :param device: of PyTorch, where the GPU reads calibration images
    :param calibration: for int8, images (N, 3, h, w) for each of ``wanted.sizes``
    :raises EngineError: if TensorRT is not installed, or builds no engine
    :raises ConversionError: if the network cannot be converted
    """
    tensorrt = import_tensorrt()
    log = logger(tensorrt)
    log.forget()
    builder = _make_builder(tensorrt, log)
    config = builder.create_builder_config()
    _set_workspace(tensorrt, config, workspace)
    _set_precision(tensorrt, config, wanted.precision)
    if wanted.precision == 'int8':
        check_int8(builder)
        config.int8_calibrator = make_calibrator(tensorrt, calibration or (), wanted.batch, device)
    trt_network = builder.create_network(_explicit_batch(tensorrt))
    route = define(Target(tensorrt, trt_network, config, log), wanted)
    plan = builder.build_serialized_network(trt_network, config)
    if plan is None:
        raise EngineError('TensorRT {} builds no {} engine: {}'.format(
            tensorrt.__version__, wanted.precision, log.last()))
    return Compiled(bytes(plan), route)


def check_int8(builder: Any = None) -> None:
    """
    Raise an EngineError unless the GPU has fast INT8, and TensorRT can calibrate for it.

    :param builder: of TensorRT, by default a new one
    """
    tensorrt = import_tensorrt()
    builder = builder or _make_builder(tensorrt, logger(tensorrt))
    if not builder.platform_has_fast_int8:
        raise EngineError('this GPU has no fast INT8: build with --precision fp16')
    if not hasattr(tensorrt, 'IInt8EntropyCalibrator2'):
        raise EngineError('TensorRT {} does not calibrate for INT8 any more: build with '
                          '--precision fp16'.format(tensorrt.__version__))


def _make_builder(tensorrt: Any, log: Any) -> Any:
    try:
        return tensorrt.Builder(log)
    except TypeError as error:  # raised by the bindings if CUDA does not start
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
            raise EngineError('TensorRT {} cannot build {} engines of a float32 network: build '
                              'with --precision fp32'.format(tensorrt.__version__, name))
        config.set_flag(getattr(flags, name))
    obey = [getattr(flags, name) for name in OBEY if hasattr(flags, name)]
    if obey:
        config.set_flag(obey[0])
    if hasattr(flags, 'TF32'):
        config.clear_flag(flags.TF32)  # it would round float32 to the precision of float16


def _explicit_batch(tensorrt: Any) -> int:
    """Return the flag for networks with a batch axis; TensorRT 10 has no others."""
    flag = getattr(tensorrt.NetworkDefinitionCreationFlag, 'EXPLICIT_BATCH', None)
    return 0 if flag is None else 1 << int(flag)
