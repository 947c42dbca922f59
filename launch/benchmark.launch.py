# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Measure the latency of segmentation_node at one rate, with frames prepared in memory.

    ros2 launch lsnet_ros benchmark.launch.py rate:=30.0 output:=run
    ros2 launch lsnet_ros benchmark.launch.py source:=PATH image_topic:=/image frames:=1000

Ends with the last frame; report.html, latency.json and RobotPerf's benchmark.yaml are then in the
folder ``output``. "lsnet benchmark --ros" does the same at several rates, several times.
"""

import os

from lsnet_ros.launching.launch_files import (
    choose_texts,
    describe_launch,
    make_nodes,
    NODE_ARGUMENTS,
)

ARGUMENTS = (
    ('source', 'street_scene:1', 'rosbag, folder of images, video, or street_scene:SEED'),
    ('image_topic', '/image', 'topic of the images in a rosbag'),
    ('height', '360', 'px, of a street scene'),
    ('width', '480', 'px, of a street scene'),
    ('prepared', '10', 'frames of the source, kept in memory and shown in turn'),
    ('rate', '10.0', 'frames per second'),
    ('frames', '300', 'frames to show, including the warm-up; 0: until Ctrl+C'),
    ('warm_up', '50', 'first masks, left out of the figures'),
    ('deadline_ms', '0.0', 'ms from image to mask; a longer latency is a miss; 0: no deadline'),
    ('output', 'latency', 'folder for the report and its files'),
) + NODE_ARGUMENTS
NUMBERS = {'height': int, 'width': int, 'prepared': int, 'frames': int, 'warm_up': int,
           'rate': float, 'deadline_ms': float}
REPORT_S = '60'  # time for latency_node to write its report; a Nano takes longer than 5 s


def make_entities(given):
    """Yield the three nodes; all end when the source does."""
    folder, params_file = os.path.abspath(given.pop('output')), given.pop('params_file')
    numbers = {name: NUMBERS[name](given.pop(name)) for name in NUMBERS if given[name]}
    chosen = dict(choose_texts(given), latency_folder=folder,
                  playback_report=os.path.join(folder, 'playback.json'), **numbers)
    return make_nodes(('segmentation_node', 'latency_node', 'playback_node'),
                      [params_file, chosen], last='playback_node', sigterm_timeout=REPORT_S)


def generate_launch_description():
    """Return the arguments, the settings for large images, and the nodes."""
    return describe_launch(ARGUMENTS, make_entities)
