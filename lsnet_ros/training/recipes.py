# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Recipes: everything that decides how a network is trained, one YAML file for each."""

from typing import Any, Callable, Dict, NamedTuple, Tuple

from lsnet_ros.errors import LsnetError, one_line


class RecipeError(LsnetError, ValueError):
    """A recipe cannot be read, or names something that does not exist."""


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
    pretrained: bool = False             # begin with an encoder trained on ImageNet
    optimizer: str = 'sgd'               # or 'adamw'
    encoder_learning_rate: float = 0.0   # of the network's encoder; 0: as all else
    clip_norm: float = 0.0               # largest norm of the gradients; 0: as they are
    momentum: float = 0.9                # of SGD
    weight_decay: float = 5e-4
    schedule: str = 'poly'               # or 'cosine'
    power: float = 0.9                   # of the poly schedule
    warm_up: int = 0                     # iterations
    scale: Tuple[float, float] = (0.5, 2.0)
    jitter: float = 0.3                  # of brightness, contrast, saturation: largest change
    corruptions: float = 0.0             # share of the crops that get blur, noise, JPEG or gamma
    target_stride: int = 1               # the loss is taken at 1 / stride of the crop's size
    loss: str = 'cross-entropy'
    class_weights: bool = False          # weigh the classes against their frequency
    class_weight_power: float = 1.0      # which the weights are raised to; 0.5 is mild
    label_smoothing: float = 0.0         # probability spread over all classes
    jaccard: float = 0.0                 # weight of 1 - IoU of the probabilities in the loss
    teacher: str = ''                    # model or run whose soft labels are learnt besides
    distillation: float = 1.0            # weight of the teacher's part of the loss
    temperature: float = 2.0             # that softens both sides of it
    unlabelled: str = ''                 # files of frames for which the teacher alone speaks
    average: str = 'none'                # of the weights: 'ema' or 'swa'
    ema_decay: float = 0.999             # of the exponential moving average, an iteration
    swa_share: float = 0.25              # last share of the run, whose weights 'swa' averages
    street_scenes: float = 0.0           # share of rendered street scenes in the training samples
    precision: str = 'auto'
    compile: bool = False                # fuse operations (needs a C++ compiler, minutes to start)
    seed: int = 0


def recipe_from(fields: Any) -> Recipe:
    """
    Make a recipe of the fields of a YAML file or a checkpoint.

    :raises RecipeError: if a field is unknown, missing or not of its kind
    """
    if not isinstance(fields, dict):
        raise RecipeError('found {}, expected fields such as "network: lednet"'.format(
            one_line(repr(fields))))
    kinds = Recipe.__annotations__
    unknown = [name for name in fields if name not in kinds]
    missing = [name for name in kinds
               if name not in fields and name not in Recipe._field_defaults]
    if unknown or missing:
        raise RecipeError('{} {}: the fields are {}'.format(
            'unknown field' if unknown else 'missing field', one_line((unknown or missing)[0]),
            ', '.join(kinds)))
    return Recipe(**{name: _check_field(name, value) for name, value in fields.items()})


def _check_field(name: str, value: Any) -> Any:
    """Return the value of a field in the type that the field has."""
    expected, is_kind, convert = KINDS[Recipe.__annotations__[name]]
    if not is_kind(value):
        raise RecipeError('{} is {}: expected {}'.format(name, one_line(repr(value)), expected))
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
