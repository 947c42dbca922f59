# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The optimisers, and the learning rate that each weight begins with."""

from typing import Callable, Dict, List

import torch
from torch import nn

from lsnet_ros.training.recipes import Recipe


def _sgd(groups: List[dict], recipe: Recipe) -> torch.optim.Optimizer:
    return torch.optim.SGD(groups, lr=recipe.learning_rate, momentum=recipe.momentum,
                           weight_decay=recipe.weight_decay)


def _adamw(groups: List[dict], recipe: Recipe) -> torch.optim.Optimizer:
    """Build AdamW (Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR 2019)."""
    return torch.optim.AdamW(groups, lr=recipe.learning_rate, weight_decay=recipe.weight_decay)


OPTIMIZERS: Dict[str, Callable[[List[dict], Recipe], torch.optim.Optimizer]] = {
    'sgd': _sgd,
    'adamw': _adamw,
}
"""Builders by name: (parameter groups, recipe)."""


def build_optimizer(network: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """
    Build a recipe's optimiser for a network.

    Each of its groups has the key ``base_rate``: the learning rate that the schedule scales.

    :param network: with an ``encoder``, if the recipe has a rate for that
    """
    rate = recipe.encoder_learning_rate or recipe.learning_rate
    encoder = set(network.encoder.parameters()) if recipe.encoder_learning_rate else set()
    rest = [parameter for parameter in network.parameters() if parameter not in encoder]
    groups = [{'params': rest, 'base_rate': recipe.learning_rate}]
    if encoder:
        groups.append({'params': list(network.encoder.parameters()), 'base_rate': rate})
    return OPTIMIZERS[recipe.optimizer](groups, recipe)
