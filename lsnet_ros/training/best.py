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
"""The outcome of a training run: its best weights and how they came about."""

from pathlib import Path
from typing import Any, Dict, NamedTuple

import torch

from lsnet_ros.networks import build_network
from lsnet_ros.preprocessing import InputSpec
from lsnet_ros.training.checkpoint import CheckpointError, load_arrays, read_checkpoint
from lsnet_ros.training.recipes import Recipe, recipe_from
from lsnet_ros.training.run_record import read_starts


class Best(NamedTuple):
    """A trained network, still in its training form, and what its card has to tell."""

    network: torch.nn.Module
    recipe: Recipe
    spec: InputSpec
    history: Dict[str, Any]


def read_best(folder: Path) -> Best:
    """
    Read the iteration of a run that was best on the validation split.

    :param folder: of the run
    :raises CheckpointError: if there is none, or it cannot be read
    """
    path = folder / 'best.npz'
    if not path.is_file():
        raise CheckpointError('{}: not found, expected the weights of a run that was validated '
                              'at least once: let "lsnet train" go on'.format(path))
    checkpoint = read_checkpoint(path)
    recipe = recipe_from(checkpoint.state['recipe'])
    network = build_network(recipe.network, checkpoint.state['num_classes'], **recipe.options)
    load_arrays(network, checkpoint.weights)
    height, width = recipe.input_size
    sizes = tuple(tuple(size) for size in network.input_sizes(height, width))
    return Best(network.eval(), recipe, InputSpec(height, width, sizes),
                _history(checkpoint.state, read_starts(folder)))


def _history(state: Dict[str, Any], starts: list) -> Dict[str, Any]:
    """Tell the training as a model's card does; what was not noted is left out."""
    recipe = dict(state['recipe'])
    frames = state['iteration'] * recipe['batch_size'] * (1 - recipe['street_scenes'])
    initial = {'initial': state['initial']} if state.get('initial') else {}
    return {
        'command': starts[0]['command'] if starts else 'unknown',
        'starts': starts,
        'data': '{}, split train ({} samples){}'.format(
            recipe['dataset'], state['train_samples'],
            ', {:.0%} rendered street scenes'.format(recipe['street_scenes'])
            if recipe['street_scenes'] else ''),
        'chosen_by': 'best mIoU on split val among the validated iterations',
        'iterations': state['iteration'],
        'planned_iterations': recipe['iterations'],
        'epochs': round(frames / state['train_samples'], 1),
        'hours': round(state['seconds'] / 3600, 2),
        'hardware': starts[-1]['hardware'] if starts else 'unknown',
        'recipe': recipe,
        **initial,
    }
