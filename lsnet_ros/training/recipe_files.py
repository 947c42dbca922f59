# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Files of recipes: finding them, reading them, and checking all that they name."""

from functools import partial
from pathlib import Path
from typing import Any, Dict, Union

from lsnet_ros.ament_prefix import installed
from lsnet_ros.errors import not_known, one_line
from lsnet_ros.limits.bounds import FormatError, PIXELS, TEXT_FILE
from lsnet_ros.limits.regular_files import read_bytes
from lsnet_ros.limits.yaml_text import parse_yaml
from lsnet_ros.training.recipes import Recipe, recipe_from, RecipeError

FOLDER = 'params/recipes'
PRECISIONS = ('auto', 'bfloat16', 'float32')
RANGES = {
    'iterations': (1, 10**9),
    'batch_size': (1, 10**6),
    'target_stride': (1, 1000),
    'learning_rate': (1e-9, 1e9),
    'power': (0.0, 10.0),
    'jitter': (0.0, 1.0),
    'momentum': (0.0, 0.9999),
    'class_weight_power': (0.0, 1.0),
    'corruptions': (0.0, 1.0),
    'label_smoothing': (0.0, 1.0),
    'jaccard': (0.0, 1000.0),
    'distillation': (0.0, 1000.0),
    'temperature': (0.1, 100.0),
    'ema_decay': (0.0, 0.999999),
    'swa_share': (0.0001, 1.0),
    'street_scenes': (0.0, 1.0),
}
"""Least and largest value of the fields that have such."""
SCALES = (0.05, 20.0)
"""Least and largest factor by which a frame is scaled."""


def list_recipes() -> Dict[str, Path]:
    """Return the files of the recipes that a name can stand for, by name, sorted."""
    found: Dict[str, Path] = {}
    for folder in installed(FOLDER):
        for path in sorted(folder.glob('*.yaml')):
            found.setdefault(path.stem, path)
    return dict(sorted(found.items()))


def read_recipe(name_or_path: Union[str, Path]) -> Recipe:
    """
    Read a recipe.

    :param name_or_path: name of an installed recipe, or the path of a YAML file
    :raises RecipeError: if there is none, or one of its fields is unknown, missing or not of
        its kind
    """
    known = list_recipes()
    path = known.get(str(name_or_path), Path(name_or_path))
    if not path.is_file():
        raise RecipeError('{}: choose from {}, or give the path of a YAML file'.format(
            not_known('recipe', str(name_or_path), known), ', '.join(known)))
    try:
        fields = parse_yaml(read_bytes(path, TEXT_FILE))
    except FormatError as error:
        raise RecipeError('{}: {}: correct it'.format(path, error)) from error
    try:
        recipe = recipe_from(fields)
        check_choices(recipe)
    except RecipeError as error:
        raise RecipeError('{}: {}'.format(path, error)) from error
    return recipe


def check_choices(recipe: Recipe) -> None:
    """
    Look up everything that a recipe names.

    :raises RecipeError: if there is no such network, dataset and so on, or the network does
        not take the options
    """
    from lsnet_ros.datasets import DATASETS, is_dataset
    from lsnet_ros.networks import build_network, NETWORKS
    from lsnet_ros.training.averaging import AVERAGES
    from lsnet_ros.training.losses import LOSSES
    from lsnet_ros.training.optimizers import OPTIMIZERS
    from lsnet_ros.training.pretrained import PRETRAINED
    from lsnet_ros.training.schedules import SCHEDULES
    choices = {'network': NETWORKS, 'loss': LOSSES, 'schedule': SCHEDULES,
               'average': AVERAGES, 'precision': PRECISIONS, 'optimizer': OPTIMIZERS}
    for name, known in choices.items():
        if getattr(recipe, name) not in known:
            raise RecipeError('{}: choose from {}'.format(
                not_known(name, getattr(recipe, name), known), ', '.join(sorted(known))))
    if not is_dataset(recipe.dataset):
        raise RecipeError('{}: choose from {}, or give the path of a folder with a '
                          'dataset.yaml'.format(not_known('dataset', recipe.dataset, DATASETS),
                                                ', '.join(sorted(DATASETS))))
    _check_ranges(recipe)
    try:
        network = build_network(recipe.network, 2, **recipe.options)
    except (TypeError, ValueError) as error:
        raise RecipeError('options {} are refused by {} ({}): correct them'.format(
            one_line(repr(recipe.options)), recipe.network, one_line(error))) from error
    if (recipe.pretrained or recipe.encoder_learning_rate) and not hasattr(network, 'encoder'):
        raise RecipeError('{} has no encoder of its own: leave out pretrained and '
                          'encoder_learning_rate, or choose one of {}'.format(
                              recipe.network, ', '.join(sorted(PRETRAINED))))


def _check_ranges(recipe: Recipe) -> None:
    """Check that numbers and sizes are within their bounds."""
    for name, (least, most) in RANGES.items():
        if not least <= getattr(recipe, name) <= most:
            raise RecipeError('{} is {}: expected {} to {}'.format(
                name, getattr(recipe, name), least, most))
    for name in ('input_size', 'crop'):
        height, width = getattr(recipe, name)
        if height * width > PIXELS:
            raise RecipeError('{} is {}x{}: expected {} pixels at most'.format(
                name, height, width, PIXELS))
    smallest, largest = recipe.scale
    if not SCALES[0] <= smallest <= largest <= SCALES[1]:
        raise RecipeError('scale is [{:g}, {:g}]: expected the smallest and then the largest '
                          'factor, both from {:g} to {:g}'.format(smallest, largest, *SCALES))


def check_crop(recipe: Recipe) -> None:
    """
    Check that the network can be trained with the recipe's batches.

    :raises RecipeError: if a batch norm would see one value only, or a layer none
    """
    import torch

    from lsnet_ros.networks import build_network
    network = build_network(recipe.network, 2, **recipe.options).eval()
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.register_forward_pre_hook(partial(_require_values, recipe.batch_size))
    try:
        with torch.no_grad():  # sizes alone: no frame, nothing is computed
            network.core(*(torch.empty(0, 3, *size)
                           for size in network.input_sizes(*recipe.crop)))
    except (RuntimeError, ValueError) as error:
        raise RecipeError('{} cannot be trained on {} crops of {}x{} (height x width) at once '
                          '({}): give a batch_size of 2 or more, or a larger crop'.format(
                              recipe.network, recipe.batch_size, *recipe.crop,
                              one_line(error))) from error


def _require_values(batch_size: int, norm: Any, inputs: Any) -> None:
    """Raise a ValueError where a batch norm would see one value of each channel only."""
    height, width = inputs[0].shape[2:]
    if batch_size * height * width < 2:
        raise ValueError('a batch norm sees one value of each channel')
