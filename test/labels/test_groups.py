# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

import numpy as np
import pytest

from lsnet_ros.labels.groups import GroupError, list_groups, read_groups
from lsnet_ros.labels.label_sets import label_set, own_label_set
from lsnet_ros.labels.yaml_files import YamlFileError

LABELS = own_label_set('garden', [('path', (9, 9, 9)), ('lawn', (0, 200, 0)),
                                  ('hedge', (0, 90, 0)), ('cat', (200, 90, 0))])
GOOD = '''
open: {classes: [path, lawn, pond]}
closed: {classes: [cat, hedge], color: [255, 0, 0]}
'''


def write(tmp_path, text):
    (tmp_path / 'garden.yaml').write_text(text)
    return tmp_path / 'garden.yaml'


def test_each_class_becomes_its_group(tmp_path):
    groups = read_groups(write(tmp_path, GOOD), LABELS)
    assert groups.label_set.class_names == ['open', 'closed']
    assert groups.label_set.palette.tolist() == [[9, 9, 9], [255, 0, 0]]
    ids = np.array([[0, 1, 2, 3, 255, 77]], np.uint8)
    assert groups.apply(ids).tolist() == [[0, 0, 1, 1, 255, 77]]


@pytest.mark.parametrize('name', ['camvid', 'cityscapes', 'bdd100k'])
def test_the_drivable_groups_are_those_of_every_street_dataset(name):
    labels = label_set(name)
    groups = read_groups('drivable', labels)
    assert 'drivable' in list_groups()
    assert groups.label_set.class_names == ['drivable', 'pavement', 'obstacle', 'sky']
    members = {group: [label.name for label in labels.classes
                       if groups.table[label.train_id] == index]
               for index, group in enumerate(groups.label_set.class_names)}
    assert members['drivable'] == ['road'] and members['sky'] == ['sky']
    assert {'car', 'fence', 'pole'} < set(members['obstacle'])


@pytest.mark.parametrize('text, problem', [
    ('open: {classes: [path]}\nclosed: {classes: [hedge]}', 'lawn, cat of label set garden in no'),
    (GOOD + 'more: {classes: [cat]}', 'cat is listed more than once'),
    ('open: [path]', "group 'open' is"),
    ('open: {classes: [path], colour: [1, 2, 3]}', "group 'open' is"),
    (GOOD.replace('255', '256'), 'has colour'),
    (GOOD.replace('255', 'red'), 'the color of group closed is'),
])
def test_wrong_groups_are_refused(tmp_path, text, problem):
    with pytest.raises(GroupError, match=problem):
        read_groups(write(tmp_path, text), LABELS)


def test_a_group_that_is_there_twice_is_refused(tmp_path):
    twice = GOOD + 'closed: {classes: [cat, hedge]}'
    with pytest.raises(YamlFileError, match="the key 'closed' is there twice"):
        read_groups(write(tmp_path, twice), LABELS)


def test_unknown_groups_are_refused(tmp_path):
    with pytest.raises(GroupError, match="'none' are not known: choose from drivable, or"):
        read_groups('none', LABELS)
