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
"""Recipes: everything that decides how a network is trained, one YAML file for each."""

from pathlib import Path
from typing import Any, Callable, Dict, NamedTuple, Tuple, Union

import yaml

from lsnet_ros.ament_prefix import installed
from lsnet_ros.errors import LsnetError

FOLDER = 'params/recipes'
PRECISIONS = ('auto', 'bfloat16', 'float32')
RANGES = {
    'iterations': (1, 10**9),
    'batch_size': (1, 10**6),
    'target_stride': (1, 1000),
    'momentum': (0.0, 0.9999),
    'label_smoothing': (0.0, 1.0),
    'ema_decay': (0.0, 0.999999),
    'swa_share': (0.0001, 1.0),
    'street_scenes': (0.0, 1.0),
}
"""Least and largest value of the fields that have such."""


class RecipeError(LsnetError, ValueError):
    """A recipe cannot be read, or asks for what there is not."""


class Recipe(NamedTuple):
    """Everything that decides the weights of a training run, with the data's files."""

    network: str
    dataset: str
    input_size: Tuple[int, int]          # (height, width) that the network is to be used at, px
    crop: Tuple[int, int]                # (height, width), px
    iterations: int
    batch_size: int
    learning_rate: float
    options: Dict[str, Any] = {}         # arguments of the network's class while it trains
    momentum: float = 0.9
    weight_decay: float = 5e-4
    schedule: str = 'poly'               # or 'cosine'
    power: float = 0.9                   # of the poly schedule
    warm_up: int = 0                     # iterations
    scale: Tuple[float, float] = (0.5, 2.0)
    jitter: float = 0.3                  # of brightness, contrast, saturation: largest change
    target_stride: int = 1               # the loss is taken at 1 / stride of the crop's size
    loss: str = 'cross-entropy'
    class_weights: bool = False
    label_smoothing: float = 0.0         # probability spread over all classes
    average: str = 'none'                # of the weights: 'ema' or 'swa'
    ema_decay: float = 0.999             # of the exponential moving average, an iteration
    swa_share: float = 0.25              # last share of the run, whose weights 'swa' averages
    street_scenes: float = 0.0           # share of rendered street scenes in the training samples
    precision: str = 'auto'
    compile: bool = False                # fuse operations (needs a C++ compiler, minutes to start)
    seed: int = 0


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
        raise RecipeError('recipe {!r} is not known: choose from {}, or give the path of a YAML '
                          'file'.format(str(name_or_path), ', '.join(known)))
    try:
        fields = yaml.safe_load(path.read_text(encoding='utf-8'))
    except (yaml.YAMLError, ValueError) as error:
        raise RecipeError('{} is not YAML ({}): correct it'.format(
            path, ' '.join(str(error).split()))) from error
    try:
        recipe = recipe_from(fields)
        _check_choices(recipe)
    except RecipeError as error:
        raise RecipeError('{}: {}'.format(path, error)) from error
    return recipe


def _check_choices(recipe: Recipe) -> None:
    """
    Look up everything that a recipe names.

    :raises RecipeError: if there is no such network, dataset and so on, or the network does
        not take the options
    """
    from lsnet_ros.datasets import DATASETS
    from lsnet_ros.networks import build_network, NETWORKS
    from lsnet_ros.training.averaging import AVERAGES
    from lsnet_ros.training.losses import LOSSES
    from lsnet_ros.training.schedules import SCHEDULES
    choices = {'network': NETWORKS, 'dataset': DATASETS, 'loss': LOSSES, 'schedule': SCHEDULES,
               'average': AVERAGES, 'precision': PRECISIONS}
    for name, known in choices.items():
        if getattr(recipe, name) not in known:
            raise RecipeError('{} {!r} is not known: choose from {}'.format(
                name, getattr(recipe, name), ', '.join(sorted(known))))
    for name, (least, most) in RANGES.items():
        if not least <= getattr(recipe, name) <= most:
            raise RecipeError('{} is {}: expected {} to {}'.format(
                name, getattr(recipe, name), least, most))
    try:
        build_network(recipe.network, 2, **recipe.options)
    except (TypeError, ValueError) as error:
        raise RecipeError('options {} are refused by {} ({}): correct them'.format(
            recipe.options, recipe.network, error)) from error


def recipe_from(fields: Any) -> Recipe:
    """
    Make a recipe of what a YAML file or a checkpoint holds.

    :raises RecipeError: if a field is unknown, missing or not of its kind
    """
    if not isinstance(fields, dict):
        raise RecipeError('found {!r}, expected fields such as "network: lednet"'.format(fields))
    kinds = Recipe.__annotations__
    unknown = [name for name in fields if name not in kinds]
    missing = [name for name in kinds
               if name not in fields and name not in Recipe._field_defaults]
    if unknown or missing:
        raise RecipeError('{} {}: the fields are {}'.format(
            'unknown field' if unknown else 'missing field', (unknown or missing)[0],
            ', '.join(kinds)))
    return Recipe(**{name: _checked(name, value) for name, value in fields.items()})


def _checked(name: str, value: Any) -> Any:
    """Return the value of a field in the type that the field has."""
    expected, is_kind, convert = KINDS[Recipe.__annotations__[name]]
    if not is_kind(value):
        raise RecipeError('{} is {!r}: expected {}'.format(name, value, expected))
    return convert(value)


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 1e9


def _is_pair_of(is_kind: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: (isinstance(value, (list, tuple)) and len(value) == 2
                          and all(is_kind(item) and item > 0 for item in value))


KINDS = {
    str: ('a word', lambda value: isinstance(value, str), str),
    int: ('a whole number', _is_count, int),
    float: ('a number of at least 0 (write 1.0e-4, not 1e-4)', _is_number, float),
    bool: ('true or false', lambda value: isinstance(value, bool), bool),
    Dict[str, Any]: ('a mapping', lambda value: isinstance(value, dict), dict),
    Tuple[int, int]: ('[height, width]', _is_pair_of(_is_count), tuple),
    Tuple[float, float]: ('[smallest, largest]', _is_pair_of(_is_number),
                          lambda pair: tuple(float(item) for item in pair)),
}
"""For each type of a field: its name for people, the test of a value, and the conversion."""
