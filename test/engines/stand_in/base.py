# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Tensors, and the base class of layers."""

import enum
import types

from .checks import check, lengths
from .enums import DataType


class ITensor:
    """An input of the network, or the output of a layer."""

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
        elif isinstance(default, float):
            check(isinstance(value, float), '{} cannot be {!r}', name, value)
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
