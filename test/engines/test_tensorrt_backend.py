# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The TensorRT backend on the stand-in for TensorRT, with the CPU as its device."""

import sys

import numpy as np
import pytest

from lsnet_ros.backends import BackendError, open_backend, tensorrt_backend
from lsnet_ros.backends.tensorrt_backend import GateError, lacks_engine
from lsnet_ros.engines.compilation import compile_engine
from lsnet_ros.engines.definition import Wanted
from lsnet_ros.engines.engine_cache import EngineCache
from lsnet_ros.engines.engine_key import engine_key, WORKSPACE
from lsnet_ros.labels.label_sets import label_set
from lsnet_ros.models.export import save_model, TrainedModel
from lsnet_ros.models.folder import read_model
from lsnet_ros.models.network import load_network
from lsnet_ros.segmenter import Segmenter
from lsnet_ros.stages.decoding import DecodingError
from lsnet_ros.stages.preprocessing import InputSpec, Preprocessor

each_interface = pytest.mark.parametrize('tensorrt', ['8.2.1.8', '10.3.0'], indirect=True)


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """Return a cache of engines in an empty folder; engines run on the CPU."""
    monkeypatch.setenv('LSNET_ENGINES', str(tmp_path / 'engines'))
    monkeypatch.setattr(tensorrt_backend, 'DEVICE', 'cpu')
    return EngineCache()


@pytest.fixture
def model(tiny_model):
    return read_model(tiny_model)


@pytest.fixture(scope='session')
def lsnet(tmp_path_factory, drawn):
    """Return a small model with an offset among its outputs."""
    config = {'depth': [1, 1], 'num_classes': 11}
    network, sizes = drawn('lsnet', depth=(1, 1)), ((48, 64),)
    folder = tmp_path_factory.mktemp('models') / 'small'
    save_model(folder, TrainedModel('small', 'lsnet', config, network, label_set('camvid'),
                                    InputSpec(48, 64, sizes), {'command': 'drawn at random'}, {}))
    return read_model(folder)


def build(cache, model, precision='fp32', sizes=None, content=None):
    """Build an engine and keep it as "lsnet build-engine" does."""
    wanted = Wanted(load_network(model).deploy(), sizes or model.spec.sizes, 1, precision)
    content = content or compile_engine(wanted, WORKSPACE).content
    cache.store(content, card(model, precision, precision))


def card(model, asked, outcome):
    """Return the card of an engine, with the attempts that failed before."""
    failed = ['fp16', 'fp32'][:['fp16', 'fp32', 'torch'].index(outcome)] if asked == 'fp16' else []
    return {'key': engine_key(model, asked), 'precision': outcome, 'attempts': [
        {'precision': precision, 'passed': False, 'reason': 'it holds NaN'}
        for precision in failed]}


@each_interface
@pytest.mark.parametrize('which', ['model', 'lsnet'])
def test_an_engine_gives_the_labels_of_the_other_backends(
        which, request, cache, tensorrt, frame):
    model = request.getfixturevalue(which)
    build(cache, model)
    ours, theirs = Segmenter(model, 'tensorrt'), Segmenter(model, 'torch')
    ours.warm_up()
    for image in (frame, frame[::-1, ::-1]):
        found, expected = (segmenter.segment(image, True) for segmenter in (ours, theirs))
        assert len(np.unique(expected.class_ids)) >= 3
        assert (found.class_ids == expected.class_ids).mean() > 0.999
        assert np.abs(found.confidence.astype(int) - expected.confidence).max() <= 3
    assert sum(found.timings) == pytest.approx(2 * found.timings.total_ms)


def test_its_outputs_are_those_of_the_network(cache, lsnet, tensorrt, frame):
    build(cache, lsnet)
    inputs = Preprocessor(lsnet.spec)(frame)
    ours, theirs = (open_backend(lsnet, name).infer(inputs) for name in ('tensorrt', 'torch'))
    assert [y.dtype for y in ours] == [np.float32, np.float32]
    for found, expected in zip(ours, theirs):
        np.testing.assert_allclose(found, expected, atol=1e-4 * np.abs(expected).max())


def test_auto_takes_the_engine(cache, model, tensorrt):
    build(cache, model, 'fp16')
    backend = open_backend(model)
    assert (backend.name, backend.precision, backend.on_gpu) == ('tensorrt', 'fp16', True)
    assert backend.device == 'TensorRT 8.2.1.8, fp16, CPU'
    assert backend.reason == 'tensorrt ({}) is the first that works'.format(backend.device)


def test_of_several_engines_it_takes_the_fastest(cache, model, tensorrt):
    build(cache, model, 'fp32')
    build(cache, model, 'fp16')
    assert open_backend(model, 'tensorrt').precision == 'fp16'


@pytest.mark.parametrize('tensorrt', ['8.2.1.8'], indirect=True)
def test_an_engine_that_computes_no_numbers_gives_no_labels(cache, model, tensorrt, frame):
    tensorrt.Builder.settings.faults['fp32'] = 'nan'
    build(cache, model)
    with pytest.raises(DecodingError, match='logits hold infinity or NaN'):
        Segmenter(model, 'tensorrt').segment(frame)


def refusal(model):
    """Return the line with which the backend is refused; auto gives it as a reason."""
    with pytest.raises(BackendError) as caught:
        open_backend(model, 'tensorrt')
    assert '\n' not in str(caught.value)
    backend = open_backend(model)
    assert backend.name != 'tensorrt' and '; tensorrt: ' + str(caught.value) in backend.reason
    return str(caught.value)


def test_without_tensorrt_it_is_refused(model, monkeypatch):
    monkeypatch.setitem(sys.modules, 'tensorrt', None)
    assert 'TensorRT cannot be imported' in refusal(model)
    assert not lacks_engine(model)


def test_without_pytorch_it_is_refused(model, tensorrt, monkeypatch):
    monkeypatch.setitem(sys.modules, 'torch', None)
    assert 'PyTorch cannot be imported' in refusal(model)
    assert not lacks_engine(model)


def test_without_a_gpu_it_is_refused(model, tensorrt, monkeypatch):
    torch = pytest.importorskip('torch')
    monkeypatch.setattr(tensorrt_backend, 'DEVICE', 'cuda')
    monkeypatch.setattr(torch.cuda, 'is_available', lambda: False)
    assert 'sees no GPU' in refusal(model)
    assert not lacks_engine(model)


def test_without_an_engine_it_says_how_to_build_one(cache, model, tensorrt):
    assert refusal(model) == (
        'no engine for tiny (there is none in {}): run "lsnet build-engine --model tiny"'.format(
            cache.folder))
    assert lacks_engine(model)
    build(cache, model)
    assert not lacks_engine(model)


def test_an_engine_for_something_else_is_missing_and_it_says_why(cache, model, tensorrt):
    build(cache, model)
    tensorrt.__version__ = '8.2.3.0'
    assert 'tensorrt was 8.2.1.8 and is 8.2.3.0' in refusal(model)
    assert lacks_engine(model)


def test_a_model_of_which_no_engine_passed_its_test_lacks_none(cache, model, tensorrt):
    cache.store(None, card(model, 'fp16', 'torch'))
    assert refusal(model) == (
        'no engine for tiny computes the same as PyTorch (fp16 is not used: it holds NaN; fp32 is '
        'not used: it holds NaN): use another backend')
    with pytest.raises(GateError):
        open_backend(model, 'tensorrt')
    assert not lacks_engine(model)


def test_it_says_so_if_the_engine_is_not_of_the_precision_that_was_asked_for(
        cache, model, tensorrt):
    wanted = Wanted(load_network(model).deploy(), model.spec.sizes, 1, 'fp32')
    cache.store(compile_engine(wanted, WORKSPACE).content, card(model, 'fp16', 'fp32'))
    backend = open_backend(model)
    assert backend.precision == 'fp32'
    assert 'TensorRT 8.2.1.8, fp32 as fp16 is not used: it holds NaN, CPU' in backend.reason


def test_an_engine_that_cannot_be_loaded_is_refused(cache, model, tensorrt):
    build(cache, model, content=b'not an engine')
    assert 'cannot load this engine of 13 bytes (magic tag does not match)' in refusal(model)


def test_an_engine_of_another_network_is_refused(cache, model, lsnet, tensorrt):
    build(cache, lsnet, sizes=((45, 60),))
    assert 'the engine reads image_0 (1, 3, 45, 60) float32, expected image_0' in refusal(lsnet)
