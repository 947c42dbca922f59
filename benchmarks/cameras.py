# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Several cameras in one segmentation_node beside a node for each, under the same frames, in turns.

This process publishes the frames of all cameras and counts the masks of each.

usage: cameras.py [--cameras N] [--rate HZ] [--seconds S] [--rounds N] [--model M]
"""

import argparse
import contextlib
from pathlib import Path
import sys
import tempfile
import time
from typing import Any, Dict, List, NamedTuple

import numpy as np
import rclpy
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import Image

from lsnet_ros.board.process_use import read_process_use
from lsnet_ros.datasets.street_scene import StreetScene
from lsnet_ros.frames.messages import from_rgb, make_header
from lsnet_ros.launching.processes import running, RunningNode, set_environment
from lsnet_ros.models.folder import DEFAULT_MODEL

BEST_EFFORT = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
START_S = 60.0  # longest start of all nodes


class Outcome(NamedTuple):
    """Work of one way to serve the cameras."""

    rate: float           # masks per second, of all cameras
    least: float          # masks of the camera with fewest, over those of a camera on average
    memory_mb: float      # resident, of all nodes
    cpu_ms: float         # for each mask


class Cameras(Node):
    """Publishes a frame on each camera at a rate, and counts the masks."""

    def __init__(self, names: List[str], rate: float) -> None:
        super().__init__('cameras')
        self._images = {name: from_rgb(StreetScene(seed).frame(0).image, make_header(1, name))
                        for seed, name in enumerate(names)}
        self.pubs = {name: self.create_publisher(Image, name + '/image', BEST_EFFORT)
                     for name in names}
        self.masks = dict.fromkeys(names, 0)
        for name in names:
            self.create_subscription(Image, name + '/segmentation/mask',
                                     lambda _, name=name: self._count(name), 10)
        self.create_timer(1.0 / rate, self._publish)

    def _count(self, name: str) -> None:
        self.masks[name] += 1

    def _publish(self) -> None:
        stamp = self.get_clock().now().to_msg()
        for name, image_msg in self._images.items():
            image_msg.header.stamp = stamp
            self.pubs[name].publish(image_msg)


def measure(cameras: Cameras, groups: List[str], seconds: float, model: str) -> Outcome:
    """Run a node for each group of cameras."""
    with contextlib.ExitStack() as stack:
        nodes = []
        for names in groups:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            nodes.append(stack.enter_context(running(
                folder, 'segmentation_node', cameras=names, model=model)))
        spin_until(cameras, lambda: all(
            pub.get_subscription_count() for pub in cameras.pubs.values()), START_S)
        spin(cameras, 2.0)
        before, used = dict(cameras.masks), sum_up(nodes, 'cpu_s')
        spin(cameras, seconds)
        masks = [cameras.masks[name] - before[name] for name in before]
        cpu_s, memory_mb = sum_up(nodes, 'cpu_s') - used, sum_up(nodes, 'memory_mb')
    return Outcome(sum(masks) / seconds, min(masks) / np.mean(masks), memory_mb,
                   1e3 * cpu_s / max(1, sum(masks)))


def sum_up(nodes: List[RunningNode], field: str) -> float:
    """Return the sum of a resource over all nodes."""
    return float(sum(getattr(read_process_use(node.process.pid), field) for node in nodes))


def spin(node: Any, seconds: float) -> None:
    """Let a node work for a while."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        rclpy.spin_once(node, timeout_sec=0.05)


def spin_until(node: Any, is_done: Any, longest_s: float) -> None:
    """Let a node work until something is so; raise a TimeoutError after too long."""
    end = time.monotonic() + longest_s
    while not is_done():
        if time.monotonic() > end:
            raise TimeoutError('the nodes have not started within {:.0f} s'.format(longest_s))
        rclpy.spin_once(node, timeout_sec=0.05)


def main() -> int:
    """Print a table; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument('--cameras', type=int, default=4)
    parser.add_argument('--rate', type=float, default=10.0)
    parser.add_argument('--seconds', type=float, default=20.0)
    parser.add_argument('--rounds', type=int, default=3)
    parser.add_argument('--model', default=DEFAULT_MODEL)
    args = parser.parse_args()
    set_environment()
    rclpy.init()
    names = ['camera_{}'.format(number) for number in range(args.cameras)]
    cameras = Cameras(names, args.rate)
    ways = {'one node': [','.join(names)], 'a node each': names}
    found: Dict[str, List[Outcome]] = {way: [] for way in ways}
    for _ in range(args.rounds):
        for way, groups in ways.items():
            found[way].append(measure(cameras, groups, args.seconds, args.model))
    print('{} cameras of 480x360 at {:g} Hz, {}'.format(args.cameras, args.rate, args.model))
    for way, outcomes in found.items():
        median = Outcome(*np.median(outcomes, axis=0))
        print('{}: {:.1f} masks/s, the least served camera has {:.0%} of its share, {:.0f} MB, '
              '{:.0f} ms of CPU a mask'.format(way, *median))
    rclpy.shutdown()
    return 0


if __name__ == '__main__':
    sys.exit(main())
