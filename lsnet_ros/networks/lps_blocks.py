# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
The blocks of LPS-Net's paths, each equal to one 3x3 convolution in inference mode.

Every block maps features (N, in, H, W) to (N, out, ceil(H / stride), ceil(W / stride)).
"""

from typing import Tuple

import torch
from torch import nn

from lsnet_ros.networks.compared_blocks import COMPARED, keeps_shape, subsample
from lsnet_ros.networks.layers import fuse_conv_bn


def _unfuse_conv_bn(conv: nn.Conv2d, bn: nn.BatchNorm2d, fused: nn.Conv2d, mean: torch.Tensor,
                    variance: torch.Tensor) -> None:
    """Make convolution and batch norm equal to a convolution with bias, the norm idle at first."""
    with torch.no_grad():
        conv.weight.copy_(fused.weight)
        bn.running_mean.copy_(mean)
        bn.running_var.copy_(variance)
        bn.weight.copy_(torch.sqrt(variance + bn.eps))
        bn.bias.copy_(fused.bias + mean)


class PlainBlock(nn.Sequential):
    """relu(BN(conv3x3(x))), the block of the authors' code."""

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__(
            nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(inplace=True))

    def fuse(self) -> Tuple[torch.Tensor, torch.Tensor]:
        """Compute weight (out, in, 3, 3) and bias (out,) of the equal deploy block."""
        return fuse_conv_bn(self[0], self[1])

    def unfuse(self, deploy_block: 'DeployBlock', mean: torch.Tensor,
               variance: torch.Tensor) -> None:
        """
        Take over a deploy block, the inverse of ``fuse``.

        :param mean: (out,) of the results of its convolution without bias
        :param variance: (out,) of these results
        """
        _unfuse_conv_bn(self[0], self[1], deploy_block[0], mean, variance)


class DeployBlock(nn.Sequential):
    """relu(conv3x3(x) + bias), the inference form of the plain and re-parameterised blocks."""

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__(
            nn.Conv2d(in_channels, out_channels, 3, stride, padding=1),
            nn.ReLU(inplace=True))

    def fuse(self) -> Tuple[torch.Tensor, torch.Tensor]:
        """Return the weight (out, in, 3, 3) and the bias (out,)."""
        return self[0].weight, self[0].bias


class ReparameterisedBlock(nn.Module):
    """
    relu(BN(conv3x3(x)) + BN(conv1x1(x)) + BN(x)), equal to one 3x3 convolution in inference.

    Ding et al., "RepVGG: Making VGG-style ConvNets Great Again", CVPR 2021, section 3.3. BN(x) is
    left out where the shape changes.
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int) -> None:
        super().__init__()
        self.stride = stride
        self.conv3x3 = nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False)
        self.bn3x3 = nn.BatchNorm2d(out_channels)
        self.conv1x1 = nn.Conv2d(in_channels, out_channels, 1, bias=False)
        self.bn1x1 = nn.BatchNorm2d(out_channels)
        has_identity = keeps_shape(in_channels, out_channels, stride)
        self.bn_identity = nn.BatchNorm2d(in_channels) if has_identity else None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map features (N, in, H, W) to (N, out, ceil(H / stride), ceil(W / stride))."""
        out = self.bn3x3(self.conv3x3(x)) + self.bn1x1(self.conv1x1(subsample(x, self.stride)))
        if self.bn_identity is not None:
            out = out + self.bn_identity(x)
        return torch.relu(out)

    def fuse(self) -> Tuple[torch.Tensor, torch.Tensor]:
        """Compute weight (out, in, 3, 3) and bias (out,) of the equal deploy block."""
        weight, bias = fuse_conv_bn(self.conv3x3, self.bn3x3)
        weight_1x1, bias_1x1 = fuse_conv_bn(self.conv1x1, self.bn1x1)
        weight, bias = weight.clone(), bias + bias_1x1
        weight[:, :, 1:2, 1:2] += weight_1x1
        if self.bn_identity is not None:
            bn = self.bn_identity
            scale = bn.weight / torch.sqrt(bn.running_var + bn.eps)
            weight[:, :, 1, 1] += torch.diag(scale)
            bias = bias + bn.bias - bn.running_mean * scale
        return weight, bias

    def unfuse(self, deploy_block: DeployBlock, mean: torch.Tensor,
               variance: torch.Tensor) -> None:
        """
        Take over a deploy block into the 3x3 branch; the other branches begin at zero.

        :param mean: (out,) of the results of its convolution without bias
        :param variance: (out,) of these results
        """
        _unfuse_conv_bn(self.conv3x3, self.bn3x3, deploy_block[0], mean, variance)
        for bn in (self.bn1x1, self.bn_identity):
            if bn is not None:
                nn.init.zeros_(bn.weight)
                nn.init.zeros_(bn.bias)


FUSIBLE = {
    'plain': PlainBlock,
    'reparameterised': ReparameterisedBlock,
    'deploy': DeployBlock,
}
"""Blocks equal to one 3x3 convolution with bias in inference mode, by name."""

BLOCKS = dict(FUSIBLE, **COMPARED)
"""Builders by name: (in_channels, out_channels, stride)."""
