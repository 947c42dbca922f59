# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Tests of the decode against PyTorch's upsampling followed by argmax.

Two classes whose upsampled logits differ by less than rounding may change places. What that
means is written in ``assert_is_argmax`` and ``assert_as_torch``; it scales with M, the largest
absolute logit of any class at the four low-resolution logits around a pixel.
"""

import time

import cv2
from hypothesis import given, settings, strategies
from hypothesis.extra.numpy import arrays
import numpy as np
import pytest

from lsnet_ros.stages.decoding import decode, decode_with_confidence, DecodingError

torch = pytest.importorskip('torch')
interpolate = torch.nn.functional.interpolate

SIZES = strategies.tuples(strategies.integers(1, 40), strategies.integers(1, 40))
LARGE = float(np.float32(3e38))  # near the end of float32
ELEMENTS = {  # what logits are drawn from
    'random': strategies.floats(-20, 20, width=32),
    'tied': strategies.sampled_from([-1., 0., 1.]),
    'extreme': strategies.sampled_from([-LARGE, -1., 0., 1., LARGE]),
    'any': strategies.floats(-LARGE, LARGE, width=32),
}


@strategies.composite
def some_logits(draw, kinds=tuple(ELEMENTS)):
    """(1, C, h, w) float32 of one of the kinds, 1 to 7 classes, 1x1 to 6x7 logits."""
    shape = (1, draw(strategies.integers(1, 7)), draw(strategies.integers(1, 6)),
             draw(strategies.integers(1, 7)))
    if draw(strategies.booleans()):
        elements = ELEMENTS[draw(strategies.sampled_from(kinds))]
        return draw(arrays(np.float32, shape, elements=elements))
    rng = np.random.RandomState(draw(strategies.integers(0, 2 ** 32 - 1)))
    return rng.randn(*shape).astype(np.float32)


def upsampled(logits, size):
    """Upsample logits (1, C, h, w) to (C, height, width), in the precision that they have."""
    return interpolate(torch.from_numpy(logits), size, mode='bilinear',
                       align_corners=True)[0].numpy()


def largest_around(logits, size):
    """Give M for each pixel, (height, width) float64."""
    largest = np.abs(logits[0].astype(np.float64)).max(0)
    for axis in (0, 1):
        source = largest.shape[axis]
        before = np.arange(size[axis]) * (source - 1) // max(size[axis] - 1, 1)
        after = np.minimum(before + 1, source - 1)
        largest = np.maximum(largest.take(before, axis), largest.take(after, axis))
    return largest


def values_of(planes, class_ids):
    """Pick the plane of each pixel's class, (height, width), from (C, height, width)."""
    return np.take_along_axis(planes, class_ids[None].astype(np.intp), 0)[0]


def assert_is_argmax(class_ids, logits, size):
    """
    Hold class ids to argmax in float64.

    The class of every pixel has an upsampled logit that is within 2^-44 M of the largest,
    both computed in float64 (whose rounding is 2^-53).
    """
    assert class_ids.shape == size and class_ids.dtype == np.uint8
    planes = upsampled(logits.astype(np.float64), size)
    behind = planes.max(0) - values_of(planes, class_ids)
    assert (behind <= 2. ** -44 * largest_around(logits, size)).all()


def assert_as_torch(class_ids, logits, size):
    """
    Hold class ids to those that a user gets from PyTorch in float32.

    They are equal, but where the logits of the two classes, upsampled in float64, differ by at
    most (h + w + 8) 2^-21 M: PyTorch rounds positions, which go up to h and w, and values to
    2^-24, and each position rounded moves a value by up to 2 M times as much.
    """
    theirs = upsampled(logits, size).argmax(0)
    planes = upsampled(logits.astype(np.float64), size)
    apart = np.abs(values_of(planes, theirs) - values_of(planes, class_ids))
    rounding = (sum(logits.shape[2:]) + 8) * 2. ** -21 * largest_around(logits, size)
    assert (apart <= rounding)[theirs != class_ids].all()


@settings(max_examples=250, deadline=None)
@given(logits=some_logits(), size=SIZES)
def test_class_ids_are_the_argmax_of_the_upsampled_logits(logits, size):
    class_ids = decode((logits,), size)
    assert_is_argmax(class_ids, logits, size)
    assert_as_torch(class_ids, logits, size)


@settings(max_examples=100, deadline=None)
@given(logits=some_logits())
def test_at_the_size_of_the_logits_class_ids_are_their_argmax_to_the_last_bit(logits):
    assert (decode((logits,), logits.shape[2:]) == logits[0].argmax(0)).all()


@pytest.mark.parametrize('kind', ['random', 'scene'])
@pytest.mark.parametrize('classes, source, size', [
    (11, (23, 30), (360, 480)), (19, (48, 96), (1024, 2048)), (19, (33, 65), (513, 1025)),
    (150, (16, 16), (100, 90)), (255, (3, 4), (20, 20)), (11, (90, 120), (45, 57))])
def test_maps_of_the_sizes_of_networks_are_decoded_to_the_argmax(kind, classes, source, size):
    logits = scene(classes, *source)
    if kind == 'random':
        logits = np.random.RandomState(0).randn(*logits.shape).astype(np.float32)
    class_ids = decode((logits,), size)
    assert len(np.unique(class_ids)) > 5
    assert_is_argmax(class_ids, logits, size)


def scene(classes, height, width):
    """Logits (1, C, h, w) like those of a street: areas of a class, soft at their borders."""
    rng = np.random.RandomState(classes)
    seeds = rng.rand(classes * 3, 2) * (height, width)
    pixels = np.stack(np.mgrid[:height, :width], -1)[..., None, :]
    owner = np.square(pixels - seeds).sum(-1).argmin(-1) % classes
    planes = [cv2.GaussianBlur((owner == number).astype(np.float32), (0, 0), 0.7)
              for number in range(classes)]
    logits = 2 * np.log(np.array(planes) + 1e-3) + rng.randn(classes, height, width) * 0.3
    return logits[None].astype(np.float32)


def test_a_class_can_win_between_corners_that_others_lead():
    logits = np.array([[[10., 0.]], [[0., 10.]], [[6.5, 6.5]]], np.float32)[None]
    assert decode((logits,), (1, 11)).tolist() == [[0, 0, 0, 0, 2, 2, 2, 1, 1, 1, 1]]


def test_of_equal_classes_the_lowest_id_wins():
    equal = np.random.RandomState(0).randn(1, 1, 4, 5).astype(np.float32)
    logits = np.concatenate([equal - 1, equal, equal], 1)
    assert (decode((logits,), (17, 23)) == 1).all()
    assert (decode((np.zeros((1, 3, 4, 5), np.float32),), (17, 23)) == 0).all()


def test_class_ids_are_the_callers_own():
    logits = scene(5, 8, 9)
    first = decode((logits,), (30, 40))
    kept = first.copy()
    first[:] = 7
    assert (decode((logits,), (30, 40)) == kept).all()


def test_the_logits_are_left_as_they_are():
    logits = scene(5, 8, 9)
    kept = logits.copy()
    decode_with_confidence((logits,), (30, 40))
    assert (logits == kept).all()


@settings(max_examples=100, deadline=None)
@given(logits=some_logits(kinds=('random', 'tied')), size=SIZES,
       temperature=strategies.sampled_from([1.0, 0.4, 3.0]))
def test_confidence_is_the_softmax_probability_of_the_winner_within_a_level(logits, size,
                                                                            temperature):
    class_ids, confidence = decode_with_confidence((logits,), size, temperature)
    planes = torch.from_numpy(upsampled(logits.astype(np.float64), size)) / temperature
    expected = np.rint(255 * planes.softmax(0).max(0)[0].numpy())
    assert confidence.shape == size and confidence.dtype == np.uint8
    assert np.abs(confidence - expected).max() <= 1
    assert (class_ids == decode((logits,), size)).all()


@pytest.mark.parametrize('strength', [0.2, 1, 5])
def test_the_confidence_of_a_scene_is_within_a_level(strength):
    logits = scene(19, 24, 48) * np.float32(strength)
    confidence = decode_with_confidence((logits,), (200, 300))[1]
    planes = torch.from_numpy(upsampled(logits.astype(np.float64), (200, 300)))
    expected = np.rint(255 * planes.softmax(0).max(0)[0].numpy())
    assert np.ptp(expected) > 50
    assert np.abs(confidence - expected).max() <= 1


def test_confidence_of_extreme_logits_is_certain_and_quiet():
    logits = np.array([-3e38, 3e38], np.float32).reshape(1, 2, 1, 1).repeat(3, 3)
    assert (decode_with_confidence((logits,), (4, 9))[1] == 255).all()


def sampled(logits, offset):
    """Sample logits at the offsets as PyTorch does, (C, H, W) float64."""
    height, width = offset.shape[2:]
    right, down = torch.from_numpy(offset[0].astype(np.float64))
    base = [torch.linspace(-1, 1, length, dtype=torch.float64) for length in (width, height)]
    grid = torch.stack([base[0] + 2 * right / max(width - 1, 1),
                        base[1][:, None] + 2 * down / max(height - 1, 1)], -1)
    return torch.nn.functional.grid_sample(
        torch.from_numpy(logits.astype(np.float64)), grid[None], mode='bilinear',
        padding_mode='border', align_corners=True)[0].numpy()


@settings(max_examples=150, deadline=None)
@given(logits=some_logits(), field=strategies.tuples(*[strategies.integers(2, 40)] * 2),
       reach=strategies.sampled_from([0, 0.5, 3, 30, 1e6]),
       seed=strategies.integers(0, 2 ** 32 - 1))
def test_with_offsets_class_ids_are_the_argmax_of_the_samples(logits, field, reach, seed):
    offset = (np.random.RandomState(seed).randn(1, 2, *field) * reach).astype(np.float32)
    class_ids = decode((logits, offset), field)
    planes = sampled(logits, offset)
    behind = planes.max(0) - values_of(planes, class_ids)
    # positions are float32: rounded to 2^-24, of a field of H x W and of logits of h x w
    rounding = sum(field + logits.shape[2:]) * 2. ** -20 * max(logits.shape[2:])
    assert class_ids.dtype == np.uint8
    assert (behind <= rounding * np.abs(logits.astype(np.float64)).max()).all()


@given(logits=some_logits(), size=SIZES, with_offset=strategies.booleans(),
       seed=strategies.integers(0, 99))
@settings(max_examples=60, deadline=None)
def test_what_stands_for_a_class_is_in_its_place(logits, size, with_offset, seed):
    rng = np.random.RandomState(seed)
    outputs = (logits,)
    if with_offset:
        outputs += (rng.uniform(-9, 9, (1, 2, 7, 9)).astype(np.float32),)
    ids = rng.randint(0, 3, 256).astype(np.uint8)  # several classes have the same
    expected = ids[decode(outputs, size)]
    found = decode(outputs, size, ids)
    assert found.dtype == np.uint8
    np.testing.assert_array_equal(found, expected)
    grouped, confidence = decode_with_confidence(outputs, size, 1.5, ids)
    np.testing.assert_array_equal(grouped, expected)
    np.testing.assert_array_equal(confidence, decode_with_confidence(outputs, size, 1.5)[1])


def test_offsets_of_zero_decode_like_no_offsets():
    logits = scene(11, 12, 20)
    offset = np.zeros((1, 2, 96, 160), np.float32)
    for with_offset, without in zip(decode_with_confidence((logits, offset), (96, 160)),
                                    decode_with_confidence((logits,), (96, 160))):
        assert (with_offset == without).mean() > 0.9995


def test_an_offset_points_to_where_the_logits_are_read():
    logits = np.zeros((1, 2, 3, 4), np.float32)
    logits[0, 1, 2, 3] = 1  # the last row and column
    logits[0, 0] = 0.5
    offset = np.zeros((1, 2, 3, 4), np.float32)
    offset[0, :, 0, 0] = 3, 2   # to the right, down: right there
    offset[0, :, 1, 1] = 2, 0   # not far enough down
    offset[0, :, 0, 3] = 90, 90  # beyond: the border
    assert decode((logits, offset), (3, 4)).tolist() == [[1, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 1]]


def test_with_offsets_ids_go_to_another_size_by_nearest_neighbour():
    logits = np.eye(6, dtype=np.float32).reshape(1, 6, 2, 3)
    offset = np.zeros((1, 2, 2, 3), np.float32)
    assert decode((logits, offset), (2, 3)).tolist() == [[0, 1, 2], [3, 4, 5]]
    assert decode((logits, offset), (4, 5)).tolist() == [
        [0, 0, 1, 2, 2], [0, 0, 1, 2, 2], [3, 3, 4, 5, 5], [3, 3, 4, 5, 5]]
    assert decode((logits, offset), (1, 2)).tolist() == [[0, 2]]


def test_confidence_at_offsets_is_within_a_level():
    logits = scene(11, 12, 20)
    offset = np.random.RandomState(0).randn(1, 2, 48, 80).astype(np.float32) * 4
    planes = torch.from_numpy(sampled(logits, offset))
    expected = np.rint(255 * planes.softmax(0).max(0)[0].numpy())
    confidence = decode_with_confidence((logits, offset), (48, 80))[1]
    assert np.abs(confidence - expected).max() <= 1


@pytest.mark.parametrize('outputs', [
    (), (np.zeros((2, 3, 4, 4)),), (np.zeros((3, 4, 4)),), (np.zeros((1, 256, 4, 4)),),
    (np.zeros((1, 3, 0, 4)),), (np.zeros((1, 0, 4, 4)),),
    (np.zeros((1, 3, 4, 4)), np.zeros((1, 3, 8, 8))), (np.zeros((1, 3, 4, 4)),) * 3])
def test_outputs_of_other_shapes_are_refused(outputs):
    with pytest.raises(DecodingError, match=r'expected logits \(1, C, h, w\)'):
        decode(outputs, (8, 8))


@pytest.mark.parametrize('size', [(0, 8), (8, 0), (-1, 8)])
def test_a_size_of_zero_is_refused(size):
    with pytest.raises(DecodingError, match='expected at least 1x1'):
        decode((np.zeros((1, 3, 4, 4), np.float32),), size)


@pytest.mark.parametrize('value', [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize('name, which', [('logits', 0), ('offset', 1)])
def test_values_that_are_not_finite_are_refused_and_never_labelled(value, name, which):
    outputs = np.zeros((1, 3, 4, 4), np.float32), np.zeros((1, 2, 8, 8), np.float32)
    outputs[which][0, 1, 2, 3] = value
    with pytest.raises(DecodingError, match=name + ' hold infinity or NaN'):
        decode(outputs, (8, 8))


def test_decoding_a_scene_costs_a_small_part_of_upsampling_it():
    logits, size = scene(19, 48, 96), (1024, 2048)

    def seconds(function):  # of all processors, which other load disturbs least
        function()
        started = time.process_time()
        function()
        return time.process_time() - started

    theirs = min(seconds(lambda: upsampled(logits, size).argmax(0)) for _ in range(2))
    ours = min(seconds(lambda: decode((logits,), size)) for _ in range(5))
    assert ours < theirs / 20
