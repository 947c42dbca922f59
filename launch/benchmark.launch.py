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
Take the time of segmentation_node at one rate of a source that is prepared before.

    ros2 launch lsnet_ros benchmark.launch.py rate:=30.0 output:=run
    ros2 launch lsnet_ros benchmark.launch.py source:=PATH image_topic:=/image frames:=1000

Ends when all frames were shown; report.html, latency.json and RobotPerf's benchmark.yaml are then
in the folder ``output``. "lsnet benchmark --ros" does the same at several rates, several times.
"""

import os

from launch import LaunchDescription
from launch.actions import (
    DeclareLaunchArgument, OpaqueFunction, SetEnvironmentVariable, Shutdown)
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue
from lsnet_ros.transport import params_file, transport_environment

ARGUMENTS = (
    ('source', 'street_scene:1', 'rosbag, folder of images, video, or street_scene:SEED'),
    ('image_topic', '/image', 'topic of the images in a rosbag'),
    ('height', '360', 'px, of a street scene'),
    ('width', '480', 'px, of a street scene'),
    ('prepared', '10', 'frames of the source, held in memory and shown in turn'),
    ('rate', '10.0', 'frames per second'),
    ('frames', '300', 'end after so many, those of the warm-up among them; 0: at Ctrl+C'),
    ('warm_up', '50', 'masks at the beginning that the figures leave out'),
    ('deadline_ms', '0.0', 'ms from image to mask; what takes longer is a miss; 0: none'),
    ('output', 'latency', 'folder for the report and its files'),
    ('model', '', 'name or folder of a model; by default what params_file says'),
    ('backend', '', 'tensorrt, openvino, onnx, torch or auto; by default what params_file says'),
    ('params_file', str(params_file('segmentation.yaml')), 'parameters of all nodes'),
)
NUMBERS = {'height': int, 'width': int, 'prepared': int, 'frames': int, 'warm_up': int,
           'rate': float, 'deadline_ms': float}
REPORT_S = '60'  # that latency_node is given for its report; a Nano takes longer than 5


def nodes(context):
    """Return the three nodes; all end when the source does."""
    given = {name: context.launch_configurations[name] for name, _, _ in ARGUMENTS}
    defaults, folder = given.pop('params_file'), os.path.abspath(given.pop('output'))
    chosen = {name: NUMBERS[name](text) if name in NUMBERS else ParameterValue(
        text, value_type=str) for name, text in given.items() if text}
    chosen.update(latency_folder=folder, playback_report=os.path.join(folder, 'playback.json'))
    for executable in ('segmentation_node', 'latency_node', 'playback_node'):
        ending = {'on_exit': Shutdown(reason='the source has ended')}
        yield Node(package='lsnet_ros', executable=executable, output='screen',
                   parameters=[defaults, chosen], sigterm_timeout=REPORT_S,
                   **(ending if executable == 'playback_node' else {}))


def generate_launch_description():
    """Return the arguments, the settings for large images, and the nodes."""
    return LaunchDescription(
        [DeclareLaunchArgument(name, default_value=default, description=text)
         for name, default, text in ARGUMENTS]
        + [SetEnvironmentVariable(*entry) for entry in transport_environment(os.environ).items()]
        + [OpaqueFunction(function=lambda context: list(nodes(context)))])
