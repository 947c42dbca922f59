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

import json

import cv2
import numpy as np
import pytest

from lsnet_ros.cli import main
from lsnet_ros.datasets.street_scene import StreetScenes
from lsnet_ros.model_files import read_model

pytest.importorskip('torch')


@pytest.fixture(scope='module')
def root(tmp_path_factory):
    """A dataset in CamVid's layout: two rendered scenes to train on, one to validate on."""
    root = tmp_path_factory.mktemp('camvid')
    scenes = StreetScenes(3, 3, 360, 480)
    for index, split in enumerate(['train', 'train', 'val']):
        for folder, image in ((split, scenes[index].image[:, :, ::-1]),
                              (split + 'annot', scenes[index].target)):
            (root / folder).mkdir(exist_ok=True)
            cv2.imwrite(str(root / folder / '0001TP_{:06d}.png'.format(index)), image)
    return root


@pytest.fixture(scope='module')
def run_folder(root, tmp_path_factory):
    """Two iterations of the shipped recipe."""
    folder = tmp_path_factory.mktemp('runs') / 'first'
    assert main(['train', '--network', 'lps-net-s', '--dataset', 'camvid', '--root', str(root),
                 '--output', str(folder), '--iterations', '2']) == 0
    return folder


def test_a_run_leaves_its_state_log_and_record(run_folder):
    names = {'best.npz', 'checkpoint.npz', 'log.csv', 'log.png', 'run.json'}
    assert {path.name for path in run_folder.iterdir()} == names


def test_export_measures_what_evaluate_measures(root, run_folder, tmp_path):
    assert main(['export', '--run', str(run_folder), '--output', str(tmp_path / 'mine'),
                 '--root', str(root)]) == 0
    model = read_model(tmp_path / 'mine')
    assert (model.name, model.network) == ('mine', 'lps-net-s')
    assert model.config == {'block': 'deploy', 'num_classes': 11}
    training = model.card['training']
    assert (training['iterations'], training['epochs']) == (2, 5.0)  # 10 of 12 crops, 2 frames
    assert main(['evaluate', '--model', str(tmp_path / 'mine'), '--dataset', 'camvid',
                 '--root', str(root), '--split', 'val', '--backend', 'torch',
                 '--json', str(tmp_path / 'report.json')]) == 0
    report = json.loads((tmp_path / 'report.json').read_text())
    assert report['miou'] == pytest.approx(model.card['metrics']['camvid-val']['miou'], abs=1e-4)
    assert np.isfinite(report['miou'])


def test_the_same_command_resumes(root, run_folder, capsys):
    assert main(['train', '--network', 'lps-net-s', '--dataset', 'camvid', '--root', str(root),
                 '--output', str(run_folder), '--iterations', '3']) == 0
    iterations = [line.split(',')[0] for line in
                  (run_folder / 'log.csv').read_text().splitlines()[1:]]
    assert iterations == ['2', '2', '3', '3']  # a row of the loss and one of the mIoU each


def test_an_unknown_network_lists_the_recipes(root, tmp_path, capsys):
    assert main(['train', '--network', 'lps-net-x', '--dataset', 'camvid', '--root', str(root),
                 '--output', str(tmp_path / 'run')]) == 1
    assert 'no recipe for lps-net-x on camvid: choose from lps-net-s' in capsys.readouterr().err
    assert not (tmp_path / 'run').exists()


def test_a_run_of_no_iterations_is_refused(root, tmp_path, capsys):
    assert main(['train', '--network', 'lps-net-s', '--dataset', 'camvid', '--root', str(root),
                 '--output', str(tmp_path / 'run'), '--iterations', '0']) == 1
    assert 'give at least 1' in capsys.readouterr().err


def test_export_of_a_run_that_is_not_there_says_so(tmp_path, capsys):
    assert main(['export', '--run', str(tmp_path), '--output', str(tmp_path / 'model')]) == 1
    assert 'best.npz: not found' in capsys.readouterr().err
