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
"""Parameters of a node: declared once, from a NamedTuple that names them with their defaults."""

from typing import Any

from lsnet_ros.errors import LsnetError


class ParameterError(LsnetError, ValueError):
    """A parameter has a value that the node cannot work with."""


def declare(node: Any, parameters: Any) -> Any:
    """
    Declare a parameter for each field of a NamedTuple and return the values that they have.

    They are read once: a later "ros2 param set" is refused rather than ignored. A whole number
    will do for a float or a text, so that ``rate:=5`` and ``source:=0`` mean what they say.

    :param parameters: class of a NamedTuple whose fields all have a default
    :returns: an instance of it
    :raises ParameterError: if a value is of another type
    """
    from rcl_interfaces.msg import ParameterDescriptor
    values = {}
    for name, default in parameters._field_defaults.items():
        descriptor = ParameterDescriptor(read_only=True)
        if hasattr(descriptor, 'dynamic_typing'):  # Galactic and newer are strict without it
            descriptor.dynamic_typing = True
        value = node.declare_parameter(name, default, descriptor).value
        values[name] = converted(name, value, type(default))
    return parameters(**values)


def converted(name: str, value: Any, kind: type) -> Any:
    """
    Return a value as ``kind``: bool, int, float or str.

    :raises ParameterError: if it is of another type and not a whole number that can stand for it
    """
    if type(value) is kind:
        return value
    if type(value) is int and kind in (float, str):
        return kind(value)
    raise ParameterError('parameter {} is {!r}: expected {}'.format(name, value, TYPE_NAMES[kind]))


def check(name: str, value: Any, is_right: bool, expected: str) -> None:
    """Raise a ParameterError that names the parameter unless ``is_right``."""
    if not is_right:
        raise ParameterError('parameter {} is {!r}: expected {}'.format(name, value, expected))


TYPE_NAMES = {bool: 'true or false', int: 'a whole number', float: 'a number', str: 'text'}
