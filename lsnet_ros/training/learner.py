# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""A network and what changes its weights: loss, optimiser, learning rate, average."""

from contextlib import nullcontext
from functools import partial
from typing import Dict, Optional, Sequence, Tuple

import numpy as np
import torch
from torch import nn

from lsnet_ros.networks import build_network
from lsnet_ros.networks.core import Core
from lsnet_ros.networks.layers import resize
from lsnet_ros.training.averaging import Average, constant_rate_from, RULES
from lsnet_ros.training.batches import Batch
from lsnet_ros.training.checkpoint import (
    Arrays,
    arrays,
    load_arrays,
    load_optimizer,
    optimizer_arrays,
)
from lsnet_ros.training.distributed import parallel, rank, with_joint_batch_norms, world_size
from lsnet_ros.training.fast_gradients import FastGradients
from lsnet_ros.training.losses import distillation, jaccard_loss, LOSSES
from lsnet_ros.training.optimizers import build_optimizer
from lsnet_ros.training.pretrained import load_pretrained
from lsnet_ros.training.recipes import Recipe
from lsnet_ros.training.schedules import factor


class Learner:
    """
    A network in training, at first with the weights that the recipe's seed draws.

    :param num_classes: C of the label set
    :param weight: class weights (C,) float32, or None
    """

    def __init__(self, recipe: Recipe, num_classes: int, weight: Optional[np.ndarray]) -> None:
        self._recipe = recipe
        self.device = torch.device('cuda' if torch.cuda.is_available() else 'cpu')
        torch.manual_seed(recipe.seed)
        network = build_network(recipe.network, num_classes, **recipe.options)
        if recipe.pretrained:
            load_pretrained(network)
        self.network = with_joint_batch_norms(network).to(
            self.device, memory_format=torch.channels_last).train()
        self.average = Average(self.network, recipe) if recipe.average in RULES else None
        core = parallel(Core(self.network))
        self._core = torch.compile(core) if recipe.compile else core
        self._optimizer = build_optimizer(self.network, recipe)
        self._loss = partial(
            LOSSES[recipe.loss], smoothing=recipe.label_smoothing,
            weight=None if weight is None else torch.from_numpy(weight).to(self.device))
        # The compiler fuses operations itself, and does not follow substitutes.
        self._fast_gradients = nullcontext if recipe.compile else FastGradients
        self._autocast = partial(torch.autocast, self.device.type, dtype=torch.bfloat16,
                                 enabled=_use_bfloat16(recipe.precision, self.device))

    @property
    def candidates(self) -> Dict[str, nn.Module]:
        """The networks worth measuring: the latest, and the average once there is one."""
        if self.average and self.average.count:
            return {'latest': self.network, 'average': self.average.network}
        return {'latest': self.network}

    def images(self, batch: np.ndarray) -> torch.Tensor:
        """Put a batch (N, 3, H, W) float32 where the network is."""
        return torch.from_numpy(batch).to(self.device, memory_format=torch.channels_last)

    def step(self, batch: Batch, iteration: int) -> torch.Tensor:
        """
        Descend once.

        :param batch: this process's part of it
        :param iteration: how many came before
        :returns: this process's part of the loss
        """
        for group in self._optimizer.param_groups:
            group['lr'] = group['base_rate'] * self.factor(iteration)
        torch.manual_seed(_dropout_seed(self._recipe.seed, iteration))
        x = self.images(batch.images)
        sizes = self.network.input_sizes(*x.shape[-2:])
        with self._fast_gradients(), self._autocast():
            outputs = self._core(*[resize(x, size) for size in sizes])
        loss = self._total_loss([y.float() for y in outputs], batch)
        self._optimizer.zero_grad(set_to_none=True)
        (loss * world_size()).backward()  # of which the mean over the processes is taken
        if self._recipe.clip_norm:
            nn.utils.clip_grad_norm_(self.network.parameters(), self._recipe.clip_norm)
        self._optimizer.step()
        if self.average:
            self.average.update(iteration + 1)
        return loss.detach()

    def _total_loss(self, outputs: Sequence[torch.Tensor], batch: Batch) -> torch.Tensor:
        """Return the loss of the core's outputs against targets and, if given, soft labels."""
        target = torch.from_numpy(batch.targets).to(self.device).long()
        logits = self.network.decode(outputs, target.shape[-2:])
        loss = self._loss(logits, target)
        if self._recipe.jaccard:
            loss = loss + self._recipe.jaccard * jaccard_loss(logits, target)
        if batch.soft_labels is not None:
            soft_labels = torch.from_numpy(batch.soft_labels).to(self.device)
            logits = self.network.decode(outputs, soft_labels.shape[-2:])
            loss = loss + self._recipe.distillation * distillation(
                logits, soft_labels, self._recipe.temperature)
        return loss

    def set_iterations(self, iterations: int) -> None:
        """Change the number of iterations of the whole run, over which the rate falls."""
        self._recipe = self._recipe._replace(iterations=iterations)
        if self.average:
            self.average.recipe = self._recipe

    def is_finite(self) -> bool:
        """Say whether every weight and statistic is a finite number."""
        return all(bool(value.isfinite().all()) for value in self.network.state_dict().values())

    def rate(self, iteration: int) -> float:
        """Return the learning rate after so many iterations."""
        return self._recipe.learning_rate * self.factor(iteration)

    def factor(self, iteration: int) -> float:
        """Return the share of each learning rate that is left after so many iterations."""
        recipe = self._recipe
        return factor(recipe.schedule, min(iteration, constant_rate_from(recipe)),
                      recipe.iterations, recipe.power, recipe.warm_up)

    def state(self) -> Tuple[Arrays, Arrays, Arrays]:
        """Copy weights, state of the optimiser and average."""
        return (arrays(self.network), optimizer_arrays(self.network, self._optimizer),
                arrays(self.average.network) if self.average else {})

    def load_state(self, weights: Arrays, optimizer: Arrays, average: Arrays,
                   averaged: int) -> None:
        """
        Restore the arrays of `state`.

        :param averaged: the count of the average
        :raises CheckpointError: if it is of another network
        """
        load_arrays(self.network, weights)
        load_optimizer(self.network, self._optimizer, optimizer)
        if self.average and averaged:
            load_arrays(self.average.network, average)
            self.average.count = averaged


def _dropout_seed(seed: int, iteration: int) -> int:
    """Return a seed that no other iteration and no other process has."""
    return int(np.random.SeedSequence((seed, 2, iteration, rank())).generate_state(1)[0])


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
