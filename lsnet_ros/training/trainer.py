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

from contextlib import closing
from pathlib import Path
import sys
import time
from typing import List, Optional, Sequence

import numpy as np
import torch
from torch import nn
from tqdm import tqdm

from lsnet_ros.datasets.sample import Sample
from lsnet_ros.datasets.transforms import Augmentation
from lsnet_ros.errors import LsnetError
from lsnet_ros.metrics import ConfusionMatrix
from lsnet_ros.preprocessing import InputSpec
from lsnet_ros.training.averaging import measure_statistics
from lsnet_ros.training.batches import Batches
from lsnet_ros.training.best import Best
from lsnet_ros.training.checkpoint import (
    arrays, Checkpoint, CheckpointError, parse_checkpoint, write_checkpoint)
from lsnet_ros.training.distributed import (
    DistributedError, from_first, in_any, rank, total, world_size)
from lsnet_ros.training.evaluate import evaluate
from lsnet_ros.training.interruption import Interruption
from lsnet_ros.training.learner import Learner
from lsnet_ros.training.log import TrainingLog
from lsnet_ros.training.losses import class_weights, count_pixels
from lsnet_ros.training.recipes import Recipe, recipe_from

LOG_EVERY = 50            # iterations
EVALUATE_EVERY = 1000
SAVE_EVERY_S = 60.0       # and after each validation
STATISTICS_BATCHES = 200  # at most, for the batch norms of averaged weights


class DivergenceError(LsnetError, ArithmeticError):
    """The weights have grown beyond what a number can hold."""


class Trainer:
    """
    One run of a recipe in a folder: ``checkpoint.npz``, ``best.npz``, ``log.csv``, ``log.png``.

    Batches are pure functions of the iteration, and the checkpoint holds all else that decides
    the weights, so a run that is killed and resumed ends with those of one that was not (on one
    kind of machine, with as many threads and processes).

    Of several processes, the first alone reads and writes the folder.

    :param num_classes: C of the label set
    :param train: samples to fit
    :param val: samples to choose the best iteration by
    :param scenes: rendered scenes to mix in
    :param initial: outcome of a run of the same network to begin at instead of random weights
    :raises CheckpointError: if the folder's checkpoint is unreadable or of another recipe, or
        the initial weights are of another network
    :raises DistributedError: if the batch cannot be divided among the processes
    """

    def __init__(self, recipe: Recipe, folder: Path, num_classes: int,
                 train: Sequence[Sample], val: Sequence[Sample],
                 scenes: Sequence[Sample] = (), initial: Optional[Best] = None) -> None:
        if recipe.batch_size % world_size():
            raise DistributedError('a batch of {} cannot be divided equally among {} processes: '
                                   'change batch_size or their number'.format(
                                       recipe.batch_size, world_size()))
        self.recipe = recipe
        self.folder = folder
        self.num_classes = num_classes
        self.iteration = 0
        self.seconds = 0.0
        self.best_miou = -1.0
        self._train_samples = len(train)
        self._val = val
        self._batches = Batches(
            train, Augmentation(recipe.input_size, recipe.crop, recipe.scale,
                                brightness=recipe.jitter, contrast=recipe.jitter,
                                saturation=recipe.jitter, target_stride=recipe.target_stride),
            recipe.batch_size, recipe.seed, scenes, recipe.street_scenes,
            part=(rank(), world_size()))
        found = self._find_checkpoint()
        self._pixels = self._find_pixels(train, found)
        self._learner = Learner(recipe, num_classes,
                                class_weights(self._pixels) if recipe.class_weights else None)
        self._initial: dict = {}
        if found is not None:
            self._resume(found)
        elif initial is not None:
            self._begin_at(initial)
        self._log = TrainingLog(folder / 'log.csv', self.iteration)
        self._mark = self._saved = time.perf_counter()

    @property
    def network(self) -> nn.Module:
        """The network that is worth keeping: the averaged one, where the recipe averages."""
        return self._learner.outcome

    @property
    def spec(self) -> InputSpec:
        """Size that the network is used at."""
        return InputSpec(*self.recipe.input_size,
                         tuple(self.network.input_sizes(*self.recipe.input_size)))

    def run(self, workers: int = 1) -> None:
        """
        Train from where the folder's checkpoint stands to the recipe's last iteration.

        :param workers: threads that make batches
        :raises DivergenceError: if the weights are not finite any more
        :raises KeyboardInterrupt: after SIGINT or SIGTERM, with the state saved
        """
        batches = self._batches.from_iteration(self.iteration, self.recipe.iterations, workers)
        progress = tqdm(batches, total=self.recipe.iterations, initial=self.iteration,
                        unit='it', dynamic_ncols=True, disable=rank() > 0)
        losses: List[torch.Tensor] = []
        window = 0.0
        self._mark = time.perf_counter()
        with Interruption() as interruption, closing(batches), closing(progress):
            for images, targets in progress:
                losses.append(self._learner.step(images, targets, self.iteration))
                self.iteration += 1
                window += self._lap()
                if self._is_due(LOG_EVERY):
                    self._report(progress, losses, window)
                    losses, window = [], 0.0
                if self._is_due(EVALUATE_EVERY):
                    self._validate(workers)
                stop = in_any(interruption.requested)
                if stop or self._is_due(EVALUATE_EVERY) or self._mark - self._saved > SAVE_EVERY_S:
                    self._save()
                if stop:
                    break
        if self.iteration < self.recipe.iterations:
            self._say('stopped after {} of {} iterations: the same command goes on'.format(
                self.iteration, self.recipe.iterations))
            raise KeyboardInterrupt

    def validate(self, workers: int = 1) -> ConfusionMatrix:
        """Measure the network that is worth keeping on the validation samples."""
        average = self._learner.average
        if self.network is not self._learner.network and average.needs_statistics:
            count = min(STATISTICS_BATCHES, -(-self._train_samples // self.recipe.batch_size))
            with closing(self._batches.from_iteration(0, count, workers)) as batches:
                measure_statistics(
                    self.network, (self._learner.images(images) for images, _ in batches))
        return evaluate(self.network, self._val, self.spec, self.num_classes, workers)

    def _lap(self) -> float:
        """Return the seconds since the last call, and count them."""
        before, self._mark = self._mark, time.perf_counter()
        self.seconds += self._mark - before
        return self._mark - before

    def _is_due(self, every: int) -> bool:
        return self.iteration % every == 0 or self.iteration == self.recipe.iterations

    def _report(self, progress: tqdm, losses: List[torch.Tensor], seconds: float) -> None:
        """Log the mean loss of the last iterations, which took so many seconds."""
        loss = float(total(torch.stack(losses).mean()))
        progress.set_postfix(loss='{:.3f}'.format(loss), best=round(self.best_miou, 4))
        self._log.add(iteration=self.iteration, loss=loss,
                      learning_rate=self._learner.rate(self.iteration),
                      images_per_s=len(losses) * self.recipe.batch_size / seconds)

    def _require_finite(self) -> None:
        """Neither measure nor save weights from which there is no way on."""
        if not self._learner.is_finite():
            raise DivergenceError(
                'after {} iterations the weights are not finite any more: begin anew with a lower '
                'learning_rate or a longer warm_up; {} is as it was'.format(
                    self.iteration, self.folder))

    def _validate(self, workers: int) -> None:
        self._require_finite()
        miou = self.validate(workers).miou()
        self._lap()
        self._log.add(iteration=self.iteration, miou=miou,
                      learning_rate=self._learner.rate(self.iteration))
        if miou > self.best_miou:
            self.best_miou = miou
            self._write('best.npz', Checkpoint(arrays(self.network), {}, self._state()))
        if rank() == 0:
            self._log.plot(self.folder / 'log.png')

    def _save(self) -> None:
        """Save everything from which the run can go on."""
        self._require_finite()
        weights, momentum, average = self._learner.state()
        self._write('checkpoint.npz', Checkpoint(weights, momentum, self._state(), average))
        if rank() == 0:
            self._log.save()
        self._saved = time.perf_counter()

    def _write(self, name: str, checkpoint: Checkpoint) -> None:
        if rank() == 0:
            write_checkpoint(self.folder / name, checkpoint)

    def _state(self) -> dict:
        average = self._learner.average
        return {'iteration': self.iteration, 'seconds': self.seconds, 'best_miou': self.best_miou,
                'num_classes': self.num_classes, 'train_samples': self._train_samples,
                'pixels': None if self._pixels is None else self._pixels.tolist(),
                'averaged': average.count if average else 0,
                'initial': self._initial, 'recipe': self.recipe._asdict()}

    def _find_checkpoint(self) -> Optional[Checkpoint]:
        """Read the folder's checkpoint, if it has one, and check that it is this run's."""
        path = self.folder / 'checkpoint.npz'
        content = from_first(path.read_bytes() if rank() == 0 and path.is_file() else b'')
        if not content:
            return None
        found = parse_checkpoint(content, path)
        self._check(found.state, path)
        return found

    def _check(self, state: dict, path: Path) -> None:
        """Only the number of iterations may change from one run to the next."""
        theirs = dict(recipe_from(state['recipe'])._asdict(), num_classes=state['num_classes'])
        for name, ours in dict(self.recipe._asdict(), num_classes=self.num_classes).items():
            if name != 'iterations' and ours != theirs[name]:
                raise CheckpointError(
                    '{}: was made with {} {!r}, this run has {!r}: give the same, or another '
                    'folder'.format(path, name, theirs[name], ours))

    def _find_pixels(self, train: Sequence[Sample],
                     found: Optional[Checkpoint]) -> Optional[np.ndarray]:
        """Return the pixels of each class, from the checkpoint if it has them."""
        if not self.recipe.class_weights:
            return None
        if found is not None and found.state.get('pixels'):
            return np.array(found.state['pixels'])
        return count_pixels(train, self.num_classes)

    def _begin_at(self, initial: Best) -> None:
        """Take over the weights of another run, and how they came about."""
        if initial.network.num_classes != self.num_classes:
            raise CheckpointError(
                'the initial weights tell {} classes apart, {} has {}: give a run of a dataset '
                'with as many'.format(initial.network.num_classes, self.recipe.dataset,
                                      self.num_classes))
        self._learner.load_state(arrays(initial.network), {}, {}, 0)
        self._initial = initial.history

    def _resume(self, found: Checkpoint) -> None:
        state = found.state
        self._learner.load_state(
            found.weights, found.momentum, found.average, state.get('averaged', 0))
        self.iteration, self.seconds = state['iteration'], state['seconds']
        self.best_miou, self._initial = state['best_miou'], state.get('initial', {})

    def _say(self, text: str) -> None:
        if rank() == 0:
            print(text, file=sys.stderr)
