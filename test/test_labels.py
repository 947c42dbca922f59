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
"""Tests of the label sets."""

from lsnet_ros.errors import LsnetError
from lsnet_ros.labels import (check_palette, IGNORE_INDEX, label_set, LABEL_SETS, LabelClass,
                              LabelError, LabelSet)
import pytest


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
    assert labels.classes[13] == LabelClass('car', id=26, train_id=13, color=(0, 0, 142))
    assert labels.classes[18] == LabelClass('bicycle', id=33, train_id=18, color=(119, 11, 32))


def test_bdd100k_has_the_classes_of_cityscapes_and_its_own_ids():
    labels = label_set('bdd100k')
    assert labels.class_names == label_set('cityscapes').class_names
    assert labels.classes[13] == LabelClass('car', id=35, train_id=13, color=(0, 0, 142))
    assert labels.classes[8].id == 29  # vegetation, which comes after terrain there


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(LabelError, match='"kitti": choose one of bdd100k, camvid, cityscapes'):
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
    ([], '0 classes: expected 1 to 255'),
    ([(str(i), i, i, (i // 256, i % 256, 0)) for i in range(256)], '256 classes'),
])
def test_a_label_set_that_contradicts_itself_is_refused(rows, message):
    with pytest.raises(LabelError, match=message):
        check_palette(of_rows(*rows))


def test_as_many_classes_as_fit_beside_the_ignored_id_are_accepted():
    check_palette(of_rows(*((str(i), i, i, (0, 0, i)) for i in range(IGNORE_INDEX))))
