# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""segmentation_node with undistort and roi: masks and calibration are of the view."""

import pytest

from lsnet_ros.frames import messages
from lsnet_ros.frames.frame import CameraModel

rclpy = pytest.importorskip('rclpy')
from sensor_msgs.msg import CameraInfo, Image  # noqa: E402

CAMERA = CameraModel(360, 480, (400.0, 0.0, 239.5, 0.0, 404.0, 179.5, 0.0, 0.0, 1.0),
                     (-0.2, 0.05, 0.0, 0.0, 0.0),
                     p=(380.0, 0.0, 240.5, 0.0, 0.0, 390.0, 180.5, 0.0, 0.0, 0.0, 1.0, 0.0))


@pytest.fixture(scope='module', autouse=True)
def node(start, tiny_model):
    """Run a node that rectifies and crops, and one that counts its masks, for all tests."""
    start('evaluation_node', model=tiny_model)
    return start('segmentation_node', model=tiny_model, backend='onnx', undistort=True,
                 roi='40,200,240,120')


@pytest.fixture
def film(probe, camera):
    """Give a function that publishes frames, each with its calibration, until something is so."""
    pub = probe.node.create_publisher(CameraInfo, 'camera_info', 1)

    def publish_until(is_done):
        def is_done_after_the_next():
            pub.publish(CameraInfo(**dict(
                CAMERA._asdict(), header=messages.make_header(1, 'camera'))))
            return is_done()
        camera(is_done_after_the_next)
    yield publish_until
    probe.node.destroy_publisher(pub)


def test_frames_before_the_calibration_are_dropped_and_the_reason_is_told(probe, camera, status):
    masks = probe.listen(Image, 'segmentation/mask')
    camera(lambda: 'cannot be rectified without its camera_info' in status().message)
    assert not masks and status().level == b'\x02'
    assert int(status().values['frames_bad']) > 0


def test_masks_overlays_and_calibration_are_of_the_view(probe, film, status):
    masks, overlays = (probe.listen(Image, 'segmentation/' + name) for name in (
        'mask', 'overlay'))
    infos = probe.listen(CameraInfo, 'segmentation/camera_info')
    film(lambda: masks and overlays and infos and status().values.get('view'))
    for message in (masks[-1], overlays[-1], infos[-1]):
        assert (message.height, message.width) == (120, 240)
    assert list(infos[-1].k) == [380.0, 0.0, 200.5, 0.0, 390.0, -19.5, 0.0, 0.0, 1.0]
    assert list(infos[-1].d) == [0.0] * 5
    assert status().values['view'] == 'rectified, roi 40,200,240,120'


def test_evaluation_node_refuses_such_masks(probe, film):
    evaluation = probe.listen_to_status('evaluation_node: evaluation')
    film(lambda: 'masks of another view of the images (rectified, roi' in evaluation().message)
    assert evaluation().level == b'\x02'


@pytest.mark.parametrize('topic, is_refused', [
    ('camera_info', True), ('segmentation/camera_info', False)])
def test_freespace_node_needs_the_calibration_of_the_masks(start, probe, film, tiny_model, topic,
                                                           is_refused):
    name = 'freespace_of_' + topic.partition('/')[0]
    state = probe.listen_to_status(name + ': free space')
    start('freespace_node', '__node:=' + name, 'camera_info:=' + topic, model=tiny_model,
          camera_height=1.3)
    film(lambda: state().message.startswith('REFUSES' if is_refused else 'RUNNING'))
    assert ('remap camera_info to segmentation/camera_info' in state().message) == is_refused


def test_a_wrong_roi_ends_the_node_with_one_line(start, tiny_model):
    node = start('segmentation_node', '__ns:=/wrong', model=tiny_model, roi='1,2,3')
    assert node.wait() == 1
    assert "roi '1,2,3' is invalid: give x,y,width,height" in node.log
