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
"""``lsnet evaluate-bag`` counts what the segmenter says of each frame with a target, no other."""

import json

import pytest

from lsnet_ros.bags import read_bag, write_bag
from lsnet_ros.cli import main
from lsnet_ros.datasets.street_scene import StreetScene
from lsnet_ros.metrics import ConfusionMatrix
from lsnet_ros.model_files import read_model
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
    segmenter, confusion = Segmenter(model), ConfusionMatrix(11)
    for frame in read_bag(bag, '/image', '/target'):
        confusion.update(frame.target, segmenter.segment(frame.image).class_ids)
    expected = confusion.report(model.label_set.class_names)

    assert evaluate(bag, tiny_model, tmp_path / 'report.json') == 0
    report = json.loads((tmp_path / 'report.json').read_text())
    assert {key: report[key] for key in expected} == expected
    assert (report['frames'], report['frames_without_target']) == (FRAMES, 0)
    printed = capsys.readouterr().out
    assert 'mean IoU' in printed and '{} frames'.format(FRAMES) in printed


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
    assert error.startswith('lsnet: the target at stamp 0 ns cannot be counted: ')
    assert '77' in error and error.count('\n') == 1


def test_a_bag_without_frames_is_refused(tiny_model, tmp_path, capsys):
    write_bag(tmp_path / 'bag', [])
    assert evaluate(tmp_path / 'bag', tiny_model, tmp_path / 'report.json') == 1
    assert 'no frames: there is nothing to evaluate' in capsys.readouterr().err
