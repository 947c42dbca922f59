# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Bags of ROS 1 give frames and calibrations, whatever else is in them."""

import numpy as np
import pytest
from rosbags.rosbag1 import Writer
from rosbags.typesys import get_typestore, Stores

from lsnet_ros.bags import BagError, read_bag, read_camera_info, ros_1_file

TYPES = get_typestore(Stores.ROS1_NOETIC)
IMAGE, INFO = 'sensor_msgs/msg/Image', 'sensor_msgs/msg/CameraInfo'


@pytest.fixture
def bag(tmp_path):
    """Give the path of a bag with two frames, a calibration and a message of another type."""
    return write(tmp_path / 'drive.bag')


def write(path, compression=None):
    """Write the bag of the fixture."""
    header = TYPES.types['std_msgs/msg/Header'](
        seq=0, stamp=TYPES.types['builtin_interfaces/msg/Time'](sec=1, nanosec=2), frame_id='')
    region = TYPES.types['sensor_msgs/msg/RegionOfInterest'](0, 0, 0, 0, False)
    info = TYPES.types[INFO](header, 1, 2, 'plumb_bob', np.arange(5.), np.arange(9.),
                             np.arange(9.) + 1, np.arange(12.), 0, 0, region)
    writer = Writer(path)
    if compression:
        writer.set_compression(compression)
    with writer:
        images = writer.add_connection('/image', IMAGE, typestore=TYPES)
        infos = writer.add_connection('/info', INFO, typestore=TYPES)
        others = writer.add_connection('/other', 'own/msg/Odd', msgdef='no definition!',
                                       md5sum='0' * 32)
        for time in (5, 6):
            writer.write(images, time, TYPES.serialize_ros1(TYPES.types[IMAGE](
                header, 1, 2, 'rgb8', 0, 6, np.arange(6, dtype=np.uint8)), IMAGE))
            writer.write(others, time, b'whatever')
        writer.write(infos, 7, TYPES.serialize_ros1(info, INFO))
    return path


@pytest.mark.parametrize('compression', [
    Writer.CompressionFormat.BZ2, Writer.CompressionFormat.LZ4])
def test_compressed_chunks_are_read_up_to_the_bound(compression, tmp_path, monkeypatch):
    bag = write(tmp_path / 'drive.bag', compression)
    assert len(list(read_bag(bag, '/image'))) == 2
    monkeypatch.setattr(ros_1_file, 'MESSAGE', 100)
    with pytest.raises(BagError, match='the size of a chunk in bytes is 101, expected 100 at'):
        list(read_bag(bag, '/image'))


def test_the_type_of_another_topic_is_not_in_the_way(bag):
    frames = list(read_bag(bag, '/image'))
    assert [frame.stamp_ns for frame in frames] == [1000000002, 1000000002]
    assert frames[1].image.tolist() == [[[0, 1, 2], [3, 4, 5]]]


def test_a_calibration_is_read_though_its_fields_have_other_names(bag):
    camera = read_camera_info(bag, '/info')
    assert (camera.height, camera.width, camera.distortion_model) == (1, 2, 'plumb_bob')
    assert (camera.k, camera.d) == (list(range(9)), list(range(5)))
    assert (camera.r, camera.p) == (list(range(1, 10)), list(range(12)))


def test_a_cut_bag_names_the_command_that_helps(bag):
    content = bag.read_bytes()
    for length in (20, len(content) // 2, len(content) - 5):
        bag.write_bytes(content[:length])
        with pytest.raises(BagError) as caught:
            list(read_bag(bag, '/image'))
        assert str(caught.value).endswith(
            '): "rosbag reindex {}" saves what is left in it'.format(bag))
