# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Layers that more than one network is made of."""

import sys

import pytest

from lsnet_ros.commands.progress import progress


@pytest.mark.parametrize('total', [3, None])
def test_every_item_comes_through_in_order(total):
    assert list(progress(iter('abc'), total, 'letters')) == ['a', 'b', 'c']


def test_without_tqdm_the_items_come_all_the_same(monkeypatch):
    monkeypatch.setitem(sys.modules, 'tqdm', None)  # what makes its import fail
    assert list(progress('abc', 3, 'letters')) == ['a', 'b', 'c']


def test_nothing_is_drawn_where_nobody_is_watching(capsys):
    list(progress('abc', 3, 'letters'))
    assert capsys.readouterr() == ('', '')
