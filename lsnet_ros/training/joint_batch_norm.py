# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Batch norm over the joint batch of several processes, for those without a GPU."""

from typing import Any

import torch
from torch import distributed, nn


class _Total(torch.autograd.Function):
    """Sum over the processes; so is the gradient, since every process's loss uses the sum."""

    @staticmethod
    def forward(ctx: Any, part: torch.Tensor) -> torch.Tensor:
        """Return the sum of the parts."""
        whole = part.clone()
        distributed.all_reduce(whole)
        return whole

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> torch.Tensor:
        """Return the sum of the gradients."""
        whole = gradient.contiguous().clone()
        distributed.all_reduce(whole)
        return whole


class JointBatchNorm(nn.BatchNorm2d):
    """
    ``nn.BatchNorm2d`` of the features of all processes, each of which holds as many.

    What ``nn.SyncBatchNorm`` computes, which refuses tensors of a CPU. Mean and variance are
    two sums, one after the other: the variance as a difference of sums would cancel.
    """

    @classmethod
    def of(cls, norm: nn.BatchNorm2d) -> 'JointBatchNorm':
        """Take the place of a batch norm, with its parameters and its statistics."""
        joint = cls(norm.num_features, norm.eps, norm.momentum)
        joint.weight, joint.bias = norm.weight, norm.bias
        joint.load_state_dict(norm.state_dict())
        return joint.train(norm.training)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map features (N, C, H, W) to features of the same shape and type."""
        if not self.training:
            return super().forward(x)
        features = x.float()
        count = distributed.get_world_size() * x.numel() / self.num_features
        mean = _Total.apply(features.mean((0, 2, 3))) / distributed.get_world_size()
        centred = features - mean.reshape(1, -1, 1, 1)
        variance = _Total.apply(centred.square().sum((0, 2, 3))) / count
        self._follow(mean.detach(), variance.detach() * count / max(count - 1, 1))
        scale = self.weight / torch.sqrt(variance + self.eps)
        return torch.addcmul(
            self.bias.reshape(1, -1, 1, 1), centred, scale.reshape(1, -1, 1, 1)).to(x.dtype)

    def _follow(self, mean: torch.Tensor, variance: torch.Tensor) -> None:
        """Move the running statistics towards those of this batch."""
        with torch.no_grad():
            self.num_batches_tracked += 1
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance, self.momentum)
