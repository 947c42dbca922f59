# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The segmentation node in its own process: what goes in, and what comes out."""

import threading

import cv2
import numpy as np
import pytest

from lsnet_ros.frames import messages
from lsnet_ros.labels.drawing import colorize, overlay
from lsnet_ros.models.folder import read_model
from lsnet_ros.segmenter import Segmenter

rclpy = pytest.importorskip('rclpy')
from diagnostic_msgs.msg import DiagnosticArray  # noqa: E402
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy  # noqa: E402
from sensor_msgs.msg import CompressedImage, Image  # noqa: E402

from lsnet_ros.nodes.segmentation_node import make_node, TRANSPORTS  # noqa: E402

CAMERA_QOS = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
TIMING_QOS = QoSProfile(depth=10, reliability=ReliabilityPolicy.BEST_EFFORT)


@pytest.fixture(scope='module', autouse=True)
def node(start, tiny_model):
    """Run the node for all tests of this module."""
    return start('segmentation_node', model=tiny_model, backend='onnx')


@pytest.fixture(scope='module')
def expected(tiny_model, frame):
    """Give what the segmenter makes of the frame without ROS."""
    return Segmenter(read_model(tiny_model), 'onnx').segment(frame, with_confidence=True)


def image_msg(frame, stamp, frame_id='front_left'):
    return messages.from_rgb(frame, messages.make_header(stamp, frame_id))


def send(probe, pub, image, is_done):
    """Publish a message, again if best effort lost it, until something is so."""
    for _ in range(20):
        pub.publish(image)
        try:
            return probe.spin_until(is_done, timeout_s=2.0)
        except AssertionError:
            continue
    raise AssertionError('no answer')


def test_the_mask_is_that_of_the_segmenter_under_the_header_of_the_image(probe, frame, expected):
    masks = probe.listen(Image, 'segmentation/mask')
    pub = probe.publisher(Image, 'image', CAMERA_QOS)
    send(probe, pub, image_msg(frame, 1234567890987654321), lambda: masks)
    assert masks[0].header == messages.make_header(1234567890987654321, 'front_left')
    assert masks[0].encoding == 'mono8'
    assert len(np.unique(expected.class_ids)) > 5
    assert np.array_equal(messages.to_class_ids(masks[0]), expected.class_ids)


def test_pictures_and_confidence_come_to_who_listens(probe, frame, expected, tiny_model):
    topics = ('overlay', 'color', 'confidence')
    received = {topic: probe.listen(Image, 'segmentation/' + topic) for topic in topics}
    pub = probe.publisher(Image, 'image', CAMERA_QOS)
    send(probe, pub, image_msg(frame, 7), lambda: all(received.values()))
    palette = read_model(tiny_model).label_set.palette
    found = {topic: received[topic][-1] for topic in topics}
    assert all(message.header == messages.make_header(7, 'front_left')
               for message in found.values())
    assert np.array_equal(messages.to_rgb(found['overlay']),
                          overlay(frame, expected.class_ids, palette, alpha=0.5))
    assert np.array_equal(messages.to_rgb(found['color']), colorize(expected.class_ids, palette))
    assert np.array_equal(messages.to_class_ids(found['confidence']), expected.confidence)


def test_compressed_results_are_those_without_compression(probe, frame, expected, tiny_model):
    topics = ('mask', 'overlay', 'color')
    received = {topic: probe.listen(CompressedImage, 'segmentation/{}/compressed'.format(topic))
                for topic in topics}
    pub = probe.publisher(Image, 'image', CAMERA_QOS)
    send(probe, pub, image_msg(frame, 8), lambda: all(received.values()))
    found = {topic: received[topic][-1] for topic in topics}
    assert all(message.header == messages.make_header(8, 'front_left')
               for message in found.values())
    mask = cv2.imdecode(np.frombuffer(bytes(found['mask'].data), np.uint8), cv2.IMREAD_UNCHANGED)
    assert found['mask'].format == 'mono8; png compressed '
    assert np.array_equal(mask, expected.class_ids)
    palette = read_model(tiny_model).label_set.palette
    for topic, exact in (('overlay', overlay(frame, expected.class_ids, palette, alpha=0.5)),
                         ('color', colorize(expected.class_ids, palette))):
        assert found[topic].format == 'rgb8; jpeg compressed bgr8'
        picture = messages.decompress(found[topic])
        assert np.abs(picture.astype(int) - exact).mean() < 8  # of 255, for JPEG


def test_pictures_are_only_drawn_while_somebody_listens(ros, probe, frame, tiny_model):
    rclpy.init(args=['--ros-args', '-r', '__ns:=/here', '-p', 'model:={}'.format(tiny_model)])
    here = make_node()
    drawn = []
    outputs = here._cameras[0].outputs
    picture = outputs.pictures[0]
    overlay_pub = picture.pub
    outputs.pictures[0] = picture._replace(
        draw=lambda *arguments: drawn.append(1) or picture.draw(*arguments))
    spinning = threading.Thread(target=rclpy.spin, args=(here,), daemon=True)
    spinning.start()
    try:
        masks = probe.listen(Image, '/here/segmentation/mask')
        pub = probe.publisher(Image, '/here/image', CAMERA_QOS)
        send(probe, pub, image_msg(frame, 1), lambda: masks)
        probe.spin(0.3)
        assert not drawn
        overlays = probe.listen(Image, '/here/segmentation/overlay')
        probe.spin_until(overlay_pub.get_subscription_count)
        send(probe, pub, image_msg(frame, 2), lambda: overlays)
        assert drawn
    finally:
        rclpy.shutdown()
        spinning.join()
        here.close()
        here.destroy_node()


def test_the_stages_are_timed_frame_by_frame(probe, frame):
    timings = probe.listen(DiagnosticArray, 'segmentation/timing', TIMING_QOS)
    pub = probe.publisher(Image, 'image', CAMERA_QOS)
    send(probe, pub, image_msg(frame, 99), lambda: timings)
    assert messages.stamp_ns(timings[0].header) == 99
    ms = {entry.key: float(entry.value) for entry in timings[0].status[0].values}
    assert ms.pop('frames_replaced') >= 0
    assert sorted(ms) == ['convert_ms', 'decode_ms', 'network_ms', 'preprocess_ms', 'publish_ms',
                          'total_ms', 'wait_ms']
    total = ms.pop('total_ms')
    assert 0 < sum(ms.values()) <= total + 0.001
    assert ms['network_ms'] > 0


def test_a_bad_frame_is_dropped_and_counted_and_the_node_goes_on(probe, frame, node, status):
    masks = probe.listen(Image, 'segmentation/mask')
    pub = probe.publisher(Image, 'image', CAMERA_QOS)
    bad = image_msg(frame, 1)
    bad.encoding = '32FC1'
    send(probe, pub, bad, lambda: status().message.startswith('ERROR'))
    level, message, values, _ = status()
    assert level == b'\x02'
    assert "encoding '32FC1' is not supported" in message
    assert int(values['frames_bad']) >= 1
    short = image_msg(frame, 2)
    short.data = short.data[:-1]
    pub.publish(short)
    send(probe, pub, image_msg(frame, 3), lambda: masks)
    assert {messages.stamp_ns(mask.header) for mask in masks} == {3}
    assert "encoding '32FC1' is not supported: expected one of bayer_bggr8" in node.log


def test_a_frame_beyond_the_reach_of_the_resampler_is_dropped_and_the_node_goes_on(
        probe, frame, node, status):
    masks = probe.listen(Image, 'segmentation/mask')
    pub = probe.publisher(Image, 'image', CAMERA_QOS)
    send(probe, pub, image_msg(np.zeros((1, 32767, 3), np.uint8), 1),
         lambda: '32767x1 px' in status().message)
    assert status().message.startswith('ERROR: frame dropped: image of 32767x1 px')
    send(probe, pub, image_msg(frame, 2), lambda: masks)
    assert {messages.stamp_ns(mask.header) for mask in masks} == {2}


def test_an_error_that_is_no_lsnet_error_is_a_bad_frame_too(ros, probe, frame, tiny_model):
    rclpy.init(args=['--ros-args', '-r', '__ns:=/odd', '-p', 'model:={}'.format(tiny_model)])
    odd = make_node()
    spinning = threading.Thread(target=rclpy.spin, args=(odd,), daemon=True)
    spinning.start()
    try:
        diagnostics = probe.listen(DiagnosticArray, '/diagnostics')
        masks = probe.listen(Image, '/odd/segmentation/mask')
        pub = probe.publisher(Image, '/odd/image', CAMERA_QOS)
        colours, TRANSPORTS['raw'] = TRANSPORTS['raw'], (Image, 'image', lambda *_: 1 // 0)
        name = 'odd/segmentation_node: segmentation'
        send(probe, pub, image_msg(frame, 1), lambda: any(
            'ZeroDivisionError: integer division or modulo by zero' in array.status[0].message
            for array in diagnostics if array.status[0].name.lstrip('/') == name))
        TRANSPORTS['raw'] = colours
        send(probe, pub, image_msg(frame, 2), lambda: masks)
    finally:
        TRANSPORTS['raw'] = colours
        rclpy.shutdown()
        spinning.join()
        odd.close()
        odd.destroy_node()


def test_the_newest_frame_is_kept_and_every_frame_is_accounted_for(probe):
    masks = probe.listen(Image, 'segmentation/mask', 30)
    probe.listen(Image, 'segmentation/confidence')  # which takes time
    pub = probe.publisher(Image, 'image', CAMERA_QOS)
    large = image_msg(np.random.RandomState(0).randint(
        0, 256, (1080, 1920, 3)).astype(np.uint8), 0)
    stamps = range(1000, 1040)
    for stamp in stamps:
        large.header = messages.make_header(stamp, 'front_left')
        pub.publish(large)
        probe.spin(0.005)
    send(probe, pub, large,
         lambda: masks and messages.stamp_ns(masks[-1].header) == stamps[-1])
    found = [messages.stamp_ns(mask.header) for mask in masks]
    assert found == sorted(found)
    assert len(found) < len(stamps)
    status = probe.listen_to_status('segmentation_node: segmentation')  # after the last frame

    def is_each_accounted_for():
        counts = {name: int(status().values.get('frames_' + name, -1))
                  for name in ('in', 'out', 'replaced', 'skipped', 'bad')}
        return counts['replaced'] > 0 and counts['in'] == sum(counts.values()) - counts['in']
    probe.spin_until(is_each_accounted_for)


def test_diagnostics_come_once_a_second_and_name_the_state(probe, frame, status):
    masks = probe.listen(Image, 'segmentation/mask')
    pub = probe.publisher(Image, 'image', CAMERA_QOS)
    send(probe, pub, messages.from_rgb(frame, messages.make_header(
        probe.node.get_clock().now().nanoseconds, 'camera')), lambda: masks)
    probe.spin_until(lambda: status().message.startswith('RUNNING'))
    level, _, values, _ = status()
    assert level == b'\x00'
    assert values['state'] == 'RUNNING'
    assert values['backend'] == 'onnx'
    assert 'ONNX Runtime' in values['backend_reason']
    assert 0 < float(values['latency_p50_ms']) <= float(values['latency_p95_ms'])
    assert sorted(values) == [
        'age_p50_ms', 'age_p95_ms', 'backend', 'backend_reason', 'classes', 'frames_bad',
        'frames_in', 'frames_out', 'frames_replaced', 'frames_skipped', 'label_info',
        'latency_p50_ms', 'latency_p95_ms', 'messages_dropped', 'rate_hz', 'state']


@pytest.mark.parametrize('stamp_s, text', [(0, 'ago; ages are wrong'), (2**31 - 1, 'ahead; ')])
def test_an_age_that_only_clocks_explain_is_a_warning(probe, frame, stamp_s, text, status):
    masks = probe.listen(Image, 'segmentation/mask')
    pub = probe.publisher(Image, 'image', CAMERA_QOS)
    send(probe, pub, image_msg(frame, stamp_s * 10**9), lambda: masks)
    probe.spin_until(lambda: text in status().message)
    level, message, _, _ = status()
    assert level == b'\x01' and 'the clocks differ' in message


@pytest.mark.parametrize('content', [
    b'\0\1\0\0', b'\0\1\0\0' + b'\xff' * 40, b'\xff' * 9, b'\0\1\0\0' + b'\0' * 4000])
def test_a_message_that_is_none_is_a_bad_frame_and_the_node_goes_on(content, probe, frame, status):
    masks = probe.listen(Image, 'segmentation/mask')
    pub = probe.publisher(Image, 'image', CAMERA_QOS)
    probe.spin_until(lambda: status().values)
    before = int(status().values['frames_bad'])
    for _ in range(3):
        pub.publish(content)
        probe.spin(0.1)
    send(probe, pub, image_msg(frame, 5), lambda: masks)
    probe.spin_until(lambda: int(status().values['frames_bad']) > before)


def test_diagnostics_of_an_idle_node_say_what_to_do(probe, status):
    diagnostics = probe.listen(DiagnosticArray, '/diagnostics')
    probe.spin_until(lambda: 'nobody publishes /image: start' in status().message)
    level, _, values, _ = status()
    assert (level, values['state']) == (b'\x01', 'NO IMAGES')
    stamps = [array.header.stamp.sec + array.header.stamp.nanosec / 1e9 for array in diagnostics]
    probe.spin_until(lambda: len(diagnostics) > 3)
    stamps = [array.header.stamp.sec + array.header.stamp.nanosec / 1e9 for array in diagnostics]
    assert np.median(np.diff(stamps)) == pytest.approx(1.0, abs=0.5)


def test_a_publisher_whose_frames_do_not_arrive_is_noticed(probe, start, tiny_model):
    status = probe.listen_to_status('deaf: segmentation')
    start('segmentation_node', '__node:=deaf', 'image:=other', model=tiny_model)
    probe.listen(Image, 'segmentation/mask')  # else the camera rests
    probe.publisher(Image, 'other', CAMERA_QOS)
    probe.spin_until(lambda: '1 publisher(s) of /other, but no frame for' in status().message)
    assert 'run "lsnet doctor"' in status().message


def test_compressed_images_are_taken_and_the_overlay_has_the_size_of_the_mask(
        probe, start, frame, tiny_model):
    start('segmentation_node', '__ns:=/rear', model=tiny_model, backend='onnx',
          image_transport='compressed', output_size='network')
    masks = probe.listen(Image, '/rear/segmentation/mask')
    overlays = probe.listen(Image, '/rear/segmentation/overlay')
    pub = probe.publisher(CompressedImage, '/rear/image/compressed', CAMERA_QOS)
    png = cv2.imencode('.png', frame[:, :, ::-1])[1].tobytes()
    compressed = CompressedImage(
        header=messages.make_header(5, 'rear'), format='rgb8; png compressed bgr8', data=png)
    send(probe, pub, compressed, lambda: masks and overlays)
    small = Segmenter(read_model(tiny_model), 'onnx', 'network').segment(frame).class_ids
    assert np.array_equal(messages.to_class_ids(masks[0]), small)
    assert masks[0].header == compressed.header
    assert messages.to_rgb(overlays[0]).shape == small.shape + (3,)


def test_a_model_of_ones_own_classes_names_them(probe, start, frame, tiny_own_model):
    start('segmentation_node', '__ns:=/own', model=tiny_own_model, backend='onnx')
    status = probe.listen_to_status('own/segmentation_node: segmentation')
    masks = probe.listen(Image, '/own/segmentation/mask')
    infos = listen_to_label_info(probe, '/own/segmentation/label_info')
    pub = probe.publisher(Image, '/own/image', CAMERA_QOS)
    send(probe, pub, image_msg(frame, 1), lambda: masks)
    found = messages.to_class_ids(masks[0])
    expected = Segmenter(read_model(tiny_own_model), 'onnx').segment(frame).class_ids
    assert np.array_equal(found, expected) and len(np.unique(found)) > 1
    probe.spin_until(lambda: status().values)
    assert status().values['classes'] == '0 road, 1 vehicle, 2 vegetation, 3 other'
    label_info = status().values['label_info']
    if infos is None:
        assert label_info.startswith('not published, vision_msgs is not installed')
    else:
        probe.spin_until(lambda: infos)
        assert label_info == 'published as {}'.format(type(infos[0]).__name__)
        assert names_of(infos[0]) == ['road', 'vehicle', 'vegetation', 'other']


def listen_to_label_info(probe, topic):
    """Return a list that grows with the messages of names, None without vision_msgs."""
    try:
        import vision_msgs.msg as vision_msgs
    except ImportError:
        return None
    kind = getattr(vision_msgs, 'LabelInfo', None) or vision_msgs.VisionInfo
    return probe.listen(kind, topic, QoSProfile(
        depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL))


def names_of(info):
    """Return the names of classes in a LabelInfo or a VisionInfo."""
    if hasattr(info, 'class_map'):
        return [entry.class_name for entry in info.class_map]
    return info.database_location.partition(': ')[2].split(', ')


def test_what_is_wrong_with_the_configuration_is_one_line_and_exit_status_1(start, tiny_model):
    cases = [
        (dict(model='nothing'), "model 'nothing' is not known"),
        (dict(model=tiny_model, backend='abacus'), "backend 'abacus' is not known"),
        (dict(model=tiny_model, output_size='7'), "output size '7' is invalid"),
        (dict(model=tiny_model, overlay_alpha=1.5), 'overlay_alpha is 1.5: expected'),
        (dict(model=tiny_model, max_pixels=0), 'max_pixels is 0: expected 1 or more'),
        (dict(model=tiny_model, image_transport='theora'), 'expected one of compressed, raw'),
    ]
    started = [(start('segmentation_node', **parameters), text) for parameters, text in cases]
    for process, text in started:
        assert process.wait() == 1
        lines = process.log.splitlines()
        assert len(lines) == 1
        assert text in lines[0]
        assert '[FATAL]' in lines[0]


def test_interrupts_end_the_node_with_status_0(node, probe):
    probe.spin_until(lambda: 'is ready' in node.log)
    assert node.interrupt(times=3) == 0  # as often as a terminal and "ros2 launch" send it
    assert 'Traceback' not in node.log
