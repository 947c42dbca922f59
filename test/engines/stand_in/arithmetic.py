# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Layers that compute: elementwise, reductions, scales and matrix products."""

import numpy as np

from .base import ILayer
from .checks import check, weights
from .enums import (
    ActivationType,
    ElementWiseOperation,
    MatrixOperation,
    ReduceOperation,
    ScaleMode,
    UnaryOperation,
)


class IActivationLayer(ILayer):
    """A function of each value; CLIP is ``min(max(x, alpha), beta)``."""

    DEFAULTS = {'alpha': 0.0, 'beta': 0.0}

    def shape_of(self, shape):
        return shape

    def run(self, x):
        functions = {ActivationType.RELU: lambda x: np.maximum(x, 0),
                     ActivationType.SIGMOID: lambda x: 0.5 + 0.5 * np.tanh(x / 2),
                     ActivationType.CLIP: lambda x: np.clip(x, self.alpha, self.beta)}
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
