# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Declare the parameters of a node from a NamedTuple of their names and defaults."""

from typing import Any, Callable, Collection, List, Optional, Set

import yaml

from lsnet_ros.ament_prefix import params_file
from lsnet_ros.errors import LsnetError, not_known, one_line
from lsnet_ros.labels.groups import Groups, read_groups
from lsnet_ros.models.card import Model
from lsnet_ros.nodes.descriptions import DESCRIPTIONS
from lsnet_ros.nodes.parameter_ranges import check_range, ParameterError, RANGES, set_range

FILE = 'segmentation.yaml'   # in params; it has the parameters of all nodes
OF_ROS = ('use_sim_time', 'start_type_description_service')
OF_ROS_PREFIX = 'qos_overrides.'
UNKNOWN = '{} and changes nothing: params/{} has all names'


def declare(node: Any, parameters: Any, live: Collection[str] = ()) -> Any:
    """
    Declare a parameter for each field of a NamedTuple and return their values.

    A float or text may be given as a whole number, as in ``rate:=5`` and ``source:=0``.

    :param parameters: class of a NamedTuple whose fields all have a default
    :param live: names of those that may change while the node runs, see ``follow_changes``; a
        "ros2 param set" of any other is refused rather than ignored
    :returns: an instance of it
    :raises ParameterError: if a value is of another type or out of range
    """
    from rclpy.exceptions import InvalidParameterValueException
    values = {}
    for name, default in parameters._field_defaults.items():
        try:
            value = node.declare_parameter(name, default, _describe(name, name in live)).value
        except InvalidParameterValueException:  # convert says it in one line
            value = node._parameter_overrides[name].value
        values[name] = convert(name, value, type(default))
    for warning in warn_of_unknown(node):
        node.get_logger().warning(warning)
    return parameters(**values)


def _describe(name: str, is_live: bool) -> Any:
    """Return the ParameterDescriptor of a parameter."""
    from rcl_interfaces.msg import ParameterDescriptor
    descriptor = ParameterDescriptor(
        name=name, description=DESCRIPTIONS[name], read_only=not is_live)
    if hasattr(descriptor, 'dynamic_typing'):  # else Galactic refuses other types
        descriptor.dynamic_typing = True
    set_range(descriptor)
    return descriptor


def follow_changes(node: Any, settings: Any, apply: Callable[[Any], None]) -> None:
    """
    Let "ros2 param set" change the live parameters of a node.

    :param settings: as ``declare`` returned them
    :param apply: called with the changed settings; refuses them by an LsnetError
    """
    from rcl_interfaces.msg import SetParametersResult
    current = [settings]

    def change(parameters: List[Any]) -> Any:
        known = {entry.name: entry.value for entry in parameters if hasattr(settings, entry.name)}
        try:
            changed = current[0]._replace(**{
                name: convert(name, value, type(getattr(settings, name)))
                for name, value in known.items()})
            apply(changed)
        except LsnetError as error:
            return SetParametersResult(successful=False, reason=str(error))
        current[0] = changed
        return SetParametersResult(successful=True)

    node.add_on_set_parameters_callback(change)


def warn_of_unknown(node: Any) -> List[str]:
    """
    Return a warning for each parameter that was given to a node and that no node has.

    Those of other nodes are fine: one file has the parameters of all.
    """
    given = [name for name in getattr(node, '_parameter_overrides', {})  # rclpy tells no other way
             if name not in OF_ROS and not name.startswith(OF_ROS_PREFIX)]
    known = read_known_names() if given else set()
    return [UNKNOWN.format(not_known('parameter', one_line(name), known), FILE)
            for name in sorted(given) if name not in known]


def read_known_names() -> Set[str]:
    """Return the names of the parameters of all nodes of the package."""
    content = yaml.safe_load(params_file(FILE).read_text(encoding='utf-8'))
    return set(content['/**']['ros__parameters'])


def convert(name: str, value: Any, kind: type) -> Any:
    """
    Return the value of a parameter as ``kind``: bool, int, float or str.

    :raises ParameterError: if it is of another type, or out of range; a whole number is a float
        or text too
    """
    if type(value) is int and kind in (float, str):
        value = kind(value)
    if type(value) is not kind:
        raise ParameterError('parameter {} is {!r}: expected {}'.format(
            name, value, TYPE_NAMES[kind]))
    if name in RANGES:
        check_range(name, value)
    return value


def check(name: str, value: Any, is_right: bool, expected: str) -> None:
    """Raise a ParameterError that names the parameter unless ``is_right``."""
    if not is_right:
        raise ParameterError('parameter {} is {!r}: expected {}'.format(name, value, expected))


def open_groups(name: str, model: Model) -> Optional[Groups]:
    """Return the groups of a model's classes that the parameter ``groups`` names, if it does."""
    return read_groups(name, model.label_set) if name else None


TYPE_NAMES = {bool: 'true or false', int: 'a whole number', float: 'a number', str: 'text'}
