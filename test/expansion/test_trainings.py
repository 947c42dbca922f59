# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

from contextlib import suppress
import json
import os
from pathlib import Path
import random
import shutil
import signal
import time

import pytest

from lsnet_ros.expansion.algorithm import ExpansionError
from lsnet_ros.expansion.trainings import common_recipe, recipe_of
from lsnet_ros.networks import build_network
from lsnet_ros.networks.lps_net import EXPANSIONS
from lsnet_ros.training.recipe_files import read_recipe
from lsnet_ros.training.recipes import Recipe

ROOT = Path(__file__).resolve().parents[2]
# Runs an expansion in a folder. The trainings are real; latencies are multiply-adds, the same in
# each run.
SOURCE = '''
from pathlib import Path
import cv2
import matplotlib.figure
import torch._dynamo  # which the first optimiser would
from lsnet_ros.datasets.street_scene import StreetScenes
from lsnet_ros.expansion import algorithm
from lsnet_ros.expansion.journal import Journal
from lsnet_ros.expansion.outcome import best_of, path_of
from lsnet_ros.expansion.stopwatch import Latencies
from lsnet_ros.expansion.trainings import Trainings
from lsnet_ros.labels.label_sets import LABEL_SETS
from lsnet_ros.training.data import Data
from lsnet_ros.networks import build_network, multiply_adds
from lsnet_ros.networks.lps_net import EXPANSIONS
from lsnet_ros.training import trainer
from lsnet_ros.training.recipes import Recipe

class Counter:
    def measure_ms(self, parent, network):
        return [multiply_adds(build_network('lps-net-0', 11, **each._asdict()), 64, 96) / 1e6
                for each in ([parent] if parent == network else [parent, network])]

def main(arguments):
    folder = Path(arguments[0])
    recipe = Recipe('lps-net-0', 'street-scenes', (64, 96), (48, 64), 4, 2, 0.05,
                    options={'block': 'reparameterised'}, precision='float32')
    journal = Journal(folder / 'journal.jsonl', recipe._asdict())
    latency = Latencies(Counter(), journal)
    data = Data(LABEL_SETS['camvid'], scenes, scenes)
    trainings = Trainings(recipe, folder / 'trainings', data, journal)
    tiny = EXPANSIONS[0]
    steps = list(algorithm.expand(tiny, latency, trainings, 0.8))
    path = path_of(tiny, (latency(tiny, tiny), trainings(tiny)), steps)
    best = trainings.best(best_of(path).network)
    weights = best.network.classifier.weight.detach()
    (folder / 'outcome.json').write_text(json.dumps(
        [[point.as_json() for point in path], weights.flatten().tolist()]))

cv2.setNumThreads(1)
trainer.SAVE_EVERY_S = 0  # save after each iteration
algorithm.OPERATIONS = [algorithm.OPERATIONS[index] for index in (0, 4, 7)]
scenes = [scene for scene in StreetScenes(0, 3, 64, 96)]
'''


def outcome(folder):
    """Return the path of an expansion, and the weights of its classifier."""
    return json.loads((folder / 'outcome.json').read_text())


def lines(folder):
    return (folder / 'journal.jsonl').read_text().splitlines()


@pytest.fixture(scope='module')
def whole(fork_server, tmp_path_factory):
    """Folder of an expansion without interruption."""
    folder = tmp_path_factory.mktemp('whole')
    assert fork_server.run([folder]) == 0, fork_server.output
    return folder


def test_an_expansion_takes_steps_within_the_limit(whole):
    path, _ = outcome(whole)
    assert len(path) > 2
    latencies = [point['latency_ms'] for point in path]
    assert latencies == sorted(latencies) and latencies[-1] <= 0.8
    assert all(0 < point['miou'] < 1 for point in path)


def test_every_network_is_measured_once_beside_its_parent_and_trained_once(whole):
    entries = [json.loads(line) for line in lines(whole)[1:]]
    keys = [(entry['kind'], str(entry['network']), str(entry.get('parent'))) for entry in entries]
    assert len(set(keys)) == len(keys)
    trained = [entry['folder'] for entry in entries if entry['kind'] == 'training']
    folders = {path.name: path for path in (whole / 'trainings').iterdir()}
    assert sorted(trained) == sorted(folders)
    for folder in folders.values():
        assert {path.name for path in folder.iterdir()} == {
            'best.npz', 'log.csv', 'log.png', 'run.json'}


def is_killed(fork_server, folder, enough):
    """Kill an expansion after a number of lines of its journal; tell whether it was in time."""
    process = fork_server.start([folder])
    while not (folder / 'journal.jsonl').is_file() or len(lines(folder)) < enough:
        time.sleep(0.005)
    time.sleep(random.uniform(0, 0.3))  # into a training, more often than not
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)
    return fork_server.wait() == -signal.SIGKILL


def test_a_killed_expansion_resumes_to_the_same_path(fork_server, whole, tmp_path):
    expected = lines(whole)
    enough = random.randint(1, len(expected) - 3)
    while not is_killed(fork_server, tmp_path, enough):  # a busy machine kills too late
        shutil.rmtree(str(tmp_path))
        tmp_path.mkdir()
        enough = max(1, enough - 1)
    known = lines(tmp_path)
    assert fork_server.run([tmp_path]) == 0, fork_server.output
    assert outcome(tmp_path) == outcome(whole)
    assert lines(tmp_path)[:len(known)] == known
    assert len(lines(tmp_path)) == len(expected)
    assert {path.name for path in (tmp_path / 'trainings').iterdir()} == {
        path.name for path in (whole / 'trainings').iterdir()}


def test_the_recipe_of_a_network_builds_it():
    recipe = recipe_of(EXPANSIONS[7], Recipe('lps-net-m', 'camvid', (90, 120), (64, 96), 10, 2, .1,
                                             options={'block': 'reparameterised'}))
    network = build_network(recipe.network, 11, **recipe.options)
    reference = build_network('lps-net-s', 11, block='reparameterised')
    assert [(name, value.shape) for name, value in network.state_dict().items()] == [
        (name, value.shape) for name, value in reference.state_dict().items()]
    assert network.input_sizes(360, 480) == reference.input_sizes(360, 480)


def test_the_crop_keeps_its_share_of_the_input():
    recipe = read_recipe('lps-net-s-camvid-cpu')
    assert (recipe.input_size, recipe.crop) == ((720, 960), (480, 640))
    common = common_recipe(recipe, input_size=(90, 240), iterations=7, dataset=None)
    assert common == recipe._replace(input_size=(90, 240), crop=(60, 160), iterations=7)


def test_a_recipe_for_another_network_is_refused():
    with pytest.raises(ExpansionError, match="is for 'lednet', but only LPS-Net is expanded"):
        common_recipe(read_recipe('lednet-camvid-cpu'))


def test_a_size_too_small_for_the_smallest_path_is_refused():
    recipe = read_recipe('lps-net-s-camvid-cpu')
    with pytest.raises(ExpansionError, match='the size 24x240 is too small'):
        common_recipe(recipe, input_size=(24, 240))
    assert common_recipe(recipe, input_size=(32, 240)).crop == (21, 160)
