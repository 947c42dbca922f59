# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Convert each module and each function of the networks to layers of TensorRT.

The converter of a module takes the TensorRT network, the module and the arguments of its forward;
that of a function takes no module. Tensors are ITensors, as is the result. All shapes are known,
and nothing is computed from a sample image, so no value of one can get into the engine.
"""

from typing import Any, Callable, Dict, Sequence

import numpy as np
from torch import nn

from lsnet_ros.engines import layers
from lsnet_ros.engines.layers import (
    ConversionError,
    Filters,
    Float32Layers,
    Pair,
    shape_of,
    weights_of,
)
from lsnet_ros.networks.layers import (
    ChannelShuffle,
    DepthwiseDeconv,
    DilatedDepthwise,
    Maximum,
    Mean,
    Resize,
)
from lsnet_ros.networks.lrnnet import (
    DotProducts,
    EveryPixel,
    ITERATIONS,
    NORM_FLOOR,
    SingularVectors,
    SplitRegions,
)

LARGEST_RELU6 = 6.0


def _pair(value: Any) -> Pair:
    """Return a setting of one number for both axes, or of one for each, as a pair."""
    return (value[0], value[1]) if isinstance(value, (tuple, list)) else (value, value)


def _convert_convolution(network: Any, conv: nn.Conv2d, x: Any) -> Any:
    if conv.padding_mode != 'zeros' or isinstance(conv.padding, str):
        raise ConversionError('a convolution has padding {!r} of mode {!r}: only a number of '
                              'zeros can be converted'.format(conv.padding, conv.padding_mode))
    return layers.add_convolution(network, x, Filters(
        weights_of(conv.weight), weights_of(conv.bias), conv.stride, conv.padding, conv.dilation,
        conv.groups))


def _convert_deconvolution(network: Any, deconv: DepthwiseDeconv, x: Any,
                           size: Sequence[int]) -> Any:
    filters = Filters(weights_of(deconv.weight), weights_of(deconv.bias), deconv.stride,
                      _pair(deconv.padding))
    return layers.add_depthwise_deconvolution(network, x, filters,
                                              deconv.compute_output_padding(shape_of(x)[2:], size))


def _convert_max_pooling(network: Any, pool: nn.MaxPool2d, x: Any) -> Any:
    window, stride = _pair(pool.kernel_size), _pair(pool.stride)
    # PyTorch and TensorRT treat padding, dilation and gaps between windows differently.
    if _pair(pool.padding) != (0, 0) or _pair(pool.dilation) != (1, 1) or any(
            step > length for step, length in zip(stride, window)):
        raise ConversionError('{} has padding, dilation or gaps between its windows: only a max '
                              'pooling without can be converted'.format(pool))
    return layers.add_max_pooling(network, x, window, stride, pool.ceil_mode)


def _convert_batch_norm(network: Any, bn: Any, x: Any) -> Any:
    weight = bn.weight.double() / (bn.running_var.double() + bn.eps).sqrt()
    bias = bn.bias.double() - bn.running_mean.double() * weight
    return layers.add_scale(network, x, weights_of(weight), weights_of(bias))


def _convert_relu(network: Any, _: nn.Module, x: Any) -> Any:
    return layers.add_activation(network, x, 'RELU')


def _convert_relu6(network: Any, _: nn.Module, x: Any) -> Any:
    return layers.add_clip(network, x, 0.0, LARGEST_RELU6)


def _convert_sigmoid(network: Any, _: nn.Module, x: Any) -> Any:
    return layers.add_activation(network, x, 'SIGMOID')


def _convert_parametric_relu(network: Any, prelu: nn.PReLU, x: Any) -> Any:
    slopes = weights_of(prelu.weight).reshape((1, -1) + (1,) * (len(shape_of(x)) - 2))
    return layers.add_parametric_relu(network, x, slopes)


def _convert_identity(_: Any, __: nn.Module, x: Any) -> Any:
    return x


def _convert_resize(network: Any, resize: Resize, x: Any, size: Sequence[int]) -> Any:
    if shape_of(x)[2:] == tuple(size):
        return x
    return layers.add_bilinear_resize(network, x, size, resize.align_corners)


def _convert_maximum(network: Any, maximum: Maximum, x: Any) -> Any:
    return layers.add_reduction(network, x, 'MAX', maximum.axes)


def _convert_mean(network: Any, mean: Mean, x: Any) -> Any:
    return layers.add_reduction(network, x, 'AVG', mean.axes)


def _convert_channel_shuffle(network: Any, shuffle: ChannelShuffle, x: Any) -> Any:
    count, channels, height, width = shape_of(x)
    grouped = (count, shuffle.groups, channels // shuffle.groups, height, width)
    dealt = layers.add_shuffle(network, x, shape=grouped, after=(0, 2, 1, 3, 4))
    return layers.add_shuffle(network, dealt, shape=(count, channels, height, width))


def _convert_split_regions(network: Any, split: SplitRegions, x: Any) -> Any:
    scale = split.scale
    count, channels, height, width = shape_of(x)
    rows, columns = -(-height // scale), -(-width // scale)                      # rounded up
    if scale * columns > width:
        x = _append_zeros(network, x, 3, scale * columns)
    if scale * rows > height:
        x = _append_zeros(network, x, 2, scale * rows)
    x = layers.add_shuffle(network, x, shape=(count, channels, scale, rows, scale, columns),
                           after=(0, 2, 4, 1, 3, 5))
    return layers.add_shuffle(
        network, x, shape=(count, scale * scale, channels, rows * columns))


def _append_zeros(network: Any, x: Any, axis: int, length: int) -> Any:
    """Append zeros along an axis up to a length."""
    shape = list(shape_of(x))
    shape[axis] = length - shape[axis]
    zeros = layers.add_constant(network, np.zeros(shape))
    return layers.add_concatenation(network, [x, zeros], axis)


def _normalise(network: Any, x: Any) -> Any:
    """Scale column vectors (N, S, length, 1) to length 1."""
    squares = layers.add_elementwise(network, x, x, 'PROD')
    squares = layers.add_reduction(network, squares, 'SUM', (2,))
    floor = layers.add_constant(network, np.full((1, 1, 1, 1), NORM_FLOOR ** 2))
    norm = layers.add_square_root(network, layers.add_elementwise(network, squares, floor, 'SUM'))
    return layers.add_elementwise(network, x, norm, 'DIV')


def _convert_singular_vectors(network: Any, vectors: SingularVectors, x: Any) -> Any:
    # Sums of squares exceed float16's largest value, the floor is below its smallest.
    network = Float32Layers(network)
    u = _normalise(network, layers.add_reduction(network, x, 'AVG', (3,)))
    for _ in range(ITERATIONS - 1):
        v = layers.add_matrix_product(network, x, u, transpose_a=True)          # (N, S, n, 1)
        v = _normalise(network, v)
        u = _normalise(network, layers.add_matrix_product(network, x, v))
    return u


def _convert_every_pixel(network: Any, _: EveryPixel, x: Any) -> Any:
    count, regions, channels, pixels = shape_of(x)
    return layers.add_shuffle(network, x, before=(0, 1, 3, 2),
                              shape=(count, regions * pixels, channels, 1))


def _convert_dot_products(network: Any, _: DotProducts, queries: Any, keys: Any) -> Any:
    count, channels, height, width = shape_of(queries)
    total = shape_of(keys)[1]
    rows = layers.add_shuffle(network, keys, shape=(count, total, channels))    # K, (N, S, C)
    gram = layers.add_matrix_product(network, rows, rows, transpose_a=True)     # K^T K
    share = layers.add_constant(network, np.full((1, 1, 1), 1.0 / total))
    gram = layers.add_elementwise(network, gram, share, 'PROD')
    columns = layers.add_shuffle(network, queries, shape=(count, channels, height * width))
    mixed = layers.add_matrix_product(network, gram, columns)
    return layers.add_shuffle(network, mixed, shape=(count, channels, height, width))


def _convert_concatenation(network: Any, tensors: Sequence[Any], dim: int = 0) -> Any:
    return layers.add_concatenation(network, tensors, dim)


def _refuse_number(value: Any) -> None:
    if isinstance(value, (int, float)):
        raise ConversionError('a tensor is added to, or multiplied by, the number {!r}: give the '
                              'operation a module, and the module a converter'.format(value))


def _convert_sum(network: Any, a: Any, b: Any) -> Any:
    _refuse_number(b)
    return layers.add_elementwise(network, a, b, 'SUM')


def _convert_product(network: Any, a: Any, b: Any) -> Any:
    _refuse_number(b)
    return layers.add_elementwise(network, a, b, 'PROD')


def _convert_slices(network: Any, x: Any, key: Any) -> Any:
    """Slice a tensor; an index, which would remove an axis, is refused."""
    shape = shape_of(x)
    if not isinstance(key, tuple) or not all(isinstance(part, slice) for part in key):
        raise ConversionError('a tensor is indexed by {!r}: only slices such as x[:, :4] can be '
                              'converted'.format(key))
    bounds = [part.indices(length) for part, length in zip(key, shape)]
    bounds += [(0, length, 1) for length in shape[len(key):]]
    starts, _, steps = zip(*bounds)
    lengths = [len(range(*bound)) for bound in bounds]
    return layers.add_slice(network, x, starts, lengths, steps)


MODULES: Dict[type, Callable[..., Any]] = {
    nn.BatchNorm2d: _convert_batch_norm,
    nn.Conv2d: _convert_convolution,
    nn.Identity: _convert_identity,
    nn.MaxPool2d: _convert_max_pooling,
    nn.PReLU: _convert_parametric_relu,
    nn.ReLU: _convert_relu,
    nn.ReLU6: _convert_relu6,
    nn.Sigmoid: _convert_sigmoid,
    ChannelShuffle: _convert_channel_shuffle,
    DepthwiseDeconv: _convert_deconvolution,
    DilatedDepthwise: _convert_convolution,
    DotProducts: _convert_dot_products,
    EveryPixel: _convert_every_pixel,
    Maximum: _convert_maximum,
    Mean: _convert_mean,
    Resize: _convert_resize,
    SingularVectors: _convert_singular_vectors,
    SplitRegions: _convert_split_regions,
}
"""Converters by the exact class of the module: a subclass may compute something else."""

FUNCTIONS: Dict[str, Callable[..., Any]] = {
    'torch.cat': _convert_concatenation,
    'torch.relu': lambda network, x: layers.add_activation(network, x, 'RELU'),
    'torch.sigmoid': lambda network, x: layers.add_activation(network, x, 'SIGMOID'),
    'torch.Tensor.__add__': _convert_sum,
    'torch.Tensor.__mul__': _convert_product,
    'torch.Tensor.__getitem__': _convert_slices,
}
"""Converters by the name of the function."""
