# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The choice of a backend, and the reason given for it."""

import re
import time

import numpy as np
import pytest

from lsnet_ros.backends import BackendError, BACKENDS, fastest, open_backend
from lsnet_ros.backends.choice import TIMED
from lsnet_ros.models.folder import ModelError, read_model

pytest.importorskip('onnxruntime')


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """Set a cache of the test's own, in which nothing was measured yet."""
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))


def refuse(model):
    raise BackendError('no such device')


def test_auto_takes_the_only_one_that_works_and_says_so(tiny_model, monkeypatch):
    for name in ('tensorrt', 'openvino'):
        monkeypatch.setitem(BACKENDS, name, refuse)
    backend = open_backend(read_model(tiny_model))
    assert backend.name == 'onnx'
    assert backend.reason == ('onnx ({}) is the first that works; tensorrt, openvino: no such '
                              'device'.format(backend.device))
    assert backend.device.startswith('ONNX Runtime ')


def slow_down(monkeypatch, names, counts=None):
    """Let backends take 20 ms longer; count how often each is opened."""
    for name in ('onnx', 'openvino'):
        def open_slower(model, name=name, open_it=BACKENDS[name]):
            if counts is not None:
                counts.append(name)
            backend = open_it(model)
            run = backend._run

            def run_slower(inputs):
                if name in names:
                    time.sleep(0.02)
                return run(inputs)
            backend._run = run_slower
            return backend
        monkeypatch.setitem(BACKENDS, name, open_slower)


@pytest.mark.parametrize('slow, expected', [('onnx', 'openvino'), ('openvino', 'onnx')])
def test_auto_takes_the_fastest_and_measures_once(tiny_model, monkeypatch, slow, expected):
    pytest.importorskip('openvino')
    monkeypatch.setitem(BACKENDS, 'tensorrt', refuse)
    opened = []
    slow_down(monkeypatch, [slow], opened)
    first = open_backend(read_model(tiny_model))
    assert (first.name, sorted(opened)) == (expected, ['onnx', 'openvino'])
    assert re.match(r'{0} \(.*\) is the fastest here \({0} [0-9.]+ ms, {1} [0-9.]+ ms\); '
                    r'tensorrt: no such device$'.format(expected, slow), first.reason)
    del opened[:]
    again = open_backend(read_model(tiny_model))
    assert (again.name, opened, again.reason) == (expected, [expected], first.reason)


def test_a_gain_that_is_small_is_not_worth_another_runtime(tiny_model, monkeypatch):
    pytest.importorskip('openvino')
    monkeypatch.setitem(BACKENDS, 'tensorrt', refuse)
    monkeypatch.setattr(fastest, 'GAIN', 1e6)
    assert open_backend(read_model(tiny_model)).name == 'onnx'


def test_the_fastest_of_before_that_fails_now_is_replaced(tiny_model, monkeypatch):
    pytest.importorskip('openvino')
    monkeypatch.setitem(BACKENDS, 'tensorrt', refuse)
    slow_down(monkeypatch, ['onnx'])
    assert open_backend(read_model(tiny_model)).name == 'openvino'
    monkeypatch.setitem(BACKENDS, 'openvino', refuse)
    assert open_backend(read_model(tiny_model)).name == 'onnx'


@pytest.mark.parametrize('is_usable', [True, False])
def test_auto_leaves_no_gpu_idle_that_can_be_used(is_usable, tiny_model, monkeypatch):
    import onnxruntime
    monkeypatch.setitem(BACKENDS, 'tensorrt', refuse)
    monkeypatch.setitem(BACKENDS, 'openvino', refuse)
    providers = ['CUDAExecutionProvider', 'CPUExecutionProvider']
    open_onnx = BACKENDS['onnx']

    def open_as_if_on_cuda(model):
        with monkeypatch.context() as patch:  # there is no CUDA to open it on
            patch.setattr(onnxruntime, 'get_available_providers', lambda: providers[1:])
            backend = open_onnx(model)
        backend.on_gpu = is_usable
        return backend

    monkeypatch.setattr(onnxruntime, 'get_available_providers', lambda: providers)
    monkeypatch.setitem(BACKENDS, 'onnx', open_as_if_on_cuda)
    backend = open_backend(read_model(tiny_model))
    assert (backend.name, backend.on_gpu) == ('onnx', is_usable)
    assert backend.reason.endswith(
        'first that works; tensorrt: no such device' if is_usable else
        'is the first that works; tensorrt, openvino: no such device; onnx: it was built for '
        'CUDA, which does not work here')


def test_auto_goes_on_to_the_next_and_says_why(tiny_model, monkeypatch):
    for name in ('tensorrt', 'openvino', 'onnx'):
        monkeypatch.setitem(BACKENDS, name, refuse)
    backend = open_backend(read_model(tiny_model))
    assert backend.name == 'torch'
    assert backend.reason.endswith('is the first that works; tensorrt, onnx, openvino: no such '
                                   'device')


def test_without_any_backend_every_reason_is_told(tiny_model, monkeypatch):
    for name in BACKENDS:
        monkeypatch.setitem(BACKENDS, name, refuse)
    with pytest.raises(BackendError) as caught:
        open_backend(read_model(tiny_model))
    assert str(caught.value) == (
        "no backend can run model 'tiny': tensorrt, onnx, openvino, torch: no such device")


def test_a_backend_that_is_asked_for_is_not_replaced(tiny_model, monkeypatch):
    monkeypatch.setitem(BACKENDS, 'onnx', refuse)
    with pytest.raises(BackendError, match='no such device'):
        open_backend(read_model(tiny_model), 'onnx')


def test_an_unknown_backend_is_answered_with_the_known_ones(tiny_model):
    with pytest.raises(BackendError, match="'tpu' is not known: choose from auto, onnx, .*torch"):
        open_backend(read_model(tiny_model), 'tpu')


def test_a_torn_model_is_not_a_reason_to_try_another_backend(tiny_model):
    model = read_model(tiny_model)
    torn = model._replace(card=dict(model.card, files=dict(
        model.card['files'], **{'model.onnx': '0' * 64})))
    with pytest.raises(ModelError, match='model.onnx is torn or was changed'):
        open_backend(torn)


def test_auto_knows_every_backend():
    assert set(BACKENDS) == set(TIMED) | {'tensorrt', 'torch'}


def opened(tiny_model, name):
    """Return a backend; without its runtime the test is skipped with the error."""
    try:
        return open_backend(read_model(tiny_model), name)
    except BackendError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize('name', sorted(name for name in BACKENDS if 'int8' not in name))
class TestEveryBackend:
    """Properties of every backend, on the same model."""

    def test_it_gives_the_logits_of_the_head_as_float32(self, name, tiny_model):
        backend = opened(tiny_model, name)
        backend.warm_up()
        logits, = backend.infer(inputs(0))
        assert (backend.name, logits.shape, logits.dtype) == (name, (1, 11, 6, 8), np.float32)
        assert backend.reason == '{} ({}) was asked for'.format(name, backend.device)

    def test_it_depends_on_every_input(self, name, tiny_model):
        backend = opened(tiny_model, name)
        large, small = inputs(1)
        before, = backend.infer((large, small))
        assert np.abs(backend.infer((large + 1, small))[0] - before).max() > 0.01
        assert np.abs(backend.infer((large, small + 1))[0] - before).max() > 0.01

    @pytest.mark.parametrize('shapes', [[(1, 3, 90, 120)], [(1, 3, 90, 120), (1, 3, 30, 22)],
                                        [(1, 3, 90, 120), (2, 3, 22, 30)]])
    def test_inputs_of_other_shapes_are_refused(self, name, tiny_model, shapes):
        backend = opened(tiny_model, name)
        with pytest.raises(BackendError, match=r'the network was given .* expected '):
            backend.infer(tuple(np.zeros(shape, np.float32) for shape in shapes))

    def test_an_input_of_another_type_is_refused_on_one_line(self, name, tiny_model):
        backend = opened(tiny_model, name)
        with pytest.raises(BackendError) as caught:
            backend.infer(tuple(x.astype(np.float64) for x in inputs(0)))
        assert '\n' not in str(caught.value)


@pytest.mark.parametrize('name', ['onnx', 'torch'])
def test_it_tells_where_it_computes(tiny_model, name):
    backend = opened(tiny_model, name)
    assert (backend.on_gpu, backend.precision) == ('CUDA' in backend.device, 'fp32')


def inputs(seed):
    rng = np.random.RandomState(seed)
    return tuple(rng.normal(size=(1, 3) + size).astype(np.float32)
                 for size in [(90, 120), (22, 30)])


def test_the_backends_agree(tiny_model):
    model = read_model(tiny_model)
    onnx, torch = (open_backend(model, name) for name in ('onnx', 'torch'))
    for seed in range(5):
        ours, theirs = onnx.infer(inputs(seed))[0], torch.infer(inputs(seed))[0]
        np.testing.assert_allclose(ours, theirs, atol=1e-4 * np.abs(theirs).max())
