# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""``lsnet evaluate-bag`` counts what the segmenter says of each frame with a target, no other."""

import json

import numpy as np
import pytest

from lsnet_ros.bags import read_bag, write_bag
from lsnet_ros.cli import main
from lsnet_ros.datasets.street_scene import StreetScene
from lsnet_ros.labels.flicker import Flicker
from lsnet_ros.labels.metrics import ConfusionMatrix
from lsnet_ros.models.folder import read_model
from lsnet_ros.segmenter import Segmenter

FRAMES = 4


@pytest.fixture(scope='module')
def bag(tmp_path_factory):
    scene = StreetScene(seed=3, height=90, width=120)
    path = tmp_path_factory.mktemp('bags') / 'drive'
    write_bag(path, (scene.frame(index) for index in range(FRAMES)))
    return path


def evaluate(bag, model, report, image_topic='/image', target_topic='/target'):
    return main(['evaluate-bag', str(bag), '--model', str(model), '--image-topic', image_topic,
                 '--target-topic', target_topic, '--json', str(report)])


def test_the_report_is_that_of_the_segmenter_on_each_frame(bag, tiny_model, tmp_path, capsys):
    model = read_model(tiny_model)
    segmenter, confusion, flicker = Segmenter(model), ConfusionMatrix(11), Flicker()
    for frame in read_bag(bag, '/image', '/target'):
        class_ids = segmenter.segment(frame.image).class_ids
        confusion.update(frame.target, class_ids)
        flicker.update(frame.target, class_ids)
    expected = confusion.scores(model.label_set.class_names).as_json()

    assert evaluate(bag, tiny_model, tmp_path / 'report.json') == 0
    report = json.loads((tmp_path / 'report.json').read_text())
    assert {key: report[key] for key in expected} == expected
    assert (report['frames'], report['frames_without_target']) == (FRAMES, 0)
    printed = capsys.readouterr().out
    assert 'mean IoU' in printed and '{} frames'.format(FRAMES) in printed
    assert report['flicker'] == flicker.share() > 0
    assert 'flicker {:.2%}: pixels that change class'.format(flicker.share()) in printed


def test_values_and_groups_of_a_bag_are_those_of_the_dataset(tiny_model, tmp_path, capsys):
    """A bag whose void is 254 and whose roads are 7 gives the figures of the same frames."""
    scene = StreetScene(seed=3, height=90, width=120)
    frames = [scene.frame(index) for index in range(2)]
    for frame in frames:
        frame.target[:9] = 255
    values = np.arange(256, dtype=np.uint8)
    values[[255, 3, 7]] = [254, 7, 3]
    write_bag(tmp_path / 'plain', frames)
    write_bag(tmp_path / 'bag', [frame._replace(target=values[frame.target]) for frame in frames])
    assert evaluate(tmp_path / 'bag', tiny_model, tmp_path / 'report.json') == 1
    assert 'found the value 254' in capsys.readouterr().err
    names = dict(enumerate(read_model(tiny_model).label_set.class_names))
    names[7], names[3] = names[3], names[7]
    (tmp_path / 'map.yaml').write_text(''.join(map('{0[0]}: {0[1]}\n'.format, names.items())))
    reports = []
    for bag, more in (('plain', []), ('bag', ['--map', str(tmp_path / 'map.yaml'), '--ignore',
                                              '254'])):
        assert main(['evaluate-bag', str(tmp_path / bag), '--model', str(tiny_model),
                     '--image-topic', '/image', '--target-topic', '/target', '--groups',
                     'drivable', '--json', str(tmp_path / 'report.json')] + more) == 0
        reports.append(json.loads((tmp_path / 'report.json').read_text()))
    assert reports[0]['iou'] == reports[1]['iou'] and reports[0]['miou'] == reports[1]['miou']
    assert list(reports[0]['iou']) == ['drivable', 'pavement', 'obstacle', 'sky']


def test_frames_without_a_target_are_told(tiny_model, tmp_path, capsys):
    scene = StreetScene(seed=3, height=90, width=120)
    samples = [scene.frame(index) for index in range(2)]
    write_bag(tmp_path / 'labelled', samples[:1])
    write_bag(tmp_path / 'whole', samples)
    bag = merged(tmp_path / 'whole', tmp_path / 'labelled', tmp_path / 'mixed')
    assert evaluate(bag, tiny_model, tmp_path / 'report.json', '/image', '/labels') == 0
    report = json.loads((tmp_path / 'report.json').read_text())
    assert (report['frames'], report['frames_without_target']) == (1, 1)
    assert '1 more frames have no target' in capsys.readouterr().out


def merged(images, targets, path):
    """Write the images of one bag and the targets of another as a third."""
    from rosbags.highlevel import AnyReader
    from rosbags.rosbag2 import Writer
    with Writer(path, version=9) as writer:
        for source, topic, name in ((images, '/image', '/image'), (targets, '/target', '/labels')):
            with AnyReader([source]) as reader:
                connection = writer.add_connection(name, 'sensor_msgs/msg/Image',
                                                   typestore=reader.typestore)
                wanted = [c for c in reader.connections if c.topic == topic]
                for _, stamp, raw in reader.messages(wanted):
                    writer.write(connection, stamp, raw)
    return path


def test_a_bag_without_the_topic_keeps_the_old_report(bag, tiny_model, tmp_path, capsys):
    (tmp_path / 'report.json').write_text('old')
    assert evaluate(bag, tiny_model, tmp_path / 'report.json', '/camera') == 1
    assert capsys.readouterr().err == (
        'lsnet: the bag has no topic /camera: it has /image, /target\n')
    assert (tmp_path / 'report.json').read_text() == 'old'


def test_ids_outside_the_label_set_are_refused(tiny_model, tmp_path, capsys):
    sample = StreetScene(seed=3, height=90, width=120).frame(0)
    sample.target[0, 0] = 77
    write_bag(tmp_path / 'bag', [sample])
    assert evaluate(tmp_path / 'bag', tiny_model, tmp_path / 'report.json') == 1
    error = capsys.readouterr().err
    assert error.startswith('lsnet: the target at stamp 0 ns of {} cannot be counted: '.format(
        tmp_path / 'bag'))
    assert '77' in error and error.count('\n') == 1


def test_a_bag_without_frames_is_refused(tiny_model, tmp_path, capsys):
    write_bag(tmp_path / 'bag', [])
    assert evaluate(tmp_path / 'bag', tiny_model, tmp_path / 'report.json') == 1
    assert 'no frames: there is nothing to evaluate' in capsys.readouterr().err


@pytest.fixture(scope='module')
def drives(tmp_path_factory):
    """Give three bags of different streets."""
    folder = tmp_path_factory.mktemp('drives')
    for seed in range(3):
        scene = StreetScene(seed=seed, height=90, width=120)
        write_bag(folder / str(seed), (scene.frame(index) for index in range(2)))
    return [folder / str(seed) for seed in range(3)]


def evaluate_all(bags, model, report, *more):
    status = main(['evaluate-bag'] + list(map(str, bags)) + [
        '--model', str(model), '--image-topic', '/image', '--target-topic', '/target', '--json',
        str(report)] + list(more))
    return status, json.loads(report.read_text()) if report.exists() else None


def test_several_bags_add_up_alike_with_any_number_of_workers(
        drives, tiny_model, tmp_path, capsys):
    pytest.importorskip('distributed')
    confusion, flicker = ConfusionMatrix(11), [0, 0]
    segmenter = Segmenter(read_model(tiny_model))
    for bag in drives:
        one = Flicker()
        for frame in read_bag(bag, '/image', '/target'):
            class_ids = segmenter.segment(frame.image).class_ids
            confusion.update(frame.target, class_ids)
            one.update(frame.target, class_ids)
        flicker = [flicker[0] + one.pixels, flicker[1] + one.changed]
    status, alone = evaluate_all(drives, tiny_model, tmp_path / 'one.json')
    assert status == 0 and '6 frames' in capsys.readouterr().out
    assert alone['miou'] == confusion.miou() and alone['frames'] == 6
    assert alone['flicker'] == flicker[1] / flicker[0]
    assert {path: found['frames'] for path, found in alone['bags'].items()} == {
        str(bag): 2 for bag in drives}
    status, shared = evaluate_all(drives, tiny_model, tmp_path / 'two.json', '--processes', '2')
    assert status == 0 and shared == alone


def test_a_bag_that_is_not_counted_is_named_with_status_1(drives, tiny_model, tmp_path, capsys):
    missing = tmp_path / 'missing'
    status, report = evaluate_all(drives[:1] + [missing], tiny_model, tmp_path / 'r.json')
    assert status == 1 and report['failed'] == [str(missing)] and report['frames'] == 2
    assert 'lsnet: {} is not counted: '.format(missing) in capsys.readouterr().err


def test_a_bag_that_is_given_twice_is_refused(drives, tiny_model, tmp_path, capsys):
    twice = [drives[0], drives[0].parent / '..' / drives[0].parent.name / drives[0].name]
    assert evaluate_all(twice, tiny_model, tmp_path / 'r.json') == (1, None)
    assert 'is given twice: give each once' in capsys.readouterr().err
