# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

import json

import cv2
import pytest

from lsnet_ros.cli import main

pytest.importorskip('PIL')


def test_a_good_dataset_is_shown(tmp_path, write_own_data, capsys):
    folder = write_own_data(tmp_path / 'mine', {'train/a': 1, 'train/b': 11, 'val/c': 1})
    assert main(['dataset', str(folder), '--picture', str(tmp_path / 'x.png'),
                 '--json', str(tmp_path / 'x.json')]) == 0
    out = capsys.readouterr().out
    assert ('train: 2 frames of 32x24 (2) px; 25.0 % of the pixels are of no class\n'
            'class  frames  pixels %\n'
            'road        2     66.67\n'
            'car         1     33.33\n') in out
    assert 'no faults found\n' in out
    report = json.loads((tmp_path / 'x.json').read_text())
    assert report['splits']['val'] == {
        'frames': 1, 'sizes': {'32x24': 1}, 'pixels': {'road': 384, 'car': 384},
        'frames_with': {'road': 1, 'car': 1}, 'ignored_pixels': 0}
    assert cv2.imread(str(tmp_path / 'x.png')).shape[1] > 2 * 480


def test_a_bad_one_fails_and_tells_how_many_faults(tmp_path, write_own_data, capsys):
    frames = {'train/{:02d}'.format(number): 7 for number in range(25)}
    folder = write_own_data(tmp_path, dict(frames, **{'val/z': 1}))
    assert main(['dataset', str(folder), '--json', str(tmp_path / 'x.json')]) == 1
    out = capsys.readouterr().out
    assert out.count('fault: ') == 20 and 'and 5 faults more (--json FILE lists all)' in out
    assert '25 faults: correct them before training' in out
    assert len(json.loads((tmp_path / 'x.json').read_text())['faults']) == 25


def test_a_folder_without_description_is_one_line(tmp_path, capsys):
    assert main(['dataset', str(tmp_path)]) == 1
    assert capsys.readouterr().err == (
        'lsnet: {}: cannot be opened: No such file or directory\n'.format(
            tmp_path / 'dataset.yaml'))
