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
"""The evaluation node, alone and at the end of source and segmentation in lockstep."""

import json
import math

from lsnet_ros.datasets.street_scene import StreetScene
from lsnet_ros.labels import label_set
from lsnet_ros.metrics import ConfusionMatrix
from lsnet_ros.model_files import read_model
from lsnet_ros.nodes import messages
from lsnet_ros.segmenter import Segmenter
import numpy as np
import pytest

pytest.importorskip('rclpy')
from diagnostic_msgs.msg import DiagnosticArray  # noqa: E402
from sensor_msgs.msg import Image  # noqa: E402
from std_msgs.msg import Header  # noqa: E402
from std_srvs.srv import Trigger  # noqa: E402

FRAMES = 12
CLASSES = label_set('camvid').class_names
TRUTH = np.array([[0, 0, 3, 255]], np.uint8)
FOUND = np.array([[0, 3, 3, 3]], np.uint8)


def status_of(received):
    """Return the latest report of the node about itself: (message, values)."""
    reports = [array.status[0] for array in received
               if array.status[0].name.endswith('evaluation_node: evaluation')]
    if not reports:
        return '', {'frames': '-1', 'frames_refused': '-1'}
    return reports[-1].message, {entry.key: entry.value for entry in reports[-1].values}


class Judge:
    """Talks to an evaluation node in a namespace of its own."""

    def __init__(self, probe, name):
        self.probe = probe
        self.diagnostics = probe.listen(DiagnosticArray, '/diagnostics')
        self.counted = probe.listen(Header, name + '/evaluation/counted')
        self._masks = probe.publisher(Image, name + '/segmentation/mask')
        self._targets = probe.publisher(Image, name + '/target')

    def show(self, stamp, target, class_ids):
        """Publish a target and a mask, again while the node has not dealt with them."""
        header = messages.make_header(stamp, 'camera')
        self.counted.clear()
        for _ in range(20):
            self._targets.publish(messages.from_class_ids(target, header))
            self._masks.publish(messages.from_class_ids(class_ids, header))
            try:
                return self.probe.spin_until(lambda: header in self.counted, timeout_s=1.5)
            except AssertionError:  # the answer came before this process could be found
                continue
        raise AssertionError('no answer')

    def status_with(self, key, value):
        """Wait for a report in which a key has a value and return (message, values)."""
        self.probe.spin_until(lambda: status_of(self.diagnostics)[1][key] == value)
        return status_of(self.diagnostics)


def test_iou_in_lockstep_over_a_bag_is_that_of_the_same_frames(start, tiny_model, tmp_path):
    bags = pytest.importorskip('lsnet_ros.bags')
    scene = StreetScene(5, 96, 128)
    samples = [scene.frame(index) for index in range(FRAMES)]
    bags.write_bag(tmp_path / 'bag', samples, '/front/image', '/front/truth', 'mcap')
    report_path = tmp_path / 'reports' / 'report.json'
    segmentation = start('segmentation_node', '__ns:=/bag', model=tiny_model)
    evaluation = start('evaluation_node', '__ns:=/bag', model=tiny_model, report_path=report_path)
    source = start('source_node', '__ns:=/bag', source=tmp_path / 'bag', lockstep='true',
                   image_topic='/front/image', target_topic='/front/truth')
    segmenter = Segmenter(read_model(tiny_model))
    expected = ConfusionMatrix(11)
    for sample in samples:
        expected.update(sample.target, segmenter.segment(sample.image).class_ids)
    assert source.wait() == 0
    assert '{} frames published'.format(FRAMES) in source.log
    assert (segmentation.interrupt(), evaluation.interrupt()) == (0, 0)
    report = json.loads(report_path.read_text())
    assert (report['frames'], report['frames_refused']) == (FRAMES, 0)
    assert report['miou'] == pytest.approx(expected.miou(), abs=1e-6)
    assert report['pixel_accuracy'] == pytest.approx(expected.pixel_accuracy(), abs=1e-6)
    for name, value in zip(CLASSES, expected.iou()):
        assert (report['iou'][name] is None) == bool(np.isnan(value))
        assert report['iou'][name] is None or report['iou'][name] == pytest.approx(value, abs=1e-6)


def test_counting_refusing_and_starting_anew(start, probe, tiny_model):
    start('evaluation_node', '__ns:=/judge', model=tiny_model)
    judge = Judge(probe, '/judge')
    assert 'NO PAIRS' in judge.status_with('frames', '0')[0]
    judge.show(1, TRUTH, FOUND)
    judge.show(1, TRUTH, FOUND)  # sent again: answered, not counted
    message, values = judge.status_with('frames', '1')
    assert message == 'RUNNING: mean IoU 50.00% over 1 frames'
    assert {key: float(values[key]) for key in ('iou/sky', 'iou/road', 'miou')} == {
        'iou/sky': 0.5, 'iou/road': 0.5, 'miou': 0.5}
    assert float(values['pixel_accuracy']) == pytest.approx(2 / 3, abs=1e-4)
    assert math.isnan(float(values['iou/car']))

    judge.show(2, np.zeros((2, 2), np.uint8), FOUND)
    judge.show(3, np.full((1, 4), 77, np.uint8), FOUND)
    message, values = judge.status_with('frames_refused', '2')
    assert message.startswith('ERROR: target id 77 in 4 pixels is outside the label set')
    assert values['frames'] == '1'

    client = probe.node.create_client(Trigger, '/judge/evaluation/reset')
    assert client.wait_for_service(timeout_sec=10.0)
    future = client.call_async(Trigger.Request())
    probe.spin_until(future.done)
    assert future.result().success and future.result().message == '1 frames forgotten'
    message, values = judge.status_with('frames', '0')
    assert (values['miou'], values['frames_refused']) == ('nan', '0')


def test_a_report_that_cannot_be_written_is_one_line_and_exit_status_1(
        start, probe, tiny_model, tmp_path):
    (tmp_path / 'file').write_text('in the way')
    node = start('evaluation_node', '__ns:=/full', model=tiny_model,
                 report_path=tmp_path / 'file' / 'report.json')
    Judge(probe, '/full').show(1, TRUTH, FOUND)
    assert node.interrupt() == 1
    assert (tmp_path / 'file').read_text() == 'in the way'
    assert len(node.log.splitlines()) == 1
    assert 'report.json' in node.log or 'file' in node.log


def test_an_unknown_model_is_one_line_and_exit_status_1(start):
    node = start('evaluation_node', model='nothing')
    assert node.wait() == 1
    assert len(node.log.splitlines()) == 1
    assert "model 'nothing' is not known" in node.log
