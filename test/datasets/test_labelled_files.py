# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Every dataset of image files, each in its published layout."""

from pathlib import Path
import re

import cv2
import numpy as np
import pytest

from lsnet_ros.datasets import DATASETS, LABEL_SET_NAMES
from lsnet_ros.datasets.labelled_files import DatasetError
from lsnet_ros.errors import LsnetError
from lsnet_ros.labels.label_sets import LABEL_SETS

# For each dataset: a split, a frame, its label file, labels and their train ids, a label outside
# of the dataset's, and the text of those inside.
FILES = {
    'ade20k': ('val', 'images/validation/ADE_val_00000001.jpg',
               'annotations/validation/ADE_val_00000001.png', [0, 1, 150], [255, 0, 149],
               151, '0 to 150'),
    'bdd100k': ('train', 'images/10k/train/0004a4c0-d4dff0ad.jpg',
                'labels/sem_seg/masks/train/0004a4c0-d4dff0ad.png', [0, 18, 255], [0, 18, 255],
                19, '0 to 18 or 255'),
    'camvid': ('val', 'val/0016E5_08190.png', 'valannot/0016E5_08190.png', [0, 10, 11],
               [0, 10, 255], 12, '0 to 11 or 255'),
    'cityscapes': ('val', 'leftImg8bit/val/ulm/ulm_000003_000019_leftImg8bit.png',
                   'gtFine/val/ulm/ulm_000003_000019_gtFine_labelIds.png', [6, 7, 33],
                   [255, 0, 18], 34, '0 to 33'),
    'cityscapes-coarse': ('train_extra',
                          'leftImg8bit/train_extra/ulm/ulm_000003_000019_leftImg8bit.png',
                          'gtCoarse/train_extra/ulm/ulm_000003_000019_gtCoarse_labelIds.png',
                          [0, 8, 31], [255, 1, 16], 255, '0 to 33'),
}
SPLITS = [(name, split) for name in FILES for split in ('train', 'val')]


@pytest.fixture(params=sorted(FILES))
def case(request, write_labelled):
    """Return the name, the root and the row of FILES of each dataset in turn."""
    row = FILES[request.param]
    return request.param, write_labelled(row[1], row[2], [row[3]] * 2), row


def open_dataset(case):
    name, root, (split, *_) = case
    return DATASETS[name](root, split)


def test_a_sample_is_a_frame_in_rgb_with_train_ids(case):
    _, root, (_, frame, _, _, train_ids, _, _) = case
    dataset = open_dataset(case)
    sample = dataset[0]
    assert len(dataset) == 1
    assert sample.name == (root / frame).stem
    assert sample.image.shape == (2, 3, 3) and sample.image.dtype == np.uint8
    assert np.abs(sample.image.astype(int) - (0, 0, 255)).max() <= 2  # JPEG is not exact
    assert sample.target.tolist() == [train_ids] * 2 and sample.target.dtype == np.uint8


def test_the_label_set_is_found_without_the_files(case):
    name, *_ = case
    assert LABEL_SETS[LABEL_SET_NAMES.get(name, name)] is open_dataset(case).label_set


def test_every_class_has_a_label(case):
    dataset = open_dataset(case)
    labels = [label.id for label in dataset.label_set.classes]
    cv2.imwrite(str(dataset.targets[0]), np.array([labels], np.uint8))
    cv2.imwrite(str(dataset.frames[0]), np.zeros((1, len(labels), 3), np.uint8))
    assert dataset[0].target.tolist() == [list(range(len(labels)))]


@pytest.mark.parametrize('name, split', SPLITS, ids='-'.join)
def test_every_dataset_has_a_split_to_train_with_and_one_to_choose_with(name, split, tmp_path):
    with pytest.raises(DatasetError, match='found no frames, expected the .* layout'):
        DATASETS[name](tmp_path, split)


def test_an_unknown_split_lists_the_known(case):
    name, root, _ = case
    with pytest.raises(DatasetError, match="has no split 'validation': choose from train, "):
        DATASETS[name](root, 'validation')


def test_frames_are_in_the_order_of_their_names(case, write_labelled):
    name, root, (split, frame, target, labels, *_) = case
    for prefix in 'z', '+':
        write_labelled(*(Path(path).with_name(prefix + Path(path).name)
                         for path in (frame, target)), [labels])
    names = [path.name for path in DATASETS[name](root, split).frames]
    assert names == ['+' + Path(frame).name, Path(frame).name, 'z' + Path(frame).name]


def test_a_label_outside_the_set_names_its_file(case):
    _, root, (_, _, target, labels, _, wrong, expected) = case
    cv2.imwrite(str(root / target), np.array([labels, [labels[0], wrong, labels[1]]], np.uint8))
    with pytest.raises(DatasetError) as error:
        open_dataset(case)[0]
    assert str(error.value) == '{}: found the label {}, expected {}'.format(
        root / target, wrong, expected)


@pytest.mark.parametrize('which', [1, 2], ids=['frame', 'target'])
@pytest.mark.parametrize('part', [0.1, 0.5, 0.9, 0.999])
def test_a_truncated_file_is_named(case, which, part):
    path = case[1] / case[2][which]
    rng = np.random.RandomState(0)
    cv2.imwrite(str(path), rng.randint(0, 256, (60, 80, 3), np.uint8))
    data = path.read_bytes()
    path.write_bytes(data[:int(part * len(data))])
    with pytest.raises(DatasetError) as error:
        open_dataset(case)[0]
    assert str(error.value) == ('{}: ends before its image does, after {} bytes: restore the '
                                'file'.format(path, int(part * len(data))))


@pytest.mark.parametrize('which', [1, 2], ids=['frame', 'target'])
@pytest.mark.parametrize('content', [b'', b'version https://git-lfs.github.com/spec/v1',
                                     b'\x89PNG', b'\xff\xd8'])
def test_what_is_no_image_is_named(case, which, content):
    path = case[1] / case[2][which]
    path.write_bytes(content)
    with pytest.raises(DatasetError, match=path.name + ': cannot be read as an image'):
        open_dataset(case)[0]


def test_a_file_that_vanishes_is_named(case):
    dataset = open_dataset(case)
    dataset.frames[0].unlink()
    with pytest.raises(DatasetError, match=dataset.frames[0].name + ': cannot be opened: No such'):
        dataset[0]


@pytest.mark.parametrize('target', [np.zeros((2, 2), np.uint8), np.zeros((3, 2), np.uint8),
                                    np.zeros((2, 3, 3), np.uint8), np.zeros((2, 3), np.uint16)])
def test_a_target_that_does_not_fit_its_frame_is_refused(case, target):
    path = case[1] / case[2][2]
    cv2.imwrite(str(path), target)
    with pytest.raises(DatasetError, match=re.escape(
            '{}: found {} of shape {}, expected uint8 class ids of shape (2, 3)'.format(
                path, target.dtype, target.shape))):
        open_dataset(case)[0]


def test_a_missing_target_is_found_at_once(case):
    path = case[1] / case[2][2]
    path.unlink()
    with pytest.raises(DatasetError, match=path.name + ': not found, expected the target'):
        open_dataset(case)


def test_a_frame_is_read_as_it_is_stored_and_not_turned(write_labelled):
    """An upright camera writes its orientation into the file, without effect on the target."""
    _, frame, target, *_ = FILES['bdd100k']
    root = write_labelled(frame, target, [[0, 0, 0]])
    data = (root / frame).read_bytes()
    turned = (b'\xff\xe1\x00\x22Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01'
              b'\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00')
    (root / frame).write_bytes(data[:2] + turned + data[2:])
    assert cv2.imread(str(root / frame)).shape == (3, 1, 3)
    assert DATASETS['bdd100k'](root, 'train')[0].image.shape == (1, 3, 3)


def test_a_dataset_error_is_for_the_user_and_a_value_error():
    assert issubclass(DatasetError, LsnetError) and issubclass(DatasetError, ValueError)
