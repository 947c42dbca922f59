# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""A checkpoint whose state is not that of a training is refused in one line."""

import pytest

from lsnet_ros.errors import LsnetError
from lsnet_ros.networks import build_network
from lsnet_ros.training.best import BEST, read_best
from lsnet_ros.training.checkpoint import arrays, Checkpoint, write_checkpoint

OPTIONS = {'depth': [0, 0], 'head': '1x1', 'alignment': 'bilinear'}
STATE = {
    'recipe': {'network': 'lsnet', 'dataset': 'camvid', 'input_size': [64, 64], 'crop': [64, 64],
               'iterations': 5, 'batch_size': 1, 'learning_rate': 0.1, 'street_scenes': 0.0,
               'options': OPTIONS},
    'num_classes': 11, 'iteration': 3, 'train_samples': 2, 'seconds': 1.5}


@pytest.fixture(scope='module')
def weights():
    return arrays(build_network('lsnet', 11, **OPTIONS))


def test_a_state_of_a_training_is_read(weights, tmp_path):
    write_checkpoint(tmp_path / BEST, Checkpoint(weights, {}, STATE))
    best = read_best(tmp_path)
    assert best.history['epochs'] == 1.5 and best.spec.sizes == ((64, 64),)
    assert best.label_set.name == 'camvid'


@pytest.mark.parametrize('change', [
    {'recipe': None}, {'recipe': {}}, {'num_classes': '11'}, {'num_classes': 10 ** 9},
    {'train_samples': 0}, {'train_samples': None}, {'seconds': 'x'}, {'iteration': []},
    {'classes': 5}, {'classes': [['a', [1, 2, 3]]], 'label_set': 7},
    {'recipe': dict(STATE['recipe'], options={'depth': [10 ** 8, 1]})},
    {'recipe': dict(STATE['recipe'], dataset='x')},
])
def test_any_other_state_is_refused_in_one_line(weights, tmp_path, change):
    write_checkpoint(tmp_path / BEST, Checkpoint(weights, {}, dict(STATE, **change)))
    with pytest.raises(LsnetError) as caught:
        read_best(tmp_path)
    assert '\n' not in str(caught.value)
