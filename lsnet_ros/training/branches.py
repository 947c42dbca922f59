# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Exported LPS-Nets made trainable again: the norms and branches that the export has merged."""

from collections import OrderedDict
import copy
from typing import Iterable, List, Tuple

import torch
from torch import nn

from lsnet_ros.networks.layers import resize
from lsnet_ros.networks.lps_blocks import DeployBlock
from lsnet_ros.networks.lps_net import LPSNet


def is_merged(network: nn.Module, other: nn.Module) -> bool:
    """Say whether the blocks of a network are merged, and those of another are not."""
    return (isinstance(network, LPSNet) and isinstance(other, LPSNet) and other.fusible
            and bool(_deploy_blocks(network)) and not _deploy_blocks(other))


def restore_branches(merged: LPSNet, network: LPSNet, batches: Iterable[torch.Tensor]) -> LPSNet:
    """
    Return a network in its training form that computes the same as one with merged blocks.

    Each block's 3x3 convolution takes the merged weights. The batch norm behind it begins as the
    identity: its statistics are measured, its scale and shift undo them.

    :param merged: with deploy blocks
    :param network: of the training form, with the same depths, widths and ratios; not changed
    :param batches: images (N, 3, H, W), as the network is trained with
    """
    statistics = _measure(merged, batches)
    restored = copy.deepcopy(network)
    blocks = [block for path in restored.paths for stage in path for block in stage]
    for block, deploy_block, (mean, variance) in zip(blocks, _deploy_blocks(merged), statistics):
        block.unfuse(deploy_block, mean, variance)
    restored.interactions.load_state_dict(merged.interactions.state_dict())
    restored.classifier = copy.deepcopy(merged.classifier)
    restored.num_classes = merged.num_classes
    return restored.eval()


def _deploy_blocks(network: LPSNet) -> List[DeployBlock]:
    return [block for path in network.paths for stage in path for block in stage
            if isinstance(block, DeployBlock)]


def _measure(merged: LPSNet,
             batches: Iterable[torch.Tensor]) -> List[Tuple[torch.Tensor, torch.Tensor]]:
    """Return mean and variance of the results of each block's convolution without its bias."""
    sums: 'OrderedDict[nn.Module, List[torch.Tensor]]' = OrderedDict()

    def add(conv: nn.Module, _: Tuple[torch.Tensor, ...], result: torch.Tensor) -> None:
        x = (result - conv.bias[:, None, None]).double()
        counted = [torch.tensor(float(x[:, 0].numel())), x.sum((0, 2, 3)), (x * x).sum((0, 2, 3))]
        sums[conv] = [a + b for a, b in zip(sums.get(conv, [torch.zeros(())] * 3), counted)]

    convolutions = [block[0] for block in _deploy_blocks(merged)]
    hooks = [conv.register_forward_hook(add) for conv in convolutions]
    with torch.no_grad():
        for images in batches:
            merged.core(*[resize(images, size)
                          for size in merged.input_sizes(*images.shape[-2:])])
    for hook in hooks:
        hook.remove()
    found = []
    for conv in convolutions:
        count, total, squares = sums[conv]
        mean = total / count
        found.append((mean.float(), (squares / count - mean * mean).clamp(min=0).float()))
    return found
