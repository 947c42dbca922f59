# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""One segmentation_node with several cameras."""

import numpy as np
import pytest

from lsnet_ros.frames import messages
from lsnet_ros.models.folder import read_model
from lsnet_ros.segmenter import Segmenter

pytest.importorskip('rclpy')
from diagnostic_msgs.msg import DiagnosticArray  # noqa: E402
from rclpy.qos import QoSProfile, ReliabilityPolicy  # noqa: E402
from sensor_msgs.msg import Image  # noqa: E402

CAMERA_QOS = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
COUNTS = ('in', 'out', 'replaced', 'skipped', 'bad')
CAMERAS = ('front', 'left', 'robot/rear')


@pytest.fixture(scope='module', autouse=True)
def node(start, tiny_model):
    """Run the node for all tests of this module."""
    return start('segmentation_node', '__ns:=/car', model=tiny_model, backend='onnx',
                 cameras=','.join(CAMERAS))


@pytest.fixture
def show(probe):
    """Give a function that publishes a frame on each camera, again and again."""
    pubs = {name: probe.node.create_publisher(Image, '/car/{}/image'.format(name), CAMERA_QOS)
            for name in CAMERAS}
    stamps = dict.fromkeys(CAMERAS, 0)

    def publish(images, times):
        for _ in range(times):
            for name, image in images.items():
                stamps[name] += 1
                pubs[name].publish(messages.from_rgb(image, messages.make_header(
                    stamps[name], name)))
            probe.spin(0.01)

    yield publish
    for pub in pubs.values():
        probe.node.destroy_publisher(pub)


def statuses(received):
    """Return the latest values of each camera's report, by the end of its name."""
    return {status.name.rpartition(' of ')[2]: (status.message, {
        entry.key: entry.value for entry in status.values})
        for array in received for status in array.status if ' of ' in status.name}


def test_each_camera_has_its_own_masks(probe, show, frame, tiny_model):
    """Of its own size and header, though all go through one worker."""
    images = {'front': frame, 'left': frame[:90, :120], 'robot/rear': frame[::-1, :300]}
    masks = {name: probe.listen(Image, '/car/{}/segmentation/mask'.format(name), 100)
             for name in CAMERAS}
    for _ in range(20):
        show(images, 20)
        if all(masks.values()):
            break
    segmenter = Segmenter(read_model(tiny_model), 'onnx')
    for name in CAMERAS:
        expected = segmenter.segment(np.ascontiguousarray(images[name])).class_ids
        assert masks[name]
        for mask in masks[name]:
            assert mask.header.frame_id == name
            assert np.array_equal(messages.to_class_ids(mask), expected)


def test_no_camera_is_starved_and_each_is_accounted_for(probe, show, frame):
    masks = {name: probe.listen(Image, '/car/{}/segmentation/mask'.format(name), 100)
             for name in CAMERAS}
    large = np.repeat(np.repeat(frame, 2, 0), 2, 1)
    for _ in range(20):
        show(dict.fromkeys(CAMERAS, large), 20)
        if min(map(len, masks.values())) > 20:
            break
    counts = sorted(map(len, masks.values()))
    assert counts[0] > 20 and counts[-1] - counts[0] < 0.25 * counts[-1]
    diagnostics = probe.listen(DiagnosticArray, '/diagnostics')  # after the last frame

    def is_each_accounted_for():
        found = statuses(diagnostics)
        counts = [{name: int(values['frames_' + name]) for name in COUNTS}
                  for _, values in found.values()]
        return sorted(found) == sorted(CAMERAS) and all(
            each['bad'] == 0 and each['in'] == sum(each.values()) - each['in'] for each in counts)
    probe.spin_until(is_each_accounted_for)


def test_a_camera_that_nobody_looks_at_costs_no_frame(probe, show, frame):
    diagnostics = probe.listen(DiagnosticArray, '/diagnostics')
    masks = probe.listen(Image, '/car/left/segmentation/mask')
    for _ in range(40):
        show(dict.fromkeys(CAMERAS, frame[:90, :120]), 20)
        found = statuses(diagnostics)
        if masks and 'front' in found and found['front'][0].startswith('RESTING'):
            break
    assert found['front'][0].startswith('RESTING: nobody subscribes')
    assert found['left'][0].startswith('RUNNING')


@pytest.mark.parametrize('cameras', ['front,front', 'a b', '/front', 'front,', '3d'])
def test_names_that_are_no_namespaces_end_the_node(cameras, start, tiny_model):
    node = start('segmentation_node', '__ns:=/odd', model=tiny_model, cameras=cameras)
    assert node.wait() == 1
    assert 'parameter cameras is {!r}: expected up to 16 different namespaces'.format(
        cameras) in node.log
