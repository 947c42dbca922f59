# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Averages of the weights that a run passes through, as a network of their own."""

import copy
from typing import Callable, Iterable, NamedTuple

import torch
from torch import nn

from lsnet_ros.networks.layers import resize
from lsnet_ros.training.recipes import Recipe

BATCH_NORMS = (nn.BatchNorm2d, nn.SyncBatchNorm)


class Rule(NamedTuple):
    """How an average comes about."""

    start: Callable[[Recipe], int]          # iterations that pass before the first counts
    share: Callable[[Recipe, int], float]   # of the newest of so many weights in the average
    averages_statistics: bool               # of the batch norms; or else they are measured


def _exponential(recipe: Recipe, count: int) -> float:
    """
    Return (1 - d) / (1 - d ** count).

    Weights of s iterations ago then count d ** s, over the sum of all: the pull of a plain
    exponential average towards its first value is corrected as in Adam (Kingma and Ba,
    ICLR 2015, section 3).
    """
    return (1 - recipe.ema_decay) / (1 - recipe.ema_decay ** count)


RULES = {
    'ema': Rule(lambda recipe: 0, _exponential, True),
    'swa': Rule(lambda recipe: round(recipe.iterations * (1 - recipe.swa_share)),
                lambda recipe, count: 1 / count, False),
}
AVERAGES = ('none', *RULES)


class Average:
    """
    The average of a network's weights over the iterations of a run.

    'ema': exponential moving average. The batch norms' running statistics are averaged like
    the weights: they are moving averages themselves, of nearly the same weights, and measuring
    them anew would cost a pass over the data at each validation.

    'swa': stochastic weight averaging, all weights of the last share of the run alike
    (Izmailov et al., UAI 2018). They lie far apart, so that no running statistics fit their
    average: `measure_statistics` has to follow the last `update`, as in their Algorithm 1.

    :param network: whose weights are averaged
    :param recipe: whose ``average`` is one of ``RULES``
    """

    def __init__(self, network: nn.Module, recipe: Recipe) -> None:
        self.recipe = recipe
        self._rule = RULES[recipe.average]
        self.network = copy.deepcopy(network).eval().requires_grad_(False)
        self.count = 0  # weights in the average
        averages = dict(self.network.named_parameters())
        if self._rule.averages_statistics:
            averages.update(self.network.named_buffers())
        newest = network.state_dict()  # the tensors themselves, not copies
        self._pairs = [(average, newest[name]) for name, average in averages.items()]

    @property
    def needs_statistics(self) -> bool:
        """Whether the batch norms' statistics have to be measured before it is used."""
        return not self._rule.averages_statistics

    def update(self, iteration: int) -> None:
        """Take in the network's weights, to which the given number of iterations have led."""
        if iteration <= self._rule.start(self.recipe):
            self.count = 0
            return
        self.count += 1
        share = self._rule.share(self.recipe, self.count)
        with torch.no_grad():
            for average, newest in self._pairs:
                if average.is_floating_point():
                    average.lerp_(newest, share)
                else:
                    average.copy_(newest)


def measure_statistics(network: nn.Module, batches: Iterable[torch.Tensor]) -> None:
    """
    Set the statistics of a network's batch norms to the mean over some batches.

    :param batches: images (N, 3, H, W), as the network is trained with
    """
    norms = [module for module in network.modules() if isinstance(module, BATCH_NORMS)]
    momenta = [norm.momentum for norm in norms]
    network.eval()  # but for the norms: no dropout
    with torch.no_grad():
        for count, images in enumerate(batches, 1):
            for norm in norms:
                norm.train().momentum = 1 / count
            height, width = images.shape[-2:]
            network.core(*[resize(images, size) for size in network.input_sizes(height, width)])
    for norm, momentum in zip(norms, momenta):
        norm.eval().momentum = momentum


def constant_rate_from(recipe: Recipe) -> int:
    """
    Return the iteration from which the learning rate no longer falls.

    Under 'swa' the first whose weights are averaged, as in Izmailov et al., section 3.2: with
    a rate near 0 the weights would hardly move, and there would be nothing to average.
    """
    return RULES['swa'].start(recipe) if recipe.average == 'swa' else recipe.iterations
