# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The source node: what it publishes, how it ends, and lockstep with a probe as segmenter."""

import time

import numpy as np
import pytest

from lsnet_ros.datasets.street_scene import StreetScene
from lsnet_ros.frames import Frame, messages

pytest.importorskip('rclpy')
from rclpy.qos import QoSProfile, ReliabilityPolicy  # noqa: E402
from sensor_msgs.msg import CameraInfo, Image  # noqa: E402

CAMERA_QOS = QoSProfile(depth=10, reliability=ReliabilityPolicy.BEST_EFFORT)
SMALL = dict(height=48, width=64, source='street_scene:3')


class Answerer:
    """Answers to frames with a mask, after having seen them a number of times."""

    def __init__(self, probe, name, after):
        self.seen = []
        self._after = after
        probe.node.create_subscription(Image, name + '/image', self._on_image, CAMERA_QOS)
        self._pub = probe.node.create_publisher(Image, name + '/segmentation/mask', 10)

    def _on_image(self, image_msg):
        self.seen.append(messages.stamp_ns(image_msg.header))
        if self.seen.count(self.seen[-1]) >= self._after:
            self._pub.publish(messages.from_class_ids(
                np.zeros((2, 2), np.uint8), image_msg.header))


def test_image_truth_and_camera_carry_the_same_header(start, probe):
    images = probe.listen(Image, '/plain/image', CAMERA_QOS)
    targets = probe.listen(Image, '/plain/target')
    cameras = probe.listen(CameraInfo, '/plain/camera_info')
    before = time.time()
    source = start('source_node', '__ns:=/plain', frames=25, rate=20, frame_id='left', **SMALL)

    def common_stamps():
        return sorted(set.intersection(*[
            {messages.stamp_ns(message.header) for message in received}
            for received in (images, targets, cameras)]))
    probe.spin_until(lambda: len(common_stamps()) > 5)
    stamps = common_stamps()
    by_stamp = {messages.stamp_ns(image.header): image for image in images}
    assert all(before < stamp / 1e9 < time.time() for stamp in stamps)
    assert {image.header.frame_id for image in images} == {'left'}
    assert (cameras[0].height, cameras[0].width, cameras[0].k[8]) == (48, 64, 1.0)
    steps = np.diff(stamps) / 1e9
    assert 0.8 / 20 < np.median(steps)  # a busy machine may be slower
    assert source.wait() == 0
    assert '25 frames published' in source.log
    scene = StreetScene(3, 48, 64)
    samples = [scene.frame(index, rate=20.0) for index in range(25)]
    found = messages.to_rgb(by_stamp[stamps[0]])
    index = [np.array_equal(found, sample.image) for sample in samples].index(True)
    target = next(t for t in targets if messages.stamp_ns(t.header) == stamps[0])
    assert np.array_equal(messages.to_class_ids(target), samples[index].target)


def test_lockstep_sends_again_what_is_not_answered(start, probe, tmp_path):
    import cv2
    for value in (1, 2, 3):
        cv2.imwrite(str(tmp_path / '{}.png'.format(value)), np.full((4, 4, 3), value, np.uint8))
    answerer = Answerer(probe, '/again', after=2)
    source = start('source_node', '__ns:=/again', source=tmp_path, lockstep='true',
                   lockstep_timeout_s=2.0)
    probe.spin_until(lambda: '3 frames published' in source.log)
    assert source.wait() == 0
    assert len(set(answerer.seen)) == 3
    assert answerer.seen == sorted(answerer.seen)
    assert all(answerer.seen.count(stamp) == 2 for stamp in answerer.seen)
    assert 'no answer to frame {} within 2.0 s of sending it, try 1 of 3'.format(
        answerer.seen[0]) in source.log


def test_frames_that_are_never_answered_are_counted_and_fail_the_run(start, probe, tmp_path):
    import cv2
    for value in (1, 2):
        cv2.imwrite(str(tmp_path / '{}.png'.format(value)), np.full((4, 4, 3), value, np.uint8))
    answerer = Answerer(probe, '/never', after=9)
    source = start('source_node', '__ns:=/never', source=tmp_path, lockstep='true',
                   lockstep_timeout_s=0.2)
    probe.spin_until(lambda: len(set(answerer.seen)) == 2)
    assert source.wait() == 1
    assert '2 of 2 frames were never answered: see the log' in source.log.splitlines()[-1]


def test_lockstep_waits_for_a_segmenter_before_the_first_frame(start, probe):
    source = start('source_node', '__ns:=/early', lockstep='true', frames=1, **SMALL)
    probe.spin_until(lambda: 'waiting for segmentation_node' in source.log)
    assert 'published' not in source.log
    assert source.interrupt() == 0


def test_a_clock_that_was_set_does_not_stall_a_bag(start, probe, tmp_path):
    bags = pytest.importorskip('lsnet_ros.bags')
    set_ns = 1700000000 * 10**9  # seconds after 1970, in 2023
    stamps = [0, 10**8, set_ns, set_ns + 10**8, 2 * 10**8, 3 * 10**8]
    bags.write_bag(tmp_path / 'bag', [
        Frame('', np.full((4, 4, 3), index, np.uint8), np.zeros((4, 4), np.uint8), stamp)
        for index, stamp in enumerate(stamps)])
    answerer = Answerer(probe, '/set', after=1)
    source = start('source_node', '__ns:=/set', source=tmp_path / 'bag')
    probe.spin_until(lambda: '6 frames published' in source.log)
    assert source.wait() == 0
    assert answerer.seen == [stamp for stamp in stamps if stamp in answerer.seen]
    assert source.log.count('played as one frame period') == 1
    assert 'the stamp 100000000 ns is followed by 1700000000000000000 ns' in source.log


def test_what_is_wrong_with_the_configuration_is_one_line_and_exit_status_1(start):
    cases = [(dict(source='nowhere'), "source 'nowhere' is not there"),
             (dict(rate=-1.0), 'rate is -1.0: expected 0.0 or more'),
             (dict(height=10 ** 8), 'height is 100000000: expected 1 to 64000000'),
             (dict(height=10 ** 6), 'height is 1000000: expected up to 64000000 pixels with'),
             (dict(rate='fast'), "rate is 'fast': expected a number"),
             (dict(height=8), 'sides of at least 32 px')]
    started = [(start('source_node', **parameters), text) for parameters, text in cases]
    for process, text in started:
        assert process.wait() == 1
        assert len(process.log.splitlines()) == 1
        assert text in process.log


def test_masks_of_a_second_segmenter_end_lockstep_with_status_1(start, probe):
    answerer = Answerer(probe, '/mixed', after=1)
    second = probe.node.create_publisher(Image, '/mixed/segmentation/mask', 10)
    source = start('source_node', '__ns:=/mixed', frames=3, lockstep='true', **SMALL)
    # It waits for an evaluation_node, 15 s.
    probe.spin_until(lambda: 'frames published' in source.log, timeout_s=60.0)
    assert source.wait() == 1 and len(set(answerer.seen)) == 3
    assert ('/mixed/segmentation/mask had 2 publishers (probe, probe) while 3 frames were '
            'counted') in source.log.splitlines()[-1]
    probe.node.destroy_publisher(second)


def test_the_state_is_told_and_so_are_misspelt_parameters(start, probe):
    status = probe.listen_to_status('told/source_node: source')
    source = start('source_node', '__ns:=/told', rate=10, hight=50, zzz=1, watchdog_s=1.0, **SMALL)

    probe.spin_until(lambda: status().message.startswith('RUNNING')
                     and 'nan' not in status().values.values())
    level, message, values, hardware_id = status()
    assert (level, hardware_id) == (b'\x01', 'street_scene:3')
    assert message.endswith(
        " frames published; parameter 'hight' is not known (did you mean 'height'?) and changes "
        "nothing: params/segmentation.yaml has all names; parameter 'zzz' is not known and "
        'changes nothing: params/segmentation.yaml has all names')
    assert int(values['frames']) > 1 and float(values['rate_hz']) > 0
    assert values['frames_unanswered'] == '0'
    assert source.log.count('and changes nothing') == 2  # watchdog_s is another's
    assert source.interrupt() == 0
