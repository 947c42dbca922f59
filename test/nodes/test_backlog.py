# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""No backlog builds up in the segmentation node under a camera that is too fast for it."""

import time

import numpy as np
import pytest

from lsnet_ros.frames import messages
from lsnet_ros.models.folder import read_model
from lsnet_ros.segmenter import Segmenter

pytest.importorskip('rclpy')
from rclpy.qos import qos_profile_sensor_data, QoSProfile  # noqa: E402
from sensor_msgs.msg import Image  # noqa: E402

FRAMES = 1000
OUTPUT_SIZE = '640x480'  # large beside the network's input: most of the time goes to the worker


def seconds_of_a_frame(model, image):
    """Return the median time that a frame takes without ROS."""
    segmenter = Segmenter(read_model(model), output_size=OUTPUT_SIZE)
    segmenter.warm_up()
    return np.median([segmenter.segment(image).timings.total_ms for _ in range(20)]) / 1e3


def test_the_age_of_the_mask_stays_flat_under_a_camera_twice_too_fast(
        start, probe, tiny_model, frame):
    ages, clock = [], probe.node.get_clock()
    probe.node.create_subscription(Image, 'segmentation/mask', lambda mask: ages.append(
        clock.now().nanoseconds - messages.stamp_ns(mask.header)), QoSProfile(depth=1))
    period_s = seconds_of_a_frame(tiny_model, frame) / 2
    start('segmentation_node', model=tiny_model, output_size=OUTPUT_SIZE)
    camera = probe.publisher(Image, 'image', qos_profile_sensor_data)
    due = time.monotonic()
    for _ in range(FRAMES):
        due = max(due + period_s, time.monotonic())
        probe.spin(due - time.monotonic())
        camera.publish(messages.from_rgb(
            frame, messages.make_header(clock.now().nanoseconds, 'camera')))
    probe.spin_until(lambda: len(ages) > 20)
    # The node cannot have answered them all; what it left out must not be waiting anywhere: with
    # a queue, each frame would be half a frame's time older than the one before.
    fifth = len(ages) // 5
    first, last = np.median(ages[:fifth]), np.median(ages[-fifth:])
    print('answered {} of {} frames, {:.1f} ms apart; age {:.1f} ms at first, {:.1f} ms at '
          'last'.format(len(ages), FRAMES, 1e3 * period_s, first / 1e6, last / 1e6))
    assert len(ages) < FRAMES
    assert last < first + 0.1 * (FRAMES - len(ages)) * period_s * 1e9
