# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The networks by their names in model cards, recipes and commands."""

from functools import partial
from typing import Callable, Dict

import torch

from lsnet_ros.errors import not_known
from lsnet_ros.networks.complexity import count_parameters, multiply_adds, values_moved  # noqa: F401
from lsnet_ros.networks.configurations import beyond_rounding, CONFIGURATIONS  # noqa: F401
from lsnet_ros.networks.fpn import FPN
from lsnet_ros.networks.lednet import LEDNet
from lsnet_ros.networks.lps_net import EXPANSIONS, LPSNet
from lsnet_ros.networks.lrnnet import LRNNet
from lsnet_ros.networks.lsnet import LSNet
from lsnet_ros.networks.network import SegmentationNetwork
from lsnet_ros.networks.random_weights import draw_weights


def _build_lps_net(step: int, num_classes: int, **config) -> LPSNet:
    """Build the LPS-Net of one row of Table 4, with ``config`` in place of the row's values."""
    arguments = dict(EXPANSIONS[step]._asdict(), **config)
    return LPSNet(num_classes, **arguments)


NETWORKS: Dict[str, Callable[..., SegmentationNetwork]] = {
    'fpn-lite0': FPN,
    'fpn-lite1': partial(FPN, encoder='lite1'),
    'fpn-lite2': partial(FPN, encoder='lite2'),
    'lsnet': LSNet,
    'lednet': LEDNet,
    'lps-net-s': partial(_build_lps_net, 7),
    'lps-net-m': partial(_build_lps_net, 8),
    'lps-net-l': partial(_build_lps_net, 10),
    'lrnnet-a': partial(LRNNet, scales=()),
    'lrnnet-b': partial(LRNNet, scales=(8,)),
    'lrnnet-c': LRNNet,
}
NETWORKS.update(
    ('lps-net-{}'.format(step), partial(_build_lps_net, step)) for step in range(len(EXPANSIONS)))
"""Builders by name; each takes the number of classes and the network's own options."""


def build_network(name: str, num_classes: int, **config) -> SegmentationNetwork:
    """
    Build a network with random weights.

    :param name: one of ``NETWORKS`` or ``CONFIGURATIONS``
    :param num_classes: C, the channels of the logits
    :param config: arguments of the network's class, in place of those of the name
    :raises ValueError: if the name or the value of an argument is not known
    """
    if name in CONFIGURATIONS:
        config = dict(CONFIGURATIONS[name].options, **config)
        name = CONFIGURATIONS[name].network
    if name not in NETWORKS:
        raise ValueError('{}: choose from {}, or from the list of "lsnet networks"'.format(
            not_known('network', name, NETWORKS), ', '.join(sorted(NETWORKS))))
    return NETWORKS[name](num_classes, **config)


def random_network(name: str, num_classes: int, seed: int = 0) -> SegmentationNetwork:
    """
    Build a network with random weights, fit for measuring its latency; LPS-Net in deploy form.

    :param name: one of ``NETWORKS`` or ``CONFIGURATIONS``
    :param num_classes: C, the channels of the logits
    :param seed: of the weights
    :raises ValueError: if the name is not known
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = build_network(name, num_classes).eval()
        if isinstance(network, LPSNet):  # the others have norms, or draw such weights themselves
            network = network.deploy()
            draw_weights(network)
    return network
