# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

from contextlib import suppress
import os
import random
import signal
import time

import cv2
import numpy as np
import pytest

from lsnet_ros.datasets.street_scene import StreetScenes
from lsnet_ros.networks import build_network
from lsnet_ros.stages.preprocessing import InputSpec
from lsnet_ros.training.checkpoint import CheckpointError, load_arrays, read_checkpoint
from lsnet_ros.training.evaluate import evaluate

SOURCE = '''
from pathlib import Path
import torch._dynamo  # which the first optimiser would
from lsnet_ros.datasets.cached import Cached
from lsnet_ros.datasets.street_scene import StreetScenes
from lsnet_ros.labels.label_sets import LABEL_SETS
from lsnet_ros.training import data, trainer
from lsnet_ros.training.recipes import Recipe
trainer.LOG_EVERY, trainer.SAVE_EVERY_S, trainer.EVALUATE_EVERY = 5, 0, 10
scenes = Cached(StreetScenes(0, 4, 90, 120))
for scene in scenes:
    pass

def main(arguments):
    folder, iterations, loss = arguments[:3]
    recipe = Recipe('lps-net-0', 'street-scenes', (90, 120), (64, 96), int(iterations), 2, 0.05,
                    options={'block': 'reparameterised'}, class_weights=True, target_stride=2,
                    precision='float32',
                    loss=loss, street_scenes=0.25, warm_up=5, average='ema', ema_decay=0.9)
    taught = data.Data(LABEL_SETS['camvid'], scenes, scenes, scenes)
    if arguments[3:]:
        teacher, unlabelled = arguments[3:]
        recipe = recipe._replace(teacher=teacher, unlabelled=unlabelled, optimizer='adamw',
                                 clip_norm=1.0, learning_rate=0.001, corruptions=0.5)
        data.open_split = lambda dataset, root, split: StreetScenes(0, 4, 90, 120)
        taught = data.open_data(recipe, None, Path(folder), lambda items, total, unit: items)
        assert len(taught.train) == 6 and taught.soft_labels is not None
    run = trainer.Trainer(recipe, Path(folder), taught)
    run.run()
    print(run.validate().accuracy.confusion.miou())
'''


def train(server, folder, iterations, loss='cross-entropy', teaching=()):
    """Train to the end; returns the mIoU on the frames to validate on."""
    assert server.run([folder, iterations, loss, *teaching]) == 0, server.output
    return float(server.output.split()[-1])


@pytest.fixture(scope='module')
def whole(fork_server, tmp_path_factory):
    """One run of 40 iterations that nothing stopped."""
    folder = tmp_path_factory.mktemp('whole')
    train(fork_server, folder, 40)
    return folder


def kill_and_resume(server, folder, teaching=()):
    """Kill a run of 40 iterations at a moment after its first checkpoint, and let it go on."""
    process = server.start([folder, 40, 'cross-entropy', *teaching])
    try:
        until = time.monotonic() + 120
        while not (folder / 'checkpoint.npz').is_file() and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(random.uniform(0, 0.5))
    finally:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    assert server.wait() in (-signal.SIGKILL, 0), server.output
    assert read_checkpoint(folder / 'checkpoint.npz').state['iteration'] <= 40
    train(server, folder, 40, teaching=teaching)


def assert_same_state(whole, resumed):
    expected, found = (read_checkpoint(folder / 'checkpoint.npz') for folder in (whole, resumed))
    assert found.state['iteration'] == 40
    for kind in ('weights', 'optimizer', 'average'):
        for name, value in getattr(expected, kind).items():
            np.testing.assert_array_equal(getattr(found, kind)[name], value, name)


def test_a_killed_run_resumes_to_the_same_weights(fork_server, whole, tmp_path):
    kill_and_resume(fork_server, tmp_path)
    assert_same_state(whole, tmp_path)


def test_a_killed_run_with_a_teacher_resumes_to_the_same_weights(fork_server, tiny_model, frame,
                                                                 tmp_path):
    """With soft labels, unlabelled frames, AdamW, corruptions and an average of the weights."""
    (tmp_path / 'drive').mkdir()
    for number in range(2):
        assert cv2.imwrite(str(tmp_path / 'drive' / '{}.png'.format(number)), frame[::4, ::4])
    teaching = (str(tiny_model), str(tmp_path / 'drive' / '*.png'))
    train(fork_server, tmp_path / 'whole', 40, teaching=teaching)
    kill_and_resume(fork_server, tmp_path / 'killed', teaching)
    assert_same_state(tmp_path / 'whole', tmp_path / 'killed')
    assert {name.partition('/')[0] for name in read_checkpoint(
        tmp_path / 'killed' / 'checkpoint.npz').optimizer} == {'step', 'exp_avg', 'exp_avg_sq'}


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


def evaluate_weights(weights, recipe):
    """Return the mIoU of weights on the scenes that the run validates on."""
    network = build_network(recipe['network'], 11, **recipe['options'])
    load_arrays(network, weights)
    sizes = tuple(network.input_sizes(*recipe['input_size']))
    return evaluate(network, StreetScenes(0, 4, 90, 120),
                    InputSpec(*recipe['input_size'], sizes), 11).confusion.miou()


@pytest.mark.parametrize('iterations', [10, 15])  # the latest are better, the average is
def test_the_better_of_latest_weights_and_their_average_is_kept(fork_server, tmp_path, iterations):
    train(fork_server, tmp_path, iterations)
    last, best = (read_checkpoint(tmp_path / name) for name in ('checkpoint.npz', 'best.npz'))
    weights = {'latest': last.weights, 'average': last.average}
    mious = {name: evaluate_weights(each, last.state['recipe']) for name, each in weights.items()}
    assert best.state['iteration'] == iterations
    assert best.state['kept'] == max(mious, key=mious.get)
    assert best.state['best_miou'] == pytest.approx(max(mious.values()), abs=1e-6)
    assert all(np.array_equal(best.weights[name], value)
               for name, value in weights[best.state['kept']].items())


def test_another_recipe_in_the_same_folder_is_refused(fork_server, whole):
    assert fork_server.run([whole, 40, 'hard-examples']) == 1
    error = fork_server.output
    assert CheckpointError.__name__ in error
    assert "was made with loss 'cross-entropy', this run has 'hard-examples'" in error


def test_hard_example_mining_trains(fork_server, tmp_path):
    assert train(fork_server, tmp_path, 10, loss='hard-examples') > 0
