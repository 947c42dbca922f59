# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The shared part of the launch files: arguments, environment, and nodes of the package."""

import os
from typing import Any, Callable, Dict, Iterable, Iterator, List, Optional, Sequence, Tuple

from lsnet_ros.ament_prefix import params_file
from lsnet_ros.errors import LsnetError
from lsnet_ros.launching.transport import prepare_transport

Argument = Tuple[str, Optional[str], str]  # name, default, description; None: has to be given

NODE_ARGUMENTS = (
    ('model', '', 'name or folder of a model; by default that of params_file'),
    ('backend', '', 'tensorrt, openvino, onnx, torch or auto; by default that of params_file'),
    ('groups', '', 'groups of classes in place of the classes: drivable, or a YAML file'),
    ('params_file', str(params_file('segmentation.yaml')), 'parameters of all nodes'),
)
"""Arguments of every launch file."""

WRONG_INPUT = 1  # exit status of a node whose parameters or input are wrong
RESPAWN = {'segmentation_node': {'respawn': True, 'respawn_delay': 5.0}}
"""
Options of a node that is started again if it ends before the launch does.

Not if its parameters are wrong: it would end again and again.
"""


class PackageError(LsnetError, LookupError):
    """A ROS package that a launch file was asked for is missing."""


def describe_launch(arguments: Sequence[Argument],
                    make_entities: Callable[[Dict[str, str]], Iterable[Any]]) -> Any:
    """
    Return a LaunchDescription: arguments, settings for large images, and nodes.

    :param make_entities: called with the value of each argument by name; returns the nodes
    """
    from launch.actions import DeclareLaunchArgument, OpaqueFunction, SetEnvironmentVariable

    from launch import LaunchDescription

    def make_list(context: Any) -> List[Any]:
        return list(make_entities({
            name: context.launch_configurations[name] for name, _, _ in arguments}))

    return LaunchDescription(
        [DeclareLaunchArgument(name, default_value=default, description=text)
         for name, default, text in arguments]
        + [SetEnvironmentVariable(*entry) for entry in prepare_transport(os.environ).items()]
        + [OpaqueFunction(function=make_list)])


def make_nodes(executables: Iterable[str], params: Sequence[Any], last: str = '',
               **options: Any) -> Iterator[Any]:
    """
    Yield launch_ros nodes of the package, all with the same parameters.

    :param params: parameter files and dictionaries; later ones override earlier ones
    :param last: the executable whose end shuts the launch down; none by default
    :param options: further arguments of ``launch_ros.actions.Node``
    """
    from launch.actions import Shutdown
    from launch_ros.actions import Node
    for executable in executables:
        on_exit = Shutdown(reason='the source has ended') if executable == last else end_if_wrong
        yield Node(package='lsnet_ros', executable=executable, output='screen',
                   parameters=list(params), on_exit=on_exit,
                   **RESPAWN.get(executable, {}), **options)


def require_package(name: str, argument: str) -> None:
    """
    Check that a ROS package is installed, before any node starts.

    Otherwise launch would end at its node and leave those before it running.

    :param argument: of the launch file, that asks for the package
    :raises PackageError: if it is not
    """
    from ament_index_python.packages import get_package_prefix, PackageNotFoundError
    try:
        get_package_prefix(name)
    except PackageNotFoundError as error:
        raise PackageError('the ROS package {} is not installed: apt install ros-{}-{}, or leave '
                           '{} out'.format(name, os.environ.get('ROS_DISTRO', 'DISTRO'),
                                           name.replace('_', '-'), argument)) from error


def end_if_wrong(event: Any, _: Any) -> Optional[List[Any]]:
    """
    Shut the launch down after a node that ended for its parameters or input.

    :param event: launch's ProcessExited
    """
    from launch.actions import Shutdown
    if event.returncode != WRONG_INPUT:
        return None
    return [Shutdown(reason='{} has ended: its last line says why'.format(event.process_name))]


def choose_texts(values: Dict[str, str]) -> Dict[str, Any]:
    """
    Return the values that are not empty as text parameters.

    Otherwise launch would turn a text such as "1" into a number.
    """
    from launch_ros.parameter_descriptions import ParameterValue
    return {name: ParameterValue(value, value_type=str) for name, value in values.items() if value}
