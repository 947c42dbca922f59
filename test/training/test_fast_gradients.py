# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Faster gradients: those of PyTorch to rounding, and channels last."""

import pytest
import torch

from lsnet_ros.networks import build_network
from lsnet_ros.training.fast_gradients import FastGradients

SHAPE = (2, 5, 7, 4)
OPERATIONS = {
    'maximum of pixels': lambda x, values: x.amax((2, 3), keepdim=True),
    'maximum of channels': lambda x, values: x.amax((1,), keepdim=True),
    'mean of pixels': lambda x, values: x.mean((2, 3), keepdim=True),
    'mean of channels': lambda x, values: x.mean((1,), keepdim=True),
    'sum': lambda x, values: x + values,
    'sum, values first': lambda x, values: values + x,
    'product': lambda x, values: x * values,
    'product, values first': lambda x, values: values * x,
    # What is not of these kinds is left to PyTorch.
    'sum of equals': lambda x, values: x + x.detach().flip(0),
    'sum with a number': lambda x, values: x + 2.0,
    'mean of all': lambda x, values: x.mean(),
    'mean without the axes': lambda x, values: x.mean((2, 3)),
}


def gradients(operation, x, values):
    y = OPERATIONS[operation](x, values)
    weights = torch.cos(torch.arange(y.numel(), dtype=x.dtype)).reshape(y.shape)
    return (y.detach(),) + torch.autograd.grad(y, (x, values), weights, allow_unused=True)


@pytest.mark.parametrize('operation', OPERATIONS)
def test_an_operation_has_pytorchs_value_and_gradients(operation):
    torch.manual_seed(0)
    # Small whole numbers: the maximum is reached in several places.
    x = torch.randint(-2, 3, SHAPE).double().contiguous(
        memory_format=torch.channels_last).requires_grad_()
    values = torch.randn(SHAPE[:2] + (1, 1), dtype=torch.float64, requires_grad=True)
    expected = gradients(operation, x, values)
    with FastGradients():
        found = gradients(operation, x, values)
    for ours, theirs in zip(found, expected):
        assert (ours is None) == (theirs is None)
        if ours is not None:
            torch.testing.assert_close(ours, theirs)


# The gradient of a mean over all pixels is one value for each channel, which lies nowhere.
@pytest.mark.parametrize('operation', ['maximum of pixels', 'maximum of channels',
                                       'mean of channels'])
def test_the_gradient_of_a_pooling_lies_channels_last(operation):
    x = torch.randn(SHAPE).contiguous(memory_format=torch.channels_last).requires_grad_()
    with FastGradients():
        y = OPERATIONS[operation](x, None)
    gradient, = torch.autograd.grad(y.sum(), (x,))
    assert gradient.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize('name', ['fpn-lite0', 'lsnet', 'lrnnet-a'])
def test_a_network_gets_the_same_gradients(name):
    torch.manual_seed(0)
    options = {'depth': (1, 2)} if name == 'lsnet' else {}
    network = build_network(name, 5, **options).train()
    x = torch.randn(2, 3, 64, 96)
    found = []
    for context in (torch.enable_grad(), FastGradients()):
        network.zero_grad()
        with context:
            y, = network.core(x)[:1]
        y.square().mean().backward()
        found.append(torch.cat([p.grad.flatten() for p in network.parameters()
                                if p.grad is not None]))
    assert (found[0] - found[1]).norm() < 1e-3 * found[0].norm()
