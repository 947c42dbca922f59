# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

import re

import pytest

from lsnet_ros.datasets import drives
from lsnet_ros.datasets.drives import find_drives
from lsnet_ros.datasets.labelled_files import DatasetError


@pytest.mark.parametrize('pattern, expected', [
    ('([^_]*)_', ['a', 'b', None, 'd/é']),
    ('^(.)', ['a', 'b', 'c', 'd']),       # the name counts before the path
    ('(x)?', ['', '', '', '']),           # a group that takes no part is empty
    ('d/(é)', [None, None, None, 'é']),   # the path, where the name does not match
])
def test_the_first_text_that_matches_counts(pattern, expected):
    names = [('a_1.png', 'd/a_1.png'), ('b_1.png', 'd/b_1.png'), ('c.png', 'd/c.png'),
             ('d.png', 'd/é_d.png')]
    assert find_drives(re.compile(pattern), names) == expected


def test_an_endless_search_is_ended(monkeypatch):
    monkeypatch.setattr(drives, 'TIME_S', 0.5)
    with pytest.raises(DatasetError, match='took more than 0 s on 1 names: write it without'):
        find_drives(re.compile('(a+)+b'), [('a' * 40, 'a' * 40)])
