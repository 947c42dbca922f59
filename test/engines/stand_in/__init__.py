# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
A stand-in for the module tensorrt that records a network and evaluates it with numpy.

Written after TensorRT's documentation and headers, without PyTorch. It has the layers that the
networks need, with TensorRT's names, defaults and refusals: an unknown attribute, a value of
another type and a shape that does not fit raise ``RefusedError``, where TensorRT would log an
error and build nothing.

An engine is the recorded network. One of float16 rounds the output of each layer; one of int8 to
255 steps of the range that calibration saw.
"""

import types

from . import builder, enums
from .base import ILayer
from .builder import Builder, ILogger, number_of
from .checks import RefusedError
from .enums import BuilderFlag, DataType
from .network import evaluate, INetworkDefinition, KINDS
from .runtime import Runtime

__all__ = ['Builder', 'DataType', 'evaluate', 'ILayer', 'ILogger', 'INetworkDefinition',
           'of_version', 'RefusedError']


def of_version(version, has_int8=False, faults=None):
    """
    Return a module with the names that the module tensorrt of a version has.

    :param has_int8: whether its GPU has fast INT8
    :param faults: faults of engines, by precision: 'nan', 'constant' (ignores its input), 'wrong
        classes', 'refused' (none is built), 'killed' or 'slow' (while it is built)
    """
    module = types.ModuleType('tensorrt')
    settings = types.SimpleNamespace(version=version, has_int8=has_int8, faults=faults or {})
    names = dict(KINDS, INetworkDefinition=INetworkDefinition, OnnxParser=builder.OnnxParser,
                 ILogger=ILogger, IInt8EntropyCalibrator2=builder.IInt8EntropyCalibrator2)
    names.update({kind.__name__: type(kind.__name__, (kind,), {'settings': settings})
                  for kind in (Builder, Runtime)})
    for name, kind in names.items():
        setattr(module, name, kind)
    module.__version__ = version
    module.float32, module.float16 = DataType.FLOAT, DataType.HALF
    _remove_other_versions(module, number_of(version))
    return module


def _remove_other_versions(module, number):
    """Remove the names that a version, (major, minor), does not have."""
    if number < (8, 2):
        module.BuilderFlag = types.SimpleNamespace(**{
            flag.name: flag for flag in BuilderFlag if not flag.name.startswith('OBEY')})
    if number < (8, 4):
        del module.MemoryPoolType
    if number < (8, 5):
        del module.InterpolationMode, module.TensorIOMode
    if number < (10,):
        module.ResizeMode = enums.InterpolationMode
