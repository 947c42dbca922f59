# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Other nodes that do not fit, told by a guard of a real node."""

import pytest

rclpy = pytest.importorskip('rclpy')
from rclpy.qos import qos_profile_sensor_data  # noqa: E402
from sensor_msgs.msg import CompressedImage, Image  # noqa: E402

from lsnet_ros.nodes.guard import Guard  # noqa: E402


@pytest.fixture
def other(ros):
    """Give a node beside the probe, with a participant of its own."""
    context = rclpy.Context()
    rclpy.init(context=context, args=[])
    yield rclpy.create_node('camera', context=context)
    rclpy.try_shutdown(context=context)


def test_publishers_that_do_not_fit_are_told_with_the_remedy(probe, other):
    guard = Guard(probe.node)
    for topic in ('twice', 'typed', 'weak', 'fine'):
        guard.subscribe(Image, topic, lambda message: None, 10, is_single=True)
    assert guard.warnings() == []
    create = other.create_publisher
    kept = [create(Image, 'twice', 10), create(Image, 'twice', 10), create(Image, 'fine', 10),
            create(CompressedImage, 'typed', 10), create(Image, 'weak', qos_profile_sensor_data)]
    # A publisher is seen before the name of its node is.
    probe.spin_until(lambda: str(guard.warnings()).count('camera') == 4)
    twice, typed, weak = guard.warnings()
    assert twice.startswith('/twice has 2 publishers (camera, camera): ') and 'stop all' in twice
    assert typed == ('camera publishes /typed as sensor_msgs/msg/CompressedImage, not as '
                     'sensor_msgs/msg/Image: remap one of both')
    assert weak.startswith('camera publishes /weak with best effort') and 'set its' in weak
    assert len(kept) == 5


def test_two_nodes_of_one_name_are_told(ros, probe):
    guard = Guard(probe.node)
    other = rclpy.create_node('probe', context=ros)
    probe.spin_until(guard.warnings)
    assert guard.warnings() == ['2 nodes are called /probe: stop all but one, or give it another '
                                '__node or __ns']
    other.destroy_node()
