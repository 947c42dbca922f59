# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Progress bars: all items come through, with a bar and without."""

import os
import sys

import pytest

from lsnet_ros.commands.progress import progress, without_progress


@pytest.mark.parametrize('total', [3, None])
def test_every_item_comes_through_in_order(total):
    assert list(progress(iter('abc'), total, 'letters')) == ['a', 'b', 'c']


def test_without_tqdm_the_items_come_all_the_same(monkeypatch):
    monkeypatch.setitem(sys.modules, 'tqdm', None)  # what makes its import fail
    assert list(progress('abc', 3, 'letters')) == ['a', 'b', 'c']


def test_nothing_is_drawn_where_nobody_is_watching(capsys):
    list(progress('abc', 3, 'letters'))
    assert capsys.readouterr() == ('', '')


def test_without_progress_nothing_is_drawn_on_a_terminal_either(monkeypatch):
    pytest.importorskip('tqdm')
    monkeypatch.setattr(sys.stderr, 'isatty', lambda: True, raising=False)
    with without_progress():
        bar = progress('abc', 3, 'letters')
        assert os.environ['TQDM_DISABLE'] == '1'
    assert 'TQDM_DISABLE' not in os.environ
    assert bar.disable and list(bar) == ['a', 'b', 'c']
    assert not progress('abc', 3, 'letters').disable
