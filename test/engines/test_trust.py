# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

import os

import pytest

from lsnet_ros.engines.trust import find_distrust


@pytest.fixture
def path(tmp_path):
    (tmp_path / 'a').mkdir()
    (tmp_path / 'a' / 'file').write_text('')
    return tmp_path / 'a' / 'file'


def test_what_is_ours_is_trusted_and_what_is_not_there_too(path, monkeypatch):
    assert find_distrust(path) == find_distrust(path.parent / 'none' / 'none') == ''
    monkeypatch.chdir(path.parent)
    assert find_distrust(path.relative_to(path.parent)) == ''


@pytest.mark.parametrize('bits', [0o020, 0o002])
def test_every_folder_on_the_way_counts(path, bits):
    for each in (path, path.parent, path.parent.parent):
        before = each.stat().st_mode
        each.chmod(before | bits)
        assert find_distrust(path) == (
            'other users can write to {0} ("chmod go-w {0}" forbids it)'.format(each))
        each.chmod(before)


def test_a_folder_with_the_sticky_bit_is_as_safe_as_its_files(path):
    path.parent.chmod(0o1777)
    assert find_distrust(path) == ''


def test_the_folders_that_a_link_leads_to_count_too(path, tmp_path):
    (tmp_path / 'link').symlink_to(path.parent)
    assert find_distrust(tmp_path / 'link' / 'file') == ''
    path.parent.chmod(0o777)
    assert str(path.parent) in find_distrust(tmp_path / 'link' / 'file')


@pytest.mark.skipif(os.getuid() != 0, reason='only root can give files away')
def test_an_owner_other_than_this_user_and_root_is_told(path, tmp_path):
    (tmp_path / 'link').symlink_to(path)
    for each in (tmp_path / 'link', path, path.parent):
        os.lchown(str(each), 12345, 12345)
        assert '{} belongs to user 12345 ("chown 0 '.format(each) in find_distrust(
            tmp_path / 'link')
        os.lchown(str(each), 0, 0)
