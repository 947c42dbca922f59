# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Tests of the label sets."""

import pytest

from lsnet_ros.errors import LsnetError
from lsnet_ros.labels.label_sets import (
    check_palette,
    IGNORE_INDEX,
    label_set,
    LABEL_SETS,
    LabelClass,
    LabelError,
    LabelSet,
)


def of_rows(*rows):
    return LabelSet('mine', tuple(LabelClass(*row) for row in rows))


@pytest.mark.parametrize('name', sorted(LABEL_SETS))
def test_every_label_set_is_found_by_its_name_and_tells_its_classes_apart(name):
    assert label_set(name).name == name
    check_palette(label_set(name))


def test_camvid_has_its_eleven_classes_in_order():
    labels = label_set('camvid')
    assert labels.num_classes == 11
    assert labels.class_names == [
        'sky', 'building', 'pole', 'road', 'pavement', 'tree', 'sign_symbol', 'fence', 'car',
        'pedestrian', 'bicyclist']
    assert labels.palette.tolist() == [
        [128, 128, 128], [128, 0, 0], [192, 192, 128], [128, 64, 128], [60, 40, 222],
        [128, 128, 0], [192, 128, 128], [64, 64, 128], [64, 0, 128], [64, 64, 0], [0, 128, 192]]
    assert labels.palette.dtype == 'uint8'


def test_cityscapes_knows_ids_from_train_ids():
    labels = label_set('cityscapes')
    assert labels.num_classes == 19
    assert labels.classes[13] == LabelClass('car', 26, 13, (0, 0, 142), 'vehicle')
    assert labels.classes[18] == LabelClass('bicycle', 33, 18, (119, 11, 32), 'vehicle')


def test_cityscapes_is_as_its_authors_have_it():
    labels = pytest.importorskip('cityscapesscripts.helpers.labels').labels
    official = [label for label in labels if label.trainId not in (-1, IGNORE_INDEX)]
    assert list(label_set('cityscapes').classes) == [
        LabelClass(label.name, label.id, label.trainId, label.color, label.category)
        for label in sorted(official, key=lambda label: label.trainId)]


def test_cityscapes_has_seven_categories():
    categories = label_set('cityscapes').categories
    assert len(categories) == 19
    assert set(categories) == {'flat', 'construction', 'object', 'nature', 'sky', 'human',
                               'vehicle'}


@pytest.mark.parametrize('name', ['ade20k', 'bdd100k', 'camvid'])
def test_other_sets_have_no_categories(name):
    assert label_set(name).categories == []


def test_bdd100k_has_the_classes_of_cityscapes_by_their_train_ids():
    labels = label_set('bdd100k')
    assert labels.class_names == label_set('cityscapes').class_names
    assert labels.classes[13] == LabelClass('car', id=13, train_id=13, color=(0, 0, 142))


def test_ade20k_has_the_150_classes_of_the_benchmark_counted_from_one():
    classes = label_set('ade20k').classes
    assert len(classes) == 150
    assert classes[0] == LabelClass('wall', 1, 0, (120, 120, 120))
    assert classes[20] == LabelClass('car', 21, 20, (0, 102, 200))
    assert classes[44] == LabelClass('chest of drawers', 45, 44, (6, 51, 255))
    assert classes[89] == LabelClass('television', 90, 89, (0, 255, 194))
    assert classes[149] == LabelClass('flag', 150, 149, (92, 0, 255))


def test_road_and_skyscraper_which_ade20k_paints_alike_can_be_told_apart():
    classes = {label.name: label for label in label_set('ade20k').classes}
    assert (classes['road'].train_id, classes['road'].color) == (6, (140, 140, 140))
    assert (classes['skyscraper'].train_id, classes['skyscraper'].color) == (48, (140, 140, 141))


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(LabelError,
                       match='"kitti": choose one of ade20k, bdd100k, camvid, cityscapes'):
        label_set('kitti')


def test_a_label_error_is_for_the_user_and_a_value_error():
    assert issubclass(LabelError, LsnetError) and issubclass(LabelError, ValueError)


@pytest.mark.parametrize('rows, message', [
    ([('a', 0, 0, (1, 2, 3)), ('b', 1, 1, (1, 2, 3))], r'share the color \(1, 2, 3\)'),
    ([('a', 0, 0, (1, 2, 3)), ('a', 1, 1, (1, 2, 4))], 'share the name a'),
    ([('a', 5, 0, (1, 2, 3)), ('b', 5, 1, (1, 2, 4))], r'0 and 1 \("a" and "b"\).*share the id 5'),
    ([('a', 0, 1, (1, 2, 3)), ('b', 1, 0, (1, 2, 4))], 'train id 1: expected 0'),
    ([('a', 0, 0, (1, 2, 256))], r'colour \(1, 2, 256\)'),
    ([('a', 0, 0, (1, 2))], 'expected three values'),
    ([('a', 0, 0, (1, 2, 3), 'sky'), ('b', 1, 1, (1, 2, 4))], '"b" .* has no category'),
    ([], '0 classes: expected 1 to 255'),
    ([(str(i), i, i, (i // 256, i % 256, 0)) for i in range(256)], '256 classes'),
])
def test_a_label_set_that_contradicts_itself_is_refused(rows, message):
    with pytest.raises(LabelError, match=message):
        check_palette(of_rows(*rows))


def test_as_many_classes_as_fit_beside_the_ignored_id_are_accepted():
    check_palette(of_rows(*((str(i), i, i, (0, 0, i)) for i in range(IGNORE_INDEX))))
