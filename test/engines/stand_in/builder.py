# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The builder of engines, and its configuration, calibrator and ONNX parser."""

import os
import signal
import time
import types

from .base import ILayer, ITensor
from .checks import check, RefusedError
from .enums import BuilderFlag, DataType, DeviceType, MemoryPoolType, Severity
from .network import evaluate
from .plans import list_tensors, map_memory, OnnxNetwork, open_onnx, serialise


def number_of(version):
    return tuple(int(part) for part in version.split('.')[:2])


class ILogger:
    """A logger to be derived from."""

    Severity = Severity

    def log(self, severity, msg):
        raise NotImplementedError


class IInt8EntropyCalibrator2:
    """A calibrator to be derived from."""


class OnnxParser:
    """Reads an ONNX file into a network."""

    def __init__(self, network, logger):
        self.network, self.errors = network, []

    num_errors = property(lambda self: len(self.errors))

    def get_error(self, index):
        return types.SimpleNamespace(desc=lambda: self.errors[index])

    def parse(self, content):
        try:
            session = open_onnx(content)
        except Exception as error:
            self.errors.append(str(error))
            return False
        self.network.onnx = content
        for x in session.get_inputs():
            self.network.add_input(x.name, DataType.FLOAT, tuple(x.shape))
        for x in session.get_outputs():
            self.network.mark_output(ITensor(self.network, None, x.name, tuple(x.shape)))
        return True


class BuilderConfig:
    """Settings of a build; the subclasses set ``workspace`` as their versions do."""

    def __init__(self):
        self.flags, self.int8_calibrator, self.workspace = {BuilderFlag.TF32}, None, None

    def set_flag(self, flag):
        check(isinstance(flag, BuilderFlag), 'no flag: {!r}', flag)
        self.flags.add(flag)

    def clear_flag(self, flag):
        self.flags.discard(flag)

    def get_flag(self, flag):
        return flag in self.flags

    def set_device_type(self, layer, kind):
        check(isinstance(layer, ILayer) and kind is DeviceType.GPU, 'no such layer')

    def can_run_on_DLA(self, layer):  # noqa: N802
        return False


class OldConfig(BuilderConfig):
    """Before 8.4."""

    max_workspace_size = property(lambda self: self.workspace, lambda self, size: setattr(
        self, 'workspace', size))


class NewConfig(BuilderConfig):
    """Since 8.4."""

    def set_memory_pool_limit(self, pool, size):
        check(pool is MemoryPoolType.WORKSPACE, 'no such pool')
        self.workspace = size


class Builder:
    """
    Builds engines of one version.

    ``settings`` has version, has_int8, and the faults of engines by precision.
    """

    settings = None  # of the module of a version

    def __init__(self, logger):
        check(isinstance(logger, ILogger), 'no logger: {!r}', logger)
        self.logger = logger
        self.platform_has_fast_fp16 = True
        self.platform_has_fast_int8 = self.settings.has_int8

    def create_network(self, flags=0):
        check(number_of(self.settings.version) >= (10,) or flags == 1, 'implicit batch')
        return OnnxNetwork()

    def create_builder_config(self):
        return (OldConfig if number_of(self.settings.version) < (8, 4) else NewConfig)()

    def build_serialized_network(self, network, config):
        precision = next((name for name in ('INT8', 'FP16') if config.get_flag(
            BuilderFlag[name])), 'FP32').lower()
        fault = self.settings.faults.get(precision)
        if fault == 'killed':
            os.kill(os.getpid(), signal.SIGKILL)
        if fault == 'slow':
            time.sleep(60)
        try:
            check(fault != 'refused', 'no tactic for a layer')
            check(network.outputs and config.workspace, 'no outputs or no workspace')
            check(all(x.dtype is DataType.FLOAT and x.name for x in network.inputs
                      + network.outputs), 'bindings without a name, or not of float32')
            ranges = calibrate(network, config) if precision == 'int8' else None
            return serialise(network, {
                'version': self.settings.version, 'precision': precision, 'fault': fault,
                'ranges': ranges, 'flags': sorted(flag.name for flag in config.flags)})
        except RefusedError as error:
            self.logger.log(Severity.ERROR, str(error))
            return None


def calibrate(network, config):
    """Return the largest value of each tensor for the calibrator's images."""
    calibrator = config.int8_calibrator
    check(isinstance(calibrator, IInt8EntropyCalibrator2), 'INT8 without a calibrator')
    check(calibrator.read_calibration_cache() is None, 'a cache of calibration from elsewhere')
    largest = {}

    def see(x, values):
        largest[x] = max(largest.get(x, 0), float(abs(values).max()))
        return values

    names = [x.name for x in network.inputs]
    for addresses in iter(lambda: calibrator.get_batch(names), None):
        check(calibrator.get_batch_size() == network.inputs[0].shape[0], 'another batch size')
        images = [map_memory(address, x.shape).copy()
                  for address, x in zip(addresses, network.inputs)]
        evaluate(network, images, rounding=see)
    check(largest, 'the calibrator gave no image')
    calibrator.write_calibration_cache(b'ranges')
    return [largest[x] for x in list_tensors(network)]
