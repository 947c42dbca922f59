# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Overhead of ROS in the segmentation of a frame, compared with the bare transport of two messages.

Frames alternate between an echo node, which answers each with a prepared mask, and
segmentation_node; both run in processes of their own. The segmenter's own time
(``segmentation/timing``) is subtracted from the node's response time. Prints milliseconds and the
ratio, and as ``beside_ms`` the time that is neither the network nor the bare transport:
preprocessing, decoding and the work of the node around them.

usage: ros_overhead.py [--model M] [--size HxW] [--frames N]
"""

import argparse
import array
import json
import os
import subprocess
import sys
import time

import numpy as np
import rclpy
from rclpy.executors import ExternalShutdownException
from rclpy.qos import QoSProfile, ReliabilityPolicy

from lsnet_ros.launching.domains import choose_domain_id
from lsnet_ros.launching.transport import prepare_transport

BEST_EFFORT = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
RELIABLE = QoSProfile(depth=1, reliability=ReliabilityPolicy.RELIABLE)
STAGES = ('network_ms', 'preprocess_ms', 'decode_ms')
TIMEOUT_S = 10.0


def run_echo(size):
    """Answer each image with a mask of the same stamp, as fast as rclpy can."""
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


class MaskClient:
    """Sends frames to the node in a namespace and waits for their masks."""

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

    def request_mask(self, number, with_timing):
        """Return the time from publishing a frame to its mask and the node's stage times, ms."""
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
    """Return the medians, and the ratio of the node's overhead to the bare transport."""
    rclpy.init()
    node = rclpy.create_node('camera')
    bare, segmented = (MaskClient(node, name, arguments.size) for name in ('bare', 'segmented'))
    for client in (bare, segmented):
        client.wait_for_subscriber()
    rows = []
    for number in range(arguments.frames + 10):
        transport, _ = bare.request_mask(number, with_timing=False)
        whole, stages = segmented.request_mask(number, with_timing=True)
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
    arguments, _ = parser.parse_known_args()  # the others are for ROS
    if arguments.echo:
        return run_echo(arguments.size)
    os.environ['ROS_DOMAIN_ID'] = choose_domain_id()
    os.environ.update(prepare_transport(os.environ))
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
            child.kill()  # a waiting rclpy may miss SIGTERM
            child.wait()


if __name__ == '__main__':
    main()
