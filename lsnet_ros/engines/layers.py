# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Functions that add layers to a TensorRT network, one for each kind that the networks need.

TensorRT 8.0 to 10 have all of these layers; differences of their Python interfaces are handled
here. Networks have an explicit batch axis: shapes are (N, C, H, W).
"""

from typing import Any, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from lsnet_ros.errors import LsnetError

Pair = Tuple[int, int]  # (vertical, horizontal)


class ConversionError(LsnetError, RuntimeError):
    """A network has an operation that cannot be converted, or TensorRT refuses a layer."""


class Filters(NamedTuple):
    """Weights and geometry of a convolution."""

    weight: np.ndarray          # (out, in / groups, kh, kw) float32
    bias: np.ndarray            # (out,) float32, or empty
    stride: Sequence[int]       # (vertical, horizontal), as the next two
    padding: Sequence[int]
    dilation: Sequence[int] = (1, 1)
    groups: int = 1


def output_of(layer: Any, kind: str) -> Any:
    """
    Return the output of a layer just added.

    :param kind: of the layer, for the error
    :raises ConversionError: if TensorRT added no layer, for a reason that is only in its log
    """
    tensor = None if layer is None else layer.get_output(0)
    if tensor is None:
        raise ConversionError('TensorRT refuses a {}: see the line before in its log'.format(kind))
    return tensor


def shape_of(tensor: Any) -> Tuple[int, ...]:
    """Return the shape of an ITensor as plain integers."""
    return tuple(int(length) for length in tensor.shape)


def weights_of(values: Any) -> np.ndarray:
    """Return a parameter as contiguous float32; None as an empty array, TensorRT's no weights."""
    if values is None:
        return np.zeros(0, np.float32)
    return np.ascontiguousarray(values.detach().cpu().numpy(), dtype=np.float32)


def add_constant(network: Any, values: np.ndarray) -> Any:
    """Add a constant."""
    values = np.ascontiguousarray(values, dtype=np.float32)
    return output_of(network.add_constant(values.shape, values), 'constant')


def add_activation(network: Any, x: Any, kind: str) -> Any:
    """Add an elementwise activation, 'RELU' or 'SIGMOID'."""
    import tensorrt
    return output_of(network.add_activation(x, getattr(tensorrt.ActivationType, kind)), kind)


def add_clip(network: Any, x: Any, smallest: float, largest: float) -> Any:
    """Add ``min(max(x, smallest), largest)``."""
    import tensorrt
    layer = network.add_activation(x, tensorrt.ActivationType.CLIP)
    if layer is not None:
        layer.alpha, layer.beta = smallest, largest
    return output_of(layer, 'CLIP')


def add_parametric_relu(network: Any, x: Any, slopes: np.ndarray) -> Any:
    """Add ``max(x, 0) + slopes min(x, 0)``; the slopes have as many axes as x."""
    layer = network.add_parametric_relu(x, add_constant(network, slopes))
    return output_of(layer, 'parametric ReLU')


def add_elementwise(network: Any, a: Any, b: Any, kind: str) -> Any:
    """Add 'SUM', 'PROD' or 'DIV' of two tensors; axes of length 1 are broadcast."""
    import tensorrt
    layer = network.add_elementwise(a, b, getattr(tensorrt.ElementWiseOperation, kind))
    return output_of(layer, kind)


def add_square_root(network: Any, x: Any) -> Any:
    """Add the square root of each value."""
    import tensorrt
    return output_of(network.add_unary(x, tensorrt.UnaryOperation.SQRT), 'square root')


def add_reduction(network: Any, x: Any, kind: str, axes: Sequence[int]) -> Any:
    """Add the 'MAX', 'AVG' or 'SUM' over axes, which stay with length 1."""
    import tensorrt
    mask = sum(1 << axis for axis in axes)
    layer = network.add_reduce(x, getattr(tensorrt.ReduceOperation, kind), mask, True)
    return output_of(layer, 'reduction')


def add_scale(network: Any, x: Any, weight: np.ndarray, bias: np.ndarray) -> Any:
    """Add ``weight x + bias`` with a weight and a bias for each channel."""
    import tensorrt
    powers = np.ones_like(weight)
    layer = network.add_scale_nd(x, tensorrt.ScaleMode.CHANNEL, bias, weight, powers, 1)
    return output_of(layer, 'scale')


def add_concatenation(network: Any, tensors: Sequence[Any], axis: int) -> Any:
    """Add the concatenation of tensors along an axis."""
    layer = network.add_concatenation(list(tensors))
    layer.axis = axis
    return output_of(layer, 'concatenation')


def add_slice(network: Any, x: Any, start: Sequence[int], shape: Sequence[int],
              stride: Sequence[int]) -> Any:
    """Add a slice of a tensor; ``start``, ``shape`` and ``stride`` have a number per axis."""
    return output_of(network.add_slice(x, tuple(start), tuple(shape), tuple(stride)), 'slice')


def add_shuffle(network: Any, x: Any, shape: Optional[Sequence[int]] = None,
                before: Optional[Sequence[int]] = None,
                after: Optional[Sequence[int]] = None) -> Any:
    """
    Add a transpose, a reshape and another transpose.

    :param shape: of the reshape
    :param before: order of the axes for the transpose before
    :param after: order of the axes of ``shape`` for the transpose after
    """
    layer = network.add_shuffle(x)
    if before is not None:
        layer.first_transpose = tuple(before)
    if shape is not None:
        layer.reshape_dims = tuple(shape)
    if after is not None:
        layer.second_transpose = tuple(after)
    return output_of(layer, 'shuffle')


def add_matrix_product(network: Any, a: Any, b: Any, transpose_a: bool = False,
                       transpose_b: bool = False) -> Any:
    """Add the matrix products over the last two axes."""
    import tensorrt
    kinds = (tensorrt.MatrixOperation.NONE, tensorrt.MatrixOperation.TRANSPOSE)
    layer = network.add_matrix_multiply(a, kinds[transpose_a], b, kinds[transpose_b])
    return output_of(layer, 'matrix product')


def add_convolution(network: Any, x: Any, filters: Filters) -> Any:
    """Add a convolution."""
    weight = filters.weight
    layer = network.add_convolution_nd(
        x, weight.shape[0], weight.shape[2:], weight, filters.bias)
    layer.stride_nd = tuple(filters.stride)
    layer.padding_nd = tuple(filters.padding)
    layer.dilation_nd = tuple(filters.dilation)
    layer.num_groups = filters.groups
    return output_of(layer, 'convolution')


def add_depthwise_deconvolution(network: Any, x: Any, filters: Filters,
                                missing: Sequence[int]) -> Any:
    """
    Add a transposed convolution with one filter per channel.

    TensorRT has no output padding; it equals less padding at the far end. TensorRT refuses a
    padding below 0, so a filter with too little padding gets zeros at its far end instead.

    :param filters: weight (C, 1, kh, kw)
    :param missing: output padding, additional (rows, columns) at the far end
    """
    padding = filters.padding
    short = [max(0, more - pad) for pad, more in zip(padding, missing)]
    weight = np.ascontiguousarray(
        np.pad(filters.weight, ((0, 0), (0, 0), (0, short[0]), (0, short[1])), 'constant'))
    layer = network.add_deconvolution_nd(
        x, weight.shape[0], weight.shape[2:], weight, filters.bias)
    layer.stride_nd = tuple(filters.stride)
    layer.num_groups = weight.shape[0]
    layer.pre_padding = tuple(padding)
    layer.post_padding = tuple(
        pad - more + extra for pad, more, extra in zip(padding, missing, short))
    return output_of(layer, 'deconvolution')


def add_max_pooling(network: Any, x: Any, window: Pair, stride: Pair, rounds_up: bool) -> Any:
    """Add a max pooling without padding; rounded up, the last windows reach over the edge."""
    import tensorrt
    layer = network.add_pooling_nd(x, tensorrt.PoolingType.MAX, tuple(window))
    layer.stride_nd = tuple(stride)
    if rounds_up:
        layer.padding_mode = tensorrt.PaddingMode.EXPLICIT_ROUND_UP
    return output_of(layer, 'max pooling')


def add_bilinear_resize(network: Any, x: Any, size: Sequence[int], align_corners: bool) -> Any:
    """Add a bilinear resize to (height, width)."""
    import tensorrt
    # ResizeMode was renamed in 8.5; TensorRT 10 has no longer the old name.
    modes = getattr(tensorrt, 'InterpolationMode', None) or tensorrt.ResizeMode
    coordinates = tensorrt.ResizeCoordinateTransformation
    layer = network.add_resize(x)
    layer.shape = shape_of(x)[:2] + tuple(size)
    layer.resize_mode = modes.LINEAR
    layer.coordinate_transformation = (
        coordinates.ALIGN_CORNERS if align_corners else coordinates.HALF_PIXEL)
    if align_corners:
        # A single pixel has no corners to align: take the first pixel, as PyTorch does.
        layer.selector_for_single_pixel = tensorrt.ResizeSelector.UPPER
    return output_of(layer, 'resize')


class Float32Layers:
    """
    A network that adds layers which compute and return float32 in an engine of any precision.

    TensorRT obeys if the build sets OBEY_PRECISION_CONSTRAINTS, before 8.2 STRICT_TYPES.
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
