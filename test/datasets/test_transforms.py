# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

import numpy as np
import pytest
import torch

from lsnet_ros.datasets.transforms import Augmentation
from lsnet_ros.frames import Frame
from lsnet_ros.stages.preprocessing import normalize

PLAIN = Augmentation(canvas=(6, 8), crop=(6, 8), scale=(1, 1), flip=False, brightness=0,
                     contrast=0, saturation=0)


@pytest.fixture
def sample():
    random = np.random.RandomState(0)
    return Frame('', random.randint(0, 256, (6, 8, 3)).astype(np.uint8),
                  random.randint(0, 11, (6, 8)).astype(np.uint8), None)


def rng(seed=0):
    return np.random.default_rng(seed)


def test_without_change_it_is_the_normalised_frame(sample):
    image, target, _ = PLAIN.apply(sample, rng())
    np.testing.assert_allclose(image, normalize(sample.image), atol=1e-5)
    np.testing.assert_array_equal(target, sample.target)


def test_flip_mirrors_image_and_target_together(sample):
    flipping = PLAIN._replace(flip=True)
    flipped = [flipping.apply(sample, rng(seed))[:2] for seed in range(8)]
    mirrored = [np.array_equal(target, sample.target[:, ::-1]) for _, target in flipped]
    assert True in mirrored and False in mirrored
    for (image, _), is_mirrored in zip(flipped, mirrored):
        frame = sample.image[:, ::-1] if is_mirrored else sample.image
        np.testing.assert_allclose(image, normalize(frame), atol=1e-5)


def test_enlarging_equals_pytorch_with_aligned_corners(sample):
    image = PLAIN._replace(canvas=(11, 15), crop=(11, 15)).apply(sample, rng()).image
    expected = torch.nn.functional.interpolate(
        torch.from_numpy(normalize(sample.image))[None], (11, 15), mode='bilinear',
        align_corners=True)[0].numpy()
    # One grey level of rounding, and OpenCV's 1/32 px steps on neighbours 255 apart.
    assert np.abs(image - expected).max() < (1 + 255 / 64 * 2) / 255 / 0.224


def test_a_target_of_half_the_size_is_every_second_pixel_of_odd_sizes(sample):
    frame = Frame('', np.zeros((7, 9, 3), np.uint8), np.arange(63, dtype=np.uint8).reshape(7, 9),
                   None)
    augmentation = PLAIN._replace(canvas=(7, 9), crop=(7, 9), target_stride=2)
    _, target, _ = augmentation.apply(frame, rng())
    np.testing.assert_array_equal(target, frame.target[::2, ::2])


def test_where_the_crop_exceeds_the_frame_the_target_is_ignored(sample):
    image, target, _ = PLAIN._replace(crop=(10, 12)).apply(sample, rng(3))
    assert image.shape == (3, 10, 12)
    assert (target != 255).sum() == sample.target.size
    assert np.isfinite(image).all()


def test_image_and_target_are_cut_from_the_same_place():
    ramp = np.arange(40, dtype=np.uint8)[None, :] * np.ones((20, 1), np.uint8)
    frame = Frame('', np.dstack([ramp] * 3), ramp, None)
    for seed in range(5):
        image, target, _ = PLAIN._replace(canvas=(20, 40), crop=(8, 10)).apply(frame, rng(seed))
        red = (image[0] * 0.229 + 0.485) * 255
        np.testing.assert_allclose(red, target, atol=1e-3)


def test_the_same_generator_draws_the_same_crop(sample):
    augmentation = Augmentation(canvas=(12, 16), crop=(6, 8))
    crops = [augmentation.apply(sample, rng(5))[:2] for _ in range(2)]
    for first, second in zip(*crops):
        np.testing.assert_array_equal(first, second)


def test_saturation_zero_would_be_grey(sample):
    grey = PLAIN._replace(saturation=1.0)
    image = grey.apply(sample, type('Fixed', (), {
        'uniform': staticmethod(lambda low, high: low), 'integers': rng().integers,
        'random': rng().random})()).image
    red, green, blue = image * np.array([0.229, 0.224, 0.225]).reshape(3, 1, 1) + np.array(
        [0.485, 0.456, 0.406]).reshape(3, 1, 1)
    np.testing.assert_allclose(red, green, atol=1e-5)
    np.testing.assert_allclose(green, blue, atol=1e-5)


@pytest.mark.parametrize('seed', range(6))
def test_soft_labels_move_as_the_frame_does(seed):
    """A frame whose red and green tell its places, and a teacher whose logits tell the same."""
    rows, columns = np.mgrid[:60, :80]
    image = np.stack([columns * 2, rows * 2, 0 * rows], -1).astype(np.uint8)
    places = np.mgrid[0:59:16j, 0:79:21j][::-1].transpose(1, 2, 0)  # column, row; corner to corner
    augmentation = PLAIN._replace(canvas=(60, 80), crop=(41, 61), scale=(0.7, 1.6), flip=True)
    sample = Frame('', image, np.zeros((60, 80), np.uint8))
    crop = augmentation.apply(sample, rng(seed), places.astype(np.float16))
    red = (crop.image[0] * 0.229 + 0.485) * 255 / 2
    green = (crop.image[1] * 0.224 + 0.456) * 255 / 2
    inside = crop.soft_labels[2] == 1
    assert crop.soft_labels.shape == (3, 11, 16)
    np.testing.assert_array_equal(inside, crop.target[::4, ::4] == 0)
    # cv2 knows places to 1/32 of a pixel: of the teacher's map, 4 px of the frame.
    np.testing.assert_allclose(crop.soft_labels[0][inside], red[::4, ::4][inside], atol=0.6)
    np.testing.assert_allclose(crop.soft_labels[1][inside], green[::4, ::4][inside], atol=0.6)
