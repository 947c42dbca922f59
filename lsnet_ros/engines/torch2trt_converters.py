# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Our converters in torch2trt, in place of its own for the same modules and functions."""

from contextlib import contextmanager
from functools import partial
from typing import Any, Callable, Iterator

import torch

from lsnet_ros.engines.converters import FUNCTIONS, MODULES
from lsnet_ros.engines.layers import ConversionError


def register() -> None:
    """
    Register our converters in torch2trt, which hides the differences of its versions.

    While a module's converter runs, torch2trt does not convert the functions that it calls.

    :raises ConversionError: if torch2trt cannot be imported
    """
    torch2trt = import_torch2trt()
    for kind, convert in MODULES.items():
        torch2trt.tensorrt_converter(_forward_of(kind))(partial(_add_layers, convert))
    for name, convert in FUNCTIONS.items():
        torch2trt.tensorrt_converter(name)(partial(_add_layers, convert))


@contextmanager
def plain_shapes() -> Iterator[None]:
    """Keep shapes numbers; since May 2024 torch2trt adds layers whenever one is read."""
    wrapping = getattr(import_torch2trt(), 'use_shape_wrapping', None)
    if wrapping is None:
        yield
    else:
        with wrapping(False):
            yield


def import_torch2trt() -> Any:
    """
    Return the module torch2trt.

    :raises ConversionError: if it cannot be imported
    """
    try:
        import torch2trt
    except ImportError as error:
        raise ConversionError('torch2trt cannot be imported ({}): install it, or build the engine '
                              'without'.format(error)) from error
    return torch2trt


def _forward_of(kind: type) -> str:
    """Return the name of a module's forward; torch2trt shortens those of PyTorch's modules."""
    module = 'torch.nn' if kind.__module__.startswith('torch.nn.') else kind.__module__
    return '{}.{}.forward'.format(module, kind.__name__)


def _add_layers(convert: Callable[..., Any], context: Any) -> None:
    """Add the layers of a module or function that torch2trt has just recorded."""
    def tensor_of(value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return type(value)([tensor_of(part) for part in value])
        if not isinstance(value, torch.Tensor):
            return value
        # Torch2trt would silently use the values that the sample image leads to.
        if not hasattr(value, '_trt'):
            raise ConversionError('{} takes a tensor of shape {} that comes from no image, or '
                                  'from an operation without a converter'.format(
                                      context.method_str, tuple(value.shape)))
        return value._trt

    arguments = [tensor_of(value) for value in context.method_args]
    options = {name: tensor_of(value) for name, value in context.method_kwargs.items()}
    # Torch2trt prints them for each layer, tensors in lists with all their values.
    context.method_args, context.method_kwargs = arguments, options
    context.method_return._trt = convert(context.network, *arguments, **options)
