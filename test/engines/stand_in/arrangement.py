# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Layers that arrange values: constants, joins, slices, shuffles and resizes."""

import numpy as np

from .base import ILayer
from .checks import check, lengths, weights
from .enums import InterpolationMode, ResizeCoordinateTransformation, ResizeSelector


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
        """Return the weight of each input row in each output row, (wanted, found)."""
        positions = self.positions(found, wanted)
        return np.maximum(0, 1 - np.abs(positions[:, np.newaxis] - np.arange(found)))

    def run(self, x):
        height, width = self.shape[2:]
        return (self.weights(x.shape[2], height) @ x
                @ self.weights(x.shape[3], width).T)
