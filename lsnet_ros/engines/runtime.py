# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Load and run an engine: all calls to TensorRT at run time are in this file.

TensorRT 8 addresses the bindings of an engine by index, TensorRT 10 by name; 8.5 and 8.6 have
both.
"""

from functools import lru_cache
import logging
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple

from lsnet_ros.errors import LsnetError, one_line
from lsnet_ros.models.card import INPUT_NAME, OUTPUT_NAMES

DTYPES = {'FLOAT': 'float32', 'HALF': 'float16', 'INT8': 'int8', 'INT32': 'int32',
          'BOOL': 'bool'}  # TensorRT's names to numpy's
KEPT_ERRORS = 8
AGAIN = 'build it again with "lsnet build-engine"'


class EngineError(LsnetError, RuntimeError):
    """An engine cannot be built, loaded or run here."""


class Binding(NamedTuple):
    """An input or output of an engine."""

    name: str
    shape: Tuple[int, ...]  # (N, C, H, W)
    dtype: str              # of numpy


class Engine:
    """
    An engine, ready to run; for one thread at a time.

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
                              'other programs that use the GPU'.format(
                                  len(content), self._log.last()))
        has_names = hasattr(self._engine, 'num_io_tensors')
        self._calls = (_NamedCalls if has_names else _IndexedCalls)(
            tensorrt, self._engine, self._context)
        self.inputs = tuple(self._calls.bindings(True))
        self.outputs = tuple(self._calls.bindings(False))
        self._names = {binding.name for binding in self.inputs + self.outputs}

    def check(self, sizes: Sequence[Tuple[int, int]], num_classes: int, batch: int = 1) -> None:
        """
        Raise an EngineError unless inputs and outputs are those of a network's core.

        :param sizes: (height, width) of each input of the network
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
                _list_bindings(found), AGAIN))

    def enqueue(self, addresses: Dict[str, int], stream: int) -> None:
        """
        Enqueue a run on the GPU; returns before it is done.

        :param addresses: of device memory with the shape and dtype of each binding, by its name
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
    """Calls of TensorRT 8, which address bindings by index."""

    def __init__(self, tensorrt: Any, engine: Any, context: Any) -> None:
        self._engine, self._context = engine, context
        self._names = [engine.get_binding_name(index) for index in range(engine.num_bindings)]

    def bindings(self, is_input: bool) -> List[Binding]:
        """Return the inputs, or the outputs."""
        return [Binding(name, tuple(self._engine.get_binding_shape(index)),
                        _dtype(self._engine.get_binding_dtype(index)))
                for index, name in enumerate(self._names)
                if self._engine.binding_is_input(index) == is_input]

    def enqueue(self, addresses: Dict[str, int], stream: int) -> bool:
        """Enqueue a run; tells whether TensorRT accepted it."""
        return self._context.execute_async_v2(
            bindings=[int(addresses[name]) for name in self._names], stream_handle=stream)


class _NamedCalls:
    """Calls since TensorRT 8.5, which address bindings by name."""

    def __init__(self, tensorrt: Any, engine: Any, context: Any) -> None:
        self._engine, self._context = engine, context
        self._input = tensorrt.TensorIOMode.INPUT
        self._names = [engine.get_tensor_name(index) for index in range(engine.num_io_tensors)]

    def bindings(self, is_input: bool) -> List[Binding]:
        """Return the inputs, or the outputs."""
        return [Binding(name, tuple(self._engine.get_tensor_shape(name)),
                        _dtype(self._engine.get_tensor_dtype(name))) for name in self._names
                if (self._engine.get_tensor_mode(name) == self._input) == is_input]

    def enqueue(self, addresses: Dict[str, int], stream: int) -> bool:
        """Enqueue a run; tells whether TensorRT accepted it."""
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
                              one_line(error, None))) from error
    return tensorrt


def major_version(tensorrt: Any) -> int:
    """Return the first number of TensorRT's version."""
    return int(tensorrt.__version__.split('.')[0])


@lru_cache(maxsize=None)
def logger(tensorrt: Any) -> Any:
    """Return the one logger of this process: TensorRT keeps the first one that it is given."""
    return type('Log', (_Log, tensorrt.ILogger), {})(tensorrt)


class _Log:
    """Passes TensorRT's messages to Python's logging, and keeps its last errors."""

    def __init__(self, tensorrt: Any) -> None:
        tensorrt.ILogger.__init__(self)
        self._log = logging.getLogger(__name__)
        self._errors: List[str] = []

    def log(self, severity: Any, message: str) -> None:
        """Log a message; called by TensorRT."""
        text = ' '.join(message.split())
        if severity.name in ('INTERNAL_ERROR', 'ERROR'):
            self._errors = (self._errors + [text])[-KEPT_ERRORS:]
        elif severity.name == 'WARNING':
            self._log.warning('TensorRT: %s', text)

    def forget(self) -> None:
        """Forget the errors so far."""
        self._errors = []

    def last(self) -> str:
        """Return TensorRT's last error."""
        return self._errors[-1] if self._errors else 'it gives no reason'


def _dtype(kind: Any) -> str:
    return DTYPES.get(kind.name, kind.name)


def _compare(verb: str, found: Sequence[Binding], expected: Sequence[Binding]) -> None:
    if list(found) != list(expected):
        raise EngineError('the engine {} {}, expected {}: {}'.format(
            verb, _list_bindings(found), _list_bindings(expected), AGAIN))


def _list_bindings(bindings: Sequence[Binding]) -> str:
    return ', '.join('{} {} {}'.format(*binding) for binding in bindings) or 'nothing'
