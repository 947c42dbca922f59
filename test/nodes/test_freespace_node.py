# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

import itertools

import numpy as np
import pytest

pytest.importorskip('rclpy')
from builtin_interfaces.msg import Time  # noqa: E402
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue  # noqa: E402
from sensor_msgs.msg import CameraInfo, Image, LaserScan, PointCloud2  # noqa: E402
from std_msgs.msg import Header  # noqa: E402

from lsnet_ros.frames import messages  # noqa: E402
from lsnet_ros.labels.label_sets import LABEL_SETS, LabelError  # noqa: E402
from lsnet_ros.nodes.freespace_node import find_classes  # noqa: E402
from lsnet_ros.nodes.parameter_ranges import ParameterError  # noqa: E402

ROAD, CAR = 3, 8  # class ids of CamVid
SIZE = (90, 120)
K = (100.0, 0.0, 59.5, 0.0, 100.0, 29.5, 0.0, 0.0, 1.0)
POINT = np.dtype([('x', '<f4'), ('y', '<f4'), ('z', '<f4'), ('class_id', 'u1'), ('', 'V3'),
                  ('confidence', '<f4')])


@pytest.fixture
def publish(probe):
    """Give a function that publishes calibrated masks, and their confidence if it is given."""
    mask_pub, confidence_pub = (probe.node.create_publisher(Image, 'segmentation/' + name, 10)
                                for name in ('mask', 'confidence'))
    info_pub = probe.node.create_publisher(CameraInfo, 'camera_info', 10)

    def publish_frame(number, mask, confidence=None, **info):
        header = Header(stamp=Time(sec=number), frame_id='camera')
        height, width = mask.shape
        info_pub.publish(CameraInfo(**dict(dict(
            header=header, height=height, width=width, k=K, d=[0.0] * 5,
            distortion_model='plumb_bob'), **info)))
        probe.spin(0.3)
        mask_pub.publish(messages.from_class_ids(mask, header))
        if confidence is not None:
            confidence_pub.publish(messages.from_class_ids(confidence, header))

    return publish_frame


def street():
    """Road below row 30, a car from row 60 on upwards in the middle of the image."""
    mask = np.full(SIZE, 4, np.uint8)
    mask[30:] = ROAD
    mask[30:61, 50:70] = CAR
    return mask


def run(start, tiny_model, **parameters):
    return start('freespace_node', model=tiny_model, **dict(
        dict(camera_height=1.5, max_range=12.0), **parameters))


def test_a_car_ends_the_free_space_where_it_stands(start, probe, publish, tiny_model):
    node = run(start, tiny_model)
    scans, clouds = probe.listen(LaserScan, 'free_space'), probe.listen(
        PointCloud2, 'labelled_points')
    probe.spin_until(lambda: probe.node.count_publishers('free_space'))
    mask = street()
    probe.spin_until(lambda: publish(7, mask) or (scans and clouds))
    scan, cloud = scans[0], clouds[0]
    assert (scan.header.stamp.sec, scan.header.frame_id) == (7, 'base_footprint')
    ranges = np.array(scan.ranges)
    bearings = scan.angle_min + scan.angle_increment * np.arange(len(ranges))
    ahead = np.abs(bearings) < 0.05
    # Row 60 is the car's lowest; its lower edge is 100 * 1.5 / (60.5 - 29.5) m away.
    np.testing.assert_allclose(ranges[ahead], 4.84 / np.cos(bearings[ahead]), rtol=0.02)
    assert np.isinf(ranges[np.abs(bearings) > 0.2]).all()
    assert scan.range_max == 12.0 and abs(scan.range_min - 150 / (89.5 + 0.5 - 29.5)) < 0.03
    points = np.frombuffer(bytes(cloud.data), POINT)
    assert cloud.width == len(points) > 50 and (points['z'] == 0).all()
    assert set(points['class_id']) == {ROAD, CAR} and np.isnan(points['confidence']).all()
    car = points[points['class_id'] == CAR]
    np.testing.assert_allclose(car['x'], 150 / (60 - 29.5), rtol=0.01)
    assert node.interrupt() == 0 and 'Traceback' not in node.log


def test_each_pixel_of_the_mask_has_its_place_on_the_ground(start, probe, publish, tiny_model):
    node = run(start, tiny_model)
    clouds = probe.listen(PointCloud2, 'aligned_points')
    probe.spin_until(lambda: probe.node.count_publishers('aligned_points'))
    mask = street()
    numbers = itertools.count()
    probe.spin_until(lambda: publish(next(numbers), mask) or clouds)
    cloud = clouds[0]
    assert (cloud.height, cloud.width, cloud.point_step, cloud.is_dense) == SIZE + (12, False)
    assert [(field.name, field.offset, field.datatype) for field in cloud.fields] == [
        ('x', 0, 7), ('y', 4, 7), ('z', 8, 7)]
    points = np.frombuffer(bytes(cloud.data), '<f4').reshape(SIZE + (3,))
    # Row r sees the ground 100 * 1.5 / (r - 29.5) m ahead, column c (59.5 - c) / 100 of it aside.
    np.testing.assert_allclose(points[80, 90], [150 / 50.5, -30.5 * 1.5 / 50.5, 0], rtol=1e-5)
    feet = 50 + np.flatnonzero(np.isfinite(points[60, 50:70, 0]))  # one of each beam
    assert len(feet) >= 7
    np.testing.assert_allclose(points[60, feet], np.stack(np.broadcast_arrays(
        150 / 30.5, (59.5 - feet) * 1.5 / 30.5, 0), 1), rtol=1e-5)
    assert np.isfinite(points[61:]).all()      # the road before the car
    assert np.isnan(points[:59, 52:68]).all()  # the car above its feet, and all behind it
    assert np.isnan(points[:42]).all()         # more than 12 m away, and the sky
    assert node.interrupt() == 0


def test_an_unsure_pixel_is_no_obstacle(start, probe, publish, tiny_model):
    node = run(start, tiny_model, min_confidence=0.5)
    scans = probe.listen(LaserScan, 'free_space')
    clouds = probe.listen(PointCloud2, 'labelled_points')
    probe.spin_until(lambda: probe.node.count_publishers('free_space')
                     and probe.node.count_subscribers('segmentation/confidence'))
    confidence = np.full(SIZE, 255, np.uint8)
    confidence[:, 55:65] = 100
    numbers = itertools.count()  # a stamp counts once
    probe.spin_until(lambda: publish(next(numbers), street(), confidence) or (scans and clouds))
    ranges = np.array(scans[0].ranges)
    bearings = scans[0].angle_min + scans[0].angle_increment * np.arange(len(ranges))
    assert np.isnan(ranges[np.abs(bearings) < 0.02]).all()
    assert np.isfinite(ranges[(np.abs(bearings) > 0.06) & (np.abs(bearings) < 0.08)]).all()
    points = np.frombuffer(bytes(clouds[0].data), POINT)
    assert (points['confidence'] == 1).all()
    assert node.interrupt() == 0


def has_status(statuses, text):
    """Tell whether the node's status had a message with a text."""
    return any(text in status.message for array in statuses for status in array.status
               if status.name.endswith('free space'))


def wait_for_status(probe, statuses, text):
    """Wait until the node's status has a message with a text."""
    probe.spin_until(lambda: has_status(statuses, text))


def test_what_is_missing_or_wrong_is_told(start, probe, publish, tiny_model):
    node = run(start, tiny_model)
    scans = probe.listen(LaserScan, 'free_space')
    statuses = probe.listen(DiagnosticArray, '/diagnostics')
    wait_for_status(probe, statuses, 'WAITS for camera_info')
    publish(1, street(), k=(0.0,) * 9)
    wait_for_status(probe, statuses, 'focal lengths 0 and 0: calibrate the camera')
    publish(2, street(), binning_x=2)
    wait_for_status(probe, statuses, 'binning or a region of interest')
    publisher = probe.publisher(DiagnosticArray, '/diagnostics', subscribers=2)
    other = DiagnosticArray(status=[DiagnosticStatus(
        name='probe: segmentation', values=[KeyValue(key='classes', value='0 sea, 1 land')])])

    def is_refused():  # again and again, as a node does: the one of the test before may listen too
        publisher.publish(other)
        return has_status(statuses, 'REFUSES: probe publishes masks of the classes 0 sea')
    probe.spin_until(is_refused)
    publish(3, street())
    wait_for_status(probe, statuses, 'and start again')
    probe.spin(0.5)
    assert not scans and node.interrupt() == 0


@pytest.mark.parametrize('parameters, text', [
    (dict(camera_height=0.0), 'parameter camera_height is 0.0: expected the height of the camera'),
    (dict(drivable='roads'), "class 'roads' is not known (did you mean 'road'?)"),
    (dict(camera_tilt=1.6), 'parameter camera_tilt is 1.6: expected -1.5 to 1.5'),
])
def test_a_wrong_parameter_ends_the_node(start, tiny_model, parameters, text):
    node = run(start, tiny_model, **parameters)
    assert node.wait() == 1 and text in node.log and 'Traceback' not in node.log


def test_drivable_classes_are_named():
    labels = LABEL_SETS['camvid']
    assert find_classes('pavement, road', labels) == (3, 4)
    for names in ('', ','.join(labels.class_names)):
        with pytest.raises((ParameterError, LabelError), match='expected some of sky, building'):
            find_classes(names, labels)
