# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

import json

import cv2
import numpy as np
import pytest

from lsnet_ros.cli import main
from lsnet_ros.datasets.street_scene import StreetScenes
from lsnet_ros.frames import Frame
from lsnet_ros.frames.image_files import read_rgb
from lsnet_ros.models.folder import read_model
from lsnet_ros.segmenter import Segmenter

SCENES = [scene.image for scene in StreetScenes(5, 4, 90, 120)]


@pytest.fixture
def folder(tmp_path):
    """Four pictures, the third of them twice."""
    (tmp_path / 'drive').mkdir()
    for number, place in enumerate([0, 1, 2, 2, 3]):
        cv2.imwrite(str(tmp_path / 'drive' / '{}.png'.format(number)), SCENES[place][:, :, ::-1])
    return tmp_path / 'drive'


def names(output):
    return sorted(path.name for path in (output / 'images').iterdir())


def test_near_duplicates_are_left_out(tmp_path, folder, capsys):
    assert main(['frames', str(folder), '--output', str(tmp_path / 'out'),
                 '--json', str(tmp_path / 'x.json')]) == 0
    assert names(tmp_path / 'out') == ['0.png', '1.png', '2.png', '4.png']
    np.testing.assert_array_equal(read_rgb(tmp_path / 'out/images/4.png'), SCENES[3])
    assert json.loads((tmp_path / 'x.json').read_text()) == {
        'output': str(tmp_path / 'out'), 'candidates': 4, 'kept': 4}


def test_at_most_n_are_spread_evenly(tmp_path, folder):
    assert main(['frames', str(folder), '--most', '2', '--output', str(tmp_path / 'out')]) == 0
    assert names(tmp_path / 'out') == ['0.png', '4.png']


def test_those_of_the_lowest_confidence_come_first(tmp_path, folder, tiny_model):
    segmenter = Segmenter(read_model(tiny_model), 'onnx')
    means = [segmenter.segment(image, True).confidence.mean() for image in SCENES]
    worst = ['0.png', '1.png', '2.png', '4.png'][int(np.argmin(means))]
    assert main(['frames', str(folder), '--most', '1', '--model', str(tiny_model), '--backend',
                 'onnx', '--output', str(tmp_path / 'out')]) == 0
    assert names(tmp_path / 'out') == [worst]


def test_draft_masks_have_the_layout_of_cvat(tmp_path, folder, tiny_model):
    assert main(['frames', str(folder), '--most', '1', '--prelabel', str(tiny_model), '--backend',
                 'onnx', '--output', str(tmp_path / 'out')]) == 0
    drafts, model = tmp_path / 'out' / 'drafts', read_model(tiny_model)
    ids = Segmenter(model, 'onnx').segment(SCENES[0]).class_ids.copy()
    np.testing.assert_array_equal(read_rgb(drafts / 'SegmentationClass/0.png'),
                                  model.label_set.palette[ids])
    assert (drafts / 'ImageSets/Segmentation/default.txt').read_text() == '0\n'
    assert (drafts / 'labelmap.txt').read_text().splitlines()[:3] == [
        '# label:color_rgb:parts:actions', 'background:0,0,0::', 'sky:128,128,128::']


def test_a_bag_gives_frames_by_their_stamps(tmp_path):
    pytest.importorskip('rosbags.rosbag2')
    from lsnet_ros.bags import write_bag
    target = np.zeros(SCENES[0].shape[:2], np.uint8)
    write_bag(tmp_path / 'bag', [Frame('', image, target, number * 400 * 10**6)
                                 for number, image in enumerate(SCENES)], '/camera')
    assert main(['frames', str(tmp_path / 'bag'), '--topic', '/camera', '--every', '0.8',
                 '--output', str(tmp_path / 'out')]) == 0
    assert names(tmp_path / 'out') == ['bag_000000.png', 'bag_000002.png']


def test_a_folder_in_use_and_a_missing_source_are_refused(tmp_path, folder, capsys):
    assert main(['frames', str(folder), '--output', str(folder)]) == 1
    assert '{} is not empty: choose a new folder\n'.format(folder) in capsys.readouterr().err
    assert main(['frames', str(tmp_path / 'no'), '--output', str(tmp_path / 'out')]) == 1
    assert 'does not exist: give a bag, a video or a folder' in capsys.readouterr().err
