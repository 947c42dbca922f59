# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""A model folder of a few bytes."""

import copy

import numpy as np
import pytest

from lsnet_ros.labels.label_sets import label_set
from lsnet_ros.models.folder import write_model

CARD = {
    'name': 'tiny', 'network': 'lps-net-0', 'config': {'num_classes': 11, 'block': 'deploy'},
    'label_set': 'camvid',
    'classes': [{'name': label.name, 'color': list(label.color)}
                for label in label_set('camvid').classes],
    'input': {'height': 90, 'width': 120, 'sizes': [[45, 60]], 'mean': [0.5, 0.5, 0.5],
              'std': [0.25, 0.25, 0.25]},
    'training': {'command': 'lsnet train'}, 'metrics': {'camvid-val': {'miou': 0.5}},
}
ARRAYS = {'a.weight': np.arange(6, dtype=np.float32).reshape(2, 3), 'a.bias': np.float32([7, 8])}


@pytest.fixture(scope='session')
def card():
    """Return the content of a card, without files."""
    return copy.deepcopy(CARD)


@pytest.fixture(scope='session')
def arrays():
    """Return weights by parameter name."""
    return ARRAYS


@pytest.fixture
def folder(tmp_path, card, arrays):
    """Return the folder of a model, to be changed."""
    write_model(tmp_path / 'tiny', card, arrays, b'onnx bytes')
    return tmp_path / 'tiny'
