# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The QoS of the images is what the parameters of ROS say."""

import pytest

pytest.importorskip('rclpy')
pytest.importorskip('rclpy.qos_overriding_options')
from rclpy.qos import ReliabilityPolicy  # noqa: E402
from sensor_msgs.msg import Image  # noqa: E402

RELIABILITY = 'qos_overrides./image.subscription.reliability'


def subscriptions(probe):
    return [found for found in probe.node.get_subscriptions_info_by_topic('image')
            if found.node_name == 'segmentation_node']


@pytest.mark.parametrize('parameters, expected', [
    ({}, ReliabilityPolicy.BEST_EFFORT),
    ({RELIABILITY: 'reliable'}, ReliabilityPolicy.RELIABLE)])
def test_the_reliability_is_overridden_each_time_the_node_subscribes(
        start, probe, camera, tiny_model, parameters, expected):
    node = start('segmentation_node', model=tiny_model, backend='onnx', **parameters)
    for _ in range(2):  # the node subscribes anew when somebody looks again
        subscription = probe.node.create_subscription(
            Image, 'segmentation/mask', lambda _: None, 10)
        probe.spin_until(lambda: subscriptions(probe))
        assert [found.qos_profile.reliability for found in subscriptions(probe)] == [expected]
        probe.node.destroy_subscription(subscription)
        camera(lambda: not subscriptions(probe))
    assert node.interrupt() == 0


def test_what_is_no_qos_is_one_line_and_status_1(start, probe, tiny_model):
    masks = probe.listen(Image, '/odd/segmentation/mask')
    node = start('segmentation_node', '__ns:=/odd', model=tiny_model, backend='onnx',
                 **{RELIABILITY.replace('/image', '/odd/image'): 'perhaps'})
    assert node.wait() == 1 and not masks
    line = node.log.splitlines()[-1]
    assert 'a parameter qos_overrides of the images is no QoS' in line
    assert 'Traceback' not in node.log
