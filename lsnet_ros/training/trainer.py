# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The training run: steps, validation, and a state from which it resumes as if never stopped."""

from contextlib import closing
import os
from pathlib import Path
import sys
import time
from typing import Callable, List, Optional, Sequence

import numpy as np
import torch
from tqdm import tqdm

from lsnet_ros.datasets.transforms import Augmentation
from lsnet_ros.errors import LsnetError
from lsnet_ros.frames import Frame
from lsnet_ros.training.batches import Batches, TrainingSet
from lsnet_ros.training.best import BEST
from lsnet_ros.training.branches import is_merged, restore_branches
from lsnet_ros.training.checkpoint import (
    arrays,
    Checkpoint,
    parse_checkpoint,
    write_checkpoint,
)
from lsnet_ros.training.data import Data
from lsnet_ros.training.distributed import (
    DistributedError,
    from_first,
    in_any,
    rank,
    total,
    world_size,
)
from lsnet_ros.training.initial import Initial, take_weights
from lsnet_ros.training.interruption import Interruption
from lsnet_ros.training.learner import Learner
from lsnet_ros.training.log import TrainingLog
from lsnet_ros.training.losses import class_weights, count_pixels
from lsnet_ros.training.recipes import Recipe
from lsnet_ros.training.resuming import check_same_run
from lsnet_ros.training.time_limit import TimeLimit
from lsnet_ros.training.validation import Validation, Validator

LOG_EVERY = 50            # iterations
EVALUATE_EVERY = 1000     # at most; short runs are validated more often
LEAST_PERIOD = 100
VALIDATIONS = 5
SAVE_EVERY_S = 60.0       # and after each validation
MERGED_BATCHES = 16        # to make a network with merged branches trainable


class DivergenceError(LsnetError, ArithmeticError):
    """The weights have grown beyond what a number can hold."""


class Trainer:
    """
    One run of a recipe in a folder: ``checkpoint.npz``, ``best.npz``, ``log.csv``, ``log.png``.

    Batches are pure functions of the iteration, and the checkpoint holds all else that decides
    the weights, so a run that is killed and resumed ends with those of one that was not (on one
    kind of machine, with as many threads and processes).

    Of several processes, the first alone reads and writes the folder.

    :param data: samples to fit, and to choose the best iteration by
    :param initial: weights of the same network to begin at instead of random ones
    :param time_limit: by which the number of iterations is corrected on the way
    :raises CheckpointError: if the folder's checkpoint is unreadable or of another recipe, or
        the initial weights are of another network
    :raises DatasetError: if the mIoU of the validation samples would say nothing
    :raises DistributedError: if the batch cannot be divided among the processes
    """

    def __init__(self, recipe: Recipe, folder: Path, data: Data,
                 initial: Optional[Initial] = None,
                 time_limit: Optional[TimeLimit] = None) -> None:
        if recipe.batch_size % world_size():
            raise DistributedError('a batch of {} cannot be divided equally among {} processes: '
                                   'change batch_size or their number'.format(
                                       recipe.batch_size, world_size()))
        self.recipe = recipe
        self.folder = folder
        self.label_set = data.label_set
        self.num_classes = data.label_set.num_classes
        self.iteration = 0
        self.seconds = 0.0
        self.best_miou = -1.0
        self._train_frames = len(data.train)
        self._batches = Batches(
            TrainingSet(data.train, data.soft_labels, data.scenes, recipe.street_scenes),
            augmentation(recipe), recipe.batch_size, recipe.seed, (rank(), world_size()))
        self._validator = Validator(recipe, data, self._batches)
        self._time_limit = time_limit
        found = self._find_checkpoint()
        self._pixels = self._find_pixels(data.train, found)
        self._learner = Learner(recipe, self.num_classes,
                                class_weights(self._pixels, recipe.class_weight_power)
                                if recipe.class_weights else None)
        self._initial: dict = {}
        if found is not None:
            self._resume(found)
        else:
            absent = self._validator.absent_classes
            if absent:
                self._say('no validation frame has {}: their IoU stays unknown'.format(
                    ', '.join(absent)))
            if initial is not None:
                self._begin_at(initial)
        self._log = TrainingLog(folder / 'log.csv', self.iteration)
        self._mark = self._saved = time.perf_counter()

    def run(self, workers: int = 1, report: Callable[[], None] = lambda: None) -> None:
        """
        Train from where the folder's checkpoint stands to the recipe's last iteration.

        :param workers: threads that make batches
        :param report: called in the first process after each validation, once all is saved
        :raises DivergenceError: if the weights are not finite any more
        :raises KeyboardInterrupt: after SIGINT or SIGTERM, with the state saved
        """
        end = sys.maxsize if self._time_limit else self.recipe.iterations
        batches = self._batches.from_iteration(self.iteration, end, workers)
        progress = tqdm(initial=self.iteration, unit='it', dynamic_ncols=True,
                        disable=rank() > 0 or bool(os.environ.get('TQDM_DISABLE')))
        losses: List[torch.Tensor] = []
        window, period = 0.0, evaluation_period(self.recipe.iterations)
        self._mark = time.perf_counter()
        with Interruption() as interruption, closing(batches), closing(progress):
            while self.iteration < self.recipe.iterations:
                losses.append(self._learner.step(next(batches), self.iteration))
                self.iteration += 1
                step_s = self._lap()
                window += step_s
                self._plan_again(step_s, period)
                progress.total = self.recipe.iterations
                progress.update()
                if self._is_due(LOG_EVERY):
                    self._report(progress, losses, window)
                    losses, window = [], 0.0
                if self._is_due(period):
                    self._validate(workers)
                stop = in_any(interruption.requested)
                if stop or self._is_due(period) or self._mark - self._saved > SAVE_EVERY_S:
                    self._save()
                if self._is_due(period) and rank() == 0:
                    report()
                    self._lap()
                if stop:
                    break
        self._require_end()

    def _require_end(self) -> None:
        """Raise a KeyboardInterrupt if the run was stopped on the way."""
        done, planned = self.iteration, self.recipe.iterations
        if done < planned:
            self._say('stopped after {} of {} iterations: the same command goes on'.format(
                done, planned))
            raise KeyboardInterrupt

    def validate(self, workers: int = 1) -> Validation:
        """Measure the weights as they stand on the validation samples."""
        return self._validator.measure(self._learner, workers)

    def _lap(self) -> float:
        """Return the seconds since the last call, and count them."""
        before, self._mark = self._mark, time.perf_counter()
        self.seconds += self._mark - before
        return self._mark - before

    def _is_due(self, every: int) -> bool:
        return self.iteration % every == 0 or self.iteration == self.recipe.iterations

    def _plan_again(self, step_s: float, period: int) -> None:
        """Correct the number of iterations by the pace, if there is a time limit."""
        if self._time_limit is not None:
            self._time_limit.add_step(step_s)
            self._set_iterations(self._time_limit.count(
                self.recipe.iterations, self.iteration, self.seconds, period))

    def _set_iterations(self, iterations: int) -> None:
        self.recipe = self.recipe._replace(iterations=iterations)
        self._learner.set_iterations(iterations)

    def _report(self, progress: tqdm, losses: List[torch.Tensor], seconds: float) -> None:
        """Log the mean loss of the last iterations, which took so many seconds."""
        loss = float(total(torch.stack(losses).mean()))
        progress.set_postfix(loss='{:.3f}'.format(loss), best='{:.4f}'.format(
            self.best_miou) if self.best_miou >= 0 else '-')
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
        found = self.validate(workers)
        miou = found.accuracy.confusion.miou()
        validation_s = self._lap()
        if self._time_limit is not None:
            self._time_limit.validation_s = validation_s
        self._log.add(iteration=self.iteration, miou=miou,
                      learning_rate=self._learner.rate(self.iteration))
        if miou > self.best_miou:
            self.best_miou = miou
            self._write(BEST, Checkpoint(arrays(self._learner.candidates[found.kept]), {},
                                         dict(self._state(), **found.as_json())))
        if rank() == 0:
            self._log.plot(self.folder / 'log.png')

    def _save(self) -> None:
        """Save everything from which the run can go on."""
        self._require_finite()
        weights, optimizer, average = self._learner.state()
        self._write('checkpoint.npz', Checkpoint(weights, optimizer, self._state(), average))
        if rank() == 0:
            self._log.save()
        self._saved = time.perf_counter()

    def _write(self, name: str, checkpoint: Checkpoint) -> None:
        if rank() == 0:
            write_checkpoint(self.folder / name, checkpoint)

    def _state(self) -> dict:
        average = self._learner.average
        return {'iteration': self.iteration, 'seconds': self.seconds, 'best_miou': self.best_miou,
                'num_classes': self.num_classes, 'label_set': self.label_set.name,
                'classes': [[label.name, label.color] for label in self.label_set.classes],
                'train_samples': self._train_frames,
                'val_digest': self._validator.digest,
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
        check_same_run(found.state, self.recipe, self.label_set, self._validator.digest, path)
        return found

    def _find_pixels(self, train: Sequence[Frame],
                     found: Optional[Checkpoint]) -> Optional[np.ndarray]:
        """Return the pixels of each class, from the checkpoint if it has them."""
        if not self.recipe.class_weights:
            return None
        if found is not None and found.state.get('pixels'):
            return np.array(found.state['pixels'])
        return count_pixels(train, self.num_classes)

    def _begin_at(self, initial: Initial) -> None:
        """Take over the weights of another training, and how they came about."""
        if is_merged(initial.network, self._learner.network):
            count = min(MERGED_BATCHES, self.recipe.iterations)
            with closing(self._batches.from_iteration(0, count, 1)) as batches:
                initial = initial._replace(network=restore_branches(
                    initial.network, self._learner.network,
                    (self._learner.images(batch.images) for batch in batches)))
        self._say(take_weights(self._learner.network, initial, self.label_set,
                               self.recipe.network, self.recipe.options))
        self._initial = initial.history

    def _resume(self, found: Checkpoint) -> None:
        state = found.state
        self._learner.load_state(
            found.weights, found.optimizer, found.average, state.get('averaged', 0))
        self.iteration, self.seconds = state['iteration'], state['seconds']
        self.best_miou, self._initial = state['best_miou'], state.get('initial', {})
        if self._time_limit is not None:
            self._set_iterations(state['recipe']['iterations'])

    def _say(self, text: str) -> None:
        if rank() == 0:
            print(text, file=sys.stderr)


def evaluation_period(iterations: int) -> int:
    """Return after how many iterations each a run of so many is validated."""
    return min(EVALUATE_EVERY, max(LEAST_PERIOD, iterations // VALIDATIONS))


def augmentation(recipe: Recipe) -> Augmentation:
    """Return how a recipe makes crops of frames."""
    return Augmentation(recipe.input_size, recipe.crop, recipe.scale, brightness=recipe.jitter,
                        contrast=recipe.jitter, saturation=recipe.jitter,
                        corruptions=recipe.corruptions, target_stride=recipe.target_stride)
