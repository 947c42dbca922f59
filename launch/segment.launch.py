# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Segment the frames of a camera, a file or a rendered street.

    ros2 launch lsnet_ros segment.launch.py                             a rendered street
    ros2 launch lsnet_ros segment.launch.py source:=/dev/video0 rviz:=true
    ros2 launch lsnet_ros segment.launch.py source:=none camera:=front image:=image_raw

With ``source:=none`` the images come from a camera driver that runs already.
"""

from launch_ros.actions import Node

from lsnet_ros.ament_prefix import params_file
from lsnet_ros.launching.launch_files import (
    choose_texts,
    describe_launch,
    make_nodes,
    NODE_ARGUMENTS,
    require_package,
)

ARGUMENTS = (
    ('source', 'street_scene', 'camera (/dev/video0), pipeline, video, folder, rosbag, '
                               'street_scene[:SEED]; none: a camera driver runs already'),
    ('camera', '', 'namespace of all topics, such as front; none by default'),
    ('image', 'image', 'topic of the images'),
    ('camera_height', '', 'm from the ground to the camera: freespace_node publishes free_space'),
    ('camera_tilt', '', 'rad of the camera below the horizontal, for freespace_node'),
    ('rviz', 'false', 'true: show image, overlay and classes in RViz'),
) + NODE_ARGUMENTS


def make_entities(given):
    """Yield the nodes; an argument that is given overrides the parameters file."""
    if given['rviz'] == 'true':
        require_package('rviz2', 'rviz:=true')
    names = ['segmentation_node'] + ['source_node'] * (given['source'] != 'none')
    names += ['freespace_node'] * bool(given['camera_height'])
    chosen = choose_texts({name: given[name] for name in ('model', 'backend', 'groups', 'source')})
    pose = {name: float(given[name]) for name in ('camera_height', 'camera_tilt') if given[name]}
    topics = [('image', given['image']), ('image/compressed', given['image'] + '/compressed')]
    namespace = given['camera'] or None
    yield from make_nodes(names, [given['params_file'], chosen, pose],
                          namespace=namespace, remappings=topics)
    if given['rviz'] == 'true':
        yield Node(package='rviz2', executable='rviz2', namespace=namespace,
                   remappings=[('/image', given['image'])] + [
                       (topic, topic.lstrip('/'))
                       for topic in ('/segmentation/overlay', '/segmentation/color')],
                   arguments=['-d', str(params_file('segment.rviz'))])


def generate_launch_description():
    """Return the arguments, the settings for large images, and the nodes."""
    return describe_launch(ARGUMENTS, make_entities)
