# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

from collections import Counter

import cv2
import numpy as np
import pytest

pytest.importorskip('PIL')
from lsnet_ros.datasets import is_dataset, open_split  # noqa: E402
from lsnet_ros.datasets.labelled_files import DatasetError  # noqa: E402
from lsnet_ros.datasets.own_data import OwnData  # noqa: E402

SHARES = '''
classes: [road, car]
images: images/**/*
targets: labels/**/*
splits: {val: 0.25, seed: %d, group: '([^_]*)_'}
'''
LISTS = '''
classes: [road, car]
images: images/*
targets: labels/*
splits: {train: train.txt, val: val.txt}
'''
COLORS = '''
classes:
- {name: road, color: [128, 64, 128]}
- {name: car, ids: [[0, 0, 142], [0, 0, 70]]}
labels: colors
ignore: [[0, 0, 0]]
images: images/{split}/*
targets: labels/{split}/*
'''


def test_frames_have_the_ids_of_their_classes(tmp_path, write_own_data):
    write_own_data(tmp_path, {'train/a': 1, 'train/b': 11, 'val/c': 255})
    train = open_split(str(tmp_path), None, 'train')
    assert len(train) == 2 and train.label_set.class_names == ['road', 'car']
    frame = train[0]
    assert frame.name == 'a' and frame.image.shape == (24, 32, 3)
    np.testing.assert_array_equal(frame.target, np.repeat([0, 1], 12)[:, None].repeat(32, 1))
    assert np.unique(train[1].target).tolist() == [0, 255]
    assert np.unique(open_split(str(tmp_path), None, 'val')[0].target).tolist() == [0, 255]


def test_colours_become_ids(tmp_path, write_own_data):
    write_own_data(tmp_path, {'train/a': 1, 'val/b': 1}, COLORS)
    colors = np.array([[[128, 64, 128], [0, 0, 142], [0, 0, 70], [0, 0, 0]]], np.uint8)
    cv2.imwrite(str(tmp_path / 'labels/train/a.png'), colors[:, :, ::-1])
    cv2.imwrite(str(tmp_path / 'images/train/a.jpg'), colors)
    train = OwnData(tmp_path, 'train')
    assert train[0].target.tolist() == [[0, 1, 1, 255]]
    cv2.imwrite(str(tmp_path / 'labels/train/a.png'), colors)  # red and blue exchanged
    with pytest.raises(DatasetError, match=r'has \(70, 0, 0\) \(1 px\), \(142, 0, 0\) \(1 px\) '
                                           'of no class'):
        train[0]


def test_groups_stay_together_and_the_seed_decides(tmp_path, write_own_data):
    names = ['{}/{}_{}'.format('xy'[drive % 2], drive, number)
             for drive in range(8) for number in range(5)]
    write_own_data(tmp_path, dict.fromkeys(names, 1), SHARES % 3)
    splits = {split: OwnData(tmp_path, split) for split in ('train', 'val')}
    drives = {split: Counter(path.name.split('_')[0] for path in data.frames)
              for split, data in splits.items()}
    assert not set(drives['train']) & set(drives['val'])
    assert set(drives['train'].values()) == set(drives['val'].values()) == {5}
    assert len(splits['val']) == 10 and len(splits['train']) == 30
    assert OwnData(tmp_path, 'val').frames == splits['val'].frames
    (tmp_path / 'dataset.yaml').write_text(SHARES % 4)
    assert OwnData(tmp_path, 'val').frames != splits['val'].frames


def test_lists_name_frames(tmp_path, write_own_data):
    write_own_data(tmp_path, {'a': 1, 'b': 0, 'c': 1}, LISTS)
    (tmp_path / 'train.txt').write_text('# mine\nimages/a.jpg labels/a.png\nb\n\n')
    (tmp_path / 'val.txt').write_text('c.jpg\n')
    assert [path.stem for path in OwnData(tmp_path, 'train').frames] == ['a', 'b']
    assert [path.stem for path in OwnData(tmp_path, 'val').frames] == ['c']
    (tmp_path / 'val.txt').write_text('d\n')
    with pytest.raises(DatasetError, match="val.txt: 'd' is the name of no frames, expected one"):
        OwnData(tmp_path, 'val')


@pytest.mark.parametrize('harm, text', [
    (lambda root: (root / 'labels/train/a.png').unlink(),
     'images/train/a.jpg: has no target, as 1 of 1 frames'),
    (lambda root: cv2.imwrite(str(root / 'labels/train/a.bmp'), np.zeros((24, 32), np.uint8)),
     None),
    (lambda root: cv2.imwrite(str(root / 'labels/train/a.png'), np.zeros((12, 32), np.uint8)),
     r'a.png: is 32x12, expected 32x24, the size \(width x height\) of the frame'),
    (lambda root: cv2.imwrite(str(root / 'labels/train/a.png'), np.full((24, 32), 77, np.uint8)),
     r'a.png: has 77 \(768 px\) of no class: list it in dataset.yaml'),
    (lambda root: cv2.imwrite(str(root / 'labels/train/a.png'), np.zeros((24, 32, 3), np.uint8)),
     'the label files hold colours, expected indices'),
    (lambda root: (root / 'images/train/a.jpg').write_bytes(b'x'), 'a.jpg: cannot be read as an'),
])
def test_what_is_wrong_with_a_frame_is_one_line(tmp_path, write_own_data, harm, text):
    write_own_data(tmp_path, {'train/a': 1, 'val/b': 1})
    harm(tmp_path)
    if text is None:  # a second file that the pattern of targets does not match
        assert len(OwnData(tmp_path, 'train')) == 1
        return
    with pytest.raises(DatasetError, match=text):
        OwnData(tmp_path, 'train')[0]


def test_two_targets_of_a_frame_are_refused(tmp_path, write_own_data):
    write_own_data(tmp_path, {'a': 1, 'b': 1}, LISTS)
    cv2.imwrite(str(tmp_path / 'labels/a.bmp'), np.zeros((24, 32), np.uint8))
    with pytest.raises(DatasetError, match='images/a.jpg: has 2 targets'):
        OwnData(tmp_path, 'train')


def test_unknown_splits_and_empty_ones_are_refused(tmp_path, write_own_data):
    write_own_data(tmp_path, {'train/a': 1, 'val/b': 1})
    with pytest.raises(DatasetError, match="has no split 'test': choose from train, val"):
        OwnData(tmp_path, 'test')
    (tmp_path / 'images/val/b.jpg').unlink()
    with pytest.raises(DatasetError, match='the split val has no frame'):
        OwnData(tmp_path, 'train')
    (tmp_path / 'images/train/a.jpg').unlink()
    with pytest.raises(DatasetError, match='found no frames: check the pattern'):
        OwnData(tmp_path, 'train')


def test_a_path_is_a_dataset_where_the_file_lies(tmp_path, write_own_data):
    write_own_data(tmp_path / 'mine', {'train/a': 1, 'val/b': 1})
    assert is_dataset(str(tmp_path / 'mine')) and is_dataset('camvid')
    assert is_dataset(str(tmp_path / 'mine' / 'dataset.yaml'))
    assert not is_dataset(str(tmp_path)) and not is_dataset('camvids')
    with pytest.raises(DatasetError, match=r"dataset 'camvids' is not known \(did you mean "
                                           r"'camvid'\?\): choose from ade20k"):
        open_split('camvids', None, 'train')
    with pytest.raises(DatasetError, match='leave out --root'):
        open_split(str(tmp_path / 'mine'), tmp_path, 'train')
