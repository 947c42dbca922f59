# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Timing: what is counted, in what order, and at what size."""

import builtins
import sys

import numpy as np
import pytest

from lsnet_ros.models.folder import onnx_path, read_model, read_weights
from lsnet_ros.speed.contenders import (
    _measure_spread,
    BenchmarkError,
    compare,
    Comparison,
    export_at,
    measure,
    Percentiles,
    percentiles,
    PlainResult,
)
from lsnet_ros.speed.load import Load

IMAGES = [np.full((1, 1, 3), value, np.uint8) for value in range(3)]


@pytest.mark.parametrize('values, expected', [
    ([7.], {'p50': 7., 'p95': 7., 'p99': 7.}),
    (range(101), {'p50': 50., 'p95': 95., 'p99': 99.}),
    ([4., 1., 3., 2.], {'p50': 2.5, 'p95': 3.85, 'p99': 3.97}),
])
def test_percentiles_are_interpolated_linearly(values, expected):
    assert percentiles(list(values)).as_json() == pytest.approx(expected)


def test_contenders_take_turns_and_each_turn_warms_up():
    calls = []

    def contender(name):
        def segment(image):
            calls.append((name, int(image[0, 0, 0])))
            return image, {'total_ms': float(len(calls))}
        return segment

    results = measure([contender('a'), contender('b')], IMAGES, frames=6)
    turn = [2, 0, 1, 2, 0, 1]  # the first is not counted
    assert calls == [(name, value) for name in 'abba' for value in turn]
    # a is counted in calls 2 to 6 and 20 to 24, b in calls 8 to 12 and 14 to 18
    assert results[0]['total_ms'].p50 == np.median([2, 3, 4, 5, 6, 20, 21, 22, 23, 24])
    assert results[1]['total_ms'].p50 == np.median([8, 9, 10, 11, 12, 14, 15, 16, 17, 18])


def test_the_report_has_every_stage_and_the_ratio(tiny_model, frame):
    pytest.importorskip('torch')
    image = np.ascontiguousarray(frame[:90, :120])
    report = compare(read_model(tiny_model), 'onnx', [image], frames=5).as_json()
    for stage in ('preprocess_ms', 'network_ms', 'decode_ms', 'total_ms', 'plain_total_ms'):
        assert 0 < report[stage]['p50'] <= report[stage]['p95'] <= report[stage]['p99']
    assert report['total_ms']['p50'] >= report['network_ms']['p50']
    assert report['speedup'] == report['plain_total_ms']['p50'] / report['total_ms']['p50']
    assert report['agreement'] > 0.99
    assert (report['backend'], report['plain_reason']) == ('onnx', None)
    assert report['spread'] is None and report['warning']  # one turn tells nothing of others


@pytest.mark.parametrize('plain_ms, ours_ms, spread', [
    ([20.] * 20, [10.] * 20, 0.0),
    ([20.] * 10 + [40.] * 10, [10.] * 20, 2 / 3),     # ratios 2 2 4 4: quartiles 2 and 4 by 3
    ([20.] * 10 + [40.] * 10, [10.] * 10 + [20.] * 10, 0.0),
    ([20.] * 4 + [90.] + [20.] * 15, [10.] * 20, 0.0),  # one slow frame in a turn is no turn
    ([20.] * 15, [10.] * 15, None)])
def test_the_spread_is_that_of_the_turns(plain_ms, ours_ms, spread):
    times = [[{'total_ms': value} for value in values] for values in (plain_ms, ours_ms)]
    assert _measure_spread(*times) == (spread if spread is None else pytest.approx(spread))


@pytest.mark.parametrize('other_cores, spread, warning', [
    (0.1, 0.05, ''), (None, 0.1, ''),
    (0.3, 0.05, 'the machine was busy: repeat the benchmark while nothing else runs'),
    (0.1, None, 'too few frames to tell whether the ratio holds: give --num-frames 20 or more'),
    (0.1, 0.25, 'the ratio varied by 25% from turn to turn, at most 10% was expected: repeat the '
                'benchmark while nothing else runs')])
def test_figures_that_may_be_wrong_have_a_warning(other_cores, spread, warning):
    plain = PlainResult(Percentiles(2., 2., 2.), 2.0, spread, 1.0)
    comparison = Comparison({}, plain, None, 'onnx', 'CPU', '', Load(2, 0.1, other_cores))
    assert comparison.warning == comparison.as_json()['warning'] == warning


@pytest.fixture
def no_torch(monkeypatch):
    """Make ``import torch`` fail as where it is not installed."""
    refuse_imports(monkeypatch, 'torch')


def refuse_imports(monkeypatch, refused):
    """Make the import of a module fail as where it is not installed."""
    real_import = builtins.__import__

    def refusing(name, *args, **kwargs):
        if name == refused:
            raise ImportError('No module named ' + refused)
        return real_import(name, *args, **kwargs)
    monkeypatch.setattr(builtins, '__import__', refusing)
    monkeypatch.delitem(sys.modules, 'lsnet_ros.models.export', raising=False)


def test_without_onnx_another_size_is_one_clear_error(tiny_model, tmp_path, monkeypatch):
    pytest.importorskip('torch')
    refuse_imports(monkeypatch, 'onnx')
    with pytest.raises(BenchmarkError, match='No module named onnx.*: leave --size out or install '
                                             'torch and onnx'):
        export_at(read_model(tiny_model), (45, 60), tmp_path / 'resized')


def test_without_torch_our_stages_are_timed_alone(tiny_model, frame, no_torch):
    report = compare(read_model(tiny_model), 'auto', [frame], frames=1).as_json()
    assert report['total_ms']['p50'] > 0
    assert [report[key] for key in ('plain_total_ms', 'speedup', 'agreement')] == [None] * 3
    assert report['plain_reason'] == ('PyTorch cannot be imported (No module named torch): '
                                      'install torch')


def test_without_torch_another_size_is_one_clear_error(tiny_model, tmp_path, no_torch):
    with pytest.raises(BenchmarkError, match='is for 90x120; for 45x60 it has to be exported '
                       'again, .*No module named torch.*: leave --size out or install torch'):
        export_at(read_model(tiny_model), (45, 60), tmp_path / 'resized')


def test_the_models_own_size_needs_nothing(tiny_model, tmp_path, no_torch):
    model = read_model(tiny_model)
    assert export_at(model, (90, 120), tmp_path / 'resized') is model


def test_a_model_for_another_size_keeps_its_weights(tiny_model, tmp_path):
    onnx = pytest.importorskip('onnx')
    model = read_model(tiny_model)
    other = export_at(model, (61, 84), tmp_path / 'resized')
    assert (other.spec.height, other.spec.width) == (61, 84)
    assert other.spec.sizes == ((61, 84), (15, 21))
    for name, weights in read_weights(model).items():
        np.testing.assert_array_equal(read_weights(other)[name], weights)
    shapes = [[dim.dim_value for dim in value.type.tensor_type.shape.dim]
              for value in onnx.load(str(onnx_path(other))).graph.input]
    assert shapes == [[1, 3, 61, 84], [1, 3, 15, 21]]
