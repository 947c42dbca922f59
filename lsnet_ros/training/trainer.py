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
"""The training run: steps, validation, and a state from which it resumes as if never stopped."""

from functools import partial
from pathlib import Path
import time
from typing import Callable, Optional, Sequence

import numpy as np
import torch
from tqdm import tqdm

from lsnet_ros.datasets.sample import Sample
from lsnet_ros.datasets.transforms import Augmentation
from lsnet_ros.labels import IGNORE_INDEX
from lsnet_ros.metrics import ConfusionMatrix
from lsnet_ros.networks import build_network
from lsnet_ros.networks.layers import resize
from lsnet_ros.preprocessing import InputSpec
from lsnet_ros.training.batches import Batches
from lsnet_ros.training.best import Best
from lsnet_ros.training.checkpoint import (
    arrays, Checkpoint, CheckpointError, load_arrays, read_checkpoint, write_checkpoint)
from lsnet_ros.training.evaluate import evaluate
from lsnet_ros.training.log import TrainingLog
from lsnet_ros.training.losses import class_weights, LOSSES
from lsnet_ros.training.recipes import Recipe, recipe_from
from lsnet_ros.training.schedules import poly

LOG_EVERY = 50           # iterations
SAVE_EVERY = 250
EVALUATE_EVERY = 1000


class Trainer:
    """
    One run of a recipe in a folder: ``checkpoint.npz``, ``best.npz``, ``log.csv``, ``log.png``.

    Batches are pure functions of the iteration, and the checkpoint holds all else that decides
    the weights, so a run that is killed and resumed ends with those of one that was not (on one
    kind of machine, with as many threads).

    :param num_classes: C of the label set
    :param train: samples to fit
    :param val: samples to choose the best iteration by
    :param scenes: rendered scenes to mix in
    :param initial: outcome of a run of the same network to begin at instead of random weights
    :raises CheckpointError: if the folder's checkpoint is unreadable or of another recipe, or
        the initial weights are of another network
    """

    def __init__(self, recipe: Recipe, folder: Path, num_classes: int,
                 train: Sequence[Sample], val: Sequence[Sample],
                 scenes: Sequence[Sample] = (), initial: Optional[Best] = None) -> None:
        self.recipe = recipe
        self.folder = folder
        self._initial = {}
        self.num_classes = num_classes
        self.iteration = 0
        self.seconds = 0.0
        self.best_miou = -1.0
        self._train_samples = len(train)
        self._val = val
        self._device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')
        torch.manual_seed(recipe.seed)
        self.network = build_network(recipe.network, self.num_classes, **recipe.options).to(
            self._device, memory_format=torch.channels_last).train()
        self._core = torch.compile(self.network.core) if recipe.compile else self.network.core
        self._optimizer = torch.optim.SGD(
            self.network.parameters(), lr=recipe.learning_rate, momentum=recipe.momentum,
            weight_decay=recipe.weight_decay)
        self._batches = Batches(
            train, Augmentation(recipe.input_size, recipe.crop, recipe.scale,
                                brightness=recipe.jitter, contrast=recipe.jitter,
                                saturation=recipe.jitter, target_stride=recipe.target_stride),
            recipe.batch_size, recipe.seed, scenes, recipe.street_scenes)
        self._loss = self._build_loss(train)
        self._autocast = partial(torch.autocast, self._device.type, dtype=torch.bfloat16,
                                 enabled=_use_bfloat16(recipe.precision, self._device))
        if initial is not None:
            self._begin_at(initial)
        self._resume()
        self._log = TrainingLog(folder / 'log.csv', self.iteration)

    @property
    def spec(self) -> InputSpec:
        """Size that the network is used at."""
        return InputSpec(*self.recipe.input_size,
                         tuple(self.network.input_sizes(*self.recipe.input_size)))

    def run(self, workers: int = 1) -> None:
        """Train from where the folder's checkpoint stands to the recipe's last iteration."""
        batches = self._batches.from_iteration(self.iteration, self.recipe.iterations, workers)
        progress = tqdm(batches, total=self.recipe.iterations, initial=self.iteration,
                        unit='it', dynamic_ncols=True)
        losses, began = [], time.perf_counter()
        for images, targets in progress:
            losses.append(self._step(images, targets))
            self.iteration += 1
            if self._is_due(LOG_EVERY):
                seconds, began = time.perf_counter() - began, time.perf_counter()
                self.seconds += seconds
                loss = float(torch.stack(losses).mean())
                progress.set_postfix(loss='{:.3f}'.format(loss), best=round(self.best_miou, 4))
                self._log.add(iteration=self.iteration, loss=loss, learning_rate=self._rate(),
                              images_per_s=len(losses) * self.recipe.batch_size / seconds)
                losses = []
            if self._is_due(EVALUATE_EVERY):
                self._validate()
            if self._is_due(SAVE_EVERY):
                self._save()

    def _step(self, images: np.ndarray, targets: np.ndarray) -> torch.Tensor:
        """Descend once; returns the loss, detached."""
        for group in self._optimizer.param_groups:
            group['lr'] = self._rate()
        x = torch.from_numpy(images).to(self._device, memory_format=torch.channels_last)
        target = torch.from_numpy(targets).to(self._device).long()
        sizes = self.network.input_sizes(*x.shape[-2:])
        with self._autocast():
            outputs = self._core(*[resize(x, size) for size in sizes])
        logits = self.network.decode([y.float() for y in outputs], target.shape[-2:])
        loss = self._loss(logits, target)
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self._optimizer.step()
        return loss.detach()

    def _rate(self) -> float:
        """Learning rate of the present iteration."""
        recipe = self.recipe
        return recipe.learning_rate * poly(
            min(self.iteration, recipe.iterations), recipe.iterations, recipe.power,
            recipe.warm_up)

    def _is_due(self, every: int) -> bool:
        return self.iteration % every == 0 or self.iteration == self.recipe.iterations

    def _build_loss(self, train: Sequence[Sample]) -> Callable:
        weight: Optional[torch.Tensor] = None
        if self.recipe.class_weights:
            pixels = count_pixels(train, self.num_classes)
            weight = torch.from_numpy(class_weights(pixels)).to(self._device)
        return partial(LOSSES[self.recipe.loss], weight=weight)

    def validate(self) -> ConfusionMatrix:
        """Measure the network as it is on the validation samples."""
        return evaluate(self.network, self._val, self.spec, self.num_classes)

    def _validate(self) -> None:
        began = time.perf_counter()
        miou = self.validate().miou()
        self._log.add(iteration=self.iteration, learning_rate=self._rate(), miou=miou)
        if miou > self.best_miou:
            self.best_miou = miou
            write_checkpoint(self.folder / 'best.npz', Checkpoint(
                arrays(self.network), {}, self._state()))
        self._log.plot(self.folder / 'log.png')
        self.seconds += time.perf_counter() - began

    def _state(self) -> dict:
        return {'iteration': self.iteration, 'seconds': self.seconds, 'best_miou': self.best_miou,
                'num_classes': self.num_classes, 'train_samples': self._train_samples,
                'initial': self._initial, 'recipe': self.recipe._asdict()}

    def _begin_at(self, initial: Best) -> None:
        """Take over the weights of another run, and how they came about."""
        load_arrays(self.network, arrays(initial.network))
        self._initial = initial.history

    def _save(self) -> None:
        momentum = {
            name: self._optimizer.state[parameter]['momentum_buffer'].cpu().contiguous().numpy()
            for name, parameter in self.network.named_parameters()
            if 'momentum_buffer' in self._optimizer.state[parameter]}
        write_checkpoint(self.folder / 'checkpoint.npz', Checkpoint(
            arrays(self.network), momentum, self._state()))
        self._log.save()

    def _resume(self) -> None:
        path = self.folder / 'checkpoint.npz'
        if not path.is_file():
            return
        checkpoint = read_checkpoint(path)
        self._check_recipe(checkpoint.state['recipe'], path)
        load_arrays(self.network, checkpoint.weights)
        for name, parameter in self.network.named_parameters():
            if name in checkpoint.momentum:
                buffer = torch.empty_like(parameter)  # on its device, in its memory format
                buffer.copy_(torch.from_numpy(checkpoint.momentum[name]))
                self._optimizer.state[parameter]['momentum_buffer'] = buffer
        self.iteration = checkpoint.state['iteration']
        self.seconds = checkpoint.state['seconds']
        self.best_miou = checkpoint.state['best_miou']
        self._initial = checkpoint.state.get('initial', {})

    def _check_recipe(self, theirs: dict, path: Path) -> None:
        """Only the number of iterations may change from one run to the next."""
        theirs = recipe_from(theirs)
        for name, ours, found in zip(Recipe._fields, self.recipe, theirs):
            if name != 'iterations' and ours != found:
                raise CheckpointError(
                    '{}: was made with {} {!r}, this run has {!r}: give the same, or another '
                    'folder'.format(path, name, found, ours))


def count_pixels(dataset: Sequence[Sample], num_classes: int) -> np.ndarray:
    """Count the pixels of each class over a dataset (C,)."""
    pixels = np.zeros(num_classes, np.int64)
    for index in range(len(dataset)):
        target = dataset[index].target
        pixels += np.bincount(target[target != IGNORE_INDEX], minlength=num_classes)
    return pixels


def _use_bfloat16(precision: str, device: torch.device) -> bool:
    """
    Decide whether the network's core computes in bfloat16 (weights stay float32).

    'auto' takes it where the processor multiplies it natively; elsewhere it is slower.
    """
    if precision == 'auto':
        if device.type == 'cuda':
            return torch.cuda.is_bf16_supported()
        with open('/proc/cpuinfo') as file:
            return 'avx512_bf16' in file.read()
    return precision == 'bfloat16'
