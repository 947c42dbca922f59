# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

import pytest
import torch

from lsnet_ros.training.schedules import factor


def reference(scheduler, iterations, **arguments):
    """Return the learning rates that a scheduler of PyTorch gives, from a base of 1."""
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    schedule = scheduler(optimizer, iterations, **arguments)
    rates = []
    for _ in range(iterations + 1):
        rates.append(schedule.get_last_lr()[0])
        optimizer.step()
        schedule.step()
    return rates


@pytest.mark.parametrize('iteration, expected', [(0, 1.0), (50, 0.5 ** 0.9), (100, 0.0)])
def test_poly_falls_from_one_to_zero(iteration, expected):
    assert factor('poly', iteration, 100) == pytest.approx(expected)


def test_poly_is_that_of_pytorch():
    expected = reference(torch.optim.lr_scheduler.PolynomialLR, 20, power=0.7)
    assert [factor('poly', i, 20, power=0.7) for i in range(21)] == pytest.approx(expected)


def test_cosine_is_that_of_pytorch():
    expected = reference(torch.optim.lr_scheduler.CosineAnnealingLR, 20)
    assert [factor('cosine', i, 20) for i in range(21)] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize('schedule', ['poly', 'cosine'])
def test_warm_up_rises_linearly(schedule):
    factors = [factor(schedule, iteration, 10 ** 9, warm_up=4) for iteration in range(5)]
    assert factors == pytest.approx([0.25, 0.5, 0.75, 1.0, 1.0], abs=1e-6)
