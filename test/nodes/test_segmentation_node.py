# Copyright 2026 The lsnet_ros authors
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.
"""The segmentation node in its own process: what goes in, and what comes out."""

import threading

import cv2
from lsnet_ros.drawing import colorize, overlay
from lsnet_ros.model_files import read_model
from lsnet_ros.nodes import messages
from lsnet_ros.segmenter import Segmenter
import numpy as np
import pytest

rclpy = pytest.importorskip('rclpy')
from diagnostic_msgs.msg import DiagnosticArray  # noqa: E402
from lsnet_ros.nodes.segmentation_node import SegmentationNode  # noqa: E402
from rclpy.qos import QoSProfile, ReliabilityPolicy  # noqa: E402
from sensor_msgs.msg import CompressedImage, Image  # noqa: E402

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


def status_of(received):
    """Return the latest report of the node about itself: (level, message, values)."""
    reports = [array.status[0] for array in received
               if array.status[0].name == 'segmentation_node: segmentation']
    values = {entry.key: entry.value for entry in reports[-1].values} if reports else {}
    return (reports[-1].level, reports[-1].message, values) if reports else (None, '', {})


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


def test_pictures_are_only_drawn_while_somebody_listens(ros, probe, frame, tiny_model):
    rclpy.init(args=['--ros-args', '-r', '__ns:=/here', '-p', 'model:={}'.format(tiny_model)])
    here = SegmentationNode()
    drawn = []
    (overlay_pub, draw), _ = here._pictures
    here._pictures = ((overlay_pub, lambda *arguments: drawn.append(1) or draw(*arguments)),)
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


def test_a_bad_frame_is_dropped_and_counted_and_the_node_goes_on(probe, frame, node):
    diagnostics = probe.listen(DiagnosticArray, '/diagnostics')
    masks = probe.listen(Image, 'segmentation/mask')
    pub = probe.publisher(Image, 'image', CAMERA_QOS)
    bad = image_msg(frame, 1)
    bad.encoding = '32FC1'
    send(probe, pub, bad, lambda: status_of(diagnostics)[1].startswith('ERROR'))
    level, message, values = status_of(diagnostics)
    assert level == b'\x02'
    assert "encoding '32FC1' is not supported" in message
    assert int(values['frames_bad']) >= 1
    short = image_msg(frame, 2)
    short.data = short.data[:-1]
    pub.publish(short)
    send(probe, pub, image_msg(frame, 3), lambda: masks)
    assert {messages.stamp_ns(mask.header) for mask in masks} == {3}
    assert "encoding '32FC1' is not supported: expected one of bayer_bggr8" in node.log


def test_the_newest_frame_is_kept_and_every_frame_is_accounted_for(probe):
    diagnostics = probe.listen(DiagnosticArray, '/diagnostics')
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
    probe.spin(1.5)
    counts = {name: int(status_of(diagnostics)[2]['frames_' + name])
              for name in ('in', 'out', 'replaced', 'bad')}
    assert counts['replaced'] > 0
    assert counts['in'] == counts['out'] + counts['replaced'] + counts['bad']


def test_diagnostics_come_once_a_second_and_name_the_state(probe, frame):
    diagnostics = probe.listen(DiagnosticArray, '/diagnostics')
    masks = probe.listen(Image, 'segmentation/mask')
    pub = probe.publisher(Image, 'image', CAMERA_QOS)
    send(probe, pub, messages.from_rgb(frame, messages.make_header(
        probe.node.get_clock().now().nanoseconds, 'camera')), lambda: masks)
    probe.spin_until(lambda: status_of(diagnostics)[1].startswith('RUNNING'))
    level, _, values = status_of(diagnostics)
    assert level == b'\x00'
    assert values['state'] == 'RUNNING'
    assert values['backend'] == 'onnx'
    assert 'ONNX Runtime' in values['backend_reason']
    assert 0 < float(values['latency_p50_ms']) <= float(values['latency_p95_ms'])
    assert sorted(values) == [
        'age_p50_ms', 'age_p95_ms', 'backend', 'backend_reason', 'frames_bad', 'frames_in',
        'frames_out', 'frames_replaced', 'latency_p50_ms', 'latency_p95_ms', 'rate_hz', 'state']


def test_diagnostics_of_an_idle_node_say_what_to_do(probe):
    diagnostics = probe.listen(DiagnosticArray, '/diagnostics')
    probe.spin_until(lambda: 'nobody publishes /image: start' in status_of(diagnostics)[1])
    level, _, values = status_of(diagnostics)
    assert (level, values['state']) == (b'\x01', 'NO IMAGES')
    stamps = [array.header.stamp.sec + array.header.stamp.nanosec / 1e9 for array in diagnostics]
    probe.spin_until(lambda: len(diagnostics) > 3)
    stamps = [array.header.stamp.sec + array.header.stamp.nanosec / 1e9 for array in diagnostics]
    assert np.median(np.diff(stamps)) == pytest.approx(1.0, abs=0.2)


def test_a_publisher_whose_frames_do_not_arrive_is_noticed(probe, start, tiny_model):
    diagnostics = probe.listen(DiagnosticArray, '/diagnostics')
    start('segmentation_node', '__node:=deaf', 'image:=other', model=tiny_model)
    probe.publisher(Image, 'other', CAMERA_QOS)

    def message():
        found = [array.status[0].message for array in diagnostics
                 if array.status[0].name == 'deaf: segmentation']
        return found[-1] if found else ''

    probe.spin_until(lambda: '1 publisher(s) of /other, but no frame for' in message())
    assert 'run "lsnet doctor"' in message()


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


def test_what_is_wrong_with_the_configuration_is_one_line_and_exit_status_1(start, tiny_model):
    cases = [
        (dict(model='nothing'), "model 'nothing' is not known"),
        (dict(model=tiny_model, backend='abacus'), "backend 'abacus' is not known"),
        (dict(model=tiny_model, output_size='7'), "output size '7' is not known"),
        (dict(model=tiny_model, overlay_alpha=1.5), 'overlay_alpha is 1.5: expected'),
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
