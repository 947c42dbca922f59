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
How each module and each function of the networks becomes layers of TensorRT.

A converter of a module is a function of the TensorRT network, the module and what its forward
takes; one of a function has no module. Tensors come as ITensors, and one is returned. All
shapes are known, and nothing is computed from a sample image, so none can get into the engine.
"""

from typing import Any, Sequence, Tuple

from lsnet_ros.engines import layers
from lsnet_ros.engines.layers import ConversionError, Float32Layers, shape_of, weights_of
from lsnet_ros.networks.layers import (
    ChannelShuffle, DepthwiseDeconv, DilatedDepthwise, Maximum, Mean, Resize)
from lsnet_ros.networks.lrnnet import (
    DotProducts, EveryPixel, ITERATIONS, NORM_FLOOR, SingularVectors, SplitRegions)
import numpy as np
from torch import nn


def _pair(value: Any) -> Tuple[int, int]:
    """Return what PyTorch takes as one number or two as two."""
    return tuple(value) if isinstance(value, (tuple, list)) else (value, value)


def _convolution(network: Any, conv: nn.Conv2d, x: Any) -> Any:
    if conv.padding_mode != 'zeros' or isinstance(conv.padding, str):
        raise ConversionError('a convolution has padding {!r} of mode {!r}: only a number of '
                              'zeros can be translated'.format(conv.padding, conv.padding_mode))
    return layers.convolution(network, x, weights_of(conv.weight), weights_of(conv.bias),
                              conv.stride, conv.padding, conv.dilation, conv.groups)


def _deconvolution(network: Any, deconv: DepthwiseDeconv, x: Any, size: Sequence[int]) -> Any:
    return layers.depthwise_deconvolution(
        network, x, weights_of(deconv.weight), weights_of(deconv.bias), deconv.stride,
        deconv.padding, deconv.missing(shape_of(x)[2:], size))


def _max_pooling(network: Any, pool: nn.MaxPool2d, x: Any) -> Any:
    window, stride = _pair(pool.kernel_size), _pair(pool.stride)
    # Of padding and of windows with gaps between them the two libraries think differently.
    if _pair(pool.padding) != (0, 0) or _pair(pool.dilation) != (1, 1) or any(
            step > length for step, length in zip(stride, window)):
        raise ConversionError('{} has padding, dilation or gaps between its windows: only a max '
                              'pooling without can be translated'.format(pool))
    return layers.max_pooling(network, x, window, stride, pool.ceil_mode)


def _batch_norm(network: Any, bn: nn.BatchNorm2d, x: Any) -> Any:
    weight = bn.weight.double() / (bn.running_var.double() + bn.eps).sqrt()
    bias = bn.bias.double() - bn.running_mean.double() * weight
    return layers.scale(network, x, weights_of(weight), weights_of(bias))


def _relu(network: Any, _: nn.Module, x: Any) -> Any:
    return layers.activation(network, x, 'RELU')


def _sigmoid(network: Any, _: nn.Module, x: Any) -> Any:
    return layers.activation(network, x, 'SIGMOID')


def _parametric_relu(network: Any, prelu: nn.PReLU, x: Any) -> Any:
    slopes = weights_of(prelu.weight).reshape((1, -1) + (1,) * (len(shape_of(x)) - 2))
    return layers.parametric_relu(network, x, slopes)


def _identity(_: Any, __: nn.Module, x: Any) -> Any:
    return x


def _resize(network: Any, resize: Resize, x: Any, size: Sequence[int]) -> Any:
    if shape_of(x)[2:] == tuple(size):
        return x
    return layers.bilinear_resize(network, x, size, resize.align_corners)


def _maximum(network: Any, maximum: Maximum, x: Any) -> Any:
    return layers.reduction(network, x, 'MAX', maximum.axes)


def _mean(network: Any, mean: Mean, x: Any) -> Any:
    return layers.reduction(network, x, 'AVG', mean.axes)


def _channel_shuffle(network: Any, shuffle: ChannelShuffle, x: Any) -> Any:
    count, channels, height, width = shape_of(x)
    grouped = (count, shuffle.groups, channels // shuffle.groups, height, width)
    dealt = layers.rearrangement(network, x, shape=grouped, after=(0, 2, 1, 3, 4))
    return layers.rearrangement(network, dealt, shape=(count, channels, height, width))


def _split_regions(network: Any, split: SplitRegions, x: Any) -> Any:
    scale = split.scale
    count, channels, height, width = shape_of(x)
    rows, columns = -(-height // scale), -(-width // scale)                      # rounded up
    if scale * columns > width:
        x = _lengthened(network, x, 3, scale * columns)
    if scale * rows > height:
        x = _lengthened(network, x, 2, scale * rows)
    x = layers.rearrangement(network, x, shape=(count, channels, scale, rows, scale, columns),
                             after=(0, 2, 4, 1, 3, 5))
    return layers.rearrangement(
        network, x, shape=(count, scale * scale, channels, rows * columns))


def _lengthened(network: Any, x: Any, axis: int, length: int) -> Any:
    """Append zeros along an axis."""
    shape = list(shape_of(x))
    shape[axis] = length - shape[axis]
    zeros = layers.constant(network, np.zeros(shape))
    return layers.concatenation(network, [x, zeros], axis)


def _unit(network: Any, x: Any) -> Any:
    """Scale column vectors (N, S, length, 1) to length 1."""
    squares = layers.reduction(network, layers.elementwise(network, x, x, 'PROD'), 'SUM', (2,))
    floor = layers.constant(network, np.full((1, 1, 1, 1), NORM_FLOOR ** 2))
    norm = layers.square_root(network, layers.elementwise(network, squares, floor, 'SUM'))
    return layers.elementwise(network, x, norm, 'DIV')


def _singular_vectors(network: Any, _: SingularVectors, x: Any) -> Any:
    # Sums of squares are above float16's largest value, the floor is below its smallest.
    network = Float32Layers(network)
    u = _unit(network, layers.reduction(network, x, 'AVG', (3,)))
    for _ in range(ITERATIONS - 1):
        v = _unit(network, layers.product(network, x, u, transpose_a=True))      # (N, S, n, 1)
        u = _unit(network, layers.product(network, x, v))
    return u


def _every_pixel(network: Any, _: EveryPixel, x: Any) -> Any:
    count, regions, channels, pixels = shape_of(x)
    return layers.rearrangement(network, x, before=(0, 1, 3, 2),
                                shape=(count, regions * pixels, channels, 1))


def _dot_products(network: Any, _: DotProducts, queries: Any, keys: Any) -> Any:
    count, channels, height, width = shape_of(queries)
    total = shape_of(keys)[1]
    rows = layers.rearrangement(network, keys, shape=(count, total, channels))   # K, (N, S, C)
    gram = layers.product(network, rows, rows, transpose_a=True)                 # K^T K
    share = layers.constant(network, np.full((1, 1, 1), 1.0 / total))
    gram = layers.elementwise(network, gram, share, 'PROD')
    columns = layers.rearrangement(network, queries, shape=(count, channels, height * width))
    mixed = layers.product(network, gram, columns)
    return layers.rearrangement(network, mixed, shape=(count, channels, height, width))


def _concatenated(network: Any, tensors: Sequence[Any], dim: int = 0) -> Any:
    return layers.concatenation(network, tensors, dim)


def _no_number(value: Any) -> None:
    if isinstance(value, (int, float)):
        raise ConversionError('a tensor is added to, or multiplied by, the number {!r}: give the '
                              'operation a module, and the module a converter'.format(value))


def _sum(network: Any, a: Any, b: Any) -> Any:
    _no_number(b)
    return layers.elementwise(network, a, b, 'SUM')


def _product(network: Any, a: Any, b: Any) -> Any:
    _no_number(b)
    return layers.elementwise(network, a, b, 'PROD')


def _section(network: Any, x: Any, key: Any) -> Any:
    """Take slices of a tensor; an axis cannot be taken away by an index."""
    shape = shape_of(x)
    if not isinstance(key, tuple) or not all(isinstance(part, slice) for part in key):
        raise ConversionError('a tensor is indexed by {!r}: only slices such as x[:, :4] can be '
                              'translated'.format(key))
    bounds = [part.indices(length) for part, length in zip(key, shape)]
    bounds += [(0, length, 1) for length in shape[len(key):]]
    starts, _, steps = zip(*bounds)
    lengths = [len(range(*bound)) for bound in bounds]
    return layers.section(network, x, starts, lengths, steps)


MODULES = {
    nn.BatchNorm2d: _batch_norm,
    nn.Conv2d: _convolution,
    nn.Identity: _identity,
    nn.MaxPool2d: _max_pooling,
    nn.PReLU: _parametric_relu,
    nn.ReLU: _relu,
    nn.Sigmoid: _sigmoid,
    ChannelShuffle: _channel_shuffle,
    DepthwiseDeconv: _deconvolution,
    DilatedDepthwise: _convolution,
    DotProducts: _dot_products,
    EveryPixel: _every_pixel,
    Maximum: _maximum,
    Mean: _mean,
    Resize: _resize,
    SingularVectors: _singular_vectors,
    SplitRegions: _split_regions,
}
"""Converters by the class of the module, exactly: a subclass may compute something else."""

FUNCTIONS = {
    'torch.cat': _concatenated,
    'torch.relu': lambda network, x: layers.activation(network, x, 'RELU'),
    'torch.sigmoid': lambda network, x: layers.activation(network, x, 'SIGMOID'),
    'torch.Tensor.__add__': _sum,
    'torch.Tensor.__mul__': _product,
    'torch.Tensor.__getitem__': _section,
}
"""Converters by the name of the function."""
