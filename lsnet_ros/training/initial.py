# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Weights that a training begins at, and how they came about."""

from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Tuple, Union

import torch
from torch import nn

from lsnet_ros.labels.label_sets import LabelSet
from lsnet_ros.models.folder import read_model
from lsnet_ros.models.network import load_network
from lsnet_ros.networks import build_network
from lsnet_ros.training.best import BEST, read_best
from lsnet_ros.training.checkpoint import CheckpointError

LEAST_SHARE = 0.5  # of the weights, that has to fit


class Initial(NamedTuple):
    """A trained network, its classes, and the training history of its card."""

    network: nn.Module
    label_set: LabelSet
    history: Dict[str, Any]


def read_initial(name_or_folder: Union[str, Path]) -> Initial:
    """
    Read the weights that a training begins at.

    :param name_or_folder: name of an installed model, or the folder of a model or of a run, whose
        best weights are taken
    :raises ModelError: if there is no such model, or it is torn
    :raises CheckpointError: if it is a run that cannot be read
    """
    folder = Path(name_or_folder)
    if (folder / BEST).is_file():
        best = read_best(folder)
        return Initial(best.network, best.label_set, best.history)
    model = read_model(name_or_folder)
    return Initial(load_network(model), model.label_set, model.card['training'])


def take_weights(network: nn.Module, initial: Initial, label_set: LabelSet, name: str,
                 options: Dict[str, Any]) -> str:
    """
    Give a network the initial weights whose place and shape fit.

    The weights of a class come from the class of the same name. Others stay as drawn.

    :param network: to be changed, of ``name`` and ``options``, with the classes of ``label_set``
    :returns: the weights that were taken and those that were not, in one line
    :raises CheckpointError: if less than half of the weights fit
    """
    old, new = initial.network.state_dict(), network.state_dict()
    axes = find_class_axes(name, options, label_set.num_classes)
    places = _match_classes(initial.label_set, label_set)
    taken = 0
    for key, value in new.items():
        if key not in old:
            continue
        found = old[key].to(value)
        if key in axes:
            taken += _take_classes(value, found, axes[key], places)
        elif found.shape == value.shape:
            value.copy_(found)
            taken += value.numel()
    total = sum(value.numel() for value in new.values())
    if taken < LEAST_SHARE * total:
        raise CheckpointError(
            'the initial weights are of another network: {:.0%} of those of {} fit; give a model '
            'or run of this network'.format(taken / total, name))
    return _describe(taken / total, [label_set.class_names[place] for place, _ in places],
                     label_set.class_names)


def find_class_axes(name: str, options: Dict[str, Any], num_classes: int) -> Dict[str, int]:
    """Return the axis of the classes, by name, of the weights that a network has for each."""
    one, other = (build_network(name, count, **options).state_dict()
                  for count in (num_classes, num_classes + 1))
    return {key: [a == b for a, b in zip(value.shape, other[key].shape)].index(False)
            for key, value in one.items() if value.shape != other[key].shape}


def _take_classes(value: torch.Tensor, found: torch.Tensor, axis: int,
                  places: List[Tuple[int, int]]) -> int:
    """Copy the weights of the classes of the same name; return how many."""
    value, found = value.transpose(0, axis), found.transpose(0, axis)
    if found.shape[1:] != value.shape[1:]:
        return 0
    for place, source in places:
        value[place] = found[source]
    return len(places) * value[0].numel()


def _match_classes(old: LabelSet, new: LabelSet) -> List[Tuple[int, int]]:
    """Return (new, old) train ids of the classes of the same name."""
    sources = {name: index for index, name in enumerate(old.class_names)}
    return [(index, sources[name]) for index, name in enumerate(new.class_names)
            if name in sources]


def _describe(share: float, taken: List[str], names: List[str]) -> str:
    """Return the names of the weights that were taken."""
    drawn = [name for name in names if name not in taken]
    text = 'initial weights: {:.1%} taken'.format(share)
    return text + (', drawn anew for the classes {}'.format(', '.join(drawn)) if drawn else '')
