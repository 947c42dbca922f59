# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Layers with windows: convolution, deconvolution and pooling."""

import numpy as np

from .base import ILayer
from .checks import check, weights
from .enums import PaddingMode, PoolingType


class Filter(ILayer):
    """Attributes and checks of both; ``padding_nd`` sets both paddings."""

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
