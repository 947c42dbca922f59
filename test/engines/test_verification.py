# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The parity gate lets an engine pass that computes the same as PyTorch, and no other."""

import re
import sys

import numpy as np
import pytest

from lsnet_ros.engines.compilation import compile_engine
from lsnet_ros.engines.definition import Wanted
from lsnet_ros.engines.runtime import Engine
from lsnet_ros.engines.verification import LIMITS, Reference, verify_engine
from lsnet_ros.models.folder import read_model
from lsnet_ros.models.network import load_network
from lsnet_ros.models.parity import compare
from lsnet_ros.stages.preprocessing import InputSpec


def coarse_frames():
    """Return four frames (90, 120, 3) of squares."""
    coarse = np.random.RandomState(5).randint(0, 256, (4, 6, 8, 3)).astype(np.uint8)
    return [image.repeat(15, axis=0).repeat(15, axis=1) for image in coarse]


@pytest.fixture(scope='module')
def reference(tiny_model):
    model = read_model(tiny_model)
    return Reference(load_network(model), model.spec, coarse_frames())


@pytest.fixture
def engine(tiny_model, stand_in, monkeypatch):
    """Return a function that builds the tiny model's engine, perhaps with a fault."""
    def built(fault=None, precision='fp32', batch=1):
        module = stand_in.of_version('8.2.1.8', faults={precision: fault})
        monkeypatch.setitem(sys.modules, 'tensorrt', module)
        model = read_model(tiny_model)
        wanted = Wanted(load_network(model).deploy(), model.spec.sizes, batch, precision)
        return Engine(compile_engine(wanted, 1 << 20).content)
    return built


@pytest.mark.parametrize('precision, least', [('fp32', 0.9999), ('fp16', 0.995)])
def test_a_right_engine_passes(precision, least, engine, reference):
    parity = verify_engine(engine(None, precision), reference, LIMITS[precision], device='cpu')
    assert parity.passed and parity.reason == ''
    assert len(parity.agreement) == 4 and min(parity.agreement) > least
    assert parity.limit == LIMITS[precision].agreement and parity.difference < 0.01


@pytest.mark.parametrize('name', ['lps-net-s', 'fpn-lite0'])
def test_the_engine_of_a_whole_network_passes(name, drawn, tensorrt):
    network = drawn(name)
    spec = InputSpec(90, 120, tuple(network.input_sizes(90, 120)))
    engine = Engine(compile_engine(
        Wanted(network.deploy(), spec.sizes, 1, 'fp32'), 1 << 20).content)
    engine.check(spec.sizes, 11)
    parity = verify_engine(engine, Reference(network, spec, coarse_frames()[:2]),
                           LIMITS['fp32'], device='cpu')
    assert parity.passed, parity


@pytest.mark.parametrize('batch', [1, 3])
@pytest.mark.parametrize('fault, words', [
    ('nan', 'logits of frame 0 holds NaN'),
    ('constant', 'logits does not change with the image'),
    ('wrong classes', "of the pixels of frame . have the reference's class, expected 99.9%"),
])
def test_a_planted_fault_does_not_pass(fault, words, batch, engine, reference):
    parity = verify_engine(engine(fault, batch=batch), reference, LIMITS['fp32'], batch, 'cpu')
    assert not parity.passed and re.search(words, parity.reason)


def test_every_place_of_a_batch_is_compared(engine, reference, monkeypatch):
    good = engine(batch=2)
    assert verify_engine(good, reference, LIMITS['fp32'], 2, 'cpu').passed
    right = good._engine.compute

    def second_is_wrong(images):
        results = right(images)
        results[0][1] = np.roll(results[0][1], 1, axis=0)
        return results
    monkeypatch.setattr(good._engine, 'compute', second_is_wrong)
    assert not verify_engine(good, reference, LIMITS['fp32'], 2, 'cpu').passed


def test_half_a_pixel_of_shift_does_not_pass_at_any_precision(reference):
    shifted = [((y + np.roll(y, 1, axis=3)) / 2,) for y, in reference.outputs]
    loosest = min(LIMITS.values(), key=lambda limits: limits.agreement)
    assert not compare(shifted, reference.outputs, loosest, reference.size).passed
