# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Segment a rosbag frame by frame and compare the masks with the truth in it.

    ros2 launch lsnet_ros evaluate.launch.py bag:=PATH image_topic:=/image target_topic:=/target
    ros2 launch lsnet_ros evaluate.launch.py bag:=street_scene:7 frames:=100

Ends with the bag; the IoU of each class is then in the file ``report``. The source may also be a
folder of images with its annotations beside it, or a rendered street.
"""

import os

from lsnet_ros.launching.launch_files import (
    choose_texts,
    describe_launch,
    make_nodes,
    NODE_ARGUMENTS,
)

ARGUMENTS = (
    ('bag', None, 'rosbag (folder, .bag, .db3 or .mcap), or another source with truth'),
    ('image_topic', '/image', 'topic of the images in the bag'),
    ('target_topic', '/target', 'topic of the truth in the bag: mono8 class ids'),
    ('ignore', '', 'values of the truth that mean no class, besides 255, such as 0,11'),
    ('map', '', 'YAML file, value of the truth -> class name; by default class ids'),
    ('frames', '0', 'frames to evaluate; 0: all'),
    ('lockstep', 'true', 'true: no frame is dropped; false: at the pace of recording'),
    ('report', 'evaluation.json', 'file for the result'),
) + NODE_ARGUMENTS


def make_entities(given):
    """Yield the three nodes; all end when the source does."""
    same = ('image_topic', 'target_topic', 'ignore', 'map', 'model', 'backend', 'groups')
    chosen = choose_texts(dict({name: given[name] for name in same}, source=given['bag'],
                               report_path=os.path.abspath(given['report'])))
    chosen.update(lockstep=given['lockstep'] == 'true', frames=int(given['frames']))
    return make_nodes(('segmentation_node', 'evaluation_node', 'source_node'),
                      [given['params_file'], chosen], last='source_node')


def generate_launch_description():
    """Return the arguments, the settings for large images, and the nodes."""
    return describe_launch(ARGUMENTS, make_entities)
