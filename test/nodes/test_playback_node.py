# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The playback node shows the same frames again and again, at its rate, and says how it went."""

import hashlib
import json

import cv2
import numpy as np
import pytest

from lsnet_ros.frames import messages

pytest.importorskip('rclpy')
from rclpy.qos import QoSProfile, ReliabilityPolicy  # noqa: E402
from sensor_msgs.msg import Image  # noqa: E402

CAMERA_QOS = QoSProfile(depth=50, reliability=ReliabilityPolicy.BEST_EFFORT)


@pytest.fixture
def folder(tmp_path):
    """Give a folder of four images, each of one value."""
    folder = tmp_path / 'images'
    folder.mkdir()
    for value in range(4):
        cv2.imwrite(str(folder / '{}.png'.format(value)), np.full((4, 6, 3), value, np.uint8))
    return folder


def test_the_first_frames_come_in_turn_with_new_stamps_at_the_rate(start, probe, folder, tmp_path):
    path = tmp_path / 'playback.json'
    node = start('playback_node', '__ns:=/played', source=folder, rate=40.0, frames=20, prepared=3,
                 subscribers=2, playback_report=path, frame_id='left')
    images = probe.listen(Image, '/played/image', CAMERA_QOS)
    probe.spin_until(lambda: '1 of 2 subscribers of /played/image' in node.log)
    assert not images
    probe.listen(Image, '/played/image', CAMERA_QOS)
    probe.spin_until(lambda: len(images) == 20)
    assert node.wait() == 0 and '20 frames published' in node.log
    assert [int(messages.to_rgb(image)[0, 0, 0]) for image in images] == ([0, 1, 2] * 7)[:20]
    assert {image.header.frame_id for image in images} == {'left'}
    stamps = np.array([messages.stamp_ns(image.header) for image in images]) / 1e9
    assert (np.diff(stamps) > 0).all() and 0.5 / 40 < np.median(np.diff(stamps)) < 4 / 40
    report = json.loads(path.read_text())
    assert report['sha256'] == hashlib.sha256(
        b''.join(bytes([value] * 72) for value in range(3))).hexdigest()
    assert [report[key] for key in ('prepared', 'height', 'width', 'frames', 'wanted_hz')] == [
        3, 4, 6, 20, 40.0]
    assert report['rate_hz'] == pytest.approx(19 / (stamps[-1] - stamps[0]), rel=0.1)
    assert report['stamps_ns'] == [messages.stamp_ns(image.header) for image in images]
    assert 0.0 < report['publish_ms']['p50'] <= report['publish_ms']['max']


def test_a_rate_that_cannot_be_kept_is_told(start, probe, folder, tmp_path):
    path = tmp_path / 'playback.json'
    images = probe.listen(Image, '/fast/image', CAMERA_QOS)
    node = start('playback_node', '__ns:=/fast', source=folder, rate=1e6, subscribers=0,
                 playback_report=path)
    probe.spin_until(lambda: len(images) > 8)  # more than the 4 that are prepared
    assert node.interrupt() == 0
    report = json.loads(path.read_text())
    assert report['late'] > 0 and report['frames'] > report['prepared'] == 4
    assert report['rate_hz'] < report['wanted_hz'] == 1e6


def test_an_end_before_the_first_frame_leaves_a_report(start, probe, folder, tmp_path):
    path = tmp_path / 'playback.json'
    node = start('playback_node', '__ns:=/alone', source=folder, subscribers=1,
                 playback_report=path)
    probe.spin_until(lambda: 'waiting: 0 of 1' in node.log)
    assert node.interrupt() == 0
    report = json.loads(path.read_text())
    assert (report['frames'], report['rate_hz'], report['publish_ms']) == (0, None, None)
    assert report['wanted_hz'] == 10.0


def test_what_is_wrong_with_the_configuration_is_one_line_and_exit_status_1(start):
    cases = [(dict(source='nowhere'), "source 'nowhere' is not there"),
             (dict(prepared=0), 'prepared is 0: expected 1 to 1000000'),
             (dict(rate=-1.0), 'rate is -1.0: expected 0.0 or more')]
    started = [(start('playback_node', **parameters), text) for parameters, text in cases]
    for process, text in started:
        assert process.wait() == 1
        assert len(process.log.splitlines()) == 1
        assert text in process.log
