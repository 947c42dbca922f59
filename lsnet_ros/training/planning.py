# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Recipes chosen from the data, for whoever has no recipe, and the length that fits a time."""

from contextlib import closing
from pathlib import Path
import time
from typing import Any, Dict, List, Sequence, Tuple

import numpy as np
import yaml

from lsnet_ros.files import replacing
from lsnet_ros.frames import Frame
from lsnet_ros.frames.spread import choose_evenly
from lsnet_ros.networks import build_network
from lsnet_ros.networks.lps_net import LPSNet
from lsnet_ros.stages.preprocessing import InputSpec
from lsnet_ros.training.batches import Batches, TrainingSet
from lsnet_ros.training.data import Data
from lsnet_ros.training.evaluate import evaluate
from lsnet_ros.training.learner import Learner
from lsnet_ros.training.recipes import Recipe, RecipeError
from lsnet_ros.training.time_limit import count_iterations, SPARE
from lsnet_ros.training.trainer import augmentation, evaluation_period

FILE = 'recipe.yaml'       # in the folder of a run
LARGEST_AREA = 640 * 480   # px of the input; more is slow on a processor
STEP = 32                  # px, that input and crop are multiples of
CROP_SHARE = 0.75          # of the input's sides
EPOCHS = 60
ITERATIONS = (500, 20000)  # least and most, without a time
BATCH_SIZE = 8
SAMPLED = 16               # frames whose sizes stand for all
TRIAL = (2, 8)             # iterations before and while the pace is measured
TRIAL_FRAMES = 6           # of the validation

FINE_TUNING = 0.1          # of the learning rates, from the weights of a trained model
RATES = ('learning_rate', 'encoder_learning_rate')

COMMON: Dict[str, Any] = {
    'scale': (0.5, 2.0), 'jitter': 0.4, 'corruptions': 0.3, 'class_weights': True,
    'class_weight_power': 0.5, 'average': 'ema'}
WITH_ENCODER: Dict[str, Any] = {
    'pretrained': True, 'optimizer': 'adamw', 'learning_rate': 1e-3,
    'encoder_learning_rate': 3e-4, 'weight_decay': 0.01, 'clip_norm': 5.0}
FROM_SCRATCH: Dict[str, Any] = {'learning_rate': 0.03, 'weight_decay': 2e-4}


def plan_recipe(network: str, dataset: str, train: Sequence[Frame],
                is_initialised: bool = False) -> Recipe:
    """
    Choose a recipe for a network and the frames it is to learn from.

    :param network: a name that ``build_network`` knows
    :param dataset: name of the dataset, or the path of one's own
    :param is_initialised: whether it starts from the weights of a trained model, which the rates
        for random weights would spoil
    :raises RecipeError: if the network is not known
    """
    try:
        built = build_network(network, 2)
    except ValueError as error:
        raise RecipeError(str(error)) from error
    height, width = _choose_size(train)
    crop = (_round(CROP_SHARE * height), _round(CROP_SHARE * width))
    batch_size = min(BATCH_SIZE, max(2, len(train)))
    iterations = int(np.clip(EPOCHS * len(train) // batch_size, *ITERATIONS))
    fields = dict(COMMON, **(WITH_ENCODER if hasattr(built, 'encoder') else FROM_SCRATCH))
    if is_initialised:
        fields.update({name: round(FINE_TUNING * fields[name], 8)
                       for name in RATES if name in fields})
    if isinstance(built, LPSNet):
        fields.update(options={'block': 'reparameterised'})
    return _fit_length(Recipe(network, dataset, (height, width), crop, iterations, batch_size,
                              **fields), iterations)


def fit_hours(recipe: Recipe, data: Data, hours: float) -> Recipe:
    """
    Choose the number of iterations with which a training ends in time, by a trial of its pace.

    :param hours: of the training, with its validations
    :raises RecipeError: if the time is too short for a training
    """
    step_s, validation_s = _measure_pace(recipe, data)
    seconds = SPARE * hours * 3600
    iterations = count_iterations(seconds, step_s, validation_s,
                                  evaluation_period(int(seconds / step_s)))
    if iterations * recipe.batch_size < len(data.train):
        raise RecipeError(
            '{:g} hours are {} iterations of {:.2f} s here, not one pass over the {} frames: give '
            'more hours, or a smaller crop'.format(hours, iterations, step_s, len(data.train)))
    return _fit_length(recipe, iterations)


def write_recipe(folder: Path, recipe: Recipe) -> None:
    """Write the fields of a recipe that are not as by default to the folder of its run."""
    fields = {name: list(value) if isinstance(value, tuple) else value
              for name, value in recipe._asdict().items()
              if name not in Recipe._field_defaults or value != Recipe._field_defaults[name]}
    folder.mkdir(parents=True, exist_ok=True)
    text = ('# Chosen by "lsnet train". To train otherwise, edit a copy and give it with '
            '--recipe.\n')
    with replacing(folder / FILE) as file:
        file.write((text + yaml.safe_dump(fields, sort_keys=False,
                                          default_flow_style=None)).encode())


def _fit_length(recipe: Recipe, iterations: int) -> Recipe:
    """Return a recipe of so many iterations, with warm-up and average to match."""
    return recipe._replace(iterations=iterations, warm_up=min(100, iterations // 10),
                           ema_decay=round(1 - 1 / max(10, iterations / 50), 4))


def _choose_size(train: Sequence[Frame]) -> Tuple[int, int]:
    """Return (height, width) of the input: the frames' median size, smaller if it is large."""
    sizes = [train[index].image.shape[:2] for index in choose_evenly(len(train), SAMPLED)]
    height, width = np.median(sizes, 0)
    scale = min(1.0, (LARGEST_AREA / (height * width)) ** 0.5)
    return _round(scale * height), _round(scale * width)


def _round(side: float) -> int:
    """Return the nearest multiple of ``STEP``, two steps at least."""
    return max(2 * STEP, round(side / STEP) * STEP)


def _measure_pace(recipe: Recipe, data: Data) -> Tuple[float, float]:
    """Return the seconds of an iteration and of a validation."""
    learner = Learner(recipe, data.label_set.num_classes, None)
    batches = Batches(TrainingSet(data.train), augmentation(recipe), recipe.batch_size,
                      recipe.seed)
    ends: List[float] = []
    with closing(batches.from_iteration(0, sum(TRIAL))) as trial:
        for number, batch in enumerate(trial):
            learner.step(batch, number)
            ends.append(time.perf_counter())
    spec = InputSpec(*recipe.input_size, tuple(learner.network.input_sizes(*recipe.input_size)))
    frames = [data.val[place] for place in range(min(TRIAL_FRAMES, len(data.val)))]
    began = time.perf_counter()
    evaluate(learner.network, frames, spec, data.label_set.num_classes)
    validation_s = (time.perf_counter() - began) * len(data.val) / len(frames)
    step_s = (ends[-1] - ends[TRIAL[0] - 1]) / TRIAL[1]
    return step_s, validation_s * len(learner.candidates)
