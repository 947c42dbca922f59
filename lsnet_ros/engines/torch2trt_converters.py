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
"""Our converters for torch2trt, in place of its own for the same modules and functions."""

from contextlib import contextmanager
from functools import partial
from typing import Any, Callable, Iterator, Tuple

from lsnet_ros.engines.converters import FUNCTIONS, MODULES
from lsnet_ros.engines.layers import ConversionError
import torch
from torch import nn


def register() -> None:
    """
    Give torch2trt our converters; from then on its version differences do not matter.

    While one of them runs, torch2trt leaves alone what the module calls inside.

    :raises ConversionError: if torch2trt cannot be imported
    """
    torch2trt = import_torch2trt()
    for kind, convert in MODULES.items():
        torch2trt.tensorrt_converter(_forward_of(kind))(partial(_add_layers, convert))
    for name, convert in FUNCTIONS.items():
        torch2trt.tensorrt_converter(name)(partial(_add_layers, convert))


class Core(nn.Module):
    """A network's core as the module that torch2trt asks for."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, *images: torch.Tensor) -> Tuple[torch.Tensor, ...]:
        """Map one image for each of the network's input sizes to what its core returns."""
        with _plain_shapes():
            return tuple(self.network.core(*images))


@contextmanager
def _plain_shapes() -> Iterator[None]:
    """Let shapes be numbers; since May 2024 torch2trt adds layers whenever one is read."""
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
    """Return the name of a module's forward, for PyTorch's own the one that torch2trt uses."""
    module = 'torch.nn' if kind.__module__.startswith('torch.nn.') else kind.__module__
    return '{}.{}.forward'.format(module, kind.__name__)


def _add_layers(convert: Callable, context: Any) -> None:
    """Add the layers of a module or function that torch2trt has just seen running."""
    def tensor_of(value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return type(value)([tensor_of(part) for part in value])
        if not isinstance(value, torch.Tensor):
            return value
        # Torch2trt would take the values that the sample image gives here, without a word.
        if not hasattr(value, '_trt'):
            raise ConversionError('{} takes a tensor of shape {} that comes from no image, or '
                                  'from an operation without a converter'.format(
                                      context.method_str, tuple(value.shape)))
        return value._trt

    arguments = [tensor_of(value) for value in context.method_args]
    options = {name: tensor_of(value) for name, value in context.method_kwargs.items()}
    # It prints them for each layer; the tensors of a list would be printed with their values.
    context.method_args, context.method_kwargs = arguments, options
    context.method_return._trt = convert(context.network, *arguments, **options)
