# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""``lsnet demo`` takes frames through real nodes, and loses and changes nothing on the way."""

import json
import subprocess
import sys

import cv2
import pytest

from lsnet_ros.commands import demo
from lsnet_ros.datasets.street_scene import StreetScene
from lsnet_ros.labels.metrics import ConfusionMatrix
from lsnet_ros.models.folder import read_model
from lsnet_ros.segmenter import Segmenter

STREETS, FRAMES = (11, 12), 6
CODE = '''
import sys
from lsnet_ros.cli import main
from lsnet_ros.commands import demo
demo.STREETS, demo.FRAMES = {}, {}
sys.exit(main(sys.argv[1:]))
'''.format(STREETS, FRAMES)

pytest.importorskip('rclpy')


@pytest.fixture(scope='module')
def finished(tiny_model, tmp_path_factory):
    """Run the demo; returns its output and the folder of what it wrote."""
    folder = tmp_path_factory.mktemp('demo') / 'out'
    output = subprocess.check_output(
        [sys.executable, '-c', CODE, 'demo', '--model', str(tiny_model), '--output', str(folder),
         '--json', str(folder / 'report.json')], universal_newlines=True, timeout=240)
    return output, folder


def test_the_nodes_measure_what_the_segmenter_does(finished, tiny_model):
    model = read_model(tiny_model)
    segmenter, confusion = Segmenter(model), ConfusionMatrix(11)
    for seed in STREETS:
        scene = StreetScene(seed)
        for index in range(FRAMES):
            sample = scene.frame(index)
            confusion.update(sample.target, segmenter.segment(sample.image).class_ids)
    expected = confusion.scores(model.label_set.class_names).as_json()
    report = json.loads((finished[1] / 'report.json').read_text())
    assert {key: report[key] for key in expected} == expected
    assert report['frames'] == len(STREETS) * FRAMES
    assert report['frames_per_s'] > 0 and report['segment_ms'] > 0


def test_the_table_and_the_rate_are_printed(finished):
    assert 'mean IoU' in finished[0] and 'bicyclist' in finished[0]
    assert ' frames/s' in finished[0]


def test_pictures_are_written(finished):
    overlays = sorted(finished[1].glob('overlay_*.png'))
    # Who looks on is not waited for, so the first frames of a street may be missed.
    assert 1 <= len(overlays) <= len(STREETS) * demo.PICTURES
    assert all(cv2.imread(str(path)).shape == (360, 480, 3) for path in overlays)
    sheet = cv2.imread(str(finished[1] / 'contact_sheet.png'))
    assert sheet.shape[0] > len(overlays) * 360 and sheet.shape[1] > 3 * 480


def test_an_unknown_model_is_refused_at_once(tmp_path, capsys):
    from lsnet_ros.cli import main
    assert main(['demo', '--model', 'nowhere', '--output', str(tmp_path / 'out')]) == 1
    assert "lsnet: model 'nowhere' is not known" in capsys.readouterr().err
    assert not (tmp_path / 'out').exists()
