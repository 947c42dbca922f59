# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Layers that several networks share."""

import copy
from typing import Any, Dict, Optional, Sequence, Tuple, Type, TypeVar

import torch
from torch import nn
import torch.nn.functional as F  # noqa: N812

Network = TypeVar('Network', bound=nn.Module)


def choose(argument: str, name: str, table: Dict[str, Any]) -> Any:
    """
    Look up a builder by name in a network's table.

    :param argument: of the network, for the error's text
    :raises ValueError: if the name is not in the table; the text lists the names
    """
    if name not in table:
        raise ValueError('{} {!r} is not known: choose from {}'.format(
            argument, name, ', '.join(sorted(table))))
    return table[name]


def size_of(x: torch.Tensor) -> Tuple[int, int]:
    """
    Return the height and width of features (N, C, H, W) as plain integers.

    During export ``x.shape`` holds traced values, and every size computed from them becomes a
    chain of nodes. The graphs of this package have fixed sizes instead.
    """
    return int(x.shape[-2]), int(x.shape[-1])


def resize(x: torch.Tensor, size: Tuple[int, int], align_corners: bool = True) -> torch.Tensor:
    """
    Resample features bilinearly; the identity if the size stays.

    Every resize of the networks is this one: bilinear, ``align_corners=True``, no antialiasing,
    as in LPS-Net's published code.

    :param x: features (N, C, H, W)
    :param size: (height, width) of the result, px
    :param align_corners: whether the centres of the corner pixels coincide, else their corners
    :returns: features (N, C, height, width)
    """
    if size_of(x) == tuple(size):
        return x
    return F.interpolate(x, size=tuple(size), mode='bilinear', align_corners=align_corners)


class Resize(nn.Module):
    """
    `resize` as a module, for which an engine builder can substitute its own.

    :param align_corners: as of `resize`
    """

    def __init__(self, align_corners: bool = True) -> None:
        super().__init__()
        self.align_corners = align_corners

    def forward(self, x: torch.Tensor, size: Tuple[int, int]) -> torch.Tensor:
        """Map features (N, C, H, W) to (N, C, height, width)."""
        return resize(x, size, self.align_corners)


class Maximum(nn.Module):
    """
    Take the maximum over some axes and keep them with length 1.

    A module, for which an engine builder can substitute its own: torch2trt has no ``amax``.

    :param axes: positive axes, (2, 3) for a global max pooling
    """

    def __init__(self, axes: Sequence[int]) -> None:
        super().__init__()
        self.axes = tuple(axes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (N, C, H, W) to the same with 1 in place of each axis named."""
        return x.amax(self.axes, keepdim=True)


class Mean(nn.Module):
    """
    Take the mean over some axes and keep them with length 1; a module as `Maximum` is.

    :param axes: positive axes, (2, 3) for a global average pooling
    """

    def __init__(self, axes: Sequence[int]) -> None:
        super().__init__()
        self.axes = tuple(axes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (N, C, H, W) to the same with 1 in place of each axis named."""
        return x.mean(self.axes, keepdim=True)


class ChannelShuffle(nn.Module):
    """
    Interleave the channels of several groups.

    Zhang et al., "ShuffleNet", CVPR 2018, figure 1. Written with ``reshape`` and ``transpose``,
    which every engine builder converts, unlike ``nn.ChannelShuffle``.

    :param groups: number of groups
    """

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map features (N, C, H, W) to features of the same shape."""
        count, channels, height, width = (int(length) for length in x.shape)
        x = x.reshape(count, self.groups, channels // self.groups, height, width)
        return x.transpose(1, 2).reshape(count, channels, height, width)


class DepthwiseDeconv(nn.ConvTranspose2d):
    """
    Transposed convolution, one filter per channel, to a given size.

    A class of its own, for which an engine builder can substitute its own: torch2trt ignores
    the output padding.

    :param channels: C of the input and of the output
    :param kernel_size: (height, width) of the filters
    :param stride: (vertical, horizontal)
    """

    def __init__(self, channels: int, kernel_size: Tuple[int, int],
                 stride: Tuple[int, int]) -> None:
        padding = tuple((length - 1) // 2 for length in kernel_size)
        super().__init__(
            channels, channels, kernel_size, stride, padding, groups=channels, bias=False)

    def forward(self, x: torch.Tensor, size: Tuple[int, int]) -> torch.Tensor:
        """Map features (N, C, H, W) to (N, C, height, width)."""
        return F.conv_transpose2d(x, self.weight, self.bias, self.stride, self.padding,
                                  self.compute_output_padding(size_of(x), size), self.groups)

    def compute_output_padding(self, size: Sequence[int],
                               output_size: Sequence[int]) -> Tuple[int, ...]:
        """
        Compute the number of rows and columns to add at the far end, 0 or 1 each.

        :param size: (height, width) of the input
        :param output_size: (height, width) of the output
        """
        lengths = zip(output_size, size, self.stride, self.padding, self.kernel_size)
        return tuple(target - ((length - 1) * stride - 2 * padding + kernel)
                     for target, length, stride, padding, kernel in lengths)


class ConvBN(nn.Sequential):
    """
    BN(conv(x)) and an activation.

    :param conv: the convolution; without bias, since the batch norm brings one
    :param activation: class of the activation's module, None for no activation
    """

    def __init__(self, conv: nn.Conv2d,
                 activation: Optional[Type[nn.Module]] = nn.ReLU) -> None:
        last = [] if activation is None else [activation()]
        super().__init__(conv, nn.BatchNorm2d(conv.out_channels), *last)

    def fold_batch_norm(self) -> None:
        """Fold the batch norm into the convolution, which gets a bias."""
        fold_batch_norm(self[0], self[1])
        self[1] = nn.Identity()


class DilatedDepthwise(nn.Conv2d):
    """
    3x3 depthwise convolution; trains in float32 on a CPU, also under mixed precision.

    In bfloat16, torch 2.13's CPU build computes wrong gradients for the weights of a dilated
    one, NaN among them.

    :param channels: C
    :param dilation: between the taps, px
    """

    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__(channels, channels, 3, padding=dilation, dilation=dilation,
                         groups=channels, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map features (N, C, H, W) to features of the same shape."""
        if x.is_cuda or not self.training:
            return super().forward(x)
        with torch.autocast('cpu', enabled=False):
            return super().forward(x.float())


class SplicedDown(nn.Module):
    """
    Halve the resolution: concatenate a 3x3 convolution and the pooled input.

    Paszke et al., "ENet", 2016, section 4; the first layer of each stage of LEDNet and LRNNet.

    One batch norm over the concatenation equals one over each part, of which the convolution's
    can be folded.

    :param in_channels: channels of the input
    :param out_channels: channels of the output
    :param bias: whether the convolution has a bias, as in LEDNet
    """

    def __init__(self, in_channels: int, out_channels: int, bias: bool = False) -> None:
        super().__init__()
        self.conv = ConvBN(nn.Conv2d(
            in_channels, out_channels - in_channels, 3, 2, padding=1, bias=bias), activation=None)
        self.pool = nn.MaxPool2d(2, 2, ceil_mode=True)  # rounds up as the convolution does
        self.scale = nn.BatchNorm2d(in_channels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map features (N, in, H, W) to (N, out, ceil(H / 2), ceil(W / 2))."""
        return torch.relu(torch.cat([self.conv(x), self.scale(self.pool(x))], 1))

    def fold_batch_norm(self) -> None:
        """Replace the batch norm of the pooled channels by a depthwise 1x1 convolution."""
        channels = self.scale.num_features
        conv = nn.Conv2d(channels, channels, 1, groups=channels, bias=False)
        nn.init.ones_(conv.weight)
        conv.to(self.scale.weight)
        fold_batch_norm(conv, self.scale)
        self.scale = conv


def fuse_conv_bn(conv: nn.Module, bn: nn.BatchNorm2d) -> Tuple[torch.Tensor, torch.Tensor]:
    """
    Compute weight and bias of a convolution that includes the batch norm after it.

    BN(W * x + b) = (g / s) W * x + (b - mean) g / s + beta, with s = sqrt(var + eps).

    :param conv: a convolution, or a transposed one with a filter per channel
    :param bn: applied in inference mode
    :returns: weight (out, in / groups, kh, kw) and bias (out,)
    """
    scale = bn.weight / torch.sqrt(bn.running_var + bn.eps)                     # (out,)
    bias = -bn.running_mean if conv.bias is None else conv.bias - bn.running_mean
    return conv.weight * scale.reshape(-1, 1, 1, 1), bias * scale + bn.bias


def fold_batch_norm(conv: nn.Module, bn: nn.BatchNorm2d) -> None:
    """Set weight and bias of a convolution to include the batch norm after it."""
    weight, bias = fuse_conv_bn(conv, bn)
    conv.weight = nn.Parameter(weight.detach())
    conv.bias = nn.Parameter(bias.detach())


def copy_folded(network: Network) -> Network:
    """
    Copy a network, in inference mode and with its batch norms folded into its convolutions.

    Each layer that owns such a pair folds it in its method ``fold_batch_norm``.
    """
    network = copy.deepcopy(network).eval()
    for module in list(network.modules()):
        fold = getattr(module, 'fold_batch_norm', None)
        if fold is not None:
            fold()
    return network
