# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Refusals: where TensorRT logs an error and builds nothing, the stand-in raises."""

import numpy as np


class RefusedError(Exception):
    """TensorRT would not build this."""


def check(condition, text, *values):
    if not condition:
        raise RefusedError(text.format(*values))


def lengths(value):
    """Return Dims as the bindings take them: a sequence of integers, not of numpy's."""
    check(isinstance(value, (tuple, list)) and all(type(length) is int for length in value),
          'Dims cannot be made of {!r}', value)
    return tuple(value)


def weights(values, count, name):
    """Return Weights as the bindings take them: contiguous float32 of the expected count."""
    check(isinstance(values, np.ndarray) and values.dtype == np.float32
          and values.flags.c_contiguous, '{} are no contiguous float32 array', name)
    check(values.size == count, '{} are {} numbers, expected {}', name, values.size, count)
    return values
