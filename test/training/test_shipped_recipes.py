# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Each shipped recipe trains from its file, is killed, resumes, and ends as one that was not.

What makes it long is made small: the sizes, the batch, the iterations. One stands for those that
differ in these, in the rates, or in the size of the network only.
"""

import json
import os
from pathlib import Path
import random
import re
import signal
import time

import cv2
import numpy as np
import pytest
import yaml

from lsnet_ros.datasets import RENDERED
from lsnet_ros.labels.label_sets import label_set
from lsnet_ros.training.checkpoint import read_checkpoint

FOLDER = Path(__file__).resolve().parents[2] / 'params' / 'recipes'
ITERATIONS = 4
SMALL = {'input_size': [64, 96], 'crop': [64, 96], 'iterations': ITERATIONS, 'batch_size': 2,
         'warm_up': 1, 'compile': False}
FILES = {
    'camvid': ('{0}/0001TP_00{1}.png', '{0}annot/0001TP_00{1}.png', ('train', 'val')),
    'cityscapes': ('leftImg8bit/{0}/ulm/ulm_00000{1}_000019_leftImg8bit.png',
                   'gtFine/{0}/ulm/ulm_00000{1}_000019_gtFine_labelIds.png', ('train', 'val')),
    'ade20k': ('images/{0}/ADE_{1}.jpg', 'annotations/{0}/ADE_{1}.png',
               ('training', 'validation')),
    'bdd100k': ('images/10k/{0}/7d06fefd-{1}.jpg', 'labels/sem_seg/masks/{0}/7d06fefd-{1}.png',
                ('train', 'val')),
}
"""The public layout of each dataset: frame and label file of split {0} and number {1}; splits."""
SOURCE = """
from functools import partial
from pathlib import Path
import torch._dynamo
from lsnet_ros import cli
from lsnet_ros.commands import train
from lsnet_ros.datasets.street_scene import StreetScenes
from lsnet_ros.evaluation import run_report
from lsnet_ros.training import data, trainer
from lsnet_ros.training.log import TrainingLog
trainer.SAVE_EVERY_S = 0  # save after each iteration
run_report.write_run_report = lambda run, val: None  # test_run_report.py has it
data.StreetScenes = partial(StreetScenes, height=72, width=96)  # as the frames
data.StreetScenes(0, 1)[0]  # this and the next warm up all that each process would have to
TrainingLog(Path(os.devnull), 0).plot(Path(os.devnull))
main = cli.main
"""


def what_is_trained(fields):
    family = re.sub('-[abcsm]$', '', fields['network'])
    return (family, fields['dataset'], fields.get('loss'), fields.get('class_weights'),
            'street_scenes' in fields)


FIELDS = {path.stem: yaml.safe_load(path.read_text()) for path in sorted(FOLDER.glob('*.yaml'))}
SHIPPED = {what_is_trained(fields): name for name, fields in FIELDS.items()
           if fields['dataset'] not in RENDERED}  # which "lsnet expand" trains by


@pytest.fixture(scope='module')
def roots(tmp_path_factory):
    """Two frames to train on and one to validate on of each dataset, in its public layout."""
    folders = {}
    generator = np.random.default_rng(0)
    for dataset, (frame, target, splits) in FILES.items():
        folders[dataset] = tmp_path_factory.mktemp(dataset)
        ids = [label.id for label in label_set(dataset).classes]
        for number, split in enumerate((splits[0], splits[0], splits[1])):
            image = cv2.resize(generator.integers(0, 256, (6, 8, 3)).astype(np.uint8), (96, 72))
            labels = generator.choice(ids, (6, 8)).astype(np.uint8)
            labels = cv2.resize(labels, (96, 72), interpolation=cv2.INTER_NEAREST)
            for pattern, data in ((frame, image), (target, labels)):
                path = folders[dataset] / pattern.format(split, number)
                path.parent.mkdir(parents=True, exist_ok=True)
                assert cv2.imwrite(str(path), data)
    return folders


def iteration(folder):
    """Return how many iterations the checkpoint has seen; reads nothing else of it."""
    if not (folder / 'checkpoint.npz').is_file():
        return 0
    with np.load(str(folder / 'checkpoint.npz')) as file:
        return json.loads(str(file['state']))['iteration']


def kill(fork_server, arguments, folder, after):
    """Start a command and kill it once so many iterations are saved."""
    pid = fork_server.start(arguments)
    try:
        until = time.monotonic() + 300
        while iteration(folder) < after and time.monotonic() < until:
            time.sleep(0.01)
    finally:
        os.kill(pid, signal.SIGKILL)
    assert fork_server.wait() == -signal.SIGKILL
    assert after <= iteration(folder) < ITERATIONS


@pytest.mark.parametrize('name', sorted(SHIPPED.values()))
def test_a_killed_run_of_the_recipe_ends_as_one_that_was_not(name, roots, fork_server, tmp_path):
    (tmp_path / 'small.yaml').write_text(yaml.safe_dump(dict(FIELDS[name], **SMALL)))
    arguments = ['train', '--recipe', str(tmp_path / 'small.yaml'),
                 '--root', str(roots[FIELDS[name]['dataset']]), '--output']
    assert fork_server.run(arguments + [str(tmp_path / 'whole')]) == 0, fork_server.output
    killed = arguments + [str(tmp_path / 'killed')]
    kill(fork_server, killed, tmp_path / 'killed', random.randrange(1, ITERATIONS - 1))
    assert fork_server.run(killed) == 0, fork_server.output
    for file in ('checkpoint.npz', 'best.npz'):
        expected, found = (read_checkpoint(tmp_path / run / file) for run in ('whole', 'killed'))
        assert found.state['iteration'] == expected.state['iteration'] == ITERATIONS
        for kind in ('weights', 'optimizer'):
            assert set(getattr(found, kind)) == set(getattr(expected, kind))
            for key, value in getattr(expected, kind).items():
                np.testing.assert_array_equal(getattr(found, kind)[key], value, key)


def test_every_dataset_on_disk_has_a_recipe():
    assert {FIELDS[name]['dataset'] for name in SHIPPED.values()} == set(FILES)
    assert len(SHIPPED) == 18
