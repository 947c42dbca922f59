# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Time from the start of segmentation_node's process to its first mask, beside a camera at 30 Hz.

The camera runs already, and so does the subscriber to the masks. Prints each start and the median.

usage: first_mask.py [--starts N] [--model M] [--backend B]
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from typing import List, Optional

import rclpy
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import Image

from lsnet_ros.board.machine import processor
from lsnet_ros.datasets.street_scene import StreetScene
from lsnet_ros.frames.messages import from_rgb, make_header
from lsnet_ros.launching.processes import set_environment
from lsnet_ros.models.folder import DEFAULT_MODEL

RATE = 30.0
LONGEST_S = 60.0
REST_S = 1.0  # between two starts


class Camera(Node):
    """Publishes a frame of 480x360 at a rate, and notes when a mask arrives."""

    def __init__(self) -> None:
        super().__init__('camera')
        self._image = from_rgb(StreetScene(3).frame(0).image, make_header(1, 'camera'))
        best_effort = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
        self._pub = self.create_publisher(Image, 'image', best_effort)
        self.create_subscription(Image, 'segmentation/mask', self._note, 10)
        self.create_timer(1.0 / RATE, lambda: self._pub.publish(self._image))
        self.mask_at: Optional[float] = None

    def _note(self, _: Image) -> None:
        if self.mask_at is None:
            self.mask_at = time.perf_counter()


def time_start(camera: Camera, command: List[str]) -> float:
    """Return the time from the start of a node to its first mask, s."""
    camera.mask_at = None
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while camera.mask_at is None:
            rclpy.spin_once(camera, timeout_sec=0.05)
            if time.perf_counter() > began + LONGEST_S or process.poll() is not None:
                sys.exit('no mask: the node says why: ' + ' '.join(command))
        return camera.mask_at - began
    finally:
        process.terminate()
        process.wait()
        end = time.perf_counter() + REST_S
        while time.perf_counter() < end:
            rclpy.spin_once(camera, timeout_sec=0.05)


def main() -> None:
    """Measure all starts."""
    parser = argparse.ArgumentParser(description=__doc__.strip().partition('\n')[0])
    parser.add_argument('--starts', type=int, default=10)
    parser.add_argument('--model', default=DEFAULT_MODEL)
    parser.add_argument('--backend', default='auto')
    options = parser.parse_args()
    set_environment()
    rclpy.init()
    camera = Camera()
    command = [sys.executable, '-m', 'lsnet_ros.nodes.segmentation_node', '--ros-args',
               '-p', 'model:=' + options.model, '-p', 'backend:=' + options.backend]
    time_start(camera, command)  # of a machine that has not seen the model: it times the backends
    load = os.getloadavg()[0]
    seconds = [time_start(camera, command) for _ in range(options.starts)]
    print('{}, load {:.2f} before'.format(processor(), load))
    print('{}, backend {}: s from the start of the process to the first mask: {}'.format(
        options.model, options.backend, ', '.join(map('{:.2f}'.format, seconds))))
    print('median {:.2f} s'.format(statistics.median(seconds)))


if __name__ == '__main__':
    main()
