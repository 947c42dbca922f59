# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Engines of TensorRT 8 and 10, loaded and run."""

import sys

import numpy as np
import pytest
import torch

from lsnet_ros.engines.runtime import Binding, Engine, EngineError, import_tensorrt, logger
from lsnet_ros.models.export import OUTPUT_NAMES

VERSIONS = ['8.0.1.6', '8.2.1.8', '8.6.1', '10.3.0']  # 8.6 has both ways of asking
each_version = pytest.mark.parametrize('tensorrt', VERSIONS, indirect=True)


@pytest.fixture
def content(tensorrt):
    """Return an engine that gives the logits ReLU(x), from images (1, 3, 2, 4)."""
    builder = tensorrt.Builder(logger(tensorrt))
    network = builder.create_network(1)
    x = network.add_input('image_0', tensorrt.float32, (1, 3, 2, 4))
    y = network.add_activation(x, tensorrt.ActivationType.RELU).get_output(0)
    y.name = 'logits'
    network.mark_output(y)
    config = builder.create_builder_config()
    config.workspace = 1
    return builder.build_serialized_network(network, config)


def test_the_outputs_are_named_as_in_a_models_onnx_file():
    from lsnet_ros.engines import runtime
    assert runtime.OUTPUT_NAMES == OUTPUT_NAMES


@each_version
def test_an_engine_says_what_it_reads_and_writes(content):
    engine = Engine(content)
    assert engine.inputs == (Binding('image_0', (1, 3, 2, 4), 'float32'),)
    assert engine.outputs == (Binding('logits', (1, 3, 2, 4), 'float32'),)
    engine.check([(2, 4)], 3)


@each_version
def test_it_runs_on_the_memory_that_it_is_told(content):
    x, y = torch.randn(1, 3, 2, 4), torch.full((1, 3, 2, 4), np.nan)
    Engine(content).enqueue({'image_0': x.data_ptr(), 'logits': y.data_ptr()}, stream=0)
    assert torch.equal(y, torch.relu(x)) and y.any()


@each_version
@pytest.mark.parametrize('names', [{'image_0'}, {'image_0', 'logits', 'offset'}])
def test_memory_for_other_names_is_refused(content, names):
    with pytest.raises(EngineError, match="expected \\['image_0', 'logits'\\]"):
        Engine(content).enqueue(dict.fromkeys(names, 64), stream=0)


def test_the_address_0_is_refused(content):
    with pytest.raises(EngineError, match=r"memory for \['logits'\], expected"):
        Engine(content).enqueue({'image_0': 0, 'logits': 64}, stream=0)


@pytest.mark.parametrize('sizes, classes, batch, words', [
    ([(2, 5)], 3, 1, r'image_0 \(1, 3, 2, 4\) float32, expected image_0 \(1, 3, 2, 5\) float32'),
    ([(2, 4), (1, 2)], 3, 1, r'expected image_0 .*, image_1 \(1, 3, 1, 2\)'),
    ([(2, 4)], 3, 2, r'expected image_0 \(2, 3, 2, 4\)'),
    ([(2, 4)], 4, 1, r'writes logits \(1, 3, 2, 4\) float32, expected logits \(1, 4, 2, 4\)'),
])
def test_an_engine_for_something_else_is_refused(content, sizes, classes, batch, words):
    with pytest.raises(EngineError, match=words):
        Engine(content).check(sizes, classes, batch)


@pytest.mark.parametrize('damage', [
    lambda content: content[:-20], lambda content: b'', lambda content: b'no engine' * 99])
def test_what_is_no_engine_is_a_line_with_tensorrts_reason(content, damage):
    with pytest.raises(EngineError, match='cannot load this engine of .* bytes') as caught:
        Engine(damage(content))
    assert '\n' not in str(caught.value) and 'gives no reason' not in str(caught.value)


def test_an_engine_of_another_version_is_refused(content, monkeypatch, stand_in):
    monkeypatch.setitem(sys.modules, 'tensorrt', stand_in.of_version('8.2.3.0'))
    with pytest.raises(EngineError, match='expecting library version 8.2.3.0 got 8.2.1.8'):
        Engine(content)


def test_a_refused_run_is_an_error_with_the_reason(content, tensorrt):
    engine = Engine(content)

    def refuse(bindings, stream_handle):
        engine._runtime.logger.log(tensorrt.ILogger.Severity.ERROR, 'illegal\n address')
        return False
    engine._context.execute_async_v2 = refuse
    with pytest.raises(EngineError, match=r'does not run the engine \(illegal address\)'):
        engine.enqueue({'image_0': 64, 'logits': 64}, stream=0)


def test_warnings_of_tensorrt_are_logged(tensorrt, caplog):
    logger(tensorrt).log(tensorrt.ILogger.Severity.WARNING, 'the default\nstream')
    logger(tensorrt).log(tensorrt.ILogger.Severity.INFO, 'nothing to see')
    assert caplog.messages == ['TensorRT: the default stream']


def test_without_tensorrt_a_line_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, 'tensorrt', None)
    with pytest.raises(EngineError, match='TensorRT cannot be imported .*JetPack') as caught:
        import_tensorrt()
    assert '\n' not in str(caught.value)
