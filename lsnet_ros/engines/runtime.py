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
Load an engine and run it: every call to TensorRT at run time is in this file.

TensorRT 8 knows what an engine reads and writes by indices, TensorRT 10 by names; 8.5 to 8.6
know both.
"""

from functools import lru_cache
import logging
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple

from lsnet_ros.errors import LsnetError

INPUT_NAME = 'image_{}'              # with the number of the size that the network reads
OUTPUT_NAMES = ('logits', 'offset')  # as in a model's ONNX file
DTYPES = {'FLOAT': 'float32', 'HALF': 'float16', 'INT8': 'int8', 'INT32': 'int32',
          'BOOL': 'bool'}            # numpy's names for TensorRT's
KEPT_ERRORS = 8
AGAIN = 'build it again with "lsnet build-engine"'


class EngineError(LsnetError, RuntimeError):
    """An engine cannot be built, loaded or run here."""


class Binding(NamedTuple):
    """What an engine reads or writes."""

    name: str
    shape: Tuple[int, ...]  # (N, C, H, W)
    dtype: str              # of numpy


class Engine:
    """
    An engine, ready to run; to be used by one thread at a time.

    :param content: the engine as TensorRT wrote it
    :raises EngineError: if TensorRT is not installed, or cannot load it
    """

    def __init__(self, content: bytes) -> None:
        tensorrt = import_tensorrt()
        self._log = logger(tensorrt)
        self._log.forget()
        self._runtime = tensorrt.Runtime(self._log)
        self._engine = self._runtime.deserialize_cuda_engine(content)
        if self._engine is None:
            raise EngineError('TensorRT {} cannot load this engine of {} bytes ({}): {}'.format(
                tensorrt.__version__, len(content), self._log.last(), AGAIN))
        self._context = self._engine.create_execution_context()
        if self._context is None:
            raise EngineError('TensorRT has no memory to run this engine of {} bytes ({}): stop '
                              'what else uses the GPU'.format(len(content), self._log.last()))
        has_names = hasattr(self._engine, 'num_io_tensors')
        self._calls = (_NamedCalls if has_names else _IndexedCalls)(
            tensorrt, self._engine, self._context)
        self.inputs = tuple(self._calls.bindings(True))
        self.outputs = tuple(self._calls.bindings(False))
        self._names = {binding.name for binding in self.inputs + self.outputs}

    def check(self, sizes: Sequence[Tuple[int, int]], num_classes: int, batch: int = 1) -> None:
        """
        Raise an EngineError unless the engine reads and writes what a network's core does.

        :param sizes: (height, width) of each image that the network reads
        """
        expected = [Binding(INPUT_NAME.format(index), (batch, 3) + tuple(size), 'float32')
                    for index, size in enumerate(sizes)]
        _compare('reads', sorted(self.inputs), expected)
        channels = dict(zip(OUTPUT_NAMES, (num_classes, 2)))
        found = sorted(self.outputs)
        expected = [Binding(binding.name, (batch, channels.get(binding.name, 0))
                            + binding.shape[2:], 'float32') for binding in found]
        _compare('writes', found, expected)
        if 'logits' not in self._names or any(len(output.shape) != 4 for output in found):
            raise EngineError('the engine writes {}, expected logits (N, C, h, w): {}'.format(
                _listed(found), AGAIN))

    def enqueue(self, addresses: Dict[str, int], stream: int) -> None:
        """
        Ask the GPU for a run; returns before it is done.

        :param addresses: on the device, of memory of the binding's shape and dtype, by the name
            of the binding
        :param stream: handle of the CUDA stream to run in
        :raises EngineError: if an address is missing, or TensorRT refuses
        """
        if set(addresses) != self._names or not all(addresses.values()):
            raise EngineError('the engine was given memory for {}, expected {}'.format(
                sorted(name for name in addresses if addresses[name]), sorted(self._names)))
        self._log.forget()
        if not self._calls.enqueue(addresses, stream):
            raise EngineError('TensorRT does not run the engine ({}): {}'.format(
                self._log.last(), AGAIN))


class _IndexedCalls:
    """How TensorRT 8 is asked."""

    def __init__(self, tensorrt: Any, engine: Any, context: Any) -> None:
        self._engine, self._context = engine, context
        self._names = [engine.get_binding_name(index) for index in range(engine.num_bindings)]

    def bindings(self, is_input: bool) -> List[Binding]:
        """Return what is read, or what is written."""
        return [Binding(name, tuple(self._engine.get_binding_shape(index)),
                        _dtype(self._engine.get_binding_dtype(index)))
                for index, name in enumerate(self._names)
                if self._engine.binding_is_input(index) == is_input]

    def enqueue(self, addresses: Dict[str, int], stream: int) -> bool:
        """Tell whether TensorRT took the run."""
        return self._context.execute_async_v2(
            bindings=[int(addresses[name]) for name in self._names], stream_handle=stream)


class _NamedCalls:
    """How TensorRT is asked since 8.5."""

    def __init__(self, tensorrt: Any, engine: Any, context: Any) -> None:
        self._engine, self._context = engine, context
        self._input = tensorrt.TensorIOMode.INPUT
        self._names = [engine.get_tensor_name(index) for index in range(engine.num_io_tensors)]

    def bindings(self, is_input: bool) -> List[Binding]:
        """Return what is read, or what is written."""
        return [Binding(name, tuple(self._engine.get_tensor_shape(name)),
                        _dtype(self._engine.get_tensor_dtype(name))) for name in self._names
                if (self._engine.get_tensor_mode(name) == self._input) == is_input]

    def enqueue(self, addresses: Dict[str, int], stream: int) -> bool:
        """Tell whether TensorRT took the run."""
        taken = [self._context.set_tensor_address(name, int(addresses[name]))
                 for name in self._names]
        return all(taken) and self._context.execute_async_v3(stream_handle=stream)


def import_tensorrt() -> Any:
    """
    Return the module tensorrt.

    :raises EngineError: if it cannot be imported
    """
    try:
        import tensorrt
    except (ImportError, OSError) as error:  # OSError: a library of it is missing
        raise EngineError('TensorRT cannot be imported ({}): on a Jetson it is part of JetPack, '
                          'elsewhere install tensorrt'.format(
                              ' '.join(str(error).split()))) from error
    return tensorrt


def major_version(tensorrt: Any) -> int:
    """Return the first number of TensorRT's version."""
    return int(tensorrt.__version__.split('.')[0])


@lru_cache(maxsize=None)
def logger(tensorrt: Any) -> Any:
    """Return this process's logger: TensorRT keeps the first one that it is given."""
    return type('Log', (_Log, tensorrt.ILogger), {})(tensorrt)


class _Log:
    """Hands TensorRT's messages to Python's logging, and keeps its errors."""

    def __init__(self, tensorrt: Any) -> None:
        tensorrt.ILogger.__init__(self)
        self._log = logging.getLogger(__name__)
        self._errors: List[str] = []

    def log(self, severity: Any, message: str) -> None:
        """Take a message; TensorRT calls this."""
        text = ' '.join(message.split())
        if severity.name in ('INTERNAL_ERROR', 'ERROR'):
            self._errors = (self._errors + [text])[-KEPT_ERRORS:]
        elif severity.name == 'WARNING':
            self._log.warning('TensorRT: %s', text)

    def forget(self) -> None:
        """Begin anew."""
        self._errors = []

    def last(self) -> str:
        """Return what TensorRT last called an error."""
        return self._errors[-1] if self._errors else 'it does not say why'


def _dtype(kind: Any) -> str:
    return DTYPES.get(kind.name, kind.name)


def _compare(verb: str, found: Sequence[Binding], expected: Sequence[Binding]) -> None:
    if list(found) != list(expected):
        raise EngineError('the engine {} {}, expected {}: {}'.format(
            verb, _listed(found), _listed(expected), AGAIN))


def _listed(bindings: Sequence[Binding]) -> str:
    return ', '.join('{} {} {}'.format(*binding) for binding in bindings) or 'nothing'
