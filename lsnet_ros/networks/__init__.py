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
"""The networks by name: what a model's card says, what `build_network` makes of it."""

from functools import partial

import torch
from torch import nn

from lsnet_ros.networks.complexity import (  # noqa: F401
    count_parameters, multiply_adds, values_moved)
from lsnet_ros.networks.configurations import beyond_rounding, CONFIGURATIONS  # noqa: F401
from lsnet_ros.networks.lednet import LEDNet
from lsnet_ros.networks.lps_net import EXPANSIONS, LPSNet
from lsnet_ros.networks.lrnnet import LRNNet
from lsnet_ros.networks.lsnet import LSNet
from lsnet_ros.networks.random_weights import draw_weights


def _build_lps_net(step: int, num_classes: int, **config) -> LPSNet:
    """Build the LPS-Net of one row of Table 4; what ``config`` names is taken from there."""
    arguments = dict(EXPANSIONS[step]._asdict(), **config)
    return LPSNet(num_classes, **arguments)


NETWORKS = {
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


def build_network(name: str, num_classes: int, **config) -> nn.Module:
    """
    Build a network with random weights.

    :param name: one of ``NETWORKS`` or ``CONFIGURATIONS``
    :param num_classes: C, the channels of the logits
    :param config: arguments of the network's class in place of those that the name stands for
    :returns: a module with ``input_sizes(height, width)``, ``core(*images)`` and ``forward(x)``
    :raises ValueError: if the name is not known or an argument is refused
    """
    if name in CONFIGURATIONS:
        config = dict(CONFIGURATIONS[name].options, **config)
        name = CONFIGURATIONS[name].network
    if name not in NETWORKS:
        raise ValueError('network {!r} is not known: choose from {}, or from what "lsnet '
                         'networks" lists'.format(name, ', '.join(sorted(NETWORKS))))
    return NETWORKS[name](num_classes, **config)


def random_network(name: str, num_classes: int, seed: int = 0) -> nn.Module:
    """
    Build a network, LPS-Net fused, with weights that are as good as trained ones to time it.

    :param name: one of ``NETWORKS`` or ``CONFIGURATIONS``
    :param num_classes: C, the channels of the logits
    :param seed: the same weights come of the same seed
    :raises ValueError: if the name is not known
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = build_network(name, num_classes).eval()
        if isinstance(network, LPSNet):  # the others draw their own like that
            network = network.deployed()
            draw_weights(network)
    return network
