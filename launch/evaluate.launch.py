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
Segment a rosbag frame by frame and compare with the truth that it holds.

    ros2 launch lsnet_ros evaluate.launch.py bag:=PATH image_topic:=/image target_topic:=/target
    ros2 launch lsnet_ros evaluate.launch.py bag:=street_scene:7 frames:=100

Ends with the bag; the IoU of each class is then in the file ``report``. A folder of images with
its annotations beside, or a rendered street, will do as well as a bag.
"""

import os

from launch import LaunchDescription
from launch.actions import (
    DeclareLaunchArgument, OpaqueFunction, SetEnvironmentVariable, Shutdown)
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue
from lsnet_ros.transport import params_file, transport_environment

ARGUMENTS = (
    ('bag', None, 'rosbag (folder, .db3 or .mcap), or another source with truth'),
    ('image_topic', '/image', 'topic of the images in the bag'),
    ('target_topic', '/target', 'topic of the truth in the bag: mono8 class ids'),
    ('frames', '0', 'end after so many; 0: all'),
    ('lockstep', 'true', 'true: no frame is dropped; false: at the pace of recording'),
    ('report', 'evaluation.json', 'file for the result'),
    ('model', '', 'name or folder of a model; by default what params_file says'),
    ('backend', '', 'tensorrt, openvino, onnx, torch or auto; by default what params_file says'),
    ('params_file', str(params_file('segmentation.yaml')), 'parameters of all nodes'),
)


def nodes(context):
    """Return the three nodes; all end when the source does."""
    given = {name: context.launch_configurations[name] for name, _, _ in ARGUMENTS}
    texts = {'source': given['bag'], 'image_topic': given['image_topic'],
             'target_topic': given['target_topic'], 'model': given['model'],
             'backend': given['backend'], 'report_path': os.path.abspath(given['report'])}
    chosen = {name: ParameterValue(text, value_type=str) for name, text in texts.items() if text}
    chosen.update(lockstep=given['lockstep'] == 'true', frames=int(given['frames']))
    for executable in ('segmentation_node', 'evaluation_node', 'source_node'):
        ending = {'on_exit': Shutdown(reason='the source has ended')}
        yield Node(package='lsnet_ros', executable=executable, output='screen',
                   parameters=[given['params_file'], chosen],
                   **(ending if executable == 'source_node' else {}))


def generate_launch_description():
    """Return the arguments, the settings for large images, and the nodes."""
    return LaunchDescription(
        [DeclareLaunchArgument(name, default_value=default, description=text)
         for name, default, text in ARGUMENTS]
        + [SetEnvironmentVariable(*entry) for entry in transport_environment(os.environ).items()]
        + [OpaqueFunction(function=lambda context: list(nodes(context)))])
