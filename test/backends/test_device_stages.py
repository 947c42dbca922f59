# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Every stage on a device, here the CPU, against the stages in numpy and OpenCV.

Two classes whose upsampled logits differ by less than float32 rounds may change places.
``assert_same_but_ties`` has the bound; M is the largest absolute logit of all.
"""

import warnings

from hypothesis import given, settings, strategies
from hypothesis.extra.numpy import arrays
import numpy as np
import pytest

from lsnet_ros.backends import BackendError
from lsnet_ros.stages.decoding import decode, decode_with_confidence, DecodingError
from lsnet_ros.stages.preprocessing import InputSpec, PreprocessingError, Preprocessor

torch = pytest.importorskip('torch')
from lsnet_ros.backends import device_stages  # noqa: E402
from lsnet_ros.backends.device_stages import DeviceStages  # noqa: E402
from lsnet_ros.networks import build_network  # noqa: E402

SIDES = strategies.integers(1, 40)
SIZES = strategies.tuples(SIDES, SIDES)
FRAME = np.zeros((2, 2, 3), np.uint8)
LOGITS = {  # distributions to draw them from
    'random': strategies.floats(-20, 20, width=32),
    'tied': strategies.sampled_from([-1., 0., 1.]),
    'extreme': strategies.sampled_from([-3e38, -1., 0., 1., 3e38]).map(np.float32).map(float),
}


def open_stages(sizes, run, memory_format=torch.contiguous_format, temperature=1.0):
    """Return stages for inputs of some sizes on the CPU."""
    return DeviceStages(InputSpec(1, 1, tuple(sizes)), 'cpu', run, memory_format, temperature)


def nothing(inputs):
    """Give the smallest logits that there are."""
    return [torch.zeros(1, 1, 1, 1)]


def decoded(outputs, size, with_confidence=True, temperature=1.0):
    """Return class ids and confidence of outputs, as the stages decode them."""
    stages = open_stages([(1, 1)], lambda inputs: [torch.from_numpy(output) for output in outputs],
                         temperature=temperature)
    return stages(FRAME, size, with_confidence)[:2]


def noise(size, seed=0):
    return np.random.RandomState(seed).randint(0, 256, size + (3,)).astype(np.uint8)


@settings(max_examples=40, deadline=None)
@given(frame=SIZES, sizes=strategies.lists(SIZES, min_size=1, max_size=3),
       seed=strategies.integers(0, 99), channels_last=strategies.booleans())
def test_the_inputs_are_those_of_the_preprocessor_to_the_last_bit(
        frame, sizes, seed, channels_last):
    image = noise(frame, seed)
    stages = open_stages(
        sizes, nothing, torch.channels_last if channels_last else torch.contiguous_format)
    inputs = stages.inputs
    strides = [x.stride() for x in inputs]
    stages(image, (1, 1), False)
    for x, expected in zip(inputs, Preprocessor(InputSpec(1, 1, tuple(sizes)))(image)):
        np.testing.assert_array_equal(x.numpy(), expected)
    assert [x.stride() for x in inputs] == strides


@pytest.mark.parametrize('frame, size', [
    ((360, 480), (270, 360)), ((720, 960), (360, 480)), ((90, 120), (101, 133)),
    ((1080, 1920), (512, 1024))])
def test_frames_of_cameras_are_resampled_to_the_last_bit(frame, size):
    image = noise(frame)
    stages = open_stages([size], nothing)
    stages(image, (1, 1), False)
    np.testing.assert_array_equal(
        stages.inputs[0].numpy(), Preprocessor(InputSpec(1, 1, (size,)))(image)[0])


def test_a_frame_is_taken_however_it_lies_in_memory():
    whole = noise((30, 50))
    stages = open_stages([(9, 13)], nothing)
    locked = whole[4:20, 5:27].copy()
    locked.flags.writeable = False
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        for image in (whole[4:20, 5:27], locked, np.asfortranarray(locked)):
            stages(image, (1, 1), False)
            np.testing.assert_array_equal(
                stages.inputs[0].numpy(), Preprocessor(InputSpec(1, 1, ((9, 13),)))(locked)[0])


@pytest.mark.parametrize('image', [
    np.zeros((0, 4, 3), np.uint8), np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3), np.float32)])
def test_an_image_that_is_none_is_refused(image):
    stages = open_stages([(2, 2)], nothing)
    with pytest.raises(PreprocessingError):
        stages(image, (4, 4), False)


@strategies.composite
def some_logits(draw, kinds=tuple(LOGITS)):
    """(1, C, h, w) float32 of one of the kinds, 1 to 7 classes, 1x1 to 6x7 logits."""
    shape = (1, draw(strategies.integers(1, 7)), draw(strategies.integers(1, 6)),
             draw(strategies.integers(1, 7)))
    if draw(strategies.booleans()):
        return draw(arrays(np.float32, shape,
                           elements=LOGITS[draw(strategies.sampled_from(kinds))]))
    seed = draw(strategies.integers(0, 2 ** 32 - 1))
    return np.random.RandomState(seed).randn(*shape).astype(np.float32)


def upsampled(logits, size):
    """Upsample logits in float64, (C, height, width)."""
    return torch.nn.functional.interpolate(
        torch.from_numpy(logits.astype(np.float64)), size, mode='bilinear',
        align_corners=True)[0].numpy()


def sampled(logits, offset):
    """Sample logits at the offsets in float64, (C, H, W)."""
    height, width = offset.shape[2:]
    right, down = torch.from_numpy(offset[0].astype(np.float64))
    base = [torch.linspace(-1, 1, length, dtype=torch.float64) for length in (width, height)]
    grid = torch.stack([base[0] + 2 * right / max(width - 1, 1),
                        base[1][:, None] + 2 * down / max(height - 1, 1)], -1)
    return torch.nn.functional.grid_sample(
        torch.from_numpy(logits.astype(np.float64)), grid[None], mode='bilinear',
        padding_mode='border', align_corners=True)[0].numpy()


def assert_same_but_ties(class_ids, expected, planes, rounding):
    """Hold class ids to others, except where the two classes' logits are this near."""
    assert class_ids.shape == expected.shape and class_ids.dtype == np.uint8
    ours, theirs = (np.take_along_axis(planes, ids[None].astype(np.intp), 0)[0]
                    for ids in (class_ids, expected))
    assert (np.abs(ours - theirs) <= rounding)[class_ids != expected].all()


@settings(max_examples=80, deadline=None)
@given(logits=some_logits(), size=SIZES)
def test_class_ids_are_those_of_decode(logits, size):
    class_ids, _ = decoded((logits,), size)
    rounding = (sum(logits.shape[2:]) + 8) * 2. ** -21 * np.abs(logits.astype(np.float64)).max()
    assert_same_but_ties(class_ids, decode((logits,), size), upsampled(logits, size), rounding)


@settings(max_examples=60, deadline=None)
@given(logits=some_logits(), field=strategies.tuples(*[strategies.integers(2, 40)] * 2),
       reach=strategies.sampled_from([0, 0.5, 3, 30, 1e6]),
       seed=strategies.integers(0, 2 ** 32 - 1))
def test_class_ids_at_offsets_are_those_of_decode(logits, field, reach, seed):
    offset = (np.random.RandomState(seed).randn(1, 2, *field) * reach).astype(np.float32)
    class_ids, _ = decoded((logits, offset), field)
    largest = np.abs(logits.astype(np.float64)).max()
    # both round positions to 2^-24, of a field of H x W and of logits of h x w
    rounding = sum(field + logits.shape[2:]) * 2. ** -20 * max(logits.shape[2:]) * largest
    assert_same_but_ties(class_ids, decode((logits, offset), field), sampled(logits, offset),
                         rounding)


@settings(max_examples=60, deadline=None)
@given(logits=some_logits(), field=SIZES, size=SIZES, seed=strategies.integers(0, 99))
def test_at_another_size_than_the_offsets_ids_are_the_nearest(logits, field, size, seed):
    offset = np.random.RandomState(seed).randn(1, 2, *field).astype(np.float32)
    rows, columns = (np.rint(np.arange(side) * (source - 1) / max(side - 1, 1)).astype(int)
                     for source, side in zip(field, size))
    for plane, at_field in zip(decoded((logits, offset), size), decoded((logits, offset), field)):
        np.testing.assert_array_equal(plane, at_field[rows][:, columns])


@settings(max_examples=60, deadline=None)
@given(logits=some_logits(), size=SIZES, copies=strategies.integers(2, 3))
def test_of_equal_classes_the_lowest_id_wins(logits, size, copies):
    class_ids, _ = decoded((np.concatenate([logits] * copies, 1),), size)
    assert (class_ids < logits.shape[1]).all()
    np.testing.assert_array_equal(class_ids, decoded((logits,), size)[0])


@settings(max_examples=60, deadline=None)
@given(logits=some_logits(kinds=('random', 'tied')), size=SIZES)
def test_confidence_is_the_softmax_probability_of_the_winner_within_a_level(logits, size):
    class_ids, confidence = decoded((logits,), size)
    planes = torch.from_numpy(upsampled(logits, size))
    expected = np.rint(255 * planes.softmax(0).max(0)[0].numpy())
    assert confidence.shape == size and confidence.dtype == np.uint8
    assert np.abs(confidence - expected).max() <= 1
    assert (class_ids == decoded((logits,), size, with_confidence=False)[0]).all()


def test_confidence_comes_only_when_asked_for_and_as_numpy_gives_it():
    rng = np.random.RandomState(0)
    outputs = (rng.randn(1, 11, 12, 20).astype(np.float32) * 3,
               rng.randn(1, 2, 48, 80).astype(np.float32) * 2)
    assert decoded(outputs, (48, 80), with_confidence=False)[1] is None
    for temperature in (1.0, 2.5):
        class_ids, confidence = decoded(outputs, (48, 80), temperature=temperature)
        np.testing.assert_array_equal(class_ids, decoded(outputs, (48, 80))[0])
    expected = decode_with_confidence(outputs, (48, 80), 2.5)[1].astype(int)
    assert np.ptp(expected) > 100
    assert np.abs(confidence - expected).max() <= 2  # that may be one too high itself
    assert np.mean(confidence != expected) < 0.2


def test_confidence_of_extreme_logits_is_certain():
    logits = np.array([-3e38, 3e38], np.float32).reshape(1, 2, 1, 1).repeat(3, 3)
    assert (decoded((logits,), (4, 9))[1] == 255).all()


@pytest.mark.parametrize('band', [1, 10000])
@pytest.mark.parametrize('with_offset', [False, True])
def test_the_bands_do_not_show(monkeypatch, band, with_offset):
    rng = np.random.RandomState(0)
    outputs = (rng.randn(1, 7, 9, 8).astype(np.float32),
               rng.randn(1, 2, 33, 47).astype(np.float32))[:1 + with_offset]
    expected = decoded(outputs, (33, 47))
    monkeypatch.setattr(device_stages, '_BAND_BYTES', band)
    for plane, whole in zip(decoded(outputs, (33, 47)), expected):
        np.testing.assert_array_equal(plane, whole)


@pytest.mark.parametrize('value', [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize('name, which', [('logits', 0), ('offset', 1)])
def test_values_that_are_not_finite_are_refused_as_decode_does(value, name, which):
    outputs = np.zeros((1, 3, 4, 4), np.float32), np.zeros((1, 2, 8, 8), np.float32)
    outputs[which][0, 1, 2, 3] = value
    with pytest.raises(DecodingError, match=name + ' hold infinity or NaN') as ours:
        decoded(outputs, (8, 8))
    with pytest.raises(DecodingError) as theirs:
        decode(outputs, (8, 8))
    assert str(ours.value) == str(theirs.value)


def test_what_pytorch_fails_with_is_one_line():
    def run(inputs):
        raise RuntimeError('CUDA out of memory.\nTried to allocate')
    stages = open_stages([(2, 2)], run)
    with pytest.raises(BackendError, match='^PyTorch failed: CUDA out of memory. Tried to'):
        stages(FRAME, (2, 2), False)


def test_the_network_alone_is_run_on_arrays_and_its_outputs_are_the_callers():
    kept = torch.zeros(1, 3, 2, 2)
    stages = open_stages([(2, 2)], lambda inputs: [kept.copy_(inputs[0] * 2)])
    ones = np.ones((1, 3, 2, 2), np.float32)
    first, = stages.infer([ones])
    second, = stages.infer([ones * 5])
    assert (first == 2).all() and (second == 10).all() and second.dtype == np.float32
    with pytest.raises(BackendError, match='was given float64, expected float32'):
        stages.infer([ones.astype(np.float64)])


def test_results_are_the_callers_own():
    stages = open_stages([(2, 2)], lambda inputs: [torch.zeros(1, 3, 2, 2)])
    first = stages(FRAME, (4, 4), True)
    first[0][:], first[1][:] = 7, 7
    again = stages(FRAME, (4, 4), True)
    assert (again[0] == 0).all() and (again[1] == 85).all()


def test_the_stages_are_timed():
    def run(inputs):
        torch.ones(300, 300) @ torch.ones(300, 300)
        return [torch.zeros(1, 3, 2, 2)]
    stages = open_stages([(200, 200)], run)
    preprocess_ms, network_ms = stages(noise((300, 300)), (2, 2), False)[2:]
    assert 0 < preprocess_ms < 1000 and 0 < network_ms < 1000


@pytest.mark.parametrize('name', ['lps-net-s', 'lsnet', 'lednet', 'lrnnet-c'])
def test_each_kind_of_network_gives_the_labels_of_the_stages_in_numpy(name, frame):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = build_network(name, 11).eval()
        for parameter in network.parameters():
            if not parameter.detach().any():  # as LSNet's flow and the biases are at first
                torch.nn.init.normal_(parameter, 0, 0.3)
    sizes = tuple(tuple(size) for size in network.input_sizes(64, 96))

    def run(images):
        logits, *offset = network.core(*images)
        spread, mean = torch.std_mean(logits, (2, 3), keepdim=True)
        return [(logits - mean) / (spread + 1e-3)] + offset  # of which most classes win somewhere

    stages = open_stages(sizes, run, torch.channels_last)
    class_ids, confidence = stages(frame, (64, 96), True)[:2]
    with torch.no_grad():
        images = Preprocessor(InputSpec(64, 96, sizes))(frame)
        outputs = tuple(y.numpy() for y in run([torch.from_numpy(x) for x in images]))
    expected = decode_with_confidence(outputs, (64, 96))
    assert len(np.unique(expected[0])) > 5
    assert (class_ids == expected[0]).mean() > 0.999
    assert np.abs(confidence.astype(int) - expected[1]).max() <= 2
