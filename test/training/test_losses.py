# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

from functools import partial
import math

import numpy as np
import pytest
import torch

from lsnet_ros.frames import Frame
from lsnet_ros.training.losses import (
    class_weights,
    count_pixels,
    cross_entropy,
    hard_example_cross_entropy,
    jaccard_loss,
)

# Two pixels: class 0 with probability 3/4, and class 1 (true) with probability 1/4.
LOGITS = torch.log(torch.tensor([[[[3.0, 3.0]], [[1.0, 1.0]]]]))
EASY, HARD = -math.log(3 / 4), -math.log(1 / 4)


def test_cross_entropy_is_the_mean_over_labelled_pixels():
    target = torch.tensor([[[0, 1]]])
    assert float(cross_entropy(LOGITS, target)) == pytest.approx((EASY + HARD) / 2, rel=1e-6)


def test_ignored_pixels_do_not_count():
    assert float(cross_entropy(LOGITS, torch.tensor([[[0, 255]]]))) == pytest.approx(EASY)


def test_weighted_mean_divides_by_the_weights():
    loss = cross_entropy(LOGITS, torch.tensor([[[0, 1]]]), torch.tensor([1.0, 3.0]))
    assert float(loss) == pytest.approx((EASY + 3 * HARD) / 4, rel=1e-6)


@pytest.mark.parametrize('weighted', [False, True])
@pytest.mark.parametrize('smoothing', [0.0, 0.1, 1.0])
@pytest.mark.parametrize('loss', [
    cross_entropy, partial(hard_example_cross_entropy, threshold=1.0)])
def test_the_loss_of_all_pixels_is_that_of_pytorch(loss, smoothing, weighted):
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(2, 5, 4, 6, generator=generator)
    target = torch.randint(0, 5, (2, 4, 6), generator=generator)
    target[0, :2] = 255
    weight = torch.rand(5, generator=generator) + 0.5 if weighted else None
    expected = torch.nn.functional.cross_entropy(
        logits, target, weight, ignore_index=255, label_smoothing=smoothing)
    torch.testing.assert_close(loss(logits, target, weight, smoothing), expected)


@pytest.mark.parametrize('loss', [cross_entropy, hard_example_cross_entropy, jaccard_loss])
def test_a_crop_without_labels_trains_nothing(loss):
    logits = LOGITS.clone().requires_grad_()
    value = loss(logits, torch.full((1, 1, 2), 255))
    value.backward()
    assert float(value.detach()) == 0
    assert float(logits.grad.abs().max()) == 0


def test_hard_examples_leave_out_the_easy_pixel():
    loss = hard_example_cross_entropy(LOGITS, torch.tensor([[[0, 1]]]), threshold=0.7)
    assert float(loss) == pytest.approx(HARD, rel=1e-6)


def test_at_least_a_share_of_the_pixels_is_hard():
    both_easy = torch.tensor([[[0, 0]]])
    loss = hard_example_cross_entropy(LOGITS, both_easy, threshold=0.5, keep=0.5)
    assert float(loss) == pytest.approx(EASY, rel=1e-6)


def test_smoothing_does_not_change_which_pixels_are_hard():
    loss = hard_example_cross_entropy(LOGITS, torch.tensor([[[0, 1]]]), smoothing=0.2)
    assert float(loss) == pytest.approx(0.9 * HARD + 0.1 * EASY, rel=1e-6)  # 0.2 over 2 classes


def test_hard_examples_are_weighted():
    loss = hard_example_cross_entropy(
        LOGITS, torch.tensor([[[0, 1]]]), torch.tensor([1.0, 3.0]), threshold=0.9)
    assert float(loss) == pytest.approx((EASY + 3 * HARD) / 4, rel=1e-6)


def test_the_jaccard_loss_is_1_less_the_mean_iou_of_the_probabilities():
    # Class 0: 3/4 of (1 + 3/4) pixels; class 1: 1/4 of (1 + 1/4); class 2 is nowhere.
    logits = torch.cat([LOGITS, torch.full((1, 1, 1, 2), -100.0)], 1)
    loss = jaccard_loss(logits, torch.tensor([[[0, 1]]]))
    assert float(loss) == pytest.approx(1 - (3 / 7 + 1 / 5) / 2, rel=1e-6)


def test_the_gradient_of_the_jaccard_loss_is_that_of_its_value():
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(2, 4, 3, 5, generator=generator, dtype=torch.float64, requires_grad=True)
    target = torch.randint(0, 4, (2, 3, 5), generator=generator)
    target[1, 2:] = 255
    assert torch.autograd.gradcheck(lambda x: jaccard_loss(x, target), logits)


def test_rare_classes_weigh_more():
    weights = class_weights(np.array([90, 10, 0]))
    expected = [1 / math.log(1.92), 1 / math.log(1.12), 1 / math.log(1.02)]
    np.testing.assert_allclose(weights, expected, rtol=1e-6)


def test_pixels_are_counted_by_class():
    targets = [np.array([[0, 2]], np.uint8), np.array([[2, 255], [2, 1]], np.uint8)]
    dataset = [Frame('', None, target, None) for target in targets]
    assert count_pixels(dataset, 4).tolist() == [1, 1, 3, 0]
