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
import subprocess
import sys
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
SERVER = """
import os
from pathlib import Path
import sys
import torch._dynamo
from lsnet_ros import cli
from lsnet_ros.commands import train
from lsnet_ros.datasets.street_scene import StreetScenes
from lsnet_ros.training import trainer
from lsnet_ros.training.log import TrainingLog
torch.set_num_threads(1)
trainer.SAVE_EVERY_S = 0  # save after each iteration
StreetScenes(0, 1)[0]  # this and the next warm up what every process would have to
TrainingLog(Path(os.devnull), 0).plot(Path(os.devnull))
for line in sys.stdin:
    pid = os.fork()
    if not pid:
        os._exit(cli.main(line.split('\\0')[:-1]))
    print(pid, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
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


class Server:
    """Runs ``lsnet``, each time in a process of its own that need not import torch anew."""

    def __init__(self, errors):
        self._process = subprocess.Popen(
            [sys.executable, '-c', SERVER], env=dict(os.environ, OMP_NUM_THREADS='1'),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, universal_newlines=True)

    def start(self, arguments):
        """Start a command; returns its process id."""
        self._process.stdin.write('\0'.join(arguments) + '\0\n')
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def status(self):
        """Wait for the command's end; returns its exit status, below 0 for a signal."""
        lines = iter(self._process.stdout.readline, '')
        return int(next(line for line in lines if re.match(r'-?\d+$', line)))

    def close(self):
        self._process.stdin.close()  # upon which it ends
        self._process.wait(timeout=60)


@pytest.fixture(scope='module')
def server(tmp_path_factory):
    path = tmp_path_factory.mktemp('server') / 'errors'
    with open(str(path), 'w') as errors:
        running = Server(errors)
        yield running
        running.close()
    print(path.read_text())  # shown where a test failed


def iteration(folder):
    """Return how many iterations the checkpoint has seen; reads nothing else of it."""
    if not (folder / 'checkpoint.npz').is_file():
        return 0
    with np.load(str(folder / 'checkpoint.npz')) as file:
        return json.loads(str(file['state']))['iteration']


def kill(server, arguments, folder, after):
    """Start a command and kill it once so many iterations are saved."""
    pid = server.start(arguments)
    try:
        until = time.monotonic() + 300
        while iteration(folder) < after and time.monotonic() < until:
            time.sleep(0.01)
    finally:
        os.kill(pid, signal.SIGKILL)
    assert server.status() == -signal.SIGKILL
    assert after <= iteration(folder) < ITERATIONS


@pytest.mark.parametrize('name', sorted(SHIPPED.values()))
def test_a_killed_run_of_the_recipe_ends_as_one_that_was_not(name, roots, server, tmp_path):
    (tmp_path / 'small.yaml').write_text(yaml.safe_dump(dict(FIELDS[name], **SMALL)))
    arguments = ['train', '--recipe', str(tmp_path / 'small.yaml'),
                 '--root', str(roots[FIELDS[name]['dataset']]), '--output']
    server.start(arguments + [str(tmp_path / 'whole')])
    assert server.status() == 0
    killed = arguments + [str(tmp_path / 'killed')]
    kill(server, killed, tmp_path / 'killed', random.randrange(1, ITERATIONS - 1))
    server.start(killed)
    assert server.status() == 0
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
