# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The data of a run: labelled frames, frames for the teacher alone, soft labels of both."""

import cv2
import numpy as np
import pytest

from lsnet_ros.datasets.labelled_files import DatasetError
from lsnet_ros.training.data import open_data, open_scenes, SCENES
from lsnet_ros.training.recipes import Recipe, RecipeError

RECIPE = Recipe('lps-net-0', 'camvid', (90, 120), (64, 96), 10, 2, 0.05)


def quiet(items, total, unit):
    return items


@pytest.fixture
def root(tmp_path, frame):
    """CamVid's layout with two frames to fit and one to choose by."""
    small = cv2.resize(frame, (60, 45))
    for split, count in (('train', 2), ('val', 1)):
        for number in range(count):
            for folder, image in ((split, small), (split + 'annot', np.zeros((45, 60), np.uint8))):
                (tmp_path / folder).mkdir(exist_ok=True)
                assert cv2.imwrite(str(tmp_path / folder / '{}.png'.format(number)), image)
    (tmp_path / 'drive' / 'a').mkdir(parents=True)
    for number in range(3):
        assert cv2.imwrite(str(tmp_path / 'drive' / 'a' / '{}.png'.format(number)), small // 2)
    return tmp_path


def test_without_a_teacher_there_are_no_soft_labels(root):
    data = open_data(RECIPE, root, root / 'run', quiet)
    assert (data.label_set.name, len(data.train), len(data.val)) == ('camvid', 2, 1)
    assert data.soft_labels is None


def test_the_teacher_speaks_for_unlabelled_frames_too(root, tiny_model):
    recipe = RECIPE._replace(teacher=str(tiny_model), unlabelled=str(root / 'drive/**/*.png'))
    data = open_data(recipe, root, root / 'run', quiet)
    assert len(data.train) == len(data.soft_labels) == 5
    has_target = [bool((data.train[index].target != 255).any()) for index in range(5)]
    assert has_target == [True, True, False, False, False]
    assert data.train[2].image.max() <= 127 < data.train[0].image.max()


@pytest.mark.parametrize('change, reason', [
    ({'unlabelled': 'drive/*.png'}, 'there is no teacher to label these frames'),
    ({'dataset': 'cityscapes'}, 'found no frames'),
    ({'dataset': 'OWN', 'street_scenes': 0.2}, "rendered scenes have the classes of 'camvid'")])
def test_what_is_missing_or_does_not_fit_is_named(root, change, reason, write_own_data):
    own = write_own_data(root / 'own', {'train/a': 1, 'val/b': 1})
    if change.get('dataset') == 'OWN':
        change, root = dict(change, dataset=str(own)), None
    with pytest.raises((RecipeError, DatasetError), match=reason):
        open_data(RECIPE._replace(**change), root, own / 'run', quiet)


def test_a_pattern_that_finds_nothing_is_refused(root, tiny_model):
    recipe = RECIPE._replace(teacher=str(tiny_model), unlabelled=str(root / 'nowhere/*.png'))
    with pytest.raises(DatasetError, match='nowhere.*found no files'):
        open_data(recipe, root, root / 'run', quiet)


def test_a_dataset_of_files_needs_its_folder():
    with pytest.raises(DatasetError, match="'camvid' is read from files"):
        open_data(RECIPE, None, None, quiet)


@pytest.mark.parametrize('share, count', [(0.25, SCENES), (0.0, 0)])
def test_a_recipe_gets_the_scenes_that_it_mixes_in(share, count):
    assert len(open_scenes(RECIPE._replace(street_scenes=share))) == count
