# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Sources: what each text opens, what comes out, and the errors."""

import itertools
import sys

import cv2
import numpy as np
import pytest

from lsnet_ros.sources import open_source, SourceError, SourceOptions


def picture(value, size=(48, 64)):
    return np.full(size + (3,), (value, 10, 200), np.uint8)


def write_image(path, image):
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), image[..., ::-1] if image.ndim == 3 else image)


def test_street_scene_gives_frames_with_truth_from_its_seed():
    options = SourceOptions(height=48, width=64)
    source = open_source('street_scene:7', options)
    first, second = itertools.islice(source.frames, 2)
    assert (source.rate, source.has_truth) == (10.0, True)
    assert first.image.shape == (48, 64, 3) and first.target.shape == (48, 64)
    assert not np.array_equal(first.image, second.image)
    assert np.array_equal(first.image, next(open_source('street_scene:7', options).frames).image)
    assert not np.array_equal(first.image, next(open_source('street_scene', options).frames).image)


def test_the_camera_of_a_street_scene_is_a_pinhole_in_the_picture():
    camera = open_source('street_scene:7', SourceOptions(height=48, width=64)).camera
    assert (camera.height, camera.width) == (48, 64)
    focal, _, column, _, _, row = camera.k[:6]
    assert 0.9 * 64 <= focal <= 1.2 * 64
    assert 0.4 * 64 < column < 0.6 * 64 and 0.4 * 48 < row < 0.6 * 48
    assert np.array_equal(np.reshape(camera.p, (3, 4))[:, :3], np.reshape(camera.k, (3, 3)))


def test_a_folder_gives_its_images_in_the_order_of_their_names(tmp_path):
    for name, value in (('b.png', 2), ('a.jpg', 90), ('c.PNG', 3)):
        write_image(tmp_path / name, picture(value))
    (tmp_path / 'notes.txt').write_text('no image')
    source = open_source(str(tmp_path))
    frames = list(source.frames)
    assert [frame.image[0, 0, 0] for frame in frames[1:]] == [2, 3]
    assert abs(int(frames[0].image[0, 0, 0]) - 90) < 3  # JPEG
    assert not source.has_truth and frames[0].target is None


def test_annotations_beside_a_folder_are_its_truth(tmp_path):
    write_image(tmp_path / 'drive' / '1.jpg', picture(1))
    write_image(tmp_path / 'driveannot' / '1.png', np.array([[0, 255], [3, 11]], np.uint8))
    source = open_source(str(tmp_path / 'drive') + '/')
    assert source.has_truth
    assert next(source.frames).target.tolist() == [[0, 255], [3, 11]]


def test_a_split_of_camvid_has_its_unlabelled_pixels_ignored(tmp_path):
    write_image(tmp_path / 'val' / '0016E5_00390.png', picture(1, (2, 2)))
    write_image(tmp_path / 'valannot' / '0016E5_00390.png', np.array([[0, 11], [3, 4]], np.uint8))
    frame = next(open_source(str(tmp_path / 'val')).frames)
    assert frame.target.tolist() == [[0, 255], [3, 4]]


def test_an_image_without_its_annotation_is_refused(tmp_path):
    write_image(tmp_path / 'drive' / '1.png', picture(1))
    (tmp_path / 'driveannot').mkdir()
    with pytest.raises(SourceError, match='1.png is not there: each image of the folder'):
        open_source(str(tmp_path / 'drive'))


def test_a_video_gives_its_frames_at_its_rate(tmp_path):
    path = tmp_path / 'drive.avi'
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'MJPG'), 12.5, (64, 48))
    for value in (10, 120, 240):
        writer.write(picture(value)[..., ::-1])
    writer.release()
    source = open_source(str(path))
    reds = [int(frame.image[..., 0].mean()) for frame in source.frames]
    assert source.rate == 12.5
    assert np.abs(np.subtract(reds, [10, 120, 240])).max() < 6


@pytest.mark.parametrize('storage', ['sqlite3', 'mcap'])
def test_a_bag_gives_frames_truth_and_stamps_as_recorded(tmp_path, storage):
    bags = pytest.importorskip('lsnet_ros.bags')
    from lsnet_ros.frames import Frame
    target = np.arange(48 * 64, dtype=np.uint8).reshape(48, 64) % 11
    stamps_ns = (223250000000, 224500000000)
    bags.write_bag(tmp_path / 'bag', [
        Frame('x', picture(5 * index), target, stamp_ns)
        for index, stamp_ns in enumerate(stamps_ns)],
        '/camera', '/truth', storage)
    source = open_source(str(tmp_path / 'bag'), SourceOptions(
        image_topic='/camera', target_topic='/truth'))
    frames = list(source.frames)
    assert source.has_truth and source.rate == 0
    assert [frame.stamp_ns for frame in frames] == list(stamps_ns)
    assert np.array_equal(frames[1].image, picture(5))
    assert np.array_equal(frames[1].target, target)
    file = next((tmp_path / 'bag').glob('*.mcap' if storage == 'mcap' else '*.db3'))
    alone = open_source(str(file), SourceOptions(image_topic='/camera'))
    assert not alone.has_truth and len(list(alone.frames)) == 2


def test_the_calibration_of_a_bag_is_the_camera_of_its_frames(tmp_path):
    rosbag2 = pytest.importorskip('rosbags.rosbag2')
    from lsnet_ros.bags import IMAGE, TYPES
    kinds = TYPES.types
    info_type = 'sensor_msgs/msg/CameraInfo'
    header = kinds['std_msgs/msg/Header'](
        stamp=kinds['builtin_interfaces/msg/Time'](sec=1, nanosec=2), frame_id='left')
    image = kinds[IMAGE](header, 1, 2, 'rgb8', 0, 6, np.arange(6, dtype=np.uint8))
    region = kinds['sensor_msgs/msg/RegionOfInterest'](0, 0, 0, 0, False)
    info = kinds[info_type](header, 1, 2, 'plumb_bob', np.arange(5.), np.arange(9.),
                            np.arange(9.), np.arange(12.), 0, 0, region)
    with rosbag2.Writer(tmp_path / 'bag', version=9) as writer:
        for topic, kind, message in (('/image', IMAGE, image), ('/info', info_type, info)):
            connection = writer.add_connection(topic, kind, typestore=TYPES)
            writer.write(connection, 1, TYPES.serialize_cdr(message, kind))
    options = SourceOptions(camera_info_topic='info')
    camera = open_source(str(tmp_path / 'bag'), options).camera
    assert (camera.height, camera.width) == (1, 2)
    assert list(camera.k) == list(range(9))
    assert list(camera.p) == list(range(12))
    assert camera.distortion_model == 'plumb_bob'


@pytest.mark.parametrize('text, message', [
    ('nowhere', "source 'nowhere' is not there: expected a camera"),
    ('', 'is not there'),
    ('street_scene:red', 'no whole number for a seed'),
    ('/dev/video98', 'camera /dev/video98 gives no frames'),
    ('98', 'camera 98 gives no frames'),
    ('nosuchelement ! appsink', 'nosuchelement'),
])
def test_an_unknown_source_is_an_error(text, message):
    with pytest.raises(SourceError, match=message):
        open_source(text)


def test_a_folder_without_images_names_the_folders_in_it(tmp_path):
    (tmp_path / 'val').mkdir()
    with pytest.raises(SourceError, match='holds no image but the folders val'):
        open_source(str(tmp_path))


def test_a_file_that_is_no_video_is_refused(tmp_path):
    (tmp_path / 'notes.txt').write_text('no video')
    with pytest.raises(SourceError, match='notes.txt gives no frames'):
        open_source(str(tmp_path / 'notes.txt'))


@pytest.mark.parametrize('name', ['torn.png', 'torn.jpg'])
def test_a_torn_image_is_named(tmp_path, name):
    write_image(tmp_path / name, picture(90))
    data = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(data[:-20])
    with pytest.raises(SourceError, match=name + ' ends before its image does, after .*: rep'):
        open_source(str(tmp_path))


def test_a_tilde_in_a_source_is_the_home(tmp_path, monkeypatch):
    monkeypatch.setenv('HOME', str(tmp_path))
    write_image(tmp_path / 'drive' / '1.png', picture(7))
    assert next(open_source('~/drive').frames).image[0, 0].tolist() == [7, 10, 200]


def test_a_video_that_lacks_frames_ends_with_an_error(tmp_path):
    path = tmp_path / 'drive.avi'
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'MJPG'), 10, (64, 48))
    noise = np.random.RandomState(0).randint(0, 255, (6, 48, 64, 3)).astype(np.uint8)
    for image in noise:
        writer.write(image)
    writer.release()
    path.write_bytes(path.read_bytes()[:path.stat().st_size // 2])
    with pytest.raises(SourceError, match='of 6 frames: copy it again'):
        list(open_source(str(path)).frames)


def test_leftovers_of_macos_and_links_to_nowhere_are_skipped_and_named(tmp_path, caplog):
    write_image(tmp_path / 'a.png', picture(7))
    (tmp_path / '._a.png').write_bytes(b'\0\5\x16\7')
    (tmp_path / 'b.jpg').symlink_to('nowhere')
    frames = list(open_source(str(tmp_path)).frames)
    assert [frame.image[0, 0].tolist() for frame in frames] == [[7, 10, 200]]
    assert '2 files of ' in caplog.text and ': ._a.png, b.jpg' in caplog.text


def test_a_compressed_bag_opens_as_a_bag(tmp_path):
    rosbag2 = pytest.importorskip('rosbags.rosbag2')
    from lsnet_ros.bags import IMAGE, recording, TYPES
    header = TYPES.types['std_msgs/msg/Header'](
        stamp=TYPES.types['builtin_interfaces/msg/Time'](sec=1, nanosec=2), frame_id='')
    writer = rosbag2.Writer(tmp_path / 'bag', version=9, storage_plugin=rosbag2.StoragePlugin.MCAP)
    writer.set_compression(rosbag2.CompressionMode.FILE, rosbag2.CompressionFormat.ZSTD)
    with writer:
        connection = writer.add_connection('/image', IMAGE, typestore=TYPES)
        writer.write(connection, 5, TYPES.serialize_cdr(TYPES.types[IMAGE](
            header, 1, 2, 'rgb8', 0, 6, np.arange(6, dtype=np.uint8)), IMAGE))
    file, = (tmp_path / 'bag').glob('*.mcap.zstd')
    by_hand = tmp_path / 'drive.mcap.zst'
    by_hand.write_bytes(recording.zstd.compress(recording.zstd.decompress(file.read_bytes())))
    for path in (tmp_path / 'bag', file, by_hand):
        frame, = open_source(str(path)).frames
        assert (frame.stamp_ns, frame.image.tolist()) == (1000000002, [[[0, 1, 2], [3, 4, 5]]])
    (tmp_path / 'bag' / 'metadata.yaml').unlink()
    with pytest.raises(ValueError, match='has no metadata.yaml and is not a whole bag'):
        open_source(str(tmp_path / 'bag'))


def test_a_bag_says_what_is_missing_where_bags_cannot_be_read(tmp_path, monkeypatch):
    for name in [name for name in sys.modules if name.startswith('lsnet_ros.bags')]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, 'rosbags', None)
    monkeypatch.setitem(sys.modules, 'rosbags.typesys', None)
    (tmp_path / 'drive.mcap').write_bytes(b'')
    with pytest.raises(SourceError, match='drive.mcap cannot be read without the Python module '
                                          'rosbags: install rosbags .* or play the bag with'):
        open_source(str(tmp_path / 'drive.mcap'))


def test_a_bag_of_ros_1_opens_as_a_bag_and_not_as_a_video(tmp_path):
    rosbag1 = pytest.importorskip('rosbags.rosbag1')
    from rosbags.typesys import get_typestore, Stores
    types = get_typestore(Stores.ROS1_NOETIC)
    kind = 'sensor_msgs/msg/Image'
    header = types.types['std_msgs/msg/Header'](
        seq=0, stamp=types.types['builtin_interfaces/msg/Time'](sec=1, nanosec=2), frame_id='')
    with rosbag1.Writer(tmp_path / 'drive.bag') as writer:
        connection = writer.add_connection('/image', kind, typestore=types)
        writer.write(connection, 5, types.serialize_ros1(types.types[kind](
            header, 1, 2, 'rgb8', 0, 6, np.arange(6, dtype=np.uint8)), kind))
    frame, = open_source(str(tmp_path / 'drive.bag')).frames
    assert frame.stamp_ns == 1000000002
    assert frame.image.tolist() == [[[0, 1, 2], [3, 4, 5]]]
