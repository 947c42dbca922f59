# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

import os
import socket

import pytest

from lsnet_ros.limits.regular_files import open_regular, read_bytes


def test_a_file_is_read_through_a_link_too(tmp_path):
    (tmp_path / 'file').write_bytes(b'12345')
    (tmp_path / 'link').symlink_to('file')
    assert read_bytes(tmp_path / 'file', 5) == read_bytes(str(tmp_path / 'link'), 5) == b'12345'
    with open_regular(tmp_path / 'file', 5) as file:
        assert (file.read(2), file.read()) == (b'12', b'345')


def test_a_larger_file_is_refused_with_both_sizes(tmp_path):
    (tmp_path / 'file').write_bytes(b'12345')
    with pytest.raises(OSError, match='It has 5 bytes, expected 4 at most: .*file'):
        open_regular(tmp_path / 'file', 4)


def test_a_file_without_an_end_is_refused():
    # Of the proc file system: its size is said to be 0.
    with pytest.raises(OSError, match='It has 3 bytes, expected 2 at most'):
        read_bytes('/proc/self/status', 2)


def test_whatever_is_no_regular_file_is_refused_at_once(tmp_path):
    os.mkfifo(str(tmp_path / 'pipe'))
    (tmp_path / 'link').symlink_to('pipe')
    with socket.socket(socket.AF_UNIX) as end:
        end.bind(str(tmp_path / 'socket'))
        for path, kind in ((tmp_path, 'folder'), (tmp_path / 'pipe', 'pipe'),
                           (tmp_path / 'link', 'pipe'), (tmp_path / 'socket', 'socket'),
                           ('/dev/zero', 'device'), ('/dev/tty', 'device')):
            with pytest.raises(OSError, match='It is a {}, expected a regular file'.format(kind)):
                open_regular(path, 5)


def test_a_missing_file_is_told_as_ever(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_bytes(tmp_path / 'nothing', 5)
