# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

import shutil

import cv2
import numpy as np
import pytest

Image = pytest.importorskip('PIL.Image')
from lsnet_ros.datasets.check import check_dataset  # noqa: E402


def check(folder):
    return check_dataset(folder, lambda items, total, unit: items)


def test_all_that_the_files_hold_is_counted(tmp_path, write_own_data):
    write_own_data(tmp_path, {'train/a': 1, 'train/b': 11, 'val/c': 1})
    report = check(tmp_path)
    assert report.faults == [] and report.remarks == []
    train = report.splits['train']
    assert (train.frames, train.sizes) == (2, {(32, 24): 2})
    assert (train.pixels, train.frames_with, train.ignored) == ([768, 384], [2, 1], 384)
    assert report.splits['val'].pixels == [384, 384]


def test_every_fault_is_named_in_one_run(tmp_path, write_own_data):
    names = ['unknown', 'smoothed', 'missing', 'small', 'torn', 'jpeg', 'turned', 'copy', 'good']
    write_own_data(tmp_path, dict({'train/' + name: 1 for name in names}, **{'val/z': 1}))
    labels, images = tmp_path / 'labels/train', tmp_path / 'images/train'
    cv2.imwrite(str(labels / 'unknown.png'), np.full((24, 32), 7, np.uint8))
    cv2.imwrite(str(labels / 'smoothed.png'), np.arange(24 * 32).reshape(24, 32).astype(np.uint8))
    (labels / 'missing.png').unlink()
    cv2.imwrite(str(labels / 'small.png'), np.zeros((12, 16), np.uint8))
    data = (labels / 'torn.png').read_bytes()
    (labels / 'torn.png').write_bytes(data[:-15])
    cv2.imwrite(str(labels / 'jpeg.jpg'), np.zeros((24, 32), np.uint8))
    (labels / 'jpeg.jpg').rename(labels / 'jpeg.png')
    turned = Image.open(str(images / 'turned.jpg'))
    exif = turned.getexif()
    exif[0x112] = 6
    turned.save(str(images / 'turned.jpg'), exif=exif)
    shutil.copy(str(images / 'copy.jpg'), str(tmp_path / 'images/val/z.jpg'))
    report = check(tmp_path)
    found = [fault.replace(str(tmp_path) + '/', '') for fault in report.faults]
    expected = [
        'labels/train/jpeg.png: is a JPEG file, whose compression changes labels: export PNG '
        'files',
        'images/train/missing.jpg: has no target: label it, or remove the frame',
        'labels/train/small.png: is 16x12 (width x height), its frame is 32x24: export it at the '
        'size of the frame',
        'labels/train/smoothed.png: has 252 values of no class, such as ',
        'labels/train/torn.png: ends before its image does, after {} bytes'.format(len(data) - 15),
        'images/train/turned.jpg: is shown turned or mirrored (EXIF orientation 6), but its '
        'target belongs to the pixels as stored: turn the pixels and remove the tag',
        'labels/train/unknown.png: has 7 (768 px) of no class: list it in dataset.yaml, as ids of '
        'a class or under ignore',
        'images/train/copy.jpg: is in train, the same picture is in val (images/val/z.jpg): '
        'remove one, as figures of val would be too good']
    assert len(found) == len(expected)
    for text, start in zip(found, expected):
        assert text.startswith(start)


def test_masks_of_0_and_255_are_told(tmp_path, write_own_data):
    write_own_data(tmp_path, {'train/a': 255, 'val/b': 255})
    report = check(tmp_path)
    assert report.faults == ['all label files hold 0 and 255 alone, and 255 is of no class: where '
                             'white means a class, give it "ids: [255]"']
    assert report.remarks == ['class car has no pixel in train', 'class car has no pixel in val']


def test_targets_without_a_frame_are_told(tmp_path, write_own_data):
    write_own_data(tmp_path, {'train/a': 1, 'train/b': 1, 'val/c': 1})
    (tmp_path / 'images/train/b.jpg').unlink()
    assert check(tmp_path).remarks == ['1 targets have no frame, such as {}'.format(
        tmp_path.resolve() / 'labels/train/b.png')]
