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
import random
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from lsnet_ros.training.checkpoint import CheckpointError, read_checkpoint

RUN = '''
import sys
from pathlib import Path
import cv2
import torch
from lsnet_ros.datasets.cached import Cached
from lsnet_ros.datasets.street_scene import StreetScenes
from lsnet_ros.training import trainer
from lsnet_ros.training.recipes import Recipe
torch.set_num_threads(1)
trainer.LOG_EVERY, trainer.SAVE_EVERY_S, trainer.EVALUATE_EVERY = 5, 0, 10
recipe = Recipe('lps-net-0', 'street-scenes', (90, 120), (64, 96), int(sys.argv[2]), 2, 0.05,
                options={'block': 'reparameterised'}, class_weights=True, target_stride=2,
                precision='float32',
                loss=sys.argv[3], street_scenes=0.25, warm_up=5, average='ema', ema_decay=0.9)
scenes = Cached(StreetScenes(0, 4, 90, 120))
run = trainer.Trainer(recipe, Path(sys.argv[1]), 11, scenes, scenes, scenes)
run.run()
print(run.validate().miou())
'''


def start(folder, iterations, loss='cross-entropy'):
    return subprocess.Popen(
        [sys.executable, '-c', RUN, str(folder), str(iterations), loss],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)


def finish(process):
    out, error = process.communicate(timeout=120)
    assert process.returncode == 0, error
    return float(out.split()[-1])


@pytest.fixture(scope='module')
def whole(tmp_path_factory):
    """One run of 40 iterations that nothing stopped."""
    folder = tmp_path_factory.mktemp('whole')
    finish(start(folder, 40))
    return folder


def test_a_killed_run_resumes_to_the_same_weights(whole, tmp_path):
    process = start(tmp_path, 40)
    while not (tmp_path / 'checkpoint.npz').is_file():
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.01)
    time.sleep(random.uniform(0, 0.5))
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert read_checkpoint(tmp_path / 'checkpoint.npz').state['iteration'] <= 40
    finish(start(tmp_path, 40))
    expected, found = (read_checkpoint(folder / 'checkpoint.npz') for folder in (whole, tmp_path))
    assert found.state['iteration'] == 40
    for kind in ('weights', 'momentum', 'average'):
        for name, value in getattr(expected, kind).items():
            np.testing.assert_array_equal(getattr(found, kind)[name], value, name)


def test_training_lowers_the_loss_and_logs_it(whole):
    rows = [line.split(',') for line in (whole / 'log.csv').read_text().splitlines()[1:]]
    losses = [float(row[2]) for row in rows if row[2]]
    assert [int(row[0]) for row in rows if row[2]] == list(range(5, 41, 5))
    assert losses[-1] < 0.8 * losses[0]
    assert (whole / 'log.png').is_file()


def test_the_best_iteration_is_kept(whole):
    rows = [line.split(',') for line in (whole / 'log.csv').read_text().splitlines()[1:]]
    mious = {int(row[0]): float(row[4]) for row in rows if row[4]}
    state = read_checkpoint(whole / 'best.npz').state
    assert sorted(mious) == [10, 20, 30, 40]
    assert state['best_miou'] == pytest.approx(max(mious.values()), rel=1e-5)
    assert mious[state['iteration']] == max(mious.values())


def test_another_recipe_in_the_same_folder_is_refused(whole):
    process = start(whole, 40, loss='hard-examples')
    error = process.communicate(timeout=120)[1]
    assert process.returncode == 1
    assert CheckpointError.__name__ in error
    assert "was made with loss 'cross-entropy', this run has 'hard-examples'" in error


def test_hard_example_mining_trains(tmp_path):
    assert finish(start(tmp_path, 10, loss='hard-examples')) > 0
