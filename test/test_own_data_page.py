# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The way from labelled frames to a model, as docs/own-data.md tells it."""

from pathlib import Path
import re
import shlex
import subprocess
import sys

import cv2
import numpy as np
import pytest

pytest.importorskip('torch')
from lsnet_ros.datasets.street_scene import StreetScenes  # noqa: E402
from lsnet_ros.models.folder import read_model  # noqa: E402

PAGE = (Path(__file__).resolve().parents[1] / 'docs' / 'own-data.md').read_text()
BLOCKS = re.findall(r'^```(\w+)\n(.*?)^```', PAGE, re.MULTILINE | re.DOTALL)
YAML = next(block for language, block in BLOCKS if language == 'yaml')
COMMANDS = [line for language, block in BLOCKS if language == 'sh' for line in block.splitlines()]
OWN_VALUES = np.full(256, 3, np.uint8)  # by CamVid's class id: the values of the page's classes
OWN_VALUES[[3, 8, 5, 11, 255]] = [0, 1, 2, 11, 11]


SCENES = list(StreetScenes(0, 6, 90, 120))


def label_frames(folder):
    """Do what a person does with an annotation tool."""
    (folder / 'labels').mkdir()
    (folder / 'dataset.yaml').write_text(YAML)
    for path in (folder / 'images').iterdir():
        scene = SCENES[int(path.stem.split('_')[1])]
        cv2.imwrite(str(folder / 'labels' / (path.stem + '.png')), OWN_VALUES[scene.target])


def test_every_command_of_the_page_works_in_its_order(tmp_path):
    (tmp_path / 'drive').mkdir()
    for number, scene in enumerate(SCENES):
        name = 'drive{}_{}.jpg'.format(number // 2, number)
        cv2.imwrite(str(tmp_path / 'drive' / name), scene.image[:, :, ::-1])
    done = []
    for line in COMMANDS:
        words = shlex.split(line.replace('--hours 0.5', '--iterations 2'))
        if words[0] == 'lsnet':
            done.append(words[1])
            subprocess.check_call([sys.executable, '-m', 'lsnet_ros.cli'] + words[1:],
                                  cwd=str(tmp_path))
        if done == ['frames']:
            label_frames(tmp_path / 'mine')
    assert done == ['frames', 'dataset', 'train', 'export', 'evaluate', 'segment']
    assert cv2.imread(str(tmp_path / 'mine.png')) is not None
    assert len(list((tmp_path / 'segmented').glob('*_mask.png'))) == 6
    model = read_model(tmp_path / 'models' / 'mine')
    assert model.label_set.class_names == ['road', 'vehicle', 'vegetation', 'other']
    assert model.card['metrics']['mine-val']['miou'] > 0
