# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Networks become engines that compute the same as PyTorch, by each route and version."""

import sys

import numpy as np
import pytest
import torch

from lsnet_ros.engines import compilation
from lsnet_ros.engines.compilation import check_int8, compile_engine
from lsnet_ros.engines.definition import refuse_warnings, Wanted
from lsnet_ros.engines.layers import ConversionError
from lsnet_ros.engines.runtime import Engine, EngineError
from lsnet_ros.engines.verification import run_engine
from lsnet_ros.models.export import export_onnx
from lsnet_ros.stages.preprocessing import InputSpec

SIZE = (45, 60)
WORKSPACE = 1 << 20
VERSIONS = ['8.0.1.6', '8.2.1.8', '8.6.1', '10.3.0']
each_version = pytest.mark.parametrize('tensorrt', VERSIONS, indirect=True)


def images(network, seed, batch=1):
    rng = np.random.RandomState(seed)
    return [rng.randn(batch, 3, *size).astype(np.float32)
            for size in network.input_sizes(*SIZE)]


def wanted(network, precision='fp32', batch=1, onnx=None):
    return Wanted(network.deploy(), network.input_sizes(*SIZE), batch, precision, onnx)


def difference(content, network, x):
    """Return the largest difference between an engine and PyTorch, over the largest value."""
    with torch.no_grad():
        expected = [y.numpy() for y in network.core(*[torch.from_numpy(image) for image in x])]
    engine = Engine(content)
    engine.check(network.input_sizes(*SIZE), 11, len(x[0]))
    found = run_engine(engine, x, 'cpu')
    assert len(found) == len(expected)
    return max(float(abs(ours - theirs).max() / abs(theirs).max())
               for ours, theirs in zip(found, expected))


@each_version
@pytest.mark.parametrize('name, config, rounding', [
    ('lps-net-0', {}, 1e-5), ('lsnet', {'depth': (1, 1)}, 1e-5),
    ('fpn-lite0', {}, 1e-4),  # of 60 layers
])
def test_an_engine_computes_what_pytorch_does(name, config, rounding, drawn, tensorrt):
    network = drawn(name, **config)
    built = compile_engine(wanted(network), WORKSPACE)
    assert built.route == 'walk'
    assert difference(built.content, network, images(network, 0)) < rounding
    assert difference(built.content, network, images(network, 1)) < rounding


def test_a_batch_has_its_own_engine(drawn, tensorrt):
    network = drawn('lps-net-0')
    content = compile_engine(wanted(network, batch=2), WORKSPACE).content
    assert difference(content, network, images(network, 0, batch=2)) < 1e-5
    with pytest.raises(EngineError, match='expected image_0'):
        Engine(content).check(network.input_sizes(*SIZE), 11, 1)


@pytest.fixture
def onnx(drawn):
    network = drawn('lps-net-0')
    return export_onnx(network, InputSpec(*SIZE, sizes=tuple(network.input_sizes(*SIZE))))


@pytest.mark.parametrize('tensorrt', ['10.3.0'], indirect=True)
def test_tensorrt_10_reads_the_onnx_file(drawn, onnx, tensorrt):
    network = drawn('lps-net-0')
    built = compile_engine(wanted(network, onnx=onnx), WORKSPACE)
    assert built.route == 'onnx'
    assert difference(built.content, network, images(network, 1)) < 1e-5


@pytest.mark.parametrize('tensorrt, precision, batch, route', [
    ('8.6.1', 'fp32', 1, 'walk'), ('10.3.0', 'fp32', 2, 'walk'), ('10.3.0', 'fp16', 1, 'onnx'),
], indirect=['tensorrt'])
def test_the_onnx_file_is_for_new_versions_and_single_frames(precision, batch, route, drawn, onnx,
                                                             tensorrt):
    built = compile_engine(wanted(drawn('lps-net-0'), precision, batch, onnx), WORKSPACE)
    assert built.route == route


@pytest.mark.parametrize('tensorrt', ['10.3.0'], indirect=True)
def test_what_must_stay_float32_is_not_left_to_the_onnx_file(drawn, tensorrt):
    network = drawn('lrnnet-c')
    assert compile_engine(wanted(network, 'fp16', onnx=b'-'), WORKSPACE).route == 'walk'


@pytest.mark.parametrize('tensorrt', ['10.3.0'], indirect=True)
def test_an_onnx_file_that_cannot_be_read_is_a_line(drawn, tensorrt):
    with pytest.raises(ConversionError, match='cannot read the ONNX file') as caught:
        compile_engine(wanted(drawn('lps-net-0'), onnx=b'torn'), WORKSPACE)
    assert '\n' not in str(caught.value)


@pytest.mark.parametrize('tensorrt', ['8.0.1.6', '8.2.1.8'], indirect=True)
def test_half_precision_leaves_float32_what_must_be(drawn, tensorrt, monkeypatch):
    network = drawn('lrnnet-c')
    x = [10 * image for image in images(network, 0)]  # sums of squares float16 cannot hold
    kept = difference(compile_engine(wanted(network, 'fp16'), WORKSPACE).content, network, x)
    assert 1e-5 < kept < 0.02
    monkeypatch.setattr(compilation, 'OBEY', ())
    lost = difference(compile_engine(wanted(network, 'fp16'), WORKSPACE).content, network, x)
    assert not lost < 0.02


@each_version
def test_the_build_is_told_workspace_and_precision(drawn, tensorrt, monkeypatch, stand_in):
    configs = []
    right = stand_in.Builder.build_serialized_network
    monkeypatch.setattr(stand_in.Builder, 'build_serialized_network', lambda self, network,
                        config: configs.append(config) or right(self, network, config))
    compile_engine(wanted(drawn('lps-net-0'), 'fp16'), 12345)
    assert configs[0].workspace == 12345
    obey = 'STRICT_TYPES' if tensorrt.__version__.startswith(
        '8.0') else 'OBEY_PRECISION_CONSTRAINTS'
    assert {flag.name for flag in configs[0].flags} == {'FP16', obey}


def test_what_tensorrt_does_not_build_is_a_line_with_its_reason(drawn, stand_in,
                                                                monkeypatch):
    monkeypatch.setitem(sys.modules, 'tensorrt', stand_in.of_version(
        '8.2.1.8', faults={'fp32': 'refused'}))
    with pytest.raises(EngineError, match='8.2.1.8 builds no fp32 engine: no tactic for a layer'):
        compile_engine(wanted(drawn('lps-net-0')), WORKSPACE)


def test_tensorrt_without_half_flags_says_so(drawn, tensorrt, monkeypatch):
    monkeypatch.setattr(tensorrt, 'BuilderFlag', object)
    with pytest.raises(EngineError, match='cannot build FP16 engines .*--precision fp32'):
        compile_engine(wanted(drawn('lps-net-0'), 'fp16'), WORKSPACE)


def test_a_gpu_that_cannot_be_used_is_a_line(drawn, tensorrt, monkeypatch):
    def fail(log):
        raise TypeError('pybind11::init(): factory function returned nullptr')
    monkeypatch.setattr(tensorrt, 'Builder', fail)
    with pytest.raises(EngineError, match='TensorRT 8.2.1.8 does not start'):
        compile_engine(wanted(drawn('lps-net-0')), WORKSPACE)


@pytest.fixture
def int8(stand_in, monkeypatch):
    monkeypatch.setitem(sys.modules, 'tensorrt', stand_in.of_version(
        '8.5.2', has_int8=True))


@pytest.mark.parametrize('batch', [1, 2])
def test_int8_is_calibrated_on_the_images_given(batch, drawn, int8):
    network = drawn('lps-net-0')
    x = images(network, 0, batch)
    near = compile_engine(wanted(network, 'int8', batch), WORKSPACE, 'cpu', [x]).content
    far = compile_engine(wanted(network, 'int8', batch), WORKSPACE, 'cpu', [
        [100 * image for image in x], x]).content  # whose steps are 100 times as large
    assert 1e-3 < difference(near, network, x) < 0.2 < difference(far, network, x)


def test_int8_without_fast_int8_is_refused(drawn, tensorrt):
    with pytest.raises(EngineError, match='no fast INT8: build with --precision fp16'):
        compile_engine(wanted(drawn('lps-net-0'), 'int8'), WORKSPACE, 'cpu', [])
    with pytest.raises(EngineError, match='no fast INT8'):
        check_int8()


def test_int8_without_a_calibrator_in_tensorrt_is_refused(int8, monkeypatch):
    monkeypatch.delattr(sys.modules['tensorrt'], 'IInt8EntropyCalibrator2')
    with pytest.raises(EngineError, match='does not calibrate for INT8 any more'):
        check_int8()


@pytest.mark.parametrize('printed', [
    '', '\n', 'Warning: Encountered known unsupported method torch.is_grad_enabled\n',
    'Warning: Encountered known unsupported method torch.Tensor.uniform_\n'
    'Warning: Encountered known unsupported method torch.ones\n',
    'Warning: Encountered known unsupported method torch.overrides.has_torch_function_unary'])
def test_harmless_words_of_torch2trt_pass(printed):
    refuse_warnings(printed)


@pytest.mark.parametrize('line', [
    'Warning: Encountered known unsupported method torch.nn.functional.grid_sample',
    'Warning: Encountered known unsupported method torch.ones_like',
    'Warning: Encountered known unsupported method torch.Tensor.expand_as',
    'warning: upsampling is deprecated'])
def test_any_other_word_of_torch2trt_fails_the_build(line):
    with pytest.raises(ConversionError, match='torch2trt says "{}"'.format(line)):
        refuse_warnings('Warning: Encountered known unsupported method torch.ones\n' + line)
