# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

import pytest

from lsnet_ros.datasets.file_patterns import index_by_key, Pattern


@pytest.fixture
def root(tmp_path):
    for name in ('images/train/a.jpg', 'images/train/b.JPG', 'images/train/c.png',
                 'images/train/notes.txt', 'images/train/._a.jpg', 'images/val/day/1/d.jpeg',
                 'images/.hidden/e.jpg', 'masks/train/a.png', 'masks/val/day/1/d_mask.png',
                 'f.webp'):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


def find(root, text):
    return [(match.path.relative_to(root).as_posix(), match.split, match.key)
            for match in Pattern(text).find(root)]


def test_suffixes_are_alike_in_capitals(root):
    assert find(root, 'images/train/*.jpg') == [
        ('images/train/a.jpg', '', ('a',)), ('images/train/b.JPG', '', ('b',))]


@pytest.mark.parametrize('text', ['images/train/*', 'images/train/*.*'])
def test_without_a_suffix_every_image_matches(root, text):
    assert [path for path, _, _ in find(root, text)] == [
        'images/train/a.jpg', 'images/train/b.JPG', 'images/train/c.png']


def test_two_stars_stand_for_any_folders_also_none(root):
    assert find(root, 'images/{split}/**/*') == [
        ('images/train/a.jpg', 'train', ('', 'a')), ('images/train/b.JPG', 'train', ('', 'b')),
        ('images/train/c.png', 'train', ('', 'c')),
        ('images/val/day/1/d.jpeg', 'val', ('day/1/', 'd'))]


def test_a_target_has_the_key_of_its_frame(root):
    frames, targets = Pattern('images/{split}/**/*'), Pattern('masks/{split}/**/*_mask.png')
    assert frames.wildcards == targets.wildcards == ['**', '*']
    found = index_by_key(targets.find(root))
    assert found == {('val', ('day/1/', 'd')): [root / 'masks/val/day/1/d_mask.png']}


def test_a_folder_that_is_not_there_has_no_files(root):
    assert find(root, 'nowhere/*.jpg') == []


def test_files_of_the_root_are_found(root):
    assert find(root, '*') == [('f.webp', '', ('f',))]
