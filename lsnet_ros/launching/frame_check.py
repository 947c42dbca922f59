# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Send camera-sized frames from one process to another and count the arrivals."""

import argparse
import json
import subprocess
import time
from typing import Any, Dict, List, Mapping, NamedTuple, Optional

import numpy as np

from lsnet_ros.launching.domains import choose_domain_id
from lsnet_ros.limits.children import module_command

TOPIC = 'lsnet_ros/frame_check'
HEIGHT, WIDTH = 1024, 2048  # px
PERIOD_S = 0.1
PATIENCE_S = 20.0           # longest wait for the other process, and for the last frame


class Exchange(NamedTuple):
    """Frames sent and received between two processes."""

    sent: int
    received: int
    age_ms: Optional[float]  # median on arrival; None if no frame was received

    def as_json(self) -> Dict[str, Any]:
        """Return the counts as the receiver prints them."""
        return dict(self._asdict())


def middleware() -> str:
    """
    Return the name of the middleware in use, such as rmw_fastrtps_cpp.

    :raises ImportError: if there is no ROS
    """
    from rclpy import get_rmw_implementation_identifier
    return get_rmw_implementation_identifier()


def count_frames(frames: int, environment: Mapping[str, str]) -> Exchange:
    """
    Send best-effort frames of 1024x2048 at 10 Hz between two new processes.

    They run in a ROS domain of their own, so that no robot sees them.

    :param environment: of the two processes
    :raises subprocess.CalledProcessError: if one of the processes fails
    """
    environment = dict(environment, ROS_DOMAIN_ID=choose_domain_id())
    command = module_command('lsnet_ros.launching.frame_check') + [str(frames)]
    # In sessions of their own, a Ctrl+C does not reach the two; this process kills them.
    receiver = subprocess.Popen(command + ['receive'], env=environment, stdout=subprocess.PIPE,
                                start_new_session=True)
    try:
        subprocess.check_call(command + ['send'], env=environment, start_new_session=True)
        output, _ = receiver.communicate(timeout=2 * PATIENCE_S)
    finally:
        receiver.kill()
        receiver.wait()
    if receiver.returncode:
        raise subprocess.CalledProcessError(receiver.returncode, command)
    return Exchange(**json.loads(output.decode()))


def main() -> None:
    """Run one of the two processes."""
    import rclpy
    parser = argparse.ArgumentParser()
    parser.add_argument('frames', type=int)
    parser.add_argument('role', choices=['send', 'receive'])
    args = parser.parse_args()
    rclpy.init()
    node = rclpy.create_node('frame_check_' + args.role)
    try:
        {'send': _send, 'receive': _receive}[args.role](node, args.frames)
    finally:
        node.destroy_node()
        rclpy.try_shutdown()


def _send(node: Any, frames: int) -> None:
    """Publish the frames, once there is a subscriber."""
    from rclpy.qos import qos_profile_sensor_data
    from sensor_msgs.msg import Image
    from std_msgs.msg import Header

    from lsnet_ros.frames.messages import from_rgb
    publisher = node.create_publisher(Image, TOPIC, qos_profile_sensor_data)
    deadline = time.monotonic() + PATIENCE_S
    while not publisher.get_subscription_count() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(1.0)  # the receiver has to find the sender too
    image_msg = from_rgb(np.zeros((HEIGHT, WIDTH, 3), np.uint8), Header())
    for _ in range(frames):
        started = time.monotonic()
        image_msg.header.stamp = node.get_clock().now().to_msg()
        publisher.publish(image_msg)
        time.sleep(max(0., started + PERIOD_S - time.monotonic()))
    time.sleep(1.0)  # the last frame is on its way


def _receive(node: Any, frames: int) -> None:
    """Count frames until all have arrived or the sender has left; print the result as JSON."""
    import rclpy
    from rclpy.qos import QoSProfile, ReliabilityPolicy
    from rclpy.time import Time
    from sensor_msgs.msg import Image
    ages_ms: List[float] = []

    def on_image(image_msg: Any) -> None:
        age = node.get_clock().now() - Time.from_msg(image_msg.header.stamp)
        ages_ms.append(age.nanoseconds / 1e6)

    # A queue for all of them: the transport is under test, not the speed of this process.
    node.create_subscription(Image, TOPIC, on_image, QoSProfile(
        depth=frames, reliability=ReliabilityPolicy.BEST_EFFORT))
    deadline = time.monotonic() + PATIENCE_S + frames * PERIOD_S
    was_found = False
    while len(ages_ms) < frames and time.monotonic() < deadline:
        is_found = node.count_publishers(TOPIC) > 0
        if was_found and not is_found:
            break
        was_found = was_found or is_found
        rclpy.spin_once(node, timeout_sec=0.1)
    counts = Exchange(frames, len(ages_ms), float(np.median(ages_ms)) if ages_ms else None)
    print(json.dumps(counts.as_json()))


if __name__ == '__main__':
    main()
