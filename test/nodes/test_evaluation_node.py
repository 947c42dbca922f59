# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The evaluation node, alone and at the end of source and segmentation in lockstep."""

import json
import math
import re

import numpy as np
import pytest

from lsnet_ros.datasets.street_scene import StreetScene
from lsnet_ros.frames import messages
from lsnet_ros.labels.label_sets import label_set
from lsnet_ros.labels.metrics import ConfusionMatrix
from lsnet_ros.models.folder import read_model
from lsnet_ros.segmenter import Segmenter

pytest.importorskip('rclpy')
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue  # noqa: E402
from sensor_msgs.msg import Image  # noqa: E402
from std_msgs.msg import Header  # noqa: E402
from std_srvs.srv import Trigger  # noqa: E402

FRAMES = 12
CLASSES = label_set('camvid').class_names
TRUTH = np.array([[0, 0, 3, 255]], np.uint8)
FOUND = np.array([[0, 3, 3, 3]], np.uint8)


class Judge:
    """Talks to an evaluation node in a namespace of its own."""

    def __init__(self, probe, name):
        self.probe, self._name = probe, name
        self.status = probe.listen_to_status(name.lstrip('/') + '/evaluation_node: evaluation')
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

    def reset(self):
        """Forget all frames and return the response."""
        client = self.probe.node.create_client(Trigger, self._name + '/evaluation/reset')
        self.probe.spin_until(client.service_is_ready)
        future = client.call_async(Trigger.Request())
        self.probe.spin_until(future.done)
        return future.result()

    def status_with(self, key, value):
        """Wait for a report in which a key has a value and return (message, values)."""
        self.probe.spin_until(lambda: self.status().values.get(key) == value)
        return self.status()[1:3]


def read_report(path):
    """Return the report of a node, empty if it has written none."""
    return json.loads(path.read_text()) if path.exists() else {}


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
    expected, masks = ConfusionMatrix(11), []
    for sample in samples:
        masks.append(segmenter.segment(sample.image).class_ids)
        expected.update(sample.target, masks[-1])
    truth, masks = np.array([sample.target for sample in samples]), np.array(masks)
    stays = (truth[1:] == truth[:-1]) & (truth[1:] != 255)
    flicker = (masks[1:] != masks[:-1])[stays].mean()
    assert source.wait() == 0
    assert '{} frames published'.format(FRAMES) in source.log
    assert (segmentation.interrupt(), evaluation.interrupt()) == (0, 0)
    report = json.loads(report_path.read_text())
    assert (report['frames'], report['frames_refused']) == (FRAMES, 0)
    assert report['miou'] == pytest.approx(expected.miou(), abs=1e-6)
    assert report['pixel_accuracy'] == pytest.approx(expected.pixel_accuracy(), abs=1e-6)
    assert report['flicker'] == pytest.approx(flicker, abs=1e-6) and flicker > 0
    for name, value in zip(CLASSES, expected.iou()):
        assert (report['iou'][name] is None) == bool(np.isnan(value))
        assert report['iou'][name] is None or report['iou'][name] == pytest.approx(value, abs=1e-6)


def test_groups_and_void_in_lockstep_are_those_of_evaluate_bag(start, tiny_model, tmp_path):
    bags = pytest.importorskip('lsnet_ros.bags')
    from lsnet_ros.cli import main
    scene = StreetScene(5, 96, 128)
    frames = [scene.frame(index) for index in range(4)]
    values = np.arange(256, dtype=np.uint8)
    values[[255, 3, 7]] = [254, 7, 3]
    for frame in frames:
        frame.target[:] = values[frame.target]
        frame.target[:9] = 253
    bags.write_bag(tmp_path / 'bag', frames)
    names = list(CLASSES)
    names[3], names[7] = names[7], names[3]
    (tmp_path / 'map.yaml').write_text(''.join(map('{0[0]}: {0[1]}\n'.format, enumerate(names))))
    common = {'model': tiny_model, 'groups': 'drivable'}
    segmentation = start('segmentation_node', '__ns:=/groups', **common)
    evaluation = start('evaluation_node', '__ns:=/groups', ignore='253,254',
                       map=tmp_path / 'map.yaml', report_path=tmp_path / 'report.json', **common)
    source = start('source_node', '__ns:=/groups', source=tmp_path / 'bag', lockstep='true',
                   target_topic='/target')
    assert source.wait() == 0
    assert (segmentation.interrupt(), evaluation.interrupt()) == (0, 0)
    assert main(['evaluate-bag', str(tmp_path / 'bag'), '--model', str(tiny_model), '--groups',
                 'drivable', '--ignore', '253,254', '--map', str(tmp_path / 'map.yaml'),
                 '--image-topic', '/image', '--target-topic', '/target', '--json',
                 str(tmp_path / 'expected.json')]) == 0
    report, expected = (json.loads((tmp_path / name).read_text())
                        for name in ('report.json', 'expected.json'))
    assert list(report['iou']) == ['drivable', 'pavement', 'obstacle', 'sky']
    assert (report['iou'], report['frames']) == (expected['iou'], 4)


def test_frames_that_all_have_one_stamp_are_all_counted_in_lockstep(
        start, probe, tiny_model, tmp_path):
    """A folder of pictures gives no stamps, and this clock stands still at 0."""
    report_path = tmp_path / 'report.json'
    common = {'model': tiny_model, 'use_sim_time': 'true'}
    segmentation = start('segmentation_node', '__ns:=/still', **common)
    evaluation = start('evaluation_node', '__ns:=/still', report_path=report_path, **common)
    source = start('source_node', '__ns:=/still', source='street_scene', lockstep='true',
                   frames=5, height=96, width=128, use_sim_time='true')
    assert source.wait() == 0 and 'two frames have the stamp 0 ns' in source.log
    assert (segmentation.interrupt(), evaluation.interrupt()) == (0, 0)
    report = json.loads(report_path.read_text())
    assert (report['frames'], report['targets_of_repeated_stamps']) == (5, 0)


def test_counts_that_are_not_whole_end_with_status_1_and_no_old_figure(
        start, probe, tiny_model, tmp_path):
    report_path = tmp_path / 'report.json'
    report_path.write_text('{"miou": 0.9, "frames": 7}')  # of an earlier run
    node = start('evaluation_node', '__ns:=/part', model=tiny_model, report_path=report_path)
    judge = Judge(probe, '/part')
    judge.show(1, np.full((1, 4), 254, np.uint8), FOUND)
    judge.status_with('frames_refused', '1')
    assert node.interrupt() == 1 and 'no frame was counted, 1 were refused' in node.log
    report = json.loads(report_path.read_text())
    assert (report['miou'], report['frames'], report['frames_refused']) == (None, 0, 1)

    node = start('evaluation_node', '__ns:=/again', model=tiny_model, report_path=report_path)
    judge = Judge(probe, '/again')
    judge.show(1, TRUTH, FOUND)
    judge.show(1, 255 - TRUTH, FOUND)
    judge.status_with('frames', '1')
    message, _ = judge.status_with('targets_of_repeated_stamps', '1')
    assert message.startswith('ERROR: 1 targets have the stamp of another target')
    assert node.interrupt() == 1
    assert json.loads(report_path.read_text())['targets_of_repeated_stamps'] == 1


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
    assert message.startswith('ERROR: found the value 77 (4 px), which means no class: list it')
    assert values['frames'] == '1'

    response = judge.reset()
    assert response.success and response.message == '1 frames forgotten'
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


def test_a_report_that_cannot_be_written_stays_an_error_while_frames_come(
        start, probe, tiny_model, tmp_path):
    (tmp_path / 'file').write_text('in the way')
    start('evaluation_node', '__ns:=/kept', model=tiny_model,
          report_path=tmp_path / 'file' / 'report.json')
    judge = Judge(probe, '/kept')
    judge.show(1, TRUTH, FOUND)
    probe.spin_until(lambda: judge.status().message.startswith('ERROR: report not'))
    judge.show(2, TRUTH, FOUND)
    message, _ = judge.status_with('frames', '2')
    assert judge.status().level == b'\x02' and 'set report_path' in message


def test_masks_of_other_classes_are_an_error_and_no_report(start, probe, tiny_model, tmp_path):
    node = start('evaluation_node', '__ns:=/other', model=tiny_model,
                 report_path=tmp_path / 'report.json')
    judge = Judge(probe, '/other')
    judge.show(1, TRUTH, FOUND)
    told = probe.publisher(DiagnosticArray, '/diagnostics', 10, subscribers=2)
    camvid = ', '.join('{} {}'.format(*pair) for pair in enumerate(CLASSES))

    def tell(name, classes):
        told.publish(DiagnosticArray(status=[DiagnosticStatus(
            name=name + ': segmentation', values=[KeyValue(key='classes', value=classes)])]))
    tell('probe', camvid)
    tell('another', '0 drivable, 1 pavement')
    judge.show(2, TRUTH, FOUND)
    assert judge.status_with('frames', '2')[0].startswith('RUNNING')

    def is_refused():
        tell('probe', '0 drivable, 1 pavement')
        return judge.status().message.startswith(
            'ERROR: probe publishes masks of the classes 0 drivable, 1 pavement, not 0 sky, '
            '1 building')
    probe.spin_until(is_refused)
    judge.show(3, TRUTH, FOUND)
    assert node.interrupt() == 1
    assert 'give both nodes the same model and groups' in node.log.splitlines()[-1]
    assert 'miou' not in read_report(tmp_path / 'report.json')


def test_frames_of_two_models_of_the_same_classes_are_not_counted_together(
        start, probe, tiny_model, tmp_path):
    node = start('evaluation_node', '__ns:=/two', model=tiny_model,
                 report_path=tmp_path / 'report.json')
    judge = Judge(probe, '/two')
    told = probe.publisher(DiagnosticArray, '/diagnostics', 10, subscribers=2)
    camvid = ', '.join('{} {}'.format(*pair) for pair in enumerate(CLASSES))

    def is_refused(models):
        """Tell what is published, again and again, as a node does."""
        for model in models:
            told.publish(DiagnosticArray(status=[DiagnosticStatus(
                name='probe: segmentation', hardware_id=model,
                values=[KeyValue(key='classes', value=camvid)])]))
        return judge.status().message.startswith('ERROR')
    judge.show(1, TRUTH, FOUND)
    assert judge.status_with('frames', '1')[0].startswith('RUNNING')
    probe.spin_until(lambda: is_refused(['first', 'second']))
    assert re.match('ERROR: probe published masks of (first, then of second|second, then of first)'
                    ', and frames of both may have been counted: call evaluation/reset$',
                    judge.status().message)
    judge.reset()
    assert 'NO PAIRS' in judge.status_with('frames', '0')[0]
    judge.show(2, TRUTH, FOUND)
    probe.spin_until(lambda: is_refused(['first', 'second']))
    assert node.interrupt() == 1
    assert 'frames of both may have been counted' in node.log.splitlines()[-1]
    assert 'miou' not in read_report(tmp_path / 'report.json')


def test_a_report_with_frames_that_turn_out_to_be_mixed_is_replaced_by_the_reason(
        start, probe, tiny_model, tmp_path):
    path = tmp_path / 'report.json'
    node = start('evaluation_node', '__ns:=/late', model=tiny_model, report_path=path)
    judge = Judge(probe, '/late')
    told = probe.publisher(DiagnosticArray, '/diagnostics', 10, subscribers=2)
    judge.show(1, TRUTH, FOUND)
    probe.spin_until(lambda: read_report(path).get('frames') == 1)
    camvid = ', '.join('{} {}'.format(*pair) for pair in enumerate(CLASSES))

    def is_refused():
        for model in ('first', 'second'):
            told.publish(DiagnosticArray(status=[DiagnosticStatus(
                name='probe: segmentation', hardware_id=model,
                values=[KeyValue(key='classes', value=camvid)])]))
        return judge.status().message.startswith('ERROR')
    probe.spin_until(is_refused)
    judge.show(2, TRUTH, FOUND)
    assert node.interrupt() == 1
    report = read_report(path)
    assert list(report) == ['error'] and 'frames of both may have been counted' in report['error']


def test_frames_that_never_pair_are_a_warning(start, probe, tiny_model):
    start('evaluation_node', '__ns:=/apart', model=tiny_model)
    judge = Judge(probe, '/apart')
    judge.status_with('frames', '0')
    for stamp in range(32):
        judge._targets.publish(messages.from_class_ids(TRUTH, messages.make_header(stamp, '')))
        probe.spin(0.05)
    probe.spin_until(lambda: judge.status().level == b'\x01')
    assert judge.status().message.startswith('NO PAIRS: 0 masks and ')
    assert 'targets dropped, none of the same stamp: give' in judge.status().message


def test_an_unknown_model_is_one_line_and_exit_status_1(start):
    node = start('evaluation_node', model='nothing')
    assert node.wait() == 1
    assert len(node.log.splitlines()) == 1
    assert "model 'nothing' is not known" in node.log


def test_frames_counted_beside_a_second_publisher_are_an_error(start, probe, tiny_model, tmp_path):
    report_path = tmp_path / 'report.json'
    node = start('evaluation_node', '__ns:=/mixed', model=tiny_model, report_path=report_path)
    judge = Judge(probe, '/mixed')
    judge.show(1, TRUTH, FOUND)
    probe.spin_until(lambda: judge.status().message.startswith('RUNNING'))
    orphan = start('source_node', '__ns:=/mixed', source='street_scene', rate=1)
    for stamp in range(2, 60):  # until the node has found the orphan
        judge.show(stamp, TRUTH, FOUND)
        probe.spin(0.5)
        if 'source_node' in judge.status().message:
            break
    assert re.match(
        r'ERROR: /mixed/target had 2 publishers \(probe, source_node\) while [1-9][0-9]* frames '
        'were counted, some of which may be those of another run: stop all but one, and measure '
        'again$', judge.status().message)
    assert (orphan.interrupt(), node.interrupt()) == (0, 1)
    assert 'had 2 publishers' in node.log.splitlines()[-1]
    assert json.loads(report_path.read_text())['frames_beside_other_publishers'] > 0
