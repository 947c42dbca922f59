# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Tests of the preprocessing, most of them against PyTorch's own resampling."""

from hypothesis import given, settings, strategies
import numpy as np
import pytest

from lsnet_ros.stages.preprocessing import InputSpec, normalize, PreprocessingError, Preprocessor

MEAN, STD = np.array((0.485, 0.456, 0.406)), np.array((0.229, 0.224, 0.225))


def noise(height, width, seed=0):
    return np.random.RandomState(seed).randint(0, 256, (height, width, 3)).astype(np.uint8)


def preprocess(image, *sizes):
    return Preprocessor(InputSpec(1, 1, sizes))(image)


def levels_of(tensor):
    """Undo the normalisation: (1, 3, h, w) float32 to levels (h, w, 3) of 0 to 255."""
    return (tensor[0].transpose(1, 2, 0) * STD + MEAN) * 255


def contrast(image, size):
    """Largest difference among the pixels around each sample, by channel: (h, w, 3) levels."""
    corners = []
    for after in (0, 1):
        rows, columns = (
            np.minimum(np.arange(target) * (source - 1) // max(target - 1, 1) + after, source - 1)
            for source, target in zip(image.shape, size))
        corners += [image[rows][:, columns], image[rows][:, np.maximum(columns - after, 0)],
                    image[np.maximum(rows - after, 0)][:, columns]]
    return np.ptp(np.array(corners, float), axis=0)


def assert_close_to_torch(image, size, tensor):
    """
    Hold a tensor to the accuracy that ``Preprocessor`` promises.

    Half a level for the rounding to whole levels, and 1/64 pixel in each direction for the
    rounding of positions: each moves the value by at most 1/64 of the contrast around.
    """
    torch = pytest.importorskip('torch')
    exact = torch.from_numpy(normalize(image))[None].double()
    expected = levels_of(torch.nn.functional.interpolate(
        exact, size, mode='bilinear', align_corners=True).numpy())
    assert tensor.shape == (1, 3) + size and tensor.dtype == np.float32
    error = np.abs(levels_of(tensor) - expected)
    assert (error <= 0.5 + contrast(image, size) / 32 + 0.01).all()


@settings(max_examples=40, deadline=None)
@given(source=strategies.tuples(*[strategies.integers(1, 50)] * 2),
       size=strategies.tuples(*[strategies.integers(1, 50)] * 2))
def test_any_size_is_resampled_as_torch_does_with_aligned_corners(source, size):
    image = noise(*source)
    tensor, = preprocess(image, size)
    assert_close_to_torch(image, size, tensor)


def test_a_smooth_frame_is_off_by_a_level_at_most():
    torch = pytest.importorskip('torch')
    rows, columns = np.mgrid[:360, :480]
    image = np.stack([127 + 120 * np.sin((rows + shift) / 40) * np.cos(columns / 60)
                      for shift in (0, 20, 40)], -1).astype(np.uint8)
    tensor, = preprocess(image, (270, 360))
    expected = torch.nn.functional.interpolate(
        torch.from_numpy(normalize(image))[None], (270, 360), mode='bilinear',
        align_corners=True).numpy()
    error = np.abs(tensor - expected)
    assert error.max() < 1 / 255 / STD.min()
    assert error.mean() < 0.3 / 255 / STD.min()


def test_every_input_is_resampled_from_the_frame_and_not_from_another_input():
    image = noise(60, 80)
    together = preprocess(image, (30, 40), (15, 20))
    alone, = preprocess(image, (15, 20))
    assert (together[1] == alone).all()
    assert_close_to_torch(image, (15, 20), together[1])


def test_an_input_of_the_frames_own_size_is_exact():
    image = noise(20, 30)
    tensor, = preprocess(image, (20, 30))
    assert (tensor[0] == normalize(image)).all()


def test_the_corners_of_a_frame_stay_its_corners():
    image = noise(37, 53)
    tensor, = preprocess(image, (100, 20))
    assert (tensor[0, :, ::99, ::19] == normalize(image)[:, ::36, ::52]).all()


def test_normalize_gives_the_values_worked_out_by_hand():
    image = np.array([[[0, 255, 51]]], np.uint8)
    assert normalize(image)[:, 0, 0] == pytest.approx(
        [-0.485 / 0.229, (1 - 0.456) / 0.224, (0.2 - 0.406) / 0.225], abs=1e-6)
    assert normalize(image).dtype == np.float32
    assert (normalize(image.astype(np.float32)) == normalize(image)).all()


def test_the_mean_and_deviation_of_the_specification_are_used():
    spec = InputSpec(1, 1, ((1, 1),), mean=(0.5, 0.25, 0), std=(0.5, 0.25, 2))
    tensor, = Preprocessor(spec)(np.full((1, 1, 3), 255, np.uint8))
    assert tensor.ravel() == pytest.approx([1, 3, 0.5])


def test_frames_of_other_sizes_follow_one_another():
    preprocessor = Preprocessor(InputSpec(12, 16, ((12, 16),)))
    for seed, size in enumerate([(24, 32), (12, 16), (90, 70), (24, 32)]):
        image = noise(*size, seed=seed)
        assert_close_to_torch(image, (12, 16), preprocessor(image)[0])


def test_a_result_holds_until_the_next_call_which_reuses_its_memory():
    preprocessor = Preprocessor(InputSpec(8, 8, ((8, 8),)))
    first, = preprocessor(noise(16, 16))
    kept = first.copy()
    second, = preprocessor(noise(16, 16, seed=1))
    assert np.shares_memory(first, second) and not (first == kept).all()


def test_a_frame_need_not_be_contiguous():
    bgr = noise(24, 64)
    view = bgr[:, ::2, ::-1]
    kept = preprocess(np.ascontiguousarray(view), (10, 12), (24, 32))
    for tensor, expected in zip(preprocess(view, (10, 12), (24, 32)), kept):
        assert (tensor == expected).all()


def test_the_frame_itself_is_left_as_it_is():
    image = noise(24, 32)
    kept = image.copy()
    preprocess(image, (24, 32), (10, 12))
    assert (image == kept).all()


@pytest.mark.parametrize('image', [
    np.zeros((4, 6), np.uint8), np.zeros((4, 6, 4), np.uint8), np.zeros((4, 6, 3), np.float32),
    np.zeros((0, 6, 3), np.uint8), np.zeros((4, 0, 3), np.uint8)])
def test_what_is_no_rgb_frame_is_refused(image):
    with pytest.raises(PreprocessingError, match=r'expected \(H, W, 3\) uint8 RGB'):
        preprocess(image, (4, 6))


@pytest.mark.parametrize('shape', [(1, 32767, 3), (32767, 1, 3)])
def test_a_side_beyond_the_reach_of_the_resampler_is_refused_and_the_next_frame_is_not(shape):
    preprocessor = Preprocessor(InputSpec(1, 1, ((2, 3),)))
    with pytest.raises(PreprocessingError, match='expected sides of at most 32766 px'):
        preprocessor(np.zeros(shape, np.uint8))
    assert preprocessor(np.zeros((1, 32766, 3), np.uint8))[0].shape == (1, 3, 2, 3)


@pytest.mark.parametrize('spec', [
    InputSpec(0, 8, ((8, 8),)), InputSpec(8, -1, ((8, 8),)), InputSpec(8, 8, ((8, 8), (8, 0)))])
def test_a_size_of_zero_is_refused(spec):
    with pytest.raises(PreprocessingError, match='expected at least 1x1'):
        Preprocessor(spec)


def test_a_deviation_of_zero_is_refused():
    with pytest.raises(PreprocessingError, match='expected no 0'):
        Preprocessor(InputSpec(8, 8, ((8, 8),), std=(0.2, 0, 0.2)))
