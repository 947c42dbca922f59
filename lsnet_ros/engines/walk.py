# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Convert a whole network by running its core on stand-ins for tensors.

A stand-in has a shape and no values. Operations on it add layers. An operation without a
converter is an error that names it; it cannot become a constant, as there are no values.
"""

from contextlib import contextmanager
from functools import partial, reduce
from typing import Any, Callable, Dict, Iterator, List, Sequence, Tuple

import torch
from torch import nn

from lsnet_ros.engines.converters import FUNCTIONS, MODULES
from lsnet_ros.engines.layers import ConversionError, shape_of
from lsnet_ros.networks.core import Network

OPERATORS = ('add', 'sub', 'mul', 'truediv', 'floordiv', 'matmul', 'pow', 'mod')
# Python has a default for some of these, such as comparing by identity and being true.
OTHERS = ('eq', 'ne', 'lt', 'le', 'gt', 'ge', 'neg', 'abs', 'invert', 'bool', 'float', 'int',
          'len', 'iter', 'index', 'array', 'getitem', 'setitem', 'contains')


class Traced:
    """
    A tensor of the network in conversion.

    :param network: of TensorRT, to which layers are added
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
    def __torch_function__(cls, function: Callable[..., Any], types: Any, args: Sequence[Any] = (),
                           kwargs: Any = None) -> Any:
        """Convert a function of PyTorch that takes one of these."""
        if function not in _FUNCTIONS:
            raise _make_error(getattr(function, '__name__', repr(function)))
        return _convert(_FUNCTIONS[function], args, kwargs or {})

    def __getattr__(self, name: str) -> Any:
        # Python and PyTorch probe objects for such names.
        if name.startswith('__'):
            raise AttributeError(name)
        raise _make_error('Tensor.' + name)


def _make_operator(name: str) -> Callable[..., Any]:
    """Return the method that converts an operator, or raises a ConversionError."""
    function = FUNCTIONS.get('torch.Tensor.' + name)

    def operate(self: Traced, *arguments: Any) -> Any:
        if function is None:
            raise _make_error('Tensor.' + name)
        return _convert(function, (self,) + arguments, {})
    return operate


for _name in OPERATORS:
    for _form in ('__{}__', '__r{}__', '__i{}__'):
        setattr(Traced, _form.format(_name), _make_operator(_form.format(_name)))
for _name in OTHERS:
    setattr(Traced, '__{}__'.format(_name), _make_operator('__{}__'.format(_name)))

_FUNCTIONS: Dict[Any, Callable[..., Any]] = {
    reduce(getattr, name.split('.')[1:], torch): convert for name, convert in FUNCTIONS.items()}


def walk(network: Network, trt_network: Any, tensors: Sequence[Any]) -> List[Any]:
    """
    Add the layers of a network's core to a network of TensorRT.

    :param network: any of ``NETWORKS``, in inference mode, batch norms folded or not; it is not
        changed
    :param trt_network: an INetworkDefinition with explicit batch
    :param tensors: of ``trt_network``, (N, 3, h, w) for each input size of the network
    :returns: outputs of the core, in its order; not yet marked as outputs
    :raises ConversionError: if an operation has no converter, or TensorRT refuses a layer
    """
    if network.training:
        raise ConversionError('the network is in training mode: call eval() or deploy() first')
    with _convert_modules(network):
        outputs = network.core(*[Traced(trt_network, tensor) for tensor in tensors])
    for index, output in enumerate(outputs):
        if not isinstance(output, Traced):
            raise ConversionError('output {} of the core is a {} that depends on no image: '
                                  'compute it from one'.format(index, type(output).__name__))
    return [output.tensor for output in outputs]


@contextmanager
def _convert_modules(network: nn.Module) -> Iterator[None]:
    """Replace the forward of each module that has a converter by the converter."""
    modules = [module for module in network.modules() if type(module) in MODULES]
    for module in modules:
        module.forward = partial(_convert_module, module)
    try:
        yield
    finally:
        for module in modules:
            del module.forward  # that of the class is visible again


def _convert_module(module: nn.Module, *arguments: Any, **options: Any) -> Traced:
    """Run the converter of a module."""
    def convert(network: Any, *tensors: Any, **others: Any) -> Any:
        return MODULES[type(module)](network, module, *tensors, **others)
    return _convert(convert, arguments, options)


def _convert(convert: Callable[..., Any], arguments: Sequence[Any],
             options: Dict[str, Any]) -> Traced:
    """Run a converter on the tensors of its arguments."""
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


def _make_error(name: str) -> ConversionError:
    return ConversionError('there is no converter to TensorRT for {}: give the operation a '
                           'module, and the module a converter'.format(name))
