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
"""The accuracy that candidates reach when each is trained alike, from scratch."""

from pathlib import Path
from typing import Any, NamedTuple, Sequence

from lsnet_ros.datasets.sample import Sample
from lsnet_ros.expansion.algorithm import ExpansionError
from lsnet_ros.expansion.journal import Journal
from lsnet_ros.expansion.stopwatch import NETWORK
from lsnet_ros.networks.lps_net import Expansion
from lsnet_ros.training.best import Best, read_best
from lsnet_ros.training.recipes import Recipe
from lsnet_ros.training.run_record import record_start
from lsnet_ros.training.trainer import Trainer

SMALLEST = 32  # px, of an input's sides


class Data(NamedTuple):
    """What all candidates are trained on."""

    num_classes: int
    train: Sequence[Sample]
    val: Sequence[Sample]
    scenes: Sequence[Sample] = ()  # rendered, to mix in


class Trainings:
    """
    Trains networks that the journal does not know, each in a folder of its own.

    A training that was killed goes on where it last saved its state. Of one that has ended the
    weights and the log are kept, the state is not.

    :param recipe: of all of them but for the network
    :param folder: of their folders
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
        trainer = Trainer(recipe_of(network, self._recipe), folder, *self._data)
        record_start(folder, trainer.iteration)
        trainer.run()
        self._journal.add_training(network, trainer.best_miou, hours=trainer.seconds / 3600,
                                   folder=folder.name)
        (folder / 'checkpoint.npz').unlink()
        return trainer.best_miou

    def best(self, network: Expansion) -> Best:
        """Return a network that was trained."""
        return read_best(self._folder_of(network))

    def _folder_of(self, network: Expansion) -> Path:
        """Return the folder of a network's training, named by what the network is."""
        return self._folder / 'depths-{}_widths-{}_paths-{}'.format(
            '-'.join(map(str, network.depths)), '-'.join(map(str, network.widths)),
            '-'.join(ratio.replace('/', 'of') for ratio in network.ratios))


def recipe_of(network: Expansion, recipe: Recipe) -> Recipe:
    """Return the recipe for one network."""
    options = {name: list(values) for name, values in network._asdict().items()}
    return recipe._replace(network=NETWORK, options=dict(recipe.options, **options))


def common_recipe(recipe: Recipe, **changes: Any) -> Recipe:
    """
    Return the recipe that all networks of an expansion are trained by.

    :param recipe: for any LPS-Net; its crop keeps its share of the input
    :param changes: fields to replace; None keeps what the recipe has
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
    crop = tuple(max(1, round(side * ours / theirs)) for side, ours, theirs in zip(
        recipe.crop, changed.input_size, recipe.input_size))
    return changed._replace(crop=crop)
