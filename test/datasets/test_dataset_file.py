# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

import re

import pytest

from lsnet_ros.datasets.dataset_file import default_color, read_dataset_file
from lsnet_ros.datasets.labelled_files import DatasetError

GOOD = {'classes': '[road, car]', 'images': 'images/{split}/*', 'targets': 'labels/{split}/*'}


def write(folder, **fields):
    lines = ['{}: {}'.format(key, value) for key, value in dict(GOOD, **fields).items()
             if value is not None]
    (folder / 'dataset.yaml').write_text('\n'.join(lines))
    return folder


def test_little_is_enough(tmp_path):
    file = read_dataset_file(write(tmp_path))
    assert file.label_set.name == tmp_path.name
    assert [(c.name, c.id, c.train_id, c.color) for c in file.label_set.classes] == [
        ('road', 0, 0, (128, 0, 0)), ('car', 1, 1, (0, 128, 0))]
    assert file.train_ids == {0: 0, 1: 1, 255: 255}
    assert not file.has_colors


def test_several_values_may_mean_one_class(tmp_path):
    file = read_dataset_file(write(
        tmp_path, classes='[{name: road, ids: [7, 8]}, {name: car, ids: 26}]', ignore='[0, 11]'))
    assert file.train_ids == {7: 0, 8: 0, 26: 1, 0: 255, 11: 255, 255: 255}


def test_colours_are_those_of_the_classes_or_listed(tmp_path):
    file = read_dataset_file(write(
        tmp_path, labels='colors', ignore='[[0, 0, 0]]',
        classes='[{name: a, color: [1, 2, 3]}, {name: b, ids: [[4, 5, 6], [7, 8, 9]]}]'))
    assert file.has_colors
    assert file.train_ids == {(1, 2, 3): 0, (4, 5, 6): 1, (7, 8, 9): 1, (0, 0, 0): 255}


def test_default_colours_are_those_of_pascal_voc():
    assert [default_color(index) for index in (0, 1, 2, 6, 7, 254)] == [
        [128, 0, 0], [0, 128, 0], [128, 128, 0], [128, 128, 128], [64, 0, 0], [224, 224, 192]]
    assert len({tuple(default_color(index)) for index in range(255)}) == 255


@pytest.mark.parametrize('fields, text', [
    ({'clases': '[]'}, "unknown key 'clases': the keys are name, classes"),
    ({'images': None}, 'the key images is missing'),
    ({'classes': '[road]'}, 'expected a list of 2 to 255 classes'),
    ({'classes': '[road, {color: [1, 2, 3]}]'}, r'classes\[1\] is .*: expected a name'),
    ({'classes': '[road, {name: x, id: 3}]'}, r"classes\[1\]: unknown key 'id'"),
    ({'classes': '[road, road]'}, 'share the name road'),
    ({'classes': '[{name: a, color: [300, 0, 0]}, b]'}, 'expected three values of 0 to 255'),
    ({'classes': '[{name: a, ids: [1]}, b]'}, 'the value 1 stands for two classes'),
    ({'ignore': '[0]'}, r'the value 0 stands for two classes \(or one and ignore\)'),
    ({'ignore': '[-1]'}, 'expected whole numbers of 0 to 65535'),
    ({'labels': 'rgb'}, "labels is 'rgb': choose ids or colors"),
    ({'images': '/data/*', 'targets': '/data/*'}, 'expected a pattern below the folder'),
    ({'images': '../{split}/*'}, 'expected a pattern below the folder'),
    ({'images': 'images/*'}, 'do not both have {split}'),
    ({'targets': 'labels/{split}/**/*'}, 'have different wildcards'),
    ({'targets': 'images/{split}/*'}, 'images and targets are both'),
    ({'images': '["a/{split}/*", "b/{split}/*"]'}, '2 patterns of images and 1 of targets'),
    ({'splits': '0.2'}, 'splits is 0.2: expected folders, {train: FILE, val: FILE} or'),
    ({'splits': '{val: 1.5}'}, 'expected shares above 0 that leave frames for training'),
    ({'splits': '{test: 0.2}'}, 'expected that of val'),
    ({'splits': '{val: 0.2, group: "["}'}, 'expected a regular expression'),
    ({'splits': '{val: 0.2, group: "x"}'}, 'expected one part in parentheses'),
    ({'splits': '{val: 0.2, seed: -1}'}, 'splits.seed is -1'),
    ({'splits': '{train: a.txt}'}, 'splits has no val'),
    ({'splits': '{train: a.txt, val: ../b.txt}'}, 'expected a file below the folder'),
    ({'name': 'camvid'}, "not the 11 classes of label set 'camvid': choose another name"),
])
def test_what_is_wrong_is_one_line_with_the_file(tmp_path, fields, text):
    with pytest.raises(DatasetError, match=text) as error:
        read_dataset_file(write(tmp_path, **fields))
    assert str(error.value).startswith('{}: '.format(tmp_path / 'dataset.yaml'))
    assert '\n' not in str(error.value)


@pytest.mark.parametrize('content', ['{', '[1, 2]', '', 'a: !!python/name:os.system', '[' * 5000])
def test_what_is_no_description_is_refused(tmp_path, content):
    (tmp_path / 'dataset.yaml').write_text(content)
    with pytest.raises(DatasetError, match=re.escape(str(tmp_path / 'dataset.yaml'))):
        read_dataset_file(tmp_path)


def test_a_large_file_is_not_read(tmp_path):
    (tmp_path / 'dataset.yaml').write_text('#' * (2 ** 20 + 1))
    with pytest.raises(DatasetError, match='expected 1048576 at most'):
        read_dataset_file(tmp_path)


def test_a_folder_without_the_file_is_refused(tmp_path):
    with pytest.raises(DatasetError, match='dataset.yaml: cannot be opened'):
        read_dataset_file(tmp_path)
