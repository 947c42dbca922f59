# Copyright 2026 The lsnet_ros authors
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.
"""The parity gate lets an engine pass that computes what PyTorch does, and no other."""

import sys

from lsnet_ros.backends.torch_backend import load_network
from lsnet_ros.engines.compilation import compile_engine
from lsnet_ros.engines.definition import Wanted
from lsnet_ros.engines.parity import AGREEMENT, check_parity, compare, Reference
from lsnet_ros.engines.runtime import Engine
from lsnet_ros.model_files import read_model
import numpy as np
import pytest


@pytest.fixture(scope='module')
def reference(tiny_model):
    model = read_model(tiny_model)
    rng = np.random.RandomState(5)
    coarse = rng.randint(0, 256, (4, 6, 8, 3)).astype(np.uint8)
    frames = [image.repeat(15, axis=0).repeat(15, axis=1) for image in coarse]
    return Reference(load_network(model), model.spec, frames)


@pytest.fixture
def engine(tiny_model, engine_stand_in, monkeypatch):
    """Return what builds the tiny model's engine with a fault planted in it."""
    def built(fault=None, precision='fp32', batch=1):
        module = engine_stand_in.of_version('8.2.1.8', faults={precision: fault})
        monkeypatch.setitem(sys.modules, 'tensorrt', module)
        model = read_model(tiny_model)
        wanted = Wanted(load_network(model).deployed(), model.spec.sizes, batch, precision)
        return Engine(compile_engine(wanted, 1 << 20).content)
    return built


@pytest.mark.parametrize('precision, least', [('fp32', 0.9999), ('fp16', 0.995)])
def test_a_right_engine_passes(precision, least, engine, reference):
    parity = check_parity(engine(None, precision), reference, precision, device='cpu')
    assert parity.passed and parity.reason == ''
    assert len(parity.agreement) == 4 and min(parity.agreement) > least
    assert parity.limit == AGREEMENT[precision] and parity.difference < 0.01


@pytest.mark.parametrize('batch', [1, 3])
@pytest.mark.parametrize('fault, words', [
    ('nan', 'logits of frame 0 holds NaN'),
    ('constant', 'logits does not change with the image'),
    ('wrong classes', "of the pixels of frame . have PyTorch's class, expected 99.9%"),
])
def test_a_planted_fault_does_not_pass(fault, words, batch, engine, reference):
    import re
    parity = check_parity(engine(fault, batch=batch), reference, 'fp32', batch, 'cpu')
    assert not parity.passed and re.search(words, parity.reason)


def test_every_place_of_a_batch_is_compared(engine, reference, monkeypatch):
    good = engine(batch=2)
    assert check_parity(good, reference, 'fp32', 2, 'cpu').passed
    right = good._engine.computed

    def second_is_wrong(images):
        results = right(images)
        results[0][1] = np.roll(results[0][1], 1, axis=0)
        return results
    monkeypatch.setattr(good._engine, 'computed', second_is_wrong)
    assert not check_parity(good, reference, 'fp32', 2, 'cpu').passed


def outputs_of(reference):
    return [tuple(y.copy() for y in outputs) for outputs in reference.outputs]


def test_one_wrong_frame_is_enough(reference):
    outputs = outputs_of(reference)
    outputs[2] = (np.roll(outputs[2][0], 3, axis=3),)
    parity = compare(outputs, reference, 0.999)
    assert not parity.passed and 'frame 2' in parity.reason
    assert parity.agreement[:2] == [1.0, 1.0] and parity.agreement[2] < 0.9


def test_half_a_pixel_of_shift_does_not_pass_at_any_precision(reference):
    shifted = [((y + np.roll(y, 1, axis=3)) / 2,) for y, in reference.outputs]
    assert not compare(shifted, reference, min(AGREEMENT.values())).passed


def test_infinity_does_not_pass(reference):
    outputs = outputs_of(reference)
    outputs[3][0][0, 0, 0, 0] = np.inf
    assert compare(outputs, reference, 0.5).reason == 'logits of frame 3 holds NaN or infinity'


def test_an_offset_that_is_baked_in_does_not_pass(reference):
    offsets = [np.full((1, 2, 4, 4), float(frame), np.float32) for frame in range(4)]
    reference = type('Reference', (), dict(
        vars(reference), outputs=[outputs + (offset,) for outputs, offset
                                  in zip(reference.outputs, offsets)]))
    baked = [outputs[:1] + (offsets[0],) for outputs in reference.outputs]
    assert compare(baked, reference, 0.5).reason.startswith('offset does not change')
