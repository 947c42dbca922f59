# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Calibration: the error of confidences, and the temperature that mends it."""

from hypothesis import given
from hypothesis import strategies as st
import numpy as np
import pytest

from lsnet_ros.evaluation.calibration import CalibrationError, fit_temperature, Reliability


def counted(levels, right):
    """Return a reliability of pixels with these levels of confidence, right or wrong."""
    reliability = Reliability()
    target = np.zeros((1, len(levels)), np.uint8)
    class_ids = np.array([[0 if is_right else 1 for is_right in right]], np.uint8)
    reliability.update(target, class_ids, np.array([levels], np.uint8))
    return reliability


def test_a_hand_computed_error():
    """Four pixels at 1.0, one of them wrong; two at 0.6 (level 153), both right."""
    reliability = counted([255] * 4 + [153] * 2, [True] * 3 + [False] + [True] * 2)
    assert reliability.expected_calibration_error() == pytest.approx(
        4 / 6 * 0.25 + 2 / 6 * 0.4)
    low, high = reliability.bins()
    assert (low.pixels, high.pixels) == (2, 4)
    assert (low.confidence, low.accuracy) == (pytest.approx(0.6), 1.0)
    assert (low.lowest, low.highest) == (pytest.approx(8 / 15), pytest.approx(9 / 15))
    assert (high.confidence, high.accuracy) == (1.0, 0.75)


def independent_error(confidence, right):
    """Return equation 3 of Guo et al. as it is written."""
    error = 0.0
    for m in range(1, 16):
        inside = (confidence > (m - 1) / 15) & (confidence <= m / 15)
        if m == 1:
            inside |= confidence == 0
        if inside.any():
            error += inside.sum() / len(right) * abs(
                right[inside].mean() - confidence[inside].mean())
    return error


@given(st.lists(st.tuples(st.integers(0, 255), st.booleans()), min_size=1, max_size=60))
def test_it_is_the_papers_equation(pixels):
    levels, right = zip(*pixels)
    found = counted(levels, right).expected_calibration_error()
    assert found == pytest.approx(
        independent_error(np.array(levels) / 255, np.array(right, float)), abs=1e-12)


def test_what_is_ignored_does_not_count():
    reliability = Reliability()
    reliability.update(np.array([[255, 1]], np.uint8), np.array([[0, 1]], np.uint8),
                       np.array([[10, 255]], np.uint8))
    assert reliability.counts.sum() == 1 and reliability.expected_calibration_error() == 0


def test_nothing_to_measure_is_an_error():
    with pytest.raises(CalibrationError, match='no labelled pixel'):
        Reliability().expected_calibration_error()
    with pytest.raises(CalibrationError, match='no labelled pixel'):
        fit_temperature(np.zeros((0, 3), np.float32), np.zeros(0, int))


@pytest.mark.parametrize('temperature', [0.5, 1.0, 2.5])
def test_the_temperature_of_drawn_classes_is_found(temperature):
    rng = np.random.RandomState(0)
    logits = rng.normal(0, 3, (60000, 4)).astype(np.float32)
    probabilities = np.exp(logits / temperature)
    probabilities /= probabilities.sum(1, keepdims=True)
    classes = (probabilities.cumsum(1) < rng.rand(60000, 1)).sum(1).clip(max=3)
    assert fit_temperature(logits, classes) == pytest.approx(temperature, rel=0.03)


def test_the_temperature_makes_the_classes_most_likely():
    rng = np.random.RandomState(1)
    logits, classes = rng.normal(0, 2, (500, 5)).astype(np.float32), rng.randint(0, 5, 500)
    logits[np.arange(500), classes] += 3

    def log_likelihood(temperature):
        scaled = logits.astype(np.float64) / temperature
        return (scaled[np.arange(500), classes] - np.log(np.exp(scaled).sum(1))).mean()
    found = fit_temperature(logits, classes)
    assert log_likelihood(found) >= max(log_likelihood(found * 1.01), log_likelihood(found / 1.01))
