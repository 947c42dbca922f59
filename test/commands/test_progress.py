# Copyright 2026 The lsnet_ros authors
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.
"""Layers that more than one network is made of."""

import sys

from lsnet_ros.commands.progress import progress
import pytest


@pytest.mark.parametrize('total', [3, None])
def test_every_item_comes_through_in_order(total):
    assert list(progress(iter('abc'), total, 'letters')) == ['a', 'b', 'c']


def test_without_tqdm_the_items_come_all_the_same(monkeypatch):
    monkeypatch.setitem(sys.modules, 'tqdm', None)  # what makes its import fail
    assert list(progress('abc', 3, 'letters')) == ['a', 'b', 'c']


def test_nothing_is_drawn_where_nobody_is_watching(capsys):
    list(progress('abc', 3, 'letters'))
    assert capsys.readouterr() == ('', '')
