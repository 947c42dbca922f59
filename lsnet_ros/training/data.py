# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The data of a training run: samples to fit and to choose by, scenes, soft labels."""

from pathlib import Path
from typing import NamedTuple, Optional, Sequence

from torch.utils.data import ConcatDataset

from lsnet_ros.datasets import LABEL_SET_NAMES, open_split
from lsnet_ros.datasets.cached import cache_if_small, Cached
from lsnet_ros.datasets.street_scene import StreetScenes
from lsnet_ros.datasets.unlabelled import find_unlabelled
from lsnet_ros.frames import Frame
from lsnet_ros.labels.label_sets import label_set, LabelSet
from lsnet_ros.training.recipes import Recipe, RecipeError
from lsnet_ros.training.soft_labels import open_soft_labels, Progress, read_teacher, SoftLabels

SCENES_SEED = 1
SCENES = 300
SCENES_LABELS = LABEL_SET_NAMES['street-scenes']


class Data(NamedTuple):
    """All that a run learns from and is measured with."""

    label_set: LabelSet
    train: Sequence[Frame]                    # with the unlabelled frames at its end
    val: Sequence[Frame]
    scenes: Sequence[Frame] = ()              # rendered, to mix in
    soft_labels: Optional[SoftLabels] = None   # of ``train``


def open_data(recipe: Recipe, root: Optional[Path], folder: Path, progress: Progress) -> Data:
    """
    Open the data that a recipe names, and let its teacher speak if that is still to be done.

    :param root: folder of the dataset, None for a rendered one
    :param folder: of the run, where the soft labels are kept
    :param progress: shows how far it is while it passes frames on
    :raises RecipeError: if there is no teacher for frames without targets, or rendered scenes
        are to be mixed in that have other classes
    :raises DatasetError: if a folder is missing, or one of its files is not as its layout says
    :raises ModelError: if the teacher is a model that cannot be read
    :raises CheckpointError: if the teacher is a run that cannot be read, or has other classes
    """
    if recipe.unlabelled and not recipe.teacher:
        raise RecipeError('unlabelled is {!r}, but there is no teacher to label these frames: '
                          'name one with teacher'.format(recipe.unlabelled))
    labelled, val = (open_split(recipe.dataset, root, split) for split in ('train', 'val'))
    _require_scenes_of(labelled.label_set, recipe)
    train = cache_if_small(labelled)
    if recipe.unlabelled:
        train = ConcatDataset([train, cache_if_small(find_unlabelled(recipe.unlabelled))])
    soft_labels = None
    if recipe.teacher:
        soft_labels = open_soft_labels(folder, read_teacher(recipe.teacher), train,
                                       labelled.label_set, progress)
    return Data(labelled.label_set, train, cache_if_small(val), open_scenes(recipe),
                soft_labels)


def _require_scenes_of(labels: LabelSet, recipe: Recipe) -> None:
    """Raise a RecipeError if the rendered scenes to mix in mean other classes by their ids."""
    scenes = label_set(SCENES_LABELS)
    if recipe.street_scenes and labels.class_names != scenes.class_names:
        raise RecipeError('street_scenes is {:g}, but rendered scenes have the classes of {!r}, '
                          'the dataset those of {!r}: leave out street_scenes'.format(
                              recipe.street_scenes, scenes.name, labels.name))


def open_scenes(recipe: Recipe) -> Sequence[Frame]:
    """Return the rendered scenes that a recipe mixes into its training, empty without any."""
    return Cached(StreetScenes(SCENES_SEED, SCENES)) if recipe.street_scenes else ()
