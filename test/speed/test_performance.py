# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Models with every backend at several sizes: what is measured, and what is said of the rest."""

import pytest

from lsnet_ros.backends import BackendError, BACKENDS
from lsnet_ros.backends.choice import _open_onnx, _open_torch
from lsnet_ros.models.folder import read_model
from lsnet_ros.speed import performance
from lsnet_ros.speed.performance import measure_at, sizes
from lsnet_ros.speed.roofline import Roof

ROOF = Roof('2 x Processor', {'fp32': 100.}, 10., 'measured')


def refuse(model):
    raise BackendError('no such device')


@pytest.fixture
def backends(monkeypatch):
    """Two backends that work and one that does not, and few frames."""
    for name in list(BACKENDS):
        monkeypatch.delitem(BACKENDS, name)
    for name, opener in (('onnx', _open_onnx), ('torch', _open_torch), ('tpu', refuse)):
        monkeypatch.setitem(BACKENDS, name, opener)
    monkeypatch.setattr(performance, 'MOST', 5)
    monkeypatch.setattr(performance, 'FEWEST', 5)


def no_torch(model):
    raise BackendError('PyTorch cannot be imported')


def test_a_models_own_size_comes_first(tiny_model):
    model = read_model(tiny_model)
    assert sizes(model) == [(90, 120), (512, 1024), (1024, 2048)]
    half = model._replace(spec=model.spec._replace(height=512, width=1024))
    assert sizes(half) == [(512, 1024), (1024, 2048)]


def test_every_backend_that_works_is_timed_and_the_others_say_why_not(tiny_model, backends):
    pytest.importorskip('torch')
    report = measure_at(read_model(tiny_model), (45, 60), lambda backend: ROOF).as_json()
    assert (report['model'], report['height'], report['width']) == ('tiny', 45, 60)
    assert report['reasons'] == {'tpu': 'no such device'} and report['plain_reason'] is None
    assert [figures['backend'] for figures in report['measured']] == ['onnx', 'torch']
    assert report['frames'] == 5
    for figures in report['measured']:
        assert 0 < figures['network_ms']['p50'] <= figures['total_ms']['p50']
        assert figures['total_ms']['p50'] <= figures['total_ms']['p95']
        assert figures['speedup'] == (
            report['plain_total_ms']['p50'] / figures['total_ms']['p50'])
        assert figures['agreement'] > 0.99
        arithmetic_ms = 2e3 * report['multiply_adds'] / 100e9
        memory_ms = 4e3 * report['values_moved'] / 10e9
        assert figures['bound_ms'] == pytest.approx(max(arithmetic_ms, memory_ms))
        assert figures['share'] == figures['bound_ms'] / figures['network_ms']['p50']


def test_what_is_not_known_is_not_made_up(tiny_model, backends, monkeypatch):
    pytest.importorskip('torch')
    monkeypatch.setattr(performance, 'plain', no_torch)
    report = measure_at(read_model(tiny_model), (90, 120), lambda backend: None).as_json()
    assert report['plain_total_ms'] is None
    assert report['plain_reason'] == 'PyTorch cannot be imported'
    for figures in report['measured']:
        assert [figures[key] for key in (
            'speedup', 'agreement', 'bound_ms', 'bound_by', 'share', 'processor')] == [None] * 6


def test_a_size_that_the_network_cannot_read_is_a_reason(tiny_model, backends):
    pytest.importorskip('torch')
    report = measure_at(read_model(tiny_model), (3, 64), lambda backend: ROOF).as_json()
    assert report['measured'] == [] and report['plain_total_ms'] is None
    assert sorted(report['reasons']) == ['onnx', 'torch', 'tpu']
    assert 'is too small for network' in report['reasons']['onnx']
