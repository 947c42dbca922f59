# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""A network that records its layers, and its evaluation with numpy."""

import numpy as np

from . import arithmetic, arrangement, base, enums, filters
from .base import ITensor
from .checks import check, lengths
from .enums import DataType

NO_BIAS = np.zeros(0, np.float32)
KINDS = {name: kind for module in (arithmetic, arrangement, base, enums, filters)
         for name, kind in vars(module).items() if isinstance(kind, type)}
"""Layers and enumerations by name."""


class INetworkDefinition:
    """A network of explicit batch; layers in the order in which they were added."""

    def __init__(self):
        self.layers, self.inputs, self.outputs = [], [], []

    def _add(self, layer):
        for x in layer.inputs:
            check(isinstance(x, ITensor) and x.network is self, '{!r} is no tensor of this '
                  'network', x)
            lengths(x.shape)  # now: asked of the last layer first, it recurses through them all
        layer.output.network = self
        self.layers.append(layer)
        return layer

    @property
    def num_layers(self):
        return len(self.layers)

    def get_layer(self, index):
        return self.layers[index]

    def add_input(self, name, dtype, shape):
        check(isinstance(dtype, DataType), 'no type: {!r}', dtype)
        self.inputs.append(ITensor(self, name=name, shape=lengths(shape)))
        return self.inputs[-1]

    def mark_output(self, tensor):
        self.outputs.append(tensor)

    def add_convolution_nd(self, x, num_output_maps, kernel_shape, kernel,
                           bias=NO_BIAS):
        return self._add(filters.IConvolutionLayer(
            x, maps=num_output_maps, size=lengths(kernel_shape), kernel=kernel, bias=bias))

    def add_deconvolution_nd(self, x, num_output_maps, kernel_shape, kernel,
                             bias=NO_BIAS):
        return self._add(filters.IDeconvolutionLayer(
            x, maps=num_output_maps, size=lengths(kernel_shape), kernel=kernel, bias=bias))

    def add_pooling_nd(self, x, kind, window):
        return self._add(filters.IPoolingLayer(x, kind=kind, window=lengths(window)))

    def add_activation(self, x, kind):
        return self._add(arithmetic.IActivationLayer(x, kind=kind))

    def add_parametric_relu(self, x, slopes):
        return self._add(arithmetic.IParametricReLULayer(x, slopes))

    def add_elementwise(self, a, b, kind):
        return self._add(arithmetic.IElementWiseLayer(a, b, kind=kind))

    def add_unary(self, x, kind):
        return self._add(arithmetic.IUnaryLayer(x, kind=kind))

    def add_reduce(self, x, kind, axes, keep_dims):
        return self._add(arithmetic.IReduceLayer(x, kind=kind, mask=axes, keep_dims=keep_dims))

    def add_scale_nd(self, x, mode, shift, scale, power, channel_axis):
        return self._add(arithmetic.IScaleLayer(
            x, mode=mode, shift=shift, scale=scale, power=power, axis=channel_axis))

    def add_constant(self, shape, values):
        return self._add(arrangement.IConstantLayer(shape=lengths(shape), values=values))

    def add_concatenation(self, tensors):
        return self._add(arrangement.IConcatenationLayer(*tensors))

    def add_slice(self, x, start, shape, stride):
        return self._add(arrangement.ISliceLayer(
            x, start=lengths(start), shape=lengths(shape), stride=lengths(stride)))

    def add_shuffle(self, x):
        return self._add(arrangement.IShuffleLayer(x))

    def add_matrix_multiply(self, a, operation_a, b, operation_b):
        return self._add(arithmetic.IMatrixMultiplyLayer(
            a, b, operations=(operation_a, operation_b)))

    def add_resize(self, x):
        return self._add(arrangement.IResizeLayer(x))


def to_half(x, values):
    """Round the values of a tensor to float16, unless its layer gives float32."""
    keeps = x.layer is not None and x.layer.output_type is DataType.FLOAT
    return values if keeps else values.astype(np.float16).astype(np.float64)


def evaluate(network, images, half=False, rounding=None):
    """
    Run a recorded network.

    :param images: an array for each input, in order
    :param half: whether layers without a precision of their own give float16
    :param rounding: function of an ITensor and its values that rounds in place of ``half``
    :returns: an array for each output marked, float64
    """
    rounding = rounding or (to_half if half else lambda x, values: values)
    found = {}
    for x, image in zip(network.inputs, images):
        check(image.shape == x.shape, 'input {} is {}, not {}', x.name, x.shape, image.shape)
        found[x] = rounding(x, image.astype(np.float64))
    for layer in network.layers:
        with np.errstate(over='ignore', invalid='ignore'):  # of float16
            y = layer.run(*[found[x] for x in layer.inputs])
            check(y.shape == layer.checked_shape(), '{} gave {}, not {}', type(layer).__name__,
                  y.shape, layer.checked_shape())
            found[layer.output] = rounding(layer.output, y)
    return [found[x] for x in network.outputs]
