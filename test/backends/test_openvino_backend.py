# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""OpenVINO computes the same as ONNX Runtime and PyTorch, in bfloat16 only within limits."""

from pathlib import Path
import subprocess
import sys

import numpy as np
import pytest

from lsnet_ros.backends import BackendError, open_backend, openvino_backend
from lsnet_ros.labels.label_sets import label_set
from lsnet_ros.models.folder import read_model
from lsnet_ros.models.parity import Limits
from lsnet_ros.stages.preprocessing import InputSpec

openvino = pytest.importorskip('openvino')
pytest.importorskip('onnxruntime')

ROOT = Path(__file__).resolve().parents[2]
SIZE = (75, 107)  # px; odd on the way down
NETWORKS = {
    'lsnet': {'depth': [1, 2]},
    'lps-net-0': {'ratios': ['1', '1/4']},
    'lednet': {},
    'lrnnet-c': {},
}
COMPUTES_BFLOAT16 = 'BF16' in openvino_backend.shared_core(openvino).get_property(
    'CPU', 'OPTIMIZATION_CAPABILITIES')
needs_bfloat16 = pytest.mark.skipif(not COMPUTES_BFLOAT16, reason='no bfloat16 here')


@pytest.fixture(scope='module', params=sorted(NETWORKS))
def model(request, tmp_path_factory):
    """Return a model of each network, whose batch norms have seen data."""
    torch = pytest.importorskip('torch')
    from lsnet_ros.models.export import save_model, TrainedModel
    from lsnet_ros.networks import build_network
    config = NETWORKS[request.param]
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(0)
        network = build_network(request.param, 11, **config).train()
        for _ in range(4):
            network(torch.randn(2, 3, *SIZE))
        if getattr(network, 'alignment', None) is not None:
            torch.nn.init.normal_(network.alignment.horizontal.weight)
    spec = InputSpec(SIZE[0], SIZE[1], tuple(network.input_sizes(*SIZE)))
    return save_model(tmp_path_factory.mktemp('models') / request.param, TrainedModel(
        request.param, request.param, config, network.eval(), label_set('camvid'), spec, {}, {}))


@pytest.fixture
def allow(tmp_path, monkeypatch):
    """Return a function that sets the share of the class ids that bfloat16 has to keep."""
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))
    return lambda limit: monkeypatch.setattr(
        openvino_backend, 'LIMITS', {'bf16': Limits(agreement=limit)})


def images(model, seed):
    rng = np.random.RandomState(seed)
    return tuple(rng.normal(size=(1, 3) + tuple(size)).astype(np.float32)
                 for size in model.spec.sizes)


def difference(ours, theirs):
    """Return the largest difference of each output, over its largest value."""
    assert [y.shape for y in ours] == [y.shape for y in theirs]
    return [np.abs(x - y).max() / np.abs(y).max() for x, y in zip(ours, theirs)]


def test_in_float32_it_computes_what_the_others_do(model, allow):
    allow(2)
    backend = open_backend(model, 'openvino')
    assert (backend.precision, ', f32' in backend.device) == ('fp32', True)
    others = [open_backend(model, name) for name in ('onnx', 'torch')]
    for seed in range(2):
        found = backend.infer(images(model, seed))
        assert all(y.dtype == np.float32 for y in found)
        for other in others:
            assert max(difference(found, other.infer(images(model, seed)))) < 1e-4


@needs_bfloat16
def test_in_bfloat16_it_computes_nearly_that(model, allow):
    allow(0)
    backend = open_backend(model, 'openvino')
    assert (backend.precision, ', bf16 (' in backend.device) == ('bf16', True)
    expected = open_backend(model, 'onnx').infer(images(model, 0))
    found = difference(backend.infer(images(model, 0)), expected)
    assert max(found) < 0.1          # of sums with 8 bits, over tens of layers
    assert max(found) > 1e-4         # it is not float32


@needs_bfloat16
def test_bfloat16_that_changes_class_ids_is_not_taken(tiny_model, allow):
    allow(1.01)
    device = open_backend(read_model(tiny_model), 'openvino').device
    assert ', f32 (bf16 would keep ' in device and ', at least 101% was expected)' in device


@needs_bfloat16
def test_the_gate_is_not_run_again_for_the_same_file(tiny_model, allow, monkeypatch):
    first = open_backend(read_model(tiny_model), 'openvino').device
    monkeypatch.delattr(openvino_backend, 'measure_agreement')
    assert open_backend(read_model(tiny_model), 'openvino').device == first


def test_a_result_stays_when_the_next_frame_comes(model):
    backend = open_backend(model, 'openvino')
    results = backend.infer(images(model, 0))
    before = [y.copy() for y in results]
    backend.infer(images(model, 1))
    for kept, expected in zip(results, before):
        np.testing.assert_array_equal(kept, expected)


def test_the_order_of_the_inputs_in_memory_does_not_matter(model):
    backend = open_backend(model, 'openvino')
    expected = backend.infer(images(model, 0))
    found = backend.infer(tuple(np.asfortranarray(x) for x in images(model, 0)))
    for ours, theirs in zip(found, expected):
        np.testing.assert_array_equal(ours, theirs)


def test_without_openvino_it_says_what_to_install(tiny_model, monkeypatch):
    monkeypatch.setitem(__import__('sys').modules, 'openvino', None)
    with pytest.raises(BackendError, match='OpenVINO cannot be imported .*: install openvino$'):
        open_backend(read_model(tiny_model), 'openvino')


def test_an_openvino_of_the_old_interface_is_refused(tiny_model, monkeypatch):
    monkeypatch.delattr(openvino, 'Core')
    with pytest.raises(BackendError, match='older than 2023.1: install a newer'):
        open_backend(read_model(tiny_model), 'openvino')


SIGNALLED = """
import gc, os, signal, sys
from lsnet_ros.backends import open_backend
from lsnet_ros.models.folder import read_model
from lsnet_ros.models.parity import Limits
seen = []
signal.signal(signal.SIGINT, lambda *_: seen.append('seen'))
backends = [open_backend(read_model(sys.argv[1]), 'openvino') for _ in range(2)]
while backends:
    del backends[0]
    gc.collect()
os.kill(os.getpid(), signal.SIGINT)
print(*seen)
"""


def test_a_signal_is_survived_when_two_backends_are_gone(tiny_model):
    assert subprocess.check_output([sys.executable, '-c', SIGNALLED, str(tiny_model)],
                                   cwd=str(ROOT), universal_newlines=True) == 'seen\n'


@pytest.fixture
def compilations(tmp_path, monkeypatch):
    """Set a new cache folder of this user; return a list that grows with each compilation."""
    folder = tmp_path / 'cache'
    folder.mkdir(mode=0o700)
    monkeypatch.setenv('XDG_CACHE_HOME', str(folder))
    compile_network, compiled = openvino_backend.OpenvinoBackend._compile, []
    monkeypatch.setattr(
        openvino_backend.OpenvinoBackend, '_compile',
        lambda self, *args: compiled.append(args) or compile_network(self, *args))
    return compiled


def test_a_compiled_network_is_kept_and_computes_the_same(tiny_model, compilations):
    model = read_model(tiny_model)
    first = open_backend(model, 'openvino')
    count = len(compilations)
    assert count >= 1
    second = open_backend(model, 'openvino')
    assert len(compilations) == count
    assert second.device == first.device
    for seed in range(2):
        expected = first.infer(images(model, seed))
        for x, y in zip(second.infer(images(model, seed)), expected):
            np.testing.assert_array_equal(x, y)


@pytest.mark.parametrize('content', [b'', b'no network', b'\0' * 100000])
def test_a_network_that_was_damaged_is_compiled_again(
        tiny_model, compilations, tmp_path, content):
    model = read_model(tiny_model)
    first = open_backend(model, 'openvino')
    count = len(compilations)
    for path in tmp_path.glob('cache/lsnet_ros/openvino/*.bin'):
        path.write_bytes(content)
    second = open_backend(model, 'openvino')
    assert len(compilations) > count
    for x, y in zip(second.infer(images(model, 0)), first.infer(images(model, 0))):
        np.testing.assert_array_equal(x, y)


def test_what_the_runtime_does_not_take_back_is_compiled_again(
        tiny_model, compilations, tmp_path, monkeypatch):
    """A network of another build of OpenVINO, which has the same version."""
    model = read_model(tiny_model)
    open_backend(model, 'openvino')
    count = len(compilations)
    monkeypatch.setattr(openvino_backend, 'recall_bytes', lambda *_: b'of another build')
    open_backend(model, 'openvino')
    assert len(compilations) > count
