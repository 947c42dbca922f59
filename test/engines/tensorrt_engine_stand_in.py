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
The rest of the stand-in for tensorrt: what builds, serialises, loads and runs an engine.

An engine is the recorded network, written without pickle, and runs in numpy on the memory that
it is given addresses of. One of float16 rounds what each layer gives; one of int8 to 255 steps
of the range that calibration saw. As TensorRT does, it says None for what it cannot do, and why
in the log.
"""

import ctypes
import enum
import io
import json
import os
import signal
import time
import types
import zipfile

import numpy as np
import tensorrt_stand_in as layers
from tensorrt_stand_in import check, DataType, INetworkDefinition, Refused

MAGIC = b'stand-in for an engine of TensorRT '
Severity = enum.Enum('Severity', 'INTERNAL_ERROR ERROR WARNING INFO VERBOSE')
BuilderFlag = enum.Enum('BuilderFlag', 'FP16 INT8 TF32 STRICT_TYPES OBEY_PRECISION_CONSTRAINTS')
MemoryPoolType = enum.Enum('MemoryPoolType', 'WORKSPACE')
NetworkDefinitionCreationFlag = enum.IntEnum(
    'NetworkDefinitionCreationFlag', [('EXPLICIT_BATCH', 0)])
DeviceType = enum.Enum('DeviceType', 'GPU DLA')
TensorIOMode = enum.Enum('TensorIOMode', 'NONE INPUT OUTPUT')


def number_of(version):
    return tuple(int(part) for part in version.split('.')[:2])


class ILogger:
    """A logger to be derived from."""

    Severity = Severity

    def log(self, severity, msg):
        raise NotImplementedError


class IInt8EntropyCalibrator2:
    """A calibrator to be derived from."""


class OnnxNetwork(INetworkDefinition):
    """A network that a parser may fill: ONNX Runtime evaluates it then."""

    onnx = None


class OnnxParser:
    """Puts an ONNX file into a network."""

    def __init__(self, network, logger):
        self.network, self.errors = network, []

    num_errors = property(lambda self: len(self.errors))

    def get_error(self, index):
        return types.SimpleNamespace(desc=lambda: self.errors[index])

    def parse(self, content):
        try:
            session = onnx_session(content)
        except Exception as error:
            self.errors.append(str(error))
            return False
        self.network.onnx = content
        for x in session.get_inputs():
            self.network.add_input(x.name, DataType.FLOAT, tuple(x.shape))
        for x in session.get_outputs():
            self.network.mark_output(layers.ITensor(self.network, None, x.name, tuple(x.shape)))
        return True


def onnx_session(content):
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(content, options, providers=['CPUExecutionProvider'])


class BuilderConfig:
    """What a build keeps to; ``workspace`` is kept as the version at hand takes it."""

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
        check(isinstance(layer, layers.ILayer) and kind is DeviceType.GPU, 'no such layer')

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

    :param settings: version; has_int8; faults: by precision what is wrong with its engines
    """

    settings = None  # of the module that it is in

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
            ranges = calibrated(network, config) if precision == 'int8' else None
            return serialised(network, config, {
                'version': self.settings.version, 'precision': precision, 'fault': fault,
                'ranges': ranges, 'flags': sorted(flag.name for flag in config.flags)})
        except Refused as error:
            self.logger.log(Severity.ERROR, str(error))
            return None


def calibrated(network, config):
    """Return the largest value of each tensor that the calibrator's images led to."""
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
        images = [memory(address, x.shape).copy()
                  for address, x in zip(addresses, network.inputs)]
        layers.evaluate(network, images, rounding=see)
    check(largest, 'the calibrator gave no image')
    calibrator.write_calibration_cache(b'ranges')
    return [largest[x] for x in tensors(network)]


def tensors(network):
    return network.inputs + [layer.output for layer in network.layers]


def memory(address, shape):
    """Return the float32 memory at an address as an array."""
    count = int(np.prod(shape))
    return np.ctypeslib.as_array((ctypes.c_float * count).from_address(address)).reshape(shape)


def serialised(network, config, facts):
    """Return a network as bytes: JSON, and its arrays."""
    arrays = {}
    obeys = {'STRICT_TYPES', 'OBEY_PRECISION_CONSTRAINTS'} & set(facts['flags'])

    def encoded(value):
        if isinstance(value, np.ndarray):
            arrays['a{}'.format(len(arrays))] = value
            return {'array': 'a{}'.format(len(arrays) - 1)}
        if isinstance(value, enum.Enum):
            return {'enum': [type(value).__name__, value.name]}
        if isinstance(value, (tuple, list)):
            return {'tuple': [encoded(part) for part in value]}
        return value

    number = {x: index for index, x in enumerate(tensors(network))}
    facts.update(
        inputs=[[x.name, x.shape] for x in network.inputs],
        outputs=[[x.name, x.shape, number.get(x)] for x in network.outputs],
        layers=[{'kind': type(layer).__name__, 'inputs': [number[x] for x in layer.inputs],
                 'parameters': {key: encoded(value) for key, value
                                in vars(layer.parameters).items()},
                 'attributes': {key: encoded(getattr(layer, key)) for key in layer.DEFAULTS},
                 'is_float32': bool(obeys) and layer.output_type is DataType.FLOAT,
                 } for layer in network.layers])
    if network.onnx is not None:
        arrays['onnx'] = np.frombuffer(network.onnx, np.uint8)
    file = io.BytesIO()
    np.savez(file, facts=np.frombuffer(json.dumps(facts).encode(), np.uint8), **arrays)
    return MAGIC + facts['version'].encode() + b'\n' + file.getvalue()


def restored(content, version):
    """Return facts and network of what ``serialised`` wrote."""
    head, _, body = bytes(content).partition(b'\n')
    check(head.startswith(MAGIC), 'magic tag does not match')
    built = head[len(MAGIC):].decode()
    check(built == version, 'The engine plan file is not compatible with this version of '
          'TensorRT, expecting library version {} got {}, please rebuild.', version, built)
    try:
        with np.load(io.BytesIO(body), allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
    except (ValueError, OSError, EOFError, zipfile.BadZipFile):
        raise Refused('the engine is torn')
    facts = json.loads(arrays['facts'].tobytes().decode())

    def decoded(value):
        if not isinstance(value, dict):
            return value
        (kind, inner), = value.items()
        return {'array': lambda: arrays[inner], 'tuple': lambda: tuple(map(decoded, inner)),
                'enum': lambda: getattr(layers, inner[0])[inner[1]]}[kind]()

    network = OnnxNetwork()
    found = [network.add_input(name, DataType.FLOAT, tuple(shape))
             for name, shape in facts['inputs']]
    for entry in facts['layers']:
        layer = network._add(getattr(layers, entry['kind'])(
            *[found[index] for index in entry['inputs']],
            **{key: decoded(value) for key, value in entry['parameters'].items()}))
        for key, value in entry['attributes'].items():
            setattr(layer, key, decoded(value))
        if entry['is_float32']:
            layer.set_output_type(0, DataType.FLOAT)
        found.append(layer.output)
    for name, shape, index in facts['outputs']:
        x = found[index] if index is not None else layers.ITensor(
            network, None, name, tuple(shape))
        x.name = name
        network.mark_output(x)
    if 'onnx' in arrays:
        network.onnx = arrays['onnx'].tobytes()
    return facts, network


class Runtime:
    """Loads engines of its own version."""

    settings = None  # of the module that it is in

    def __init__(self, logger):
        check(isinstance(logger, ILogger), 'no logger: {!r}', logger)
        self.logger = logger

    def deserialize_cuda_engine(self, content):
        try:
            facts, network = restored(content, self.settings.version)
        except Refused as error:
            self.logger.log(Severity.ERROR, str(error))
            return None
        number = number_of(self.settings.version)
        styles = ([IndexedEngine] if number < (10,) else []) + (
            [NamedEngine] if number >= (8, 5) else [])
        return type('ICudaEngine', tuple(styles), {})(facts, network)


class Engine:
    """An engine; what it writes has lower indices than what it reads."""

    def __init__(self, facts, network):
        self.facts, self.network = facts, network
        self.bindings = network.outputs + network.inputs

    def create_execution_context(self):
        return IExecutionContext(self)

    def run(self, addresses):
        images = [memory(addresses[x.name], x.shape).copy() for x in self.network.inputs]
        results = self.computed(images)
        for x, values in zip(self.network.outputs, results):
            memory(addresses[x.name], x.shape)[...] = values
        return True

    def computed(self, images):
        fault = self.facts['fault']
        if fault == 'constant':
            images = [np.zeros_like(image) for image in images]
        if self.network.onnx is not None:
            session = onnx_session(self.network.onnx)
            results = session.run(None, dict(zip([x.name for x in self.network.inputs], images)))
        else:
            results = layers.evaluate(self.network, images, rounding=self.rounding())
        if fault == 'nan':
            results[0][..., -1, -1] = np.nan
        if fault == 'wrong classes':
            results[0] = np.roll(results[0], 1, axis=1)
        return results

    def rounding(self):
        precision = self.facts['precision']
        if precision != 'int8':
            return layers.to_half if precision == 'fp16' else None
        ranges = dict(zip(tensors(self.network), self.facts['ranges']))

        def rounded(x, values):
            if x in self.network.outputs or (
                    x.layer is not None and x.layer.output_type is DataType.FLOAT):
                return values
            step = max(ranges[x], 1e-30) / 127
            return np.clip(np.rint(values / step), -127, 127) * step
        return rounded


class IndexedEngine(Engine):
    """As TensorRT 8 shows one."""

    num_bindings = property(lambda self: len(self.bindings))

    def get_binding_name(self, index):
        return self.bindings[index].name

    def get_binding_shape(self, index):
        return self.bindings[index].shape

    def get_binding_dtype(self, index):
        return self.bindings[index].dtype

    def binding_is_input(self, index):
        return self.bindings[index] in self.network.inputs


class NamedEngine(Engine):
    """As TensorRT shows one since 8.5."""

    num_io_tensors = property(lambda self: len(self.bindings))

    def get_tensor_name(self, index):
        return self.bindings[index].name

    def _named(self, name):
        return next(x for x in self.bindings if x.name == name)

    def get_tensor_shape(self, name):
        return self._named(name).shape

    def get_tensor_dtype(self, name):
        return self._named(name).dtype

    def get_tensor_mode(self, name):
        is_input = self._named(name) in self.network.inputs
        return TensorIOMode.INPUT if is_input else TensorIOMode.OUTPUT


class IExecutionContext:
    """Runs an engine at once; a stream is taken and looked at by nobody."""

    def __init__(self, engine):
        self.engine, self.addresses = engine, {}
        if isinstance(engine, IndexedEngine):
            self.execute_async_v2 = self._by_index
        if isinstance(engine, NamedEngine):
            self.set_tensor_address, self.execute_async_v3 = self._set_address, self._by_name

    def _by_index(self, bindings, stream_handle):
        check(type(stream_handle) is int, 'no stream: {!r}', stream_handle)
        return self.engine.run({x.name: address for x, address
                                in zip(self.engine.bindings, bindings)})

    def _set_address(self, name, address):
        self.addresses[name] = address
        return any(x.name == name for x in self.engine.bindings)

    def _by_name(self, stream_handle):
        check(type(stream_handle) is int, 'no stream: {!r}', stream_handle)
        return self.engine.run(self.addresses)


def of_version(version, has_int8=False, faults=None):
    """
    Return a module with the names that the module tensorrt of a version has.

    :param has_int8: whether the GPU that it stands for has fast INT8
    :param faults: what is wrong with engines, by precision: 'nan', 'constant' (reads nothing),
        'wrong classes', 'refused' (none is built), 'killed' or 'slow' (while it is built)
    """
    module = layers.of_version(version)
    settings = types.SimpleNamespace(version=version, has_int8=has_int8, faults=faults or {})
    for kind in (Builder, Runtime):
        setattr(module, kind.__name__, type(kind.__name__, (kind,), {'settings': settings}))
    for kind in (ILogger, IInt8EntropyCalibrator2, BuilderFlag, DeviceType,
                 OnnxParser, NetworkDefinitionCreationFlag):
        setattr(module, kind.__name__, kind)
    number = number_of(version)
    if number < (8, 2):
        module.BuilderFlag = types.SimpleNamespace(**{
            flag.name: flag for flag in BuilderFlag if not flag.name.startswith('OBEY')})
    if number >= (8, 4):
        module.MemoryPoolType = MemoryPoolType
    if number >= (8, 5):
        module.TensorIOMode = TensorIOMode
    return module
