# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The outcome of a training run: its best weights and how they came about."""

from pathlib import Path
from typing import Any, Dict, NamedTuple

import torch

from lsnet_ros.datasets import LABEL_SET_NAMES
from lsnet_ros.errors import describe, LsnetError
from lsnet_ros.labels.label_sets import label_set, LabelSet, own_label_set
from lsnet_ros.networks import build_network
from lsnet_ros.stages.preprocessing import InputSpec
from lsnet_ros.training.checkpoint import (
    Checkpoint,
    CheckpointError,
    load_arrays,
    read_checkpoint,
)
from lsnet_ros.training.recipes import Recipe, recipe_from
from lsnet_ros.training.run_record import read_starts

BEST = 'best.npz'  # file of a run's folder


class Best(NamedTuple):
    """A trained network, still in its training form, and the history for its card."""

    network: torch.nn.Module
    recipe: Recipe
    spec: InputSpec
    label_set: LabelSet
    history: Dict[str, Any]


def read_best(folder: Path) -> Best:
    """
    Read the iteration of a run that was best on the validation split.

    :param folder: of the run
    :raises CheckpointError: if there is none, or it cannot be read
    """
    path = folder / BEST
    if not path.is_file():
        raise CheckpointError('{}: not found, expected the weights of a run that was validated '
                              'at least once: let "lsnet train" go on'.format(path))
    checkpoint = read_checkpoint(path)
    try:
        return _make_best(checkpoint, read_starts(folder))
    except LsnetError:
        raise
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        # The file is a checkpoint, but its state is not one that a training has.
        raise CheckpointError('{}: is not a checkpoint of "lsnet train" ({}): restore it'.format(
            path, describe(error))) from error


def _make_best(checkpoint: Checkpoint, starts: list) -> Best:
    """Return the network of a checkpoint and its training history."""
    recipe = recipe_from(checkpoint.state['recipe'])
    network = build_network(recipe.network, checkpoint.state['num_classes'], **recipe.options)
    load_arrays(network, checkpoint.weights)
    height, width = recipe.input_size
    sizes = tuple(tuple(size) for size in network.input_sizes(height, width))
    return Best(network.eval(), recipe, InputSpec(height, width, sizes),
                _read_label_set(checkpoint.state, recipe),
                _history(checkpoint.state, starts))


def _read_label_set(state: Dict[str, Any], recipe: Recipe) -> LabelSet:
    """Return the label set of a run; runs of old noted that of their dataset alone."""
    if 'classes' not in state:
        return label_set(LABEL_SET_NAMES.get(recipe.dataset, recipe.dataset))
    return own_label_set(state['label_set'], [(name, color) for name, color in state['classes']])


def _history(state: Dict[str, Any], starts: list) -> Dict[str, Any]:
    """Return the training history as a model card has it, without facts that were not noted."""
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
        **({'weights': state['kept']} if 'kept' in state else {}),
        'iterations': state['iteration'],
        'planned_iterations': recipe['iterations'],
        'epochs': round(frames / state['train_samples'], 1),
        'hours': round(state['seconds'] / 3600, 2),
        'hardware': starts[-1]['hardware'] if starts else 'unknown',
        'recipe': recipe,
        **initial,
    }
