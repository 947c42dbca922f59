# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The accuracy of candidates after training each from scratch by the same recipe."""

from pathlib import Path
from typing import Any

from lsnet_ros.expansion.algorithm import ExpansionError
from lsnet_ros.expansion.journal import Journal
from lsnet_ros.expansion.stopwatch import NETWORK
from lsnet_ros.networks.lps_net import Expansion
from lsnet_ros.training.best import Best, read_best
from lsnet_ros.training.data import Data
from lsnet_ros.training.recipes import Recipe
from lsnet_ros.training.run_record import record_start
from lsnet_ros.training.trainer import Trainer

SMALLEST = 32  # px, smallest height and width of an input


class Trainings:
    """
    The accuracies of networks, from the journal or by training, each in a folder of its own.

    A training that was killed resumes from its last checkpoint. The end of a training deletes
    the checkpoint, but keeps the best weights and the log.

    :param recipe: for all networks, with their options in place of its own
    :param folder: for the folders of the trainings
    """

    def __init__(self, recipe: Recipe, folder: Path, data: Data, journal: Journal) -> None:
        self._recipe = recipe
        self._folder = folder
        self._data = data
        self._journal = journal

    def __call__(self, network: Expansion) -> float:
        """Return the best validation mIoU of a network's training."""
        known = self._journal.miou(network)
        if known is not None:
            return known
        folder = self._folder_of(network)
        trainer = Trainer(recipe_of(network, self._recipe), folder, self._data)
        record_start(folder, trainer.iteration)
        trainer.run()
        self._journal.add_training(network, trainer.best_miou, hours=trainer.seconds / 3600,
                                   folder=folder.name)
        (folder / 'checkpoint.npz').unlink()
        return trainer.best_miou

    def best(self, network: Expansion) -> Best:
        """Read a trained network."""
        return read_best(self._folder_of(network))

    def _folder_of(self, network: Expansion) -> Path:
        """Return the folder of a network's training, named by the network's fields."""
        return self._folder / 'depths-{}_widths-{}_paths-{}'.format(
            '-'.join(map(str, network.depths)), '-'.join(map(str, network.widths)),
            '-'.join(ratio.replace('/', 'of') for ratio in network.ratios))


def recipe_of(network: Expansion, recipe: Recipe) -> Recipe:
    """Return the recipe for one network."""
    options = {name: list(values) for name, values in network._asdict().items()}
    return recipe._replace(network=NETWORK, options=dict(recipe.options, **options))


def common_recipe(recipe: Recipe, **changes: Any) -> Recipe:
    """
    Return the recipe for all networks of an expansion.

    :param recipe: for any LPS-Net; its crop keeps its share of the input
    :param changes: fields to replace; None keeps the recipe's
    :raises ExpansionError: if the recipe is for another network, or the input is too small
    """
    if not recipe.network.startswith('lps-net'):
        raise ExpansionError('the recipe is for {!r}, but only LPS-Net is expanded: give a recipe '
                             'for one of its networks'.format(recipe.network))
    changed = recipe._replace(**{
        name: value for name, value in changes.items() if value is not None})
    if min(changed.input_size) < SMALLEST:
        raise ExpansionError('the size {}x{} is too small, as a path may read an eighth of it: '
                             'give at least {} px'.format(*changed.input_size, SMALLEST))
    height, width = (max(1, round(side * ours / theirs)) for side, ours, theirs in zip(
        recipe.crop, changed.input_size, recipe.input_size))
    return changed._replace(crop=(height, width))
