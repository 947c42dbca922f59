# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Engines that are loaded, and run in numpy on the memory at given addresses."""

import numpy as np

from .builder import ILogger, number_of
from .checks import check, RefusedError
from .enums import DataType, Severity, TensorIOMode
from .network import evaluate, to_half
from .plans import list_tensors, map_memory, open_onnx, restore


class Runtime:
    """Loads engines of its own version."""

    settings = None  # of the module of a version

    def __init__(self, logger):
        check(isinstance(logger, ILogger), 'no logger: {!r}', logger)
        self.logger = logger

    def deserialize_cuda_engine(self, content):
        try:
            facts, network = restore(content, self.settings.version)
        except RefusedError as error:
            self.logger.log(Severity.ERROR, str(error))
            return None
        number = number_of(self.settings.version)
        styles = ([IndexedEngine] if number < (10,) else []) + (
            [NamedEngine] if number >= (8, 5) else [])
        return type('ICudaEngine', tuple(styles), {})(facts, network)


class Engine:
    """An engine; its outputs have lower indices than its inputs."""

    def __init__(self, facts, network):
        self.facts, self.network = facts, network
        self.bindings = network.outputs + network.inputs

    def create_execution_context(self):
        return IExecutionContext(self)

    def run(self, addresses):
        images = [map_memory(addresses[x.name], x.shape).copy() for x in self.network.inputs]
        results = self.compute(images)
        for x, values in zip(self.network.outputs, results):
            map_memory(addresses[x.name], x.shape)[...] = values
        return True

    def compute(self, images):
        fault = self.facts['fault']
        if fault == 'constant':
            images = [np.zeros_like(image) for image in images]
        if self.network.onnx is not None:
            session = open_onnx(self.network.onnx)
            results = session.run(None, dict(zip([x.name for x in self.network.inputs], images)))
        else:
            results = evaluate(self.network, images, rounding=self.make_rounding())
        if fault == 'nan':
            results[0][..., -1, -1] = np.nan
        if fault == 'wrong classes':
            results[0] = np.roll(results[0], 1, axis=1)
        return results

    def make_rounding(self):
        precision = self.facts['precision']
        if precision != 'int8':
            return to_half if precision == 'fp16' else None
        ranges = dict(zip(list_tensors(self.network), self.facts['ranges']))

        def round_values(x, values):
            if x in self.network.outputs or (
                    x.layer is not None and x.layer.output_type is DataType.FLOAT):
                return values
            step = max(ranges[x], 1e-30) / 127
            return np.clip(np.rint(values / step), -127, 127) * step
        return round_values


class IndexedEngine(Engine):
    """The interface of TensorRT 8."""

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
    """The interface since TensorRT 8.5."""

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
    """Runs an engine at once; the stream is ignored."""

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
