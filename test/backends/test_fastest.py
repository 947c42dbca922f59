# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The fastest backend by times that were measured, and when they are measured again."""

import time

import numpy as np
import pytest

from lsnet_ros.backends import fastest, kept
from lsnet_ros.backends.fastest import (
    choose_fastest,
    describe_times,
    keep_times,
    measure_times,
    recall_times,
)
from lsnet_ros.models.folder import read_model

ORDER = ('a', 'b', 'a-int8', 'b-int8')
MODULES = {'a': 'numpy', 'b': 'no_such_module'}


@pytest.mark.parametrize('times, expected', [
    ({'a': 10.0}, 'a'),
    ({'a': 10.0, 'b': 9.5}, 'a'),               # gains too little
    ({'a': 10.0, 'b': 9.0}, 'b'),
    ({'b': 10.0, 'a-int8': 5.0}, 'a-int8'),
    ({'a': 10.0, 'b': 6.0, 'a-int8': 5.8, 'b-int8': 3.0}, 'b-int8'),
    ({'a': 10.0, 'b': 6.0, 'a-int8': 5.8, 'b-int8': 5.7}, 'b'),
])
def test_the_fastest_is_taken_if_it_gains_enough(times, expected):
    assert choose_fastest(times, ORDER) == expected


def test_times_are_told_from_the_shortest():
    assert describe_times({'a': 10.04, 'b': 9.0}) == 'b 9.0 ms, a 10.0 ms'


class Sleeper:
    """A backend that takes a given time."""

    def __init__(self, seconds):
        self.seconds, self.shapes, self.warm_ups = seconds, [], 0

    def warm_up(self):
        self.warm_ups += 1

    def infer(self, inputs):
        self.shapes.append([x.shape for x in inputs])
        assert all(x.dtype == np.float32 for x in inputs)
        time.sleep(self.seconds)


def test_backends_are_timed_in_turns():
    backends = {'quick': Sleeper(0.001), 'slow': Sleeper(0.02)}
    times = measure_times(backends, [(1, 3, 4, 5), (1, 3, 2, 2)])
    assert 1.0 <= times['quick'] < 20.0 <= times['slow']
    for backend in backends.values():
        assert backend.warm_ups == 1
        assert backend.shapes == [[(1, 3, 4, 5), (1, 3, 2, 2)]] * len(backend.shapes)


def test_a_slow_machine_is_measured_for_a_turn_only(monkeypatch):
    monkeypatch.setattr(fastest, 'SECONDS', 0.01)
    backend = Sleeper(0.01)
    assert measure_times({'slow': backend}, [(1, 3, 4, 5)])['slow'] >= 10.0
    assert len(backend.shapes) == fastest.RUNS + 1


@pytest.fixture
def model(tiny_model, tmp_path, monkeypatch):
    """Return a model, beside a cache of the test's own."""
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))
    return read_model(tiny_model)


def test_times_are_known_after_they_were_kept(model):
    assert recall_times(model, MODULES) is None
    keep_times(model, MODULES, {'a': 1.0})
    assert recall_times(model, MODULES) == {'a': 1.0}


def test_another_model_machine_or_set_of_runtimes_is_measured_anew(model, monkeypatch):
    keep_times(model, MODULES, {'a': 1.0})
    files = dict(model.card['files'], **{'model.onnx': '0' * 64})
    assert recall_times(model._replace(card=dict(model.card, files=files)), MODULES) is None
    assert recall_times(model, dict(MODULES, c='numpy')) is None
    assert recall_times(model, dict(MODULES, b='cv2')) is None       # it was installed since
    for module, name, value in ((fastest, 'available_cores', 99), (kept, 'processor', 'another'),
                                (kept, 'processor_features', ('avx2',))):
        with monkeypatch.context() as patch:
            patch.setattr(module, name, lambda value=value: value)
            assert recall_times(model, MODULES) is None
    assert recall_times(model, MODULES) == {'a': 1.0}


@pytest.mark.parametrize('times', [{}, [], 'a', {'a': 'soon'}, {'c': 1.0}, None])
def test_what_was_kept_but_is_no_time_is_not_used(model, times):
    keep_times(model, MODULES, times)
    assert recall_times(model, MODULES) is None
