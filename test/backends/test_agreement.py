# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The agreement of a lower precision with float32, and where it is kept."""

import json
import os

import numpy as np
import pytest

from lsnet_ros.backends.agreement import measure_agreement, recall_or_measure
from lsnet_ros.stages.preprocessing import InputSpec

SPEC = InputSpec(48, 64, ((48, 64),))


def by_brightness(inputs):
    """Give two classes: dark, and bright."""
    return (np.stack([np.zeros_like(inputs[0][:, 0]), inputs[0].mean(1)], 1),)


def changed(change):
    def infer(inputs):
        logits, = by_brightness(inputs)
        change(logits)
        return (logits,)
    return infer


def test_a_network_agrees_with_itself():
    assert measure_agreement(SPEC, by_brightness, by_brightness) == 1.0


def test_the_scene_with_the_fewest_equal_classes_counts():
    calls = []

    def swap_upper_half_of_one(logits):
        calls.append(None)
        if len(calls) == 3:
            logits[:, :, :24] *= -1
    found = measure_agreement(SPEC, by_brightness, changed(swap_upper_half_of_one))
    assert 0.45 < found < 0.55


@pytest.mark.parametrize('value', [np.nan, np.inf])
@pytest.mark.parametrize('candidate', [True, False])
def test_what_is_not_finite_agrees_with_nothing(value, candidate):
    broken = changed(lambda logits: logits.__setitem__((0, 0, 5, 5), value))
    pair = (by_brightness, broken) if candidate else (broken, by_brightness)
    assert measure_agreement(SPEC, *pair) == 0.0


def test_logits_that_follow_no_image_agree_with_nothing():
    constant = changed(lambda logits: logits.fill(1.0))
    assert measure_agreement(SPEC, by_brightness, constant) == 0.0
    assert measure_agreement(SPEC, constant, constant) == 0.0


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))
    return tmp_path / 'cache' / 'lsnet_ros' / 'agreement'


def test_it_is_measured_once_for_each_key(cache):
    measured = iter([0.5, 0.75])
    found = [recall_or_measure(key, lambda: next(measured))
             for key in ({'onnx': 'a'}, {'onnx': 'b'}, {'onnx': 'a'}, {'onnx': 'b'})]
    assert found == [0.5, 0.75, 0.5, 0.75]


@pytest.mark.parametrize('content', [b'', b'{"key"', b'[]', b'{}', b'\xff',
                                     b'{"key": {"onnx": "b"}, "agreement": 1.0}'])
def test_what_is_torn_or_of_something_else_is_measured_again(cache, content):
    recall_or_measure({'onnx': 'a'}, lambda: 0.5)
    path, = cache.iterdir()
    path.write_bytes(content)
    assert recall_or_measure({'onnx': 'a'}, lambda: 0.25) == 0.25
    assert json.loads(path.read_text())['agreement'] == 0.25


def test_without_a_place_to_write_it_is_measured_each_time(tmp_path, monkeypatch):
    (tmp_path / 'file').write_text('not a folder')
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'file'))
    measured = iter([0.5, 0.25])
    found = [recall_or_measure({}, lambda: next(measured)) for _ in range(2)]
    assert found == [0.5, 0.25]
    assert os.listdir(str(tmp_path)) == ['file']
