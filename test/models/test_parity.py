# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The parity gate lets outputs pass that are those of the reference, and no others."""

import json

import numpy as np
import pytest

from lsnet_ros.models.folder import read_model
from lsnet_ros.models.network import load_network
from lsnet_ros.models.parity import compare, Limits
from lsnet_ros.stages.preprocessing import Preprocessor

torch = pytest.importorskip('torch')

SIZE = (90, 120)  # px, of the tiny model
both_ways = pytest.mark.parametrize('size', [None, SIZE], ids=['cells', 'pixels'])


@pytest.fixture(scope='module')
def expected(tiny_model):
    """Return the tiny model's outputs for four frames."""
    model = read_model(tiny_model)
    network, prepare = load_network(model), Preprocessor(model.spec)
    coarse = np.random.RandomState(5).randint(0, 256, (4, 6, 8, 3)).astype(np.uint8)
    with torch.no_grad():
        return [tuple(y.numpy() for y in network.core(*map(torch.from_numpy, prepare(
            image.repeat(15, axis=0).repeat(15, axis=1))))) for image in coarse]


def copy_of(expected):
    return [tuple(y.copy() for y in outputs) for outputs in expected]


@both_ways
def test_the_same_outputs_pass(expected, size):
    parity = compare(copy_of(expected), expected, Limits(1.0, 0.0), size)
    assert parity.passed and parity.reason == ''
    assert (parity.agreement, parity.limit, parity.difference) == ([1.0] * 4, 1.0, 0.0)


def test_one_wrong_frame_is_enough(expected):
    outputs = copy_of(expected)
    outputs[2] = (np.roll(outputs[2][0], 3, axis=3),)
    parity = compare(outputs, expected, Limits(0.999), SIZE)
    assert not parity.passed and 'frame 2' in parity.reason
    assert parity.agreement[:2] == [1.0, 1.0] and parity.agreement[2] < 0.9


@both_ways
def test_infinity_does_not_pass(expected, size):
    outputs = copy_of(expected)
    outputs[3][0][0, 0, 0, 0] = np.inf
    parity = compare(outputs, expected, Limits(0.5), size)
    assert parity.reason == 'logits of frame 3 holds NaN or infinity'
    assert parity.agreement == [] and parity.difference is None
    parity = compare(expected, outputs, Limits(0.5), size)
    assert parity.reason == "the reference's logits of frame 3 holds NaN or infinity"


@both_ways
def test_logits_that_are_baked_in_do_not_pass(expected, size):
    parity = compare([expected[0]] * 4, expected, Limits(0.0), size)
    assert parity.reason == "logits does not change with the image as the reference's does"


@both_ways
def test_constant_logits_do_not_pass_even_if_the_references_are(expected, size):
    constant = [expected[0]] * 2
    assert compare(constant, constant, Limits(0.0), size).reason.startswith('logits does not')


def test_an_offset_that_is_baked_in_does_not_pass(expected):
    offsets = [np.full((1, 2, 4, 4), float(frame), np.float32) for frame in range(4)]
    moving = [outputs + (offset,) for outputs, offset in zip(expected, offsets)]
    baked = [outputs[:1] + (offsets[0],) for outputs in expected]
    assert compare(baked, moving, Limits(0.5), (4, 4)).reason.startswith('offset does not change')


@both_ways
def test_an_offset_that_is_zero_in_both_passes(expected, size):
    zeros = [outputs + (np.zeros((1, 2) + SIZE, np.float32),) for outputs in expected]
    assert compare(zeros, zeros, Limits(1.0, 0.0), size).passed


def test_a_difference_beyond_the_limit_does_not_pass():
    expected = [(np.float32([[[[4.0]], [[value]]]]),) for value in (-2.0, 2.0)]
    outputs = [(logits + np.float32(0.5),) for logits, in expected]
    assert compare(outputs, expected, Limits(1.0)).difference == 0.125
    parity = compare(outputs, expected, Limits(1.0, 0.1))
    assert parity.reason == 'logits differs by 0.12 of the largest value, expected at most 0.1'


@pytest.mark.parametrize('lead, agreement', [(1e-5, 1.0), (1e-3, 0.0)])
def test_either_of_two_classes_that_are_equal_within_rounding_may_win_a_cell(lead, agreement):
    expected = [(np.float32([[[[1.0]], [[1.0 - lead]], [[value]]]]),) for value in (-1.0, 0.0)]
    outputs = [(logits[:, [1, 0, 2]],) for logits, in expected]
    assert compare(outputs, expected, Limits(0.0)).agreement == [agreement] * 2


def test_it_goes_into_json(expected):
    parity = compare(copy_of(expected), expected, Limits(0.9), SIZE)
    assert json.loads(json.dumps(parity.as_json())) == {
        'passed': True, 'reason': '', 'agreement': [1.0] * 4, 'limit': 0.9, 'difference': 0.0}
