# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Segment the frames of a camera, a file or a rendered street.

    ros2 launch lsnet_ros segment.launch.py                             a rendered street
    ros2 launch lsnet_ros segment.launch.py source:=/dev/video0 rviz:=true
    ros2 launch lsnet_ros segment.launch.py source:=none camera:=front image:=image_raw
    ros2 launch lsnet_ros segment.launch.py source:=none cameras:=front,left image:=image_raw

With ``source:=none`` the images come from camera drivers that run already.
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
    ('cameras', '', 'namespaces of several cameras, such as front,left; within that of camera'),
    ('image', 'image', 'topic of the images'),
    ('camera_height', '', 'm from the ground to the camera: freespace_node publishes free_space'),
    ('camera_tilt', '', 'rad of the camera below the horizontal, for freespace_node'),
    ('managed', 'false', 'true: a lifecycle manager, such as that of Nav2, starts the '
                         'segmentation'),
    ('rviz', 'false', 'true: show image, overlay and classes in RViz'),
    ('web', 'false', 'true: show them in a browser, by web_video_server: http://ROBOT:8080'),
) + NODE_ARGUMENTS
VIEWERS = {'rviz': 'rviz2', 'web': 'web_video_server'}  # packages that arguments ask for


def join(namespace, name):
    """Return a name in a namespace, either of which may be empty."""
    return '/'.join(part for part in (namespace, name) if part)


def make_entities(given):
    """Yield the nodes; an argument that is given overrides the parameters file."""
    for argument, package in VIEWERS.items():
        if given[argument] == 'true':
            require_package(package, argument + ':=true')
    chosen = choose_texts({name: given[name] for name in (
        'model', 'backend', 'groups', 'source', 'cameras')})
    pose = {name: float(given[name]) for name in ('camera_height', 'camera_tilt') if given[name]}
    params = [given['params_file'], chosen] + [pose] * bool(pose)
    if given['managed'] == 'true':
        params.append({'managed': True})
    cameras = [name.strip() for name in given['cameras'].split(',')]
    topics = [(join(name, topic), join(name, given['image'] + topic[len('image'):]))
              for name in cameras for topic in ('image', 'image/compressed')]
    namespace = given['camera'] or None
    yield from make_nodes(['segmentation_node'], params, namespace=namespace, remappings=topics)
    others = (['source_node'] * (given['source'] != 'none')
              + ['freespace_node'] * bool(given['camera_height']))
    for name in cameras:
        yield from make_nodes(others, params, namespace=join(given['camera'], name) or None,
                              remappings=[('image', given['image'])])
    if given['rviz'] == 'true':
        yield Node(package='rviz2', executable='rviz2', namespace=namespace,
                   remappings=[('/image', given['image'])] + [
                       (topic, topic.lstrip('/'))
                       for topic in ('/segmentation/overlay', '/segmentation/color')],
                   arguments=['-d', str(params_file('segment.rviz'))])
    if given['web'] == 'true':
        yield Node(package='web_video_server', executable='web_video_server')


def generate_launch_description():
    """Return the arguments, the settings for large images, and the nodes."""
    return describe_launch(ARGUMENTS, make_entities)
