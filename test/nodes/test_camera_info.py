# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""segmentation_node publishes the calibration of its masks, for who asks."""

import pytest

from lsnet_ros.frames import messages
from lsnet_ros.frames.frame import CameraModel

rclpy = pytest.importorskip('rclpy')
from sensor_msgs.msg import CameraInfo, Image  # noqa: E402

CAMERA = CameraModel(360, 480, (400.0, 0.0, 239.5, 0.0, 404.0, 179.5, 0.0, 0.0, 1.0),
                     (0.1, 0.0, 0.0, 0.0, 0.0))


@pytest.fixture(scope='module', autouse=True)
def node(start, tiny_model):
    """Run the node, with masks of 120x90, for all tests of this module."""
    return start('segmentation_node', model=tiny_model, backend='onnx', output_size='network')


@pytest.fixture
def publish_info(probe):
    """Give a function that publishes a calibration of the images."""
    pub = probe.node.create_publisher(CameraInfo, 'camera_info', 1)
    yield lambda **changes: pub.publish(CameraInfo(**dict(
        CAMERA._asdict(), header=messages.make_header(1, 'camera'), **changes)))
    probe.node.destroy_publisher(pub)


def test_it_is_scaled_to_the_mask_and_has_its_header(probe, camera, publish_info):
    infos = probe.listen(CameraInfo, 'segmentation/camera_info')

    def is_published():
        publish_info()
        return infos
    camera(is_published)
    info = infos[-1]
    assert (info.height, info.width) == (90, 120)
    assert list(info.k) == [100.0, 0.0, 59.5, 0.0, 101.0, 44.5, 0.0, 0.0, 1.0]
    assert list(info.d) == list(CAMERA.d) and info.distortion_model == 'plumb_bob'
    assert info.header.frame_id == 'camera' and messages.stamp_ns(info.header) > 1


def test_that_none_has_come_is_told(start, probe, tiny_model):
    status = probe.listen_to_status('bare/segmentation_node: segmentation')
    infos = probe.listen(CameraInfo, '/bare/segmentation/camera_info')
    start('segmentation_node', '__ns:=/bare', model=tiny_model, backend='onnx')
    probe.spin_until(lambda: 'no calibration has come on /bare/camera_info' in status().message)
    assert not infos and status().level == b'\x01'


@pytest.mark.parametrize('changes, text', [
    (dict(width=640), 'the camera_info is of images of 640x360, the mask has 120x90'),
    (dict(binning_x=2), 'camera_info has binning or a region of interest'),
    (dict(width=0), 'camera_info is of images of 0x360: calibrate the camera')])
def test_without_a_right_one_none_is_published_and_the_reason_is_told(
        probe, camera, publish_info, status, changes, text):
    infos = probe.listen(CameraInfo, 'segmentation/camera_info')

    def is_told():
        publish_info(**changes)
        return text in status().message
    camera(is_told)
    infos.clear()  # those by the calibration of the test before this one
    masks = probe.listen(Image, 'segmentation/mask')
    camera(lambda: len(masks) > 2)
    assert not infos and status().level == b'\x01'


def test_it_is_received_only_while_somebody_subscribes(probe, camera):
    camera(lambda: not probe.node.count_subscribers('camera_info'))
    infos = probe.listen(CameraInfo, 'segmentation/camera_info')
    camera(lambda: probe.node.count_subscribers('camera_info'))
    assert not infos
