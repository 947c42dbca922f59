# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

import numpy as np
import pytest

from lsnet_ros.labels.label_sets import own_label_set
from lsnet_ros.labels.target_values import parse_values, read_target_values, TargetValueError
from lsnet_ros.labels.yaml_files import YamlFileError

LABELS = own_label_set('garden', [('path', (9, 9, 9)), ('lawn', (0, 200, 0)), ('cat', (7, 7, 0))])


def test_ignored_values_mean_no_class():
    values = read_target_values(LABELS, range(3), ignored=[1, 11])
    assert values.apply(np.array([[0, 1, 2, 11, 255]], np.uint8)).tolist() == [
        [0, 255, 2, 255, 255]]


def test_a_file_gives_values_the_classes_by_name(tmp_path):
    (tmp_path / 'map.yaml').write_text('7: lawn\n8: lawn\n3: path\n')
    values = read_target_values(LABELS, range(3), [0], tmp_path / 'map.yaml')
    assert values.apply(np.array([[7, 8, 3, 0, 255]], np.uint8)).tolist() == [
        [1, 1, 0, 255, 255]]
    with pytest.raises(TargetValueError, match=r'found the value 2 \(3 px\), which means no'):
        values.apply(np.array([[7, 2, 2, 2]], np.uint8))


def test_a_file_goes_before_what_a_dataset_leaves_out(tmp_path):
    (tmp_path / 'map.yaml').write_text('7: lawn\n11: path\n')
    values = read_target_values(LABELS, range(3), [7], tmp_path / 'map.yaml', void=(11, 12))
    assert values.apply(np.array([[7, 11, 12]], np.uint8)).tolist() == [[255, 0, 255]]
    with pytest.raises(TargetValueError, match='found the value 0'):
        values.apply(np.array([[0]], np.uint8))


@pytest.mark.parametrize('text, problem', [
    ('7: dog', "value 7 is 'dog', which is no class of garden: choose from path, lawn, cat"),
    ('7: [path]', r"value 7 is \['path'\], which is no class"),
    ('256: path', '256 is no value of a class: expected the class name of each value, such as'),
    ('255: path', '255 is no value of a class'), ('-1: path', '-1 is no value'),
    ('a: path', "'a' is no value of a class"), ('true: path', 'True is no value of a class')])
def test_a_wrong_file_is_refused(tmp_path, text, problem):
    (tmp_path / 'map.yaml').write_text(text)
    with pytest.raises(TargetValueError, match=problem):
        read_target_values(LABELS, range(3), path=tmp_path / 'map.yaml')


def test_a_value_of_two_classes_is_refused(tmp_path):
    (tmp_path / 'map.yaml').write_text('7: path\n8: cat\n7: lawn\n')
    with pytest.raises(YamlFileError, match='the key 7 is there twice'):
        read_target_values(LABELS, range(3), path=tmp_path / 'map.yaml')


def test_a_list_of_values_is_parsed():
    assert parse_values('') == [] and parse_values('0, 11,254') == [0, 11, 254]
    for text in ('256', '-1', 'void', '1,,2', '\u00b2'):
        with pytest.raises(TargetValueError, match='is not a list of values'):
            parse_values(text)
