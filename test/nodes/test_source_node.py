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
"""The source node: what it publishes, how it ends, and lockstep with a probe as segmenter."""

import time

from lsnet_ros.datasets.street_scene import StreetScene
from lsnet_ros.nodes import messages
import numpy as np
import pytest

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
    probe.spin_until(lambda: images and targets and cameras)
    probe.spin(1.5)
    by_stamp = {messages.stamp_ns(image.header): image for image in images}
    stamps = sorted(set(by_stamp) & {messages.stamp_ns(target.header) for target in targets}
                    & {messages.stamp_ns(camera.header) for camera in cameras})
    assert len(stamps) > 5
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


def test_what_is_wrong_with_the_configuration_is_one_line_and_exit_status_1(start):
    cases = [(dict(source='nowhere'), "source 'nowhere' is not there"),
             (dict(rate=-1.0), 'rate is -1.0: expected 0 or more'),
             (dict(rate='fast'), "rate is 'fast': expected a number"),
             (dict(height=8), 'both sides are at least 32 px')]
    started = [(start('source_node', **parameters), text) for parameters, text in cases]
    for process, text in started:
        assert process.wait() == 1
        assert len(process.log.splitlines()) == 1
        assert text in process.log
