# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

import csv

from hypothesis import given
from hypothesis import strategies as st
import pytest

pytest.importorskip('torch')
from lsnet_ros.datasets.street_scene import StreetScenes  # noqa: E402
from lsnet_ros.labels.label_sets import LABEL_SETS  # noqa: E402
from lsnet_ros.training.checkpoint import read_checkpoint  # noqa: E402
from lsnet_ros.training.data import Data  # noqa: E402
from lsnet_ros.training.recipes import Recipe  # noqa: E402
from lsnet_ros.training.time_limit import count_iterations, TimeLimit  # noqa: E402
from lsnet_ros.training.trainer import Trainer  # noqa: E402


def test_iterations_and_validations_share_the_time():
    # 100 iterations of 1 s; one validation of 20 s in each 50, of which the last is at the end
    assert count_iterations(140, 1.0, 20.0, 50) == 85
    assert count_iterations(100, 0.5, 0.0, 50) == 200
    assert count_iterations(5, 1.0, 20.0, 50) == 0


@given(seconds=st.floats(1, 1e5), step_s=st.floats(1e-3, 60), validation_s=st.floats(0, 600),
       period=st.integers(1, 1000))
def test_what_is_counted_fits(seconds, step_s, validation_s, period):
    count = count_iterations(seconds, step_s, validation_s, period)
    validations = -(-count // period)
    assert count == 0 or count * step_s + validations * validation_s <= seconds * (1 + 1e-9)


def test_the_plan_holds_until_the_pace_is_known():
    limit = TimeLimit(1000)
    for done in range(1, 10):
        limit.add_step(1.0)
        assert limit.count(300, done, float(done), 100) == 300
    limit.add_step(1.0)
    assert limit.count(300, 10, 10.0, 100) == 980


def train(step_s, seconds, planned):
    """Return the iterations and the seconds of a run whose iterations take ``step_s(done)``."""
    limit, done, spent = TimeLimit(seconds), 0, 0.0
    while done < planned:
        spent += step_s(done)
        limit.add_step(step_s(done))
        done += 1
        planned = limit.count(planned, done, spent, 100)
    return done, spent


@pytest.mark.parametrize('step_s', [
    lambda done: 1.0,
    lambda done: 3.0 if done < 100 else 1.0,   # busy at first, as another program runs
    lambda done: 1.0 if done < 400 else 2.5,   # later
    lambda done: 0.5 if done % 200 < 100 else 2.0,
])
@pytest.mark.parametrize('planned', [300, 900, 2000])
def test_a_run_ends_in_time_however_the_pace_changes(step_s, planned):
    done, spent = train(step_s, 1000, planned)
    assert 930 < spent < 1000


def test_a_training_ends_by_its_limit_and_with_its_rate_at_0(tmp_path):
    """The planned 10,000 iterations would take hours."""
    scenes = list(StreetScenes(0, 4, 90, 120))
    data = Data(LABEL_SETS['camvid'], scenes, scenes)
    recipe = Recipe('lps-net-0', 'street-scenes', (90, 120), (64, 96), 10000, 2, 0.01)
    trainer = Trainer(recipe, tmp_path, data, time_limit=TimeLimit(10))
    trainer.run()
    state = read_checkpoint(tmp_path / 'checkpoint.npz').state
    done = state['iteration']
    assert 10 <= done < 10000 and done == trainer.recipe.iterations
    assert state['recipe']['iterations'] == done
    assert float(read_rows(tmp_path / 'log.csv')[-1]['learning_rate']) == 0.0
    again = Trainer(recipe, tmp_path, data, time_limit=TimeLimit(10))
    again.run()  # nothing is left to do
    assert again.iteration == done


def read_rows(path):
    with open(path, newline='') as file:
        return list(csv.DictReader(file))
