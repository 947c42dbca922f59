# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The corruptions on a rendered frame, and on pixels small enough to write out."""

import numpy as np
import pytest

from lsnet_ros.datasets.corruptions import CORRUPTIONS
from lsnet_ros.datasets.street_scene import StreetScene
from lsnet_ros.datasets.transforms import Augmentation
from lsnet_ros.stages.preprocessing import normalize

NAMES = sorted(CORRUPTIONS)
PLAIN = Augmentation(canvas=(90, 120), crop=(90, 120), scale=(1, 1), flip=False, brightness=0,
                     contrast=0, saturation=0)


@pytest.fixture(scope='module')
def frame():
    """A street scene of 90 x 120 pixels."""
    return StreetScene(3, 90, 120).frame(0)


def corrupt(name, image, strength, seed=0):
    return CORRUPTIONS[name](image, strength, np.random.default_rng(seed))


def distance(a, b):
    return np.abs(a.astype(int) - b.astype(int)).mean()


def test_the_corruptions_are_six():
    assert NAMES == ['blur', 'color cast', 'darkness', 'glare', 'jpeg', 'noise']


@pytest.mark.parametrize('name', [name for name in NAMES if name != 'jpeg'])
def test_a_strength_of_zero_changes_nothing(name, frame):
    assert np.array_equal(corrupt(name, frame.image, 0.0), frame.image)


def test_jpeg_always_compresses(frame):
    assert 0.5 < distance(corrupt('jpeg', frame.image, 0.0), frame.image) < 10


@pytest.mark.parametrize('strength', [0.0, 0.5, 1.0])
@pytest.mark.parametrize('size', [(45, 61), (32, 32)])
@pytest.mark.parametrize('name', NAMES)
def test_shape_and_type_are_kept(name, size, strength, frame):
    image = np.ascontiguousarray(frame.image[:size[0], :size[1]])
    found = corrupt(name, image, strength)
    assert found.shape == size + (3,) and found.dtype == np.uint8


@pytest.mark.parametrize('name', NAMES)
def test_the_same_seed_gives_the_same_image(name, frame):
    first, again = (corrupt(name, frame.image, 0.7, seed=5) for _ in range(2))
    assert np.array_equal(first, again)


@pytest.mark.parametrize('name', ['color cast', 'glare', 'noise'])
def test_another_seed_gives_another_image(name, frame):
    first, second = (corrupt(name, frame.image, 0.7, seed) for seed in (5, 6))
    assert not np.array_equal(first, second)


@pytest.mark.parametrize('name', NAMES)
def test_a_greater_strength_leads_further_from_the_original(name, frame):
    distances = [distance(corrupt(name, frame.image, strength), frame.image)
                 for strength in (0.1, 0.4, 0.7, 1.0)]
    assert distances == sorted(distances) and distances[-1] > 1.4 * distances[0]


@pytest.mark.parametrize('name', NAMES)
def test_the_input_is_not_written_to(name, frame):
    image = frame.image.copy()
    image.setflags(write=False)
    corrupt(name, image, 1.0)
    assert np.array_equal(image, frame.image)


@pytest.mark.parametrize('level', [0, 51, 128, 255])
def test_full_darkness_is_half_of_the_square(level):
    image = np.full((2, 3, 3), level, np.uint8)
    assert (corrupt('darkness', image, 1.0) == round(level ** 2 / 255 / 2)).all()


def test_a_color_cast_changes_one_channel_by_a_factor_of_two():
    found = corrupt('color cast', np.full((1, 1, 3), 100, np.uint8), 1.0)[0, 0]
    strongest = max(found, key=lambda level: abs(np.log(level / 100)))
    assert strongest in (50, 200)
    assert np.log(found / 100).sum() == pytest.approx(0, abs=0.02)


def test_the_light_of_glare_stands_in_the_upper_half():
    black = np.zeros((90, 120, 3), np.uint8)
    for seed in range(5):
        found = corrupt('glare', black, 1.0, seed)[..., 0]
        assert found.max() == pytest.approx(255, abs=2)
        assert np.unravel_index(found.argmax(), found.shape)[0] <= 45


def test_noise_of_full_strength_has_its_deviation():
    gray = np.full((200, 200, 3), 128, np.uint8)
    assert corrupt('noise', gray, 1.0).std() == pytest.approx(0.18 * 255, rel=0.02)


def test_an_augmentation_corrupts_a_share_of_the_crops(frame):
    plain, target, _ = PLAIN.apply(frame, np.random.default_rng(0))
    changed = 0
    for seed in range(60):
        image, same, _ = PLAIN._replace(corruptions=0.4).apply(
            frame, np.random.default_rng(seed))
        changed += not np.array_equal(image, plain)
        assert image.shape == plain.shape and image.dtype == np.float32
        assert np.array_equal(same, target)
    assert 0.25 < changed / 60 < 0.55


def test_an_augmentation_without_corruptions_draws_as_before(frame):
    generator = np.random.default_rng(0)
    image = PLAIN.apply(frame, generator).image
    np.testing.assert_allclose(image, normalize(frame.image), atol=1e-5)
    with_none, untouched = np.random.default_rng(0), np.random.default_rng(0)
    assert PLAIN._corrupt(frame.image, with_none) is frame.image
    assert with_none.random() == untouched.random()


def test_every_corruption_is_drawn(frame, monkeypatch):
    drawn = set()

    def remember(name):
        def corrupt_nothing(image, strength, rng):
            drawn.add(name)
            return image
        return corrupt_nothing

    for name in NAMES:
        monkeypatch.setitem(CORRUPTIONS, name, remember(name))
    for seed in range(60):
        PLAIN._replace(corruptions=1.0).apply(frame, np.random.default_rng(seed))
    assert drawn == set(NAMES)
