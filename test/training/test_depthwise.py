# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Gradients of depthwise convolutions: those of PyTorch, by faster kernels."""

from itertools import product

import pytest
import torch
import torch.nn.functional as F

from lsnet_ros.training.fast_gradients import FastGradients

SHAPES = [case for case in product(
    ((3, 3), (5, 5), (7, 1), (1, 5)), ((1, 1), (2, 2), (2, 1)), (1, 2), (9, 12), (11, 16))]


def gradients(x, weight, bias, options, output_gradient=None):
    y = F.conv2d(x, weight, bias, *options, x.shape[1])
    if output_gradient is None:
        output_gradient = torch.cos(torch.arange(y.numel(), dtype=x.dtype)).reshape(y.shape)
    return (y.detach(),) + torch.autograd.grad(y, (x, weight, bias), output_gradient.to(y.dtype))


@pytest.mark.parametrize('kernel, stride, dilation, height, width', SHAPES)
def test_the_gradients_are_pytorchs(kernel, stride, dilation, height, width):
    torch.manual_seed(0)
    padding = tuple((length - 1) * dilation // 2 for length in kernel)
    arguments = [torch.randn(shape, dtype=torch.float64, requires_grad=True)
                 for shape in ((2, 6, height, width), (6, 1) + kernel, (6,))]
    expected = gradients(*arguments, (stride, padding, dilation))
    with FastGradients():
        found = gradients(*arguments, (stride, padding, dilation))
    for ours, theirs in zip(found, expected):
        # The gradient of large filters is summed in float32.
        torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize('kernel, stride', [(3, 2), (5, 1), (5, 2)])
def test_in_bfloat16_they_are_those_of_float32_to_its_rounding(kernel, stride):
    torch.manual_seed(0)
    x = torch.randn(2, 16, 20, 30)
    weight, bias = torch.randn(16, 1, kernel, kernel), torch.randn(16)
    options = (stride, kernel // 2, 1)
    arguments = [value.requires_grad_() for value in (x, weight, bias)]
    expected = gradients(*arguments, options)
    with torch.autocast('cpu', dtype=torch.bfloat16), FastGradients():
        found = gradients(*arguments, options)
    assert found[0].dtype == torch.bfloat16
    for ours, theirs in zip(found, expected):
        difference = (ours.float() - theirs).norm() / theirs.norm()
        assert difference < 0.01  # 8 bits of mantissa: 0.004 each


def test_without_a_gradient_the_convolution_is_left_alone():
    x, weight = torch.randn(1, 4, 6, 6), torch.randn(4, 1, 3, 3)
    with torch.no_grad(), FastGradients():
        y = F.conv2d(x, weight, None, 1, 1, 1, 4)
    assert y.grad_fn is None
