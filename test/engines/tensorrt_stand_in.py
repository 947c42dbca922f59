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
A stand-in for the module tensorrt that records a network and evaluates it with numpy.

Written after TensorRT's documentation and headers, without PyTorch. It has the layers that the
networks need, with TensorRT's names, defaults and refusals: an attribute that a layer does not
have, a value of another type and a shape that does not fit raise here, where TensorRT would log
an error and build nothing.
"""

import enum
import types

import numpy as np


class Refused(Exception):
    """What TensorRT would not build."""


def _enum(name, *members):
    return enum.Enum(name, members)


DataType = _enum('DataType', 'FLOAT', 'HALF', 'INT8', 'INT32', 'BOOL')
ActivationType = _enum('ActivationType', 'RELU', 'SIGMOID', 'TANH')
ElementWiseOperation = _enum('ElementWiseOperation', 'SUM', 'PROD', 'MAX', 'MIN', 'SUB', 'DIV')
UnaryOperation = _enum('UnaryOperation', 'EXP', 'LOG', 'SQRT')
ReduceOperation = _enum('ReduceOperation', 'SUM', 'PROD', 'MAX', 'MIN', 'AVG')
MatrixOperation = _enum('MatrixOperation', 'NONE', 'TRANSPOSE', 'VECTOR')
PoolingType = _enum('PoolingType', 'MAX', 'AVERAGE')
PaddingMode = _enum('PaddingMode', 'EXPLICIT_ROUND_DOWN', 'EXPLICIT_ROUND_UP')
ScaleMode = _enum('ScaleMode', 'UNIFORM', 'CHANNEL', 'ELEMENTWISE')
InterpolationMode = _enum('InterpolationMode', 'NEAREST', 'LINEAR', 'CUBIC')
ResizeCoordinateTransformation = _enum(
    'ResizeCoordinateTransformation', 'ALIGN_CORNERS', 'ASYMMETRIC', 'HALF_PIXEL')
ResizeSelector = _enum('ResizeSelector', 'FORMULA', 'UPPER')


def check(condition, text, *values):
    if not condition:
        raise Refused(text.format(*values))


def lengths(value):
    """Return what the bindings take as Dims: a sequence of integers, not of numpy's."""
    check(isinstance(value, (tuple, list)) and all(type(length) is int for length in value),
          'Dims cannot be made of {!r}', value)
    return tuple(value)


def weights(values, count, what):
    """Return what the bindings take as Weights: contiguous float32 of the count expected."""
    check(isinstance(values, np.ndarray) and values.dtype == np.float32
          and values.flags.c_contiguous, '{} are no contiguous float32 array', what)
    check(values.size == count, '{} are {} numbers, expected {}', what, values.size, count)
    return values


class ITensor:
    """An input, or what a layer gives."""

    def __init__(self, network, layer=None, name='', shape=None):
        self.network, self.layer, self.name, self._shape = network, layer, name, shape
        self.dtype = DataType.FLOAT

    @property
    def shape(self):
        return self._shape if self.layer is None else self.layer.checked_shape()


class ILayer:
    """
    A layer: its tensors, the attributes of ``DEFAULTS`` and no others, and its arithmetic.

    An attribute keeps its type: an enumeration of the same kind, or as many integers.
    """

    DEFAULTS = {}

    def __init__(self, *inputs, **parameters):
        values = {'inputs': inputs, 'parameters': types.SimpleNamespace(**parameters),
                  'name': '', 'precision': None, 'output_type': None, 'known_shape': None}
        values.update(self.DEFAULTS)
        self.__dict__.update(values)
        self.__dict__['output'] = ITensor(inputs[0].network if inputs else None, self)

    def __setattr__(self, name, value):
        check(name in self.DEFAULTS or name in ('name', 'precision'),
              '{} has no attribute {}', type(self).__name__, name)
        default = self.DEFAULTS.get(name)
        if isinstance(default, enum.Enum):
            check(type(value) is type(default), '{} cannot be {!r}', name, value)
        elif isinstance(default, tuple):
            check(len(lengths(value)) == len(default), '{} cannot be {!r}', name, value)
        elif name == 'precision':
            check(isinstance(value, DataType), 'precision cannot be {!r}', value)
        self.__dict__.update({name: value, 'known_shape': None})

    def get_output(self, index):
        return self.output if index == 0 else None

    def set_output_type(self, index, dtype):
        check(index == 0 and isinstance(dtype, DataType), 'no such output type')
        self.__dict__['output_type'] = dtype

    def checked_shape(self):
        if self.known_shape is None:  # since an attribute was set
            shape = self.shape_of(*[x.shape for x in self.inputs])
            check(min(shape) > 0, '{} would give {}', type(self).__name__, shape)
            self.__dict__['known_shape'] = shape
        return self.known_shape


class Filter(ILayer):
    """What convolution and deconvolution share; padding_nd stands for both paddings."""

    DEFAULTS = {'stride_nd': (1, 1), 'padding_nd': (0, 0), 'pre_padding': (0, 0),
                'post_padding': (0, 0), 'dilation_nd': (1, 1), 'num_groups': 1}

    def __setattr__(self, name, value):
        super().__setattr__(name, value)
        if name == 'padding_nd':
            self.pre_padding = self.post_padding = value

    def checked(self, shape):
        """Check everything; returns the kernel (G, maps of a group, C of a group, taps...)."""
        p = self.parameters
        check(len(shape) == 4 and len(p.size) == 2, 'a filter wants four axes, found {}', shape)
        check(min(self.pre_padding + self.post_padding) >= 0, 'negative padding is not supported')
        check(min(self.stride_nd + self.dilation_nd) > 0, 'stride and dilation start from 1')
        groups, channels = self.num_groups, shape[1]
        check(channels % groups == 0 and p.maps % groups == 0,
              '{} groups of {} channels and {} maps', groups, channels, p.maps)
        weights(p.kernel, p.maps * (channels // groups) * p.size[0] * p.size[1], 'kernel weights')
        weights(p.bias, p.maps if p.bias.size else 0, 'bias weights')
        return self.arranged(p.kernel, groups, channels // groups)

    def taps(self):
        """Yield each tap's place in the kernel and how far it is from the first, px."""
        for i in range(self.parameters.size[0]):
            for j in range(self.parameters.size[1]):
                yield (i, j), (i * self.dilation_nd[0], j * self.dilation_nd[1])

    def extents(self):
        """Return the kernel's (height, width) with the dilation's gaps."""
        return [dilation * (length - 1) + 1 for dilation, length
                in zip(self.dilation_nd, self.parameters.size)]

    def with_bias(self, y):
        bias = self.parameters.bias
        return y + bias.reshape(1, -1, 1, 1) if bias.size else y


class IConvolutionLayer(Filter):
    """Cross-correlation; weights in the order GKCRS."""

    def arranged(self, kernel, groups, channels):
        maps = self.parameters.maps // groups
        return kernel.reshape((groups, maps, channels) + self.parameters.size)

    def shape_of(self, shape):
        self.checked(shape)
        sizes = [(length + pre + post - extent) // stride + 1 for length, pre, post, extent, stride
                 in zip(shape[2:], self.pre_padding, self.post_padding, self.extents(),
                        self.stride_nd)]
        return (shape[0], self.parameters.maps) + tuple(sizes)

    def run(self, x):
        kernel = self.checked(x.shape)
        count, _, height, width = self.shape_of(x.shape)
        groups = self.num_groups
        (top, left), (bottom, right) = self.pre_padding, self.post_padding
        x = np.pad(x, ((0, 0), (0, 0), (top, bottom), (left, right)), 'constant')
        x = x.reshape((count, groups, -1) + x.shape[2:])
        rows, columns = self.stride_nd
        y = 0
        for (i, j), (down, across) in self.taps():
            part = x[..., down:down + rows * (height - 1) + 1:rows,
                     across:across + columns * (width - 1) + 1:columns]
            part = part.reshape(count, groups, -1, height * width)
            w = kernel[..., i, j]                             # (G, K, C)
            y = y + (w[:, :, :1] * part if w.shape[1:] == (1, 1) else w @ part)
        return self.with_bias(y.reshape(count, -1, height, width))


class IDeconvolutionLayer(Filter):
    """
    Each input value spreads the kernel; the paddings are cut off the result.

    Weights in the order GCKRS. There is no output padding.
    """

    def arranged(self, kernel, groups, channels):
        maps = self.parameters.maps // groups
        return kernel.reshape((groups, channels, maps) + self.parameters.size).swapaxes(1, 2)

    def whole(self, shape):
        """Return (height, width) before the padding is cut off."""
        return [(length - 1) * stride + extent for length, stride, extent
                in zip(shape[2:], self.stride_nd, self.extents())]

    def shape_of(self, shape):
        self.checked(shape)
        sizes = [length - pre - post for length, pre, post
                 in zip(self.whole(shape), self.pre_padding, self.post_padding)]
        return (shape[0], self.parameters.maps) + tuple(sizes)

    def run(self, x):
        kernel = self.checked(x.shape)
        count, _, height, width = x.shape
        groups = self.num_groups
        x = x.reshape(count, groups, -1, height * width)
        whole = np.zeros([count, groups, self.parameters.maps // groups] + self.whole((
            count, 0, height, width)), x.dtype)
        rows, columns = self.stride_nd
        for (i, j), (down, across) in self.taps():
            spread = (kernel[..., i, j] @ x).reshape(whole.shape[:3] + (height, width))
            whole[..., down:down + rows * (height - 1) + 1:rows,
                  across:across + columns * (width - 1) + 1:columns] += spread
        (top, left), (bottom, right) = self.pre_padding, self.post_padding
        y = whole[..., top:whole.shape[3] - bottom, left:whole.shape[4] - right]
        return self.with_bias(y.reshape((count, -1) + y.shape[3:]))


class IPoolingLayer(ILayer):
    """The maximum of each window; with EXPLICIT_ROUND_UP the last may reach over the edge."""

    DEFAULTS = {'stride_nd': (1, 1), 'padding_mode': PaddingMode.EXPLICIT_ROUND_DOWN}

    def shape_of(self, shape):
        check(self.parameters.kind is PoolingType.MAX and len(shape) == 4, 'only max pooling')
        up = self.padding_mode is PaddingMode.EXPLICIT_ROUND_UP
        sizes = [(length - window + (stride - 1 if up else 0)) // stride + 1
                 for length, window, stride
                 in zip(shape[2:], self.parameters.window, self.stride_nd)]
        return shape[:2] + tuple(sizes)

    def run(self, x):
        height, width = self.shape_of(x.shape)[2:]
        (rows, columns), window = self.stride_nd, self.parameters.window
        beyond = [max(0, stride * (out - 1) + length - size) for stride, out, length, size
                  in zip(self.stride_nd, (height, width), window, x.shape[2:])]
        x = np.pad(x, ((0, 0), (0, 0), (0, beyond[0]), (0, beyond[1])), 'constant',
                   constant_values=-np.inf)
        return np.max([x[:, :, i:i + rows * (height - 1) + 1:rows,
                         j:j + columns * (width - 1) + 1:columns]
                       for i in range(window[0]) for j in range(window[1])], 0)


class IActivationLayer(ILayer):
    def shape_of(self, shape):
        return shape

    def run(self, x):
        functions = {ActivationType.RELU: lambda x: np.maximum(x, 0),
                     ActivationType.SIGMOID: lambda x: 0.5 + 0.5 * np.tanh(x / 2)}
        return functions[self.parameters.kind](x)


class IParametricReLULayer(ILayer):
    def shape_of(self, shape, slopes):
        check(len(shape) == len(slopes) and all(
            slope in (1, length) for slope, length in zip(slopes, shape)),
            'slopes {} cannot be repeated to {}', slopes, shape)
        return shape

    def run(self, x, slopes):
        return np.where(x < 0, slopes * x, x)


class IElementWiseLayer(ILayer):
    """The same number of axes; an axis of length 1 is repeated."""

    def shape_of(self, a, b):
        check(len(a) == len(b) and all(i == j or 1 in (i, j) for i, j in zip(a, b)),
              '{} and {} have other numbers of axes or other lengths', a, b)
        return tuple(max(i, j) for i, j in zip(a, b))

    def run(self, a, b):
        functions = {ElementWiseOperation.SUM: np.add, ElementWiseOperation.PROD: np.multiply,
                     ElementWiseOperation.DIV: np.divide}
        return functions[self.parameters.kind](a, b)


class IUnaryLayer(ILayer):
    def shape_of(self, shape):
        return shape

    def run(self, x):
        return {UnaryOperation.SQRT: np.sqrt}[self.parameters.kind](x)


class IReduceLayer(ILayer):
    def axes(self, rank):
        mask = self.parameters.mask
        check(0 < mask < 1 << rank, 'axes mask {:b} of {} axes', mask, rank)
        return tuple(axis for axis in range(rank) if mask >> axis & 1)

    def shape_of(self, shape):
        axes = self.axes(len(shape))
        kept = [1 if axis in axes else length for axis, length in enumerate(shape)]
        return tuple(kept if self.parameters.keep_dims else np.delete(shape, axes).tolist())

    def run(self, x):
        functions = {ReduceOperation.MAX: np.max, ReduceOperation.AVG: np.mean,
                     ReduceOperation.SUM: np.sum}
        return functions[self.parameters.kind](
            x, self.axes(x.ndim), keepdims=self.parameters.keep_dims)


class IScaleLayer(ILayer):
    """``(x scale + shift) ** power``, one of each for each channel."""

    def shape_of(self, shape):
        check(self.parameters.mode is ScaleMode.CHANNEL, 'only scales of channels')
        for name in ('shift', 'scale', 'power'):
            weights(getattr(self.parameters, name), shape[self.parameters.axis], name)
        return shape

    def run(self, x):
        p = self.parameters
        shape = [1] * x.ndim
        shape[p.axis] = -1
        return (x * p.scale.reshape(shape) + p.shift.reshape(shape)) ** p.power.reshape(shape)


class IConstantLayer(ILayer):
    def shape_of(self):
        weights(self.parameters.values, int(np.prod(self.parameters.shape)), 'constant weights')
        return self.parameters.shape

    def run(self):
        return self.parameters.values.reshape(self.parameters.shape).astype(np.float64)


class IConcatenationLayer(ILayer):
    """By default along the third axis from the end."""

    DEFAULTS = {'axis': None}

    def place(self, rank):
        return max(0, rank - 3) if self.axis is None else self.axis

    def shape_of(self, *shapes):
        axis = self.place(len(shapes[0]))
        check(0 <= axis < len(shapes[0]), 'axis {} of {}', axis, shapes[0])
        others = {shape[:axis] + shape[axis + 1:] for shape in shapes}
        check(len(others) == 1, '{} differ outside of axis {}', shapes, axis)
        joined = list(shapes[0])
        joined[axis] = sum(shape[axis] for shape in shapes)
        return tuple(joined)

    def run(self, *tensors):
        return np.concatenate(tensors, self.place(tensors[0].ndim))


class ISliceLayer(ILayer):
    def shape_of(self, shape):
        p = self.parameters
        check(len(shape) == len(p.start) == len(p.shape) == len(p.stride), 'slice of {}', shape)
        for length, start, count, stride in zip(shape, p.start, p.shape, p.stride):
            last = start + (count - 1) * stride
            check(0 <= start < length and 0 <= last < length, 'slice beyond {}', shape)
        return p.shape

    def run(self, x):
        p = self.parameters
        return x[tuple(slice(start, start + (count - 1) * stride + 1, stride)
                       for start, count, stride in zip(p.start, p.shape, p.stride))]


class IShuffleLayer(ILayer):
    """Transpose, then reshape, then transpose; a 0 in the shape copies the input's length."""

    DEFAULTS = {'first_transpose': None, 'reshape_dims': None, 'second_transpose': None}

    @staticmethod
    def order(permutation, rank):
        if permutation is None:
            return tuple(range(rank))
        check(sorted(lengths(permutation)) == list(range(rank)), '{} is no permutation of {} axes',
              permutation, rank)
        return permutation

    def reshaped(self, shape):
        wanted = shape if self.reshape_dims is None else lengths(self.reshape_dims)
        check(len(wanted) <= 8, 'Dims has at most 8 lengths')
        wanted = tuple(shape[axis] if length == 0 else length
                       for axis, length in enumerate(wanted))
        check(np.prod(wanted) == np.prod(shape), '{} cannot become {}', shape, wanted)
        return wanted

    def shape_of(self, shape):
        shape = tuple(shape[axis] for axis in self.order(self.first_transpose, len(shape)))
        shape = self.reshaped(shape)
        return tuple(shape[axis] for axis in self.order(self.second_transpose, len(shape)))

    def run(self, x):
        x = x.transpose(self.order(self.first_transpose, x.ndim))
        x = x.reshape(self.reshaped(x.shape))
        return x.transpose(self.order(self.second_transpose, x.ndim))


class IMatrixMultiplyLayer(ILayer):
    """Products of the last two axes; the axes before are equal or of length 1."""

    @staticmethod
    def turned(shape, operation):
        turn = operation is MatrixOperation.TRANSPOSE
        return shape[:-2] + (shape[-1], shape[-2]) if turn else shape

    def shape_of(self, a, b):
        p = self.parameters
        a, b = self.turned(a, p.operations[0]), self.turned(b, p.operations[1])
        check(len(a) == len(b) >= 2 and a[-1] == b[-2] and all(
            i == j or 1 in (i, j) for i, j in zip(a[:-2], b[:-2])), '{} times {}', a, b)
        return tuple(max(i, j) for i, j in zip(a[:-2], b[:-2])) + (a[-2], b[-1])

    def run(self, a, b):
        a, b = [x.swapaxes(-1, -2) if operation is MatrixOperation.TRANSPOSE else x
                for x, operation in zip((a, b), self.parameters.operations)]
        return a @ b


class IResizeLayer(ILayer):
    """
    Linear in the last two axes. Where an output pixel lies in the input, on one axis:

    ALIGN_CORNERS ``x (in - 1) / (out - 1)``, HALF_PIXEL ``(x + 1/2) in / out - 1/2``, ASYMMETRIC
    (the default) ``x in / out``; kept inside. With UPPER a single pixel is the input's first.
    """

    DEFAULTS = {'shape': (1, 1, 1, 1), 'resize_mode': InterpolationMode.NEAREST,
                'coordinate_transformation': ResizeCoordinateTransformation.ASYMMETRIC,
                'selector_for_single_pixel': ResizeSelector.FORMULA}

    def shape_of(self, shape):
        check(self.resize_mode is InterpolationMode.LINEAR, 'only linear resizes')
        check(len(shape) == 4 and shape[:2] == self.shape[:2], '{} to {}', shape, self.shape)
        return self.shape

    def positions(self, found, wanted):
        x = np.arange(wanted, dtype=np.float64)
        if wanted == 1 and self.selector_for_single_pixel is ResizeSelector.UPPER:
            return np.zeros(1)
        kinds = ResizeCoordinateTransformation
        if self.coordinate_transformation is kinds.ALIGN_CORNERS:
            check(wanted > 1, 'a single pixel has no corners to align')
            x = x * (found - 1) / (wanted - 1)
        elif self.coordinate_transformation is kinds.HALF_PIXEL:
            x = (x + 0.5) * found / wanted - 0.5
        else:
            x = x * found / wanted
        return np.clip(x, 0, found - 1)

    def weights(self, found, wanted):
        """Return what each input row is worth to each output row, (wanted, found)."""
        positions = self.positions(found, wanted)
        return np.maximum(0, 1 - np.abs(positions[:, np.newaxis] - np.arange(found)))

    def run(self, x):
        height, width = self.shape[2:]
        return (self.weights(x.shape[2], height) @ x
                @ self.weights(x.shape[3], width).T)


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
                           bias=np.zeros(0, np.float32)):
        return self._add(IConvolutionLayer(x, maps=num_output_maps, size=lengths(kernel_shape),
                                           kernel=kernel, bias=bias))

    def add_deconvolution_nd(self, x, num_output_maps, kernel_shape, kernel,
                             bias=np.zeros(0, np.float32)):
        return self._add(IDeconvolutionLayer(x, maps=num_output_maps, size=lengths(kernel_shape),
                                             kernel=kernel, bias=bias))

    def add_pooling_nd(self, x, kind, window):
        return self._add(IPoolingLayer(x, kind=kind, window=lengths(window)))

    def add_activation(self, x, kind):
        return self._add(IActivationLayer(x, kind=kind))

    def add_parametric_relu(self, x, slopes):
        return self._add(IParametricReLULayer(x, slopes))

    def add_elementwise(self, a, b, kind):
        return self._add(IElementWiseLayer(a, b, kind=kind))

    def add_unary(self, x, kind):
        return self._add(IUnaryLayer(x, kind=kind))

    def add_reduce(self, x, kind, axes, keep_dims):
        return self._add(IReduceLayer(x, kind=kind, mask=axes, keep_dims=keep_dims))

    def add_scale_nd(self, x, mode, shift, scale, power, channel_axis):
        return self._add(IScaleLayer(x, mode=mode, shift=shift, scale=scale, power=power,
                                     axis=channel_axis))

    def add_constant(self, shape, values):
        return self._add(IConstantLayer(shape=lengths(shape), values=values))

    def add_concatenation(self, tensors):
        return self._add(IConcatenationLayer(*tensors))

    def add_slice(self, x, start, shape, stride):
        return self._add(ISliceLayer(x, start=lengths(start), shape=lengths(shape),
                                     stride=lengths(stride)))

    def add_shuffle(self, x):
        return self._add(IShuffleLayer(x))

    def add_matrix_multiply(self, a, operation_a, b, operation_b):
        return self._add(IMatrixMultiplyLayer(a, b, operations=(operation_a, operation_b)))

    def add_resize(self, x):
        return self._add(IResizeLayer(x))


def to_half(x, values):
    """Round what a tensor holds to float16, unless its layer gives float32."""
    keeps = x.layer is not None and x.layer.output_type is DataType.FLOAT
    return values if keeps else values.astype(np.float16).astype(np.float64)


def evaluate(network, images, half=False, rounding=None):
    """
    Run a recorded network.

    :param images: an array for each input, in order
    :param half: whether layers without a precision of their own give float16
    :param rounding: function of an ITensor and its values in place of that
    :returns: an array for each output marked, float64
    """
    rounding = rounding or (to_half if half else lambda x, values: values)
    found = {}
    for x, image in zip(network.inputs, images):
        check(image.shape == x.shape, 'input {} is {}, not {}', x.name, x.shape, image.shape)
        found[x] = rounding(x, image.astype(np.float64))
    for layer in network.layers:
        with np.errstate(over='ignore', invalid='ignore'):  # what float16 cannot hold
            y = layer.run(*[found[x] for x in layer.inputs])
            check(y.shape == layer.checked_shape(), '{} gave {}, not {}', type(layer).__name__,
                  y.shape, layer.checked_shape())
            found[layer.output] = rounding(layer.output, y)
    return [found[x] for x in network.outputs]


def of_version(version):
    """Return a module with the names that the module tensorrt of a version has."""
    module = types.ModuleType('tensorrt')
    for value in list(globals().values()):
        if isinstance(value, type) and value is not Refused:
            setattr(module, value.__name__, value)
    module.__version__ = version
    module.float32, module.float16 = DataType.FLOAT, DataType.HALF
    major, minor = (int(part) for part in version.split('.')[:2])
    if (major, minor) < (8, 5):
        del module.InterpolationMode
    if major < 10:
        module.ResizeMode = InterpolationMode
    return module
