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
Segment what a camera, a file or a rendered street shows.

    ros2 launch lsnet_ros segment.launch.py                             a rendered street
    ros2 launch lsnet_ros segment.launch.py source:=/dev/video0 rviz:=true
    ros2 launch lsnet_ros segment.launch.py source:=none camera:=front image:=image_raw

With ``source:=none`` the images are those of a driver that runs already.
"""

import os

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, OpaqueFunction, SetEnvironmentVariable
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue
from lsnet_ros.transport import params_file, transport_environment

ARGUMENTS = (
    ('source', 'street_scene', 'camera (/dev/video0), pipeline, video, folder, rosbag, '
                               'street_scene[:SEED]; none: a camera driver runs already'),
    ('camera', '', 'namespace of all topics, such as front; none by default'),
    ('image', 'image', 'topic of the images'),
    ('model', '', 'name or folder of a model; by default what params_file says'),
    ('backend', '', 'tensorrt, openvino, onnx, torch or auto; by default what params_file says'),
    ('rviz', 'false', 'true: show image, overlay and classes in RViz'),
    ('params_file', str(params_file('segmentation.yaml')), 'parameters of all nodes'),
)


def nodes(context):
    """Return the nodes; an argument that is given goes before the parameters file."""
    given = {name: context.launch_configurations[name] for name, _, _ in ARGUMENTS}
    chosen = {name: ParameterValue(given[name], value_type=str)
              for name in ('model', 'backend', 'source') if given[name]}
    topics = [('image', given['image']), ('image/compressed', given['image'] + '/compressed')]
    for executable in ['segmentation_node'] + ['source_node'] * (given['source'] != 'none'):
        yield Node(package='lsnet_ros', executable=executable, output='screen',
                   namespace=given['camera'] or None, remappings=topics,
                   parameters=[given['params_file'], chosen])
    if given['rviz'] == 'true':
        yield Node(package='rviz2', executable='rviz2', namespace=given['camera'] or None,
                   remappings=[('/image', given['image'])] + [
                       (topic, topic.lstrip('/'))
                       for topic in ('/segmentation/overlay', '/segmentation/color')],
                   arguments=['-d', str(params_file('segment.rviz'))])


def generate_launch_description():
    """Return the arguments, the settings for large images, and the nodes."""
    return LaunchDescription(
        [DeclareLaunchArgument(name, default_value=default, description=text)
         for name, default, text in ARGUMENTS]
        + [SetEnvironmentVariable(*entry) for entry in transport_environment(os.environ).items()]
        + [OpaqueFunction(function=lambda context: list(nodes(context)))])
