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
One function for each kind of TensorRT layer that the networks need.

TensorRT 8.0 to 10 have all of them; where their Python interfaces differ, it is settled here.
Networks are of explicit batch: every shape has its first axis, (N, C, H, W).
"""

from typing import Any, Optional, Sequence, Tuple

from lsnet_ros.errors import LsnetError
import numpy as np

Pair = Tuple[int, int]  # (vertical, horizontal)


class ConversionError(LsnetError, RuntimeError):
    """A network has an operation that cannot be translated, or TensorRT refuses a layer."""


def output_of(layer: Any, what: str) -> Any:
    """
    Return the output of a layer just added.

    :param what: kind of layer, for the error
    :raises ConversionError: if TensorRT added none, which it says only in its log
    """
    tensor = None if layer is None else layer.get_output(0)
    if tensor is None:
        raise ConversionError('TensorRT refuses a {}: see the line before in its log'.format(what))
    return tensor


def shape_of(tensor: Any) -> Tuple[int, ...]:
    """Return the shape of an ITensor as plain integers."""
    return tuple(int(length) for length in tensor.shape)


def weights_of(values: Any) -> np.ndarray:
    """Return a parameter as TensorRT takes it: float32, row by row; none as no weights."""
    if values is None:
        return np.zeros(0, np.float32)
    return np.ascontiguousarray(values.detach().cpu().numpy(), dtype=np.float32)


def constant(network: Any, values: np.ndarray) -> Any:
    """Add values that are the same for every input."""
    values = np.ascontiguousarray(values, dtype=np.float32)
    return output_of(network.add_constant(values.shape, values), 'constant')


def activation(network: Any, x: Any, kind: str) -> Any:
    """Add a function of each value: 'RELU' or 'SIGMOID'."""
    import tensorrt
    return output_of(network.add_activation(x, getattr(tensorrt.ActivationType, kind)), kind)


def parametric_relu(network: Any, x: Any, slopes: np.ndarray) -> Any:
    """Add ``max(x, 0) + slopes min(x, 0)``; the slopes have as many axes as x."""
    layer = network.add_parametric_relu(x, constant(network, slopes))
    return output_of(layer, 'parametric ReLU')


def elementwise(network: Any, a: Any, b: Any, kind: str) -> Any:
    """Add 'SUM', 'PROD' or 'DIV' of two tensors; axes of length 1 are repeated."""
    import tensorrt
    layer = network.add_elementwise(a, b, getattr(tensorrt.ElementWiseOperation, kind))
    return output_of(layer, kind)


def square_root(network: Any, x: Any) -> Any:
    """Add the square root of each value."""
    import tensorrt
    return output_of(network.add_unary(x, tensorrt.UnaryOperation.SQRT), 'square root')


def reduction(network: Any, x: Any, kind: str, axes: Sequence[int]) -> Any:
    """Add the 'MAX', 'AVG' or 'SUM' over some axes, which are kept with length 1."""
    import tensorrt
    mask = sum(1 << axis for axis in axes)
    layer = network.add_reduce(x, getattr(tensorrt.ReduceOperation, kind), mask, True)
    return output_of(layer, 'reduction')


def scale(network: Any, x: Any, weight: np.ndarray, bias: np.ndarray) -> Any:
    """Add ``weight x + bias``, one pair for each channel."""
    import tensorrt
    powers = np.ones_like(weight)
    layer = network.add_scale_nd(x, tensorrt.ScaleMode.CHANNEL, bias, weight, powers, 1)
    return output_of(layer, 'scale')


def concatenation(network: Any, tensors: Sequence[Any], axis: int) -> Any:
    """Add tensors one behind the other along an axis."""
    layer = network.add_concatenation(list(tensors))
    layer.axis = axis
    return output_of(layer, 'concatenation')


def section(network: Any, x: Any, start: Sequence[int], shape: Sequence[int],
            stride: Sequence[int]) -> Any:
    """Add the part of a tensor that begins at ``start``; one number for each axis."""
    return output_of(network.add_slice(x, tuple(start), tuple(shape), tuple(stride)), 'slice')


def rearrangement(network: Any, x: Any, shape: Optional[Sequence[int]] = None,
                  before: Optional[Sequence[int]] = None,
                  after: Optional[Sequence[int]] = None) -> Any:
    """
    Add another order of the same values.

    :param shape: to give to the values, row by row
    :param before: the order of the axes to bring them into first
    :param after: the order to bring the axes of ``shape`` into
    """
    layer = network.add_shuffle(x)
    if before is not None:
        layer.first_transpose = tuple(before)
    if shape is not None:
        layer.reshape_dims = tuple(shape)
    if after is not None:
        layer.second_transpose = tuple(after)
    return output_of(layer, 'shuffle')


def product(network: Any, a: Any, b: Any, transpose_a: bool = False,
            transpose_b: bool = False) -> Any:
    """Add the products of the matrices in the last two axes."""
    import tensorrt
    kinds = (tensorrt.MatrixOperation.NONE, tensorrt.MatrixOperation.TRANSPOSE)
    layer = network.add_matrix_multiply(a, kinds[transpose_a], b, kinds[transpose_b])
    return output_of(layer, 'matrix product')


def convolution(network: Any, x: Any, weight: np.ndarray, bias: np.ndarray, stride: Pair,
                padding: Pair, dilation: Pair, groups: int) -> Any:
    """Add a convolution; weight (out, in / groups, kh, kw), bias (out,) or empty."""
    layer = network.add_convolution_nd(x, weight.shape[0], weight.shape[2:], weight, bias)
    layer.stride_nd = tuple(stride)
    layer.padding_nd = tuple(padding)
    layer.dilation_nd = tuple(dilation)
    layer.num_groups = groups
    return output_of(layer, 'convolution')


def depthwise_deconvolution(network: Any, x: Any, weight: np.ndarray, bias: np.ndarray,
                            stride: Pair, padding: Pair, missing: Pair) -> Any:
    """
    Add a transposed convolution with one filter per channel.

    TensorRT has no output padding. It is less padding at the far end, where there is enough of
    it; TensorRT refuses a padding below 0, so a filter that lacks it gets zeros behind it.

    :param weight: (C, 1, kh, kw)
    :param missing: output padding: rows and columns more at the far end
    """
    short = [max(0, more - pad) for pad, more in zip(padding, missing)]
    weight = np.ascontiguousarray(
        np.pad(weight, ((0, 0), (0, 0), (0, short[0]), (0, short[1])), 'constant'))
    layer = network.add_deconvolution_nd(x, weight.shape[0], weight.shape[2:], weight, bias)
    layer.stride_nd = tuple(stride)
    layer.num_groups = weight.shape[0]
    layer.pre_padding = tuple(padding)
    layer.post_padding = tuple(
        pad - more + extra for pad, more, extra in zip(padding, missing, short))
    return output_of(layer, 'deconvolution')


def max_pooling(network: Any, x: Any, window: Pair, stride: Pair, rounds_up: bool) -> Any:
    """Add the maximum of each window, without padding; the last may reach over the edge."""
    import tensorrt
    layer = network.add_pooling_nd(x, tensorrt.PoolingType.MAX, tuple(window))
    layer.stride_nd = tuple(stride)
    if rounds_up:
        layer.padding_mode = tensorrt.PaddingMode.EXPLICIT_ROUND_UP
    return output_of(layer, 'max pooling')


def bilinear_resize(network: Any, x: Any, size: Pair, align_corners: bool) -> Any:
    """Add a bilinear resampling to (height, width)."""
    import tensorrt
    # ResizeMode was renamed in 8.5; the old name is gone in 10.
    modes = getattr(tensorrt, 'InterpolationMode', None) or tensorrt.ResizeMode
    coordinates = tensorrt.ResizeCoordinateTransformation
    layer = network.add_resize(x)
    layer.shape = shape_of(x)[:2] + tuple(size)
    layer.resize_mode = modes.LINEAR
    layer.coordinate_transformation = (
        coordinates.ALIGN_CORNERS if align_corners else coordinates.HALF_PIXEL)
    if align_corners:
        # A single pixel has no corners to align: PyTorch takes the first, as this does.
        layer.selector_for_single_pixel = tensorrt.ResizeSelector.UPPER
    return output_of(layer, 'resize')


class Float32Layers:
    """
    A network whose new layers compute, and give, float32 in an engine of any precision.

    TensorRT heeds it if the build says so: OBEY_PRECISION_CONSTRAINTS, before 8.2 STRICT_TYPES.
    """

    def __init__(self, network: Any) -> None:
        self._network = network

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._network, name)

        def add(*arguments: Any) -> Any:
            import tensorrt
            layer = method(*arguments)
            if layer is not None:
                layer.precision = tensorrt.float32
                layer.set_output_type(0, tensorrt.float32)
            return layer
        return add
