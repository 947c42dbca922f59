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
Translate a whole network by running its core on stand-ins for tensors.

A stand-in has a shape and no values. What is done to it becomes layers; what has no converter
is an error that names it, never a constant: there is nothing that could be one.
"""

from contextlib import contextmanager
from functools import partial, reduce
from typing import Any, Callable, Dict, Iterator, List, Sequence, Tuple

from lsnet_ros.engines.converters import FUNCTIONS, MODULES
from lsnet_ros.engines.layers import ConversionError, shape_of
import torch
from torch import nn

OPERATORS = ('add', 'sub', 'mul', 'truediv', 'floordiv', 'matmul', 'pow', 'mod')
# What Python would do without us, for some of them silently: compare by identity, be true.
OTHERS = ('eq', 'ne', 'lt', 'le', 'gt', 'ge', 'neg', 'abs', 'invert', 'bool', 'float', 'int',
          'len', 'iter', 'index', 'array', 'getitem', 'setitem', 'contains')


class Traced:
    """
    A tensor of the network that is being translated: its shape, and where it comes from.

    :param network: of TensorRT, which the layers are added to
    :param tensor: of that network
    """

    __hash__ = object.__hash__

    def __init__(self, network: Any, tensor: Any) -> None:
        self.network = network
        self.tensor = tensor

    @property
    def shape(self) -> Tuple[int, ...]:
        """Shape, (N, C, H, W)."""
        return shape_of(self.tensor)

    @classmethod
    def __torch_function__(cls, function: Callable, types: Any, args: Sequence[Any] = (),
                           kwargs: Any = None) -> Any:
        """Translate a function of PyTorch that was given one of these."""
        if function not in _FUNCTIONS:
            raise _no_converter(getattr(function, '__name__', repr(function)))
        return _translated(_FUNCTIONS[function], args, kwargs or {})

    def __getattr__(self, name: str) -> Any:
        # Python and PyTorch ask for such names to see what an object can do.
        if name.startswith('__'):
            raise AttributeError(name)
        raise _no_converter('Tensor.' + name)


def _operator(name: str) -> Callable:
    """Return the method that translates an operator, or says that it cannot be."""
    function = FUNCTIONS.get('torch.Tensor.' + name)

    def operate(self: Traced, *arguments: Any) -> Any:
        if function is None:
            raise _no_converter('Tensor.' + name)
        return _translated(function, (self,) + arguments, {})
    return operate


for _name in OPERATORS:
    for _form in ('__{}__', '__r{}__', '__i{}__'):
        setattr(Traced, _form.format(_name), _operator(_form.format(_name)))
for _name in OTHERS:
    setattr(Traced, '__{}__'.format(_name), _operator('__{}__'.format(_name)))

_FUNCTIONS = {reduce(getattr, name.split('.')[1:], torch): convert
              for name, convert in FUNCTIONS.items()}


def walk(network: nn.Module, trt_network: Any, tensors: Sequence[Any]) -> List[Any]:
    """
    Add the layers of a network's core to a network of TensorRT.

    :param network: any of ours, in inference mode, batch norms folded or not; left as it is
    :param trt_network: an INetworkDefinition with explicit batch
    :param tensors: of ``trt_network``, (N, 3, h, w) for each size at which the network reads
    :returns: what the core returns, in its order; to be marked as outputs
    :raises ConversionError: if an operation has no converter, or TensorRT refuses a layer
    """
    if network.training:
        raise ConversionError('the network is in training mode: call eval() or deployed() first')
    with _converting(network):
        outputs = network.core(*[Traced(trt_network, tensor) for tensor in tensors])
    for index, output in enumerate(outputs):
        if not isinstance(output, Traced):
            raise ConversionError('output {} of the core is a {}, which no image changes: '
                                  'compute it from one'.format(index, type(output).__name__))
    return [output.tensor for output in outputs]


@contextmanager
def _converting(network: nn.Module) -> Iterator[None]:
    """Let the modules that have a converter run it in place of their forward."""
    modules = [module for module in network.modules() if type(module) in MODULES]
    for module in modules:
        module.forward = partial(_translated_module, module)
    try:
        yield
    finally:
        for module in modules:
            del module.forward  # the class's is seen again


def _translated_module(module: nn.Module, *arguments: Any, **options: Any) -> Traced:
    """Run the converter of a module."""
    def convert(network: Any, *tensors: Any, **others: Any) -> Any:
        return MODULES[type(module)](network, module, *tensors, **others)
    return _translated(convert, arguments, options)


def _translated(convert: Callable, arguments: Sequence[Any], options: Dict[str, Any]) -> Traced:
    """Run a converter on the tensors that its arguments stand for."""
    networks: List[Any] = []

    def tensor_of(value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return type(value)([tensor_of(part) for part in value])
        if isinstance(value, torch.Tensor):
            raise ConversionError('an operation takes a constant of shape {}: give it a module, '
                                  'and the module a converter'.format(tuple(value.shape)))
        if isinstance(value, Traced):
            networks.append(value.network)
            return value.tensor
        return value

    tensors = [tensor_of(value) for value in arguments]
    others = {name: tensor_of(value) for name, value in options.items()}
    return Traced(networks[0], convert(networks[0], *tensors, **others))


def _no_converter(name: str) -> ConversionError:
    return ConversionError('there is no converter to TensorRT for {}: give the operation a '
                           'module, and the module a converter'.format(name))
