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
"""A network and what changes its weights: loss, optimiser, learning rate, average."""

from functools import partial
from typing import Optional, Tuple

import numpy as np
import torch
from torch import nn

from lsnet_ros.networks import build_network
from lsnet_ros.networks.layers import resize
from lsnet_ros.training.averaging import Average, constant_rate_from, RULES
from lsnet_ros.training.checkpoint import (
    Arrays, arrays, load_arrays, load_momentum, momentum_arrays)
from lsnet_ros.training.distributed import parallel, rank, with_joint_batch_norms, world_size
from lsnet_ros.training.losses import LOSSES
from lsnet_ros.training.recipes import Recipe
from lsnet_ros.training.schedules import factor


class _Core(nn.Module):
    """A network's core where a module is asked for that is called."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, *images: torch.Tensor) -> Tuple[torch.Tensor, ...]:
        """Return what the core returns."""
        return self.network.core(*images)


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
        self.network = with_joint_batch_norms(network).to(
            self.device, memory_format=torch.channels_last).train()
        self.average = Average(self.network, recipe) if recipe.average in RULES else None
        core = parallel(_Core(self.network))
        self._core = torch.compile(core) if recipe.compile else core
        self._optimizer = torch.optim.SGD(
            self.network.parameters(), lr=recipe.learning_rate, momentum=recipe.momentum,
            weight_decay=recipe.weight_decay)
        self._loss = partial(
            LOSSES[recipe.loss], smoothing=recipe.label_smoothing,
            weight=None if weight is None else torch.from_numpy(weight).to(self.device))
        self._autocast = partial(torch.autocast, self.device.type, dtype=torch.bfloat16,
                                 enabled=_use_bfloat16(recipe.precision, self.device))

    @property
    def outcome(self) -> nn.Module:
        """The network that is worth keeping: the averaged one, where and once there is one."""
        return self.average.network if self.average and self.average.count else self.network

    def images(self, batch: np.ndarray) -> torch.Tensor:
        """Put a batch (N, 3, H, W) float32 where the network is."""
        return torch.from_numpy(batch).to(self.device, memory_format=torch.channels_last)

    def step(self, images: np.ndarray, targets: np.ndarray, iteration: int) -> torch.Tensor:
        """
        Descend once.

        :param images: (N, 3, H, W) float32, this process's part of the batch
        :param targets: (N, h, w) uint8
        :param iteration: how many came before
        :returns: this process's part of the loss
        """
        for group in self._optimizer.param_groups:
            group['lr'] = self.rate(iteration)
        torch.manual_seed(_dropout_seed(self._recipe.seed, iteration))
        x = self.images(images)
        target = torch.from_numpy(targets).to(self.device).long()
        sizes = self.network.input_sizes(*x.shape[-2:])
        with self._autocast():
            outputs = self._core(*[resize(x, size) for size in sizes])
        logits = self.network.decode([y.float() for y in outputs], target.shape[-2:])
        loss = self._loss(logits, target)
        self._optimizer.zero_grad(set_to_none=True)
        (loss * world_size()).backward()  # of which the mean over the processes is taken
        self._optimizer.step()
        if self.average:
            self.average.update(iteration + 1)
        return loss.detach()

    def is_finite(self) -> bool:
        """Say whether every weight and statistic is a finite number."""
        return all(bool(value.isfinite().all()) for value in self.network.state_dict().values())

    def rate(self, iteration: int) -> float:
        """Return the learning rate after so many iterations."""
        recipe = self._recipe
        return recipe.learning_rate * factor(
            recipe.schedule, min(iteration, constant_rate_from(recipe)), recipe.iterations,
            recipe.power, recipe.warm_up)

    def state(self) -> Tuple[Arrays, Arrays, Arrays]:
        """Copy weights, momentum and average."""
        return (arrays(self.network), momentum_arrays(self.network, self._optimizer),
                arrays(self.average.network) if self.average else {})

    def load_state(self, weights: Arrays, momentum: Arrays, average: Arrays,
                   averaged: int) -> None:
        """
        Put back what `state` gave.

        :param averaged: the count of the average
        :raises CheckpointError: if it is of another network
        """
        load_arrays(self.network, weights)
        load_momentum(self.network, self._optimizer, momentum)
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
