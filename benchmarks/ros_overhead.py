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
What ROS adds to the segmentation of a frame, beside the bare transport of its two messages.

Frames go in turn to an echo, which answers each with a mask made before, and to
segmentation_node; both are processes of their own. From the node's answer the time that its
segmenter took is taken off (``segmentation/timing``). Prints milliseconds and the ratio, and as
``beside_ms`` all that is neither the network nor the bare transport: preprocessing, decoding and
what the node does around them.

usage: ros_overhead.py [--model M] [--size HxW] [--frames N]
"""

import argparse
import array
import json
import os
import random
import subprocess
import sys
import time

from lsnet_ros.transport import transport_environment
import numpy as np
import rclpy
from rclpy.executors import ExternalShutdownException
from rclpy.qos import QoSProfile, ReliabilityPolicy

BEST_EFFORT = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
RELIABLE = QoSProfile(depth=1, reliability=ReliabilityPolicy.RELIABLE)
STAGES = ('network_ms', 'preprocess_ms', 'decode_ms')
TIMEOUT_S = 10.0


def echo(size):
    """Answer every image with a mask of the same stamp, as fast as rclpy can."""
    from sensor_msgs.msg import Image
    rclpy.init()
    node = rclpy.create_node('echo')
    mask = Image(height=size[0], width=size[1], encoding='mono8', step=size[1],
                 data=array.array('B', bytes(size[0] * size[1])))
    pub = node.create_publisher(Image, 'segmentation/mask', RELIABLE)

    def answer(image_msg):
        mask.header = image_msg.header
        pub.publish(mask)

    node.create_subscription(Image, 'image', answer, BEST_EFFORT)
    try:
        rclpy.spin(node)
    except (KeyboardInterrupt, ExternalShutdownException):
        pass


class Camera:
    """Sends frames below a namespace and waits for their masks."""

    def __init__(self, node, namespace, size):
        from diagnostic_msgs.msg import DiagnosticArray
        from sensor_msgs.msg import Image
        self._node, self._mask, self._timing = node, None, None
        self._pub = node.create_publisher(Image, namespace + '/image', BEST_EFFORT)
        node.create_subscription(Image, namespace + '/segmentation/mask', self._on_mask, RELIABLE)
        node.create_subscription(
            DiagnosticArray, namespace + '/segmentation/timing', self._on_timing,
            QoSProfile(depth=10, reliability=ReliabilityPolicy.BEST_EFFORT))
        noise = np.random.RandomState(0).randint(0, 256, size[0] * size[1] * 3)
        self._image = Image(height=size[0], width=size[1], encoding='rgb8', step=size[1] * 3,
                            data=array.array('B', noise.astype(np.uint8).tobytes()))

    def wait_for_subscriber(self):
        while not self._pub.get_subscription_count():
            rclpy.spin_once(self._node, timeout_sec=0.1)

    def ask(self, number, with_timing):
        """Return ms from the publication of a frame to its mask, and the node's stages in ms."""
        self._mask = self._timing = None
        self._image.header.stamp.sec = number
        began = time.perf_counter()
        self._pub.publish(self._image)
        while self._mask is None and time.perf_counter() - began < TIMEOUT_S:
            rclpy.spin_once(self._node, timeout_sec=0.5)
        answered = 1e3 * ((self._mask or float('nan')) - began)
        while with_timing and self._timing is None and time.perf_counter() - began < TIMEOUT_S:
            rclpy.spin_once(self._node, timeout_sec=0.5)
        return answered, self._timing or {}

    def _on_mask(self, _):
        self._mask = time.perf_counter()

    def _on_timing(self, timing_msg):
        self._timing = {pair.key: float(pair.value) for pair in timing_msg.status[0].values}


def measure(arguments):
    """Return the medians, and the ratio of what the node adds to the bare transport."""
    rclpy.init()
    node = rclpy.create_node('camera')
    bare, segmented = (Camera(node, name, arguments.size) for name in ('bare', 'segmented'))
    for camera in (bare, segmented):
        camera.wait_for_subscriber()
    rows = []
    for number in range(arguments.frames + 10):
        transport, _ = bare.ask(number, with_timing=False)
        whole, stages = segmented.ask(number, with_timing=True)
        rows.append((transport, whole) + tuple(stages.get(name, float('nan')) for name in STAGES))
    rows = np.array(rows[10:])
    lost = int(np.isnan(rows).any(axis=1).sum())
    transport, whole, network = np.nanmedian(rows[:, :3], axis=0)
    segmenter = rows[:, 2:].sum(1)
    added = float(np.nanmedian(rows[:, 1] - segmenter))
    return {'frames': arguments.frames, 'lost': lost, 'transport_ms': float(transport),
            'image_to_mask_ms': float(whole), 'segmenter_ms': float(np.nanmedian(segmenter)),
            'ros_ms': added, 'ratio': added / float(transport), 'network_ms': float(network),
            'beside_ms': float(np.nanmedian(rows[:, 1] - rows[:, 2] - rows[:, 0]))}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--model', default='lps-net-s-camvid')
    parser.add_argument('--size', default='1024x2048',
                        type=lambda text: tuple(int(side) for side in text.split('x')))
    parser.add_argument('--frames', type=int, default=100)
    parser.add_argument('--echo', action='store_true', help=argparse.SUPPRESS)
    arguments, _ = parser.parse_known_args()  # ROS takes its own
    if arguments.echo:
        return echo(arguments.size)
    os.environ['ROS_DOMAIN_ID'] = str(random.randrange(1, 200))
    os.environ.update(transport_environment(os.environ))
    height_width = '{}x{}'.format(*arguments.size)
    children = [
        subprocess.Popen([sys.executable, __file__, '--echo', '--size', height_width,
                          '--ros-args', '-r', '__ns:=/bare']),
        subprocess.Popen([sys.executable, '-m', 'lsnet_ros.nodes.segmentation_node', '--ros-args',
                          '-r', '__ns:=/segmented', '-p', 'model:=' + arguments.model])]
    try:
        print(json.dumps(measure(arguments), indent=2))
    finally:
        for child in children:
            child.kill()  # an rclpy that waits may miss SIGTERM
            child.wait()


if __name__ == '__main__':
    main()
