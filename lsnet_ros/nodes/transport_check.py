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
Send camera frames from one process to another and count what arrives.

What a middleware does with large frames depends on its configuration, on the machine's limits and
on the variables of the environment; only sending real ones tells.
"""

import json
import os
import subprocess
import sys
import time
from typing import List, Mapping, NamedTuple, Optional

import numpy as np

from ..latency import LatencyRecorder

LONGEST_START_S = 20.0  # for two processes to start and find each other


class TransportCheck(NamedTuple):
    """What arrived of the frames sent to another process of this machine."""

    sent: int
    received: int
    latency_ms: Optional[dict]  # 'p50', 'p95', 'p99' from before publish to the callback


def check_transport(frames: int = 30, rate: float = 10.0, height: int = 1024, width: int = 2048,
                    environ: Mapping[str, str] = os.environ) -> TransportCheck:
    """
    Send best-effort rgb8 frames between two new processes that have the given environment.

    :param rate: frames each second
    :raises RuntimeError: if the processes fail or do not find each other
    """
    topic = 'transport_check_{}'.format(os.getpid())
    arguments = [topic, str(frames), str(rate), str(height), str(width)]
    receiver, sender = [subprocess.Popen(
        [sys.executable, '-m', __name__, role] + arguments, env=dict(environ),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
        for role in ('receive', 'send')]
    try:
        limit = frames / rate + 3 * LONGEST_START_S
        outputs = [process.communicate(timeout=limit) for process in (sender, receiver)]
    finally:
        for process in (sender, receiver):
            process.kill()
            process.wait()
    if sender.returncode or receiver.returncode:
        raise RuntimeError('the transport check failed: {}'.format(
            (outputs[0][1] + outputs[1][1]).strip() or 'its processes ended early'))
    return TransportCheck(frames, **json.loads(outputs[1][0].splitlines()[-1]))


def main(arguments: List[str]) -> int:
    """Run one of the two processes: ``send`` or ``receive`` TOPIC FRAMES RATE HEIGHT WIDTH."""
    import rclpy
    role, topic = arguments[0], arguments[1]
    frames, rate = int(arguments[2]), float(arguments[3])
    size = int(arguments[4]), int(arguments[5])
    rclpy.init(args=[])
    node = rclpy.create_node(topic + '_' + role)
    try:
        if role == 'send':
            return _send(node, topic, frames, rate, size)
        return _receive(node, topic, frames)
    finally:
        node.destroy_node()
        rclpy.try_shutdown()


def _send(node, topic: str, frames: int, rate: float, size: tuple) -> int:
    """Publish frames of noise, stamped with the machine's monotonic clock."""
    from rclpy.qos import QoSProfile, ReliabilityPolicy
    from sensor_msgs.msg import Image
    from . import messages
    pub = node.create_publisher(
        Image, topic, QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT))
    latest_start = time.monotonic() + LONGEST_START_S
    while not pub.get_subscription_count():
        if time.monotonic() > latest_start:
            print('no subscriber found within {} s'.format(LONGEST_START_S), file=sys.stderr)
            return 1
        time.sleep(0.05)
    time.sleep(0.5)  # the subscriber finds the publisher a moment later than it is found
    image_msg = messages.from_rgb(np.random.RandomState(0).randint(
        0, 256, size + (3,)).astype(np.uint8), _header(0, 0.0))
    start = time.monotonic()
    for index in range(frames):
        time.sleep(max(0.0, start + index / rate - time.monotonic()))
        image_msg.header = _header(index, time.monotonic())
        pub.publish(image_msg)
    time.sleep(1.0)
    return 0


def _receive(node, topic: str, frames: int) -> int:
    """Print how many frames came until the last one, or until the publisher is gone."""
    import rclpy
    from rclpy.qos import QoSProfile, ReliabilityPolicy
    from sensor_msgs.msg import Image
    from . import messages
    latency, indices = LatencyRecorder(window=frames), set()

    def on_image(image_msg):
        latency.add(time.monotonic() - messages.stamp_ns(image_msg.header) / 1e9)
        indices.add(int(image_msg.header.frame_id))

    sub = node.create_subscription(Image, topic, on_image, QoSProfile(
        depth=frames, reliability=ReliabilityPolicy.BEST_EFFORT))
    latest_start, met = time.monotonic() + LONGEST_START_S, False
    while frames - 1 not in indices:
        rclpy.spin_once(node, timeout_sec=0.2)
        publishers = node.count_publishers(sub.topic_name)
        met = met or publishers > 0
        if met and not publishers or not met and time.monotonic() > latest_start:
            break
    print(json.dumps({'received': len(indices),
                      'latency_ms': latency.percentiles_ms() if indices else None}))
    return 0


def _header(index: int, seconds: float):
    """Return a std_msgs/Header that carries a frame's number and the time it was sent at."""
    from std_msgs.msg import Header
    header = Header(frame_id=str(index))
    header.stamp.sec = int(seconds)
    header.stamp.nanosec = int(seconds % 1 * 10**9)
    return header


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
