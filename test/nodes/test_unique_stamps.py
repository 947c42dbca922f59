# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

from hypothesis import given
from hypothesis import strategies as st

from lsnet_ros.nodes.unique_stamps import UniqueStamps


def test_stamps_that_repeat_are_moved_and_told_once():
    said = []
    stamps = UniqueStamps(said.append)
    assert [stamps.make_unique(stamp) for stamp in (0, 0, 0, 5, 3, 5)] == [0, 1, 2, 5, 3, 6]
    assert len(said) == 1 and 'two frames have the stamp 0 ns' in said[0]


@given(st.lists(st.integers(0, 5), max_size=60))
def test_no_two_stamps_are_equal_and_unique_ones_stay(given_stamps):
    stamps = UniqueStamps(lambda text: None)
    found = [stamps.make_unique(stamp) for stamp in given_stamps]
    assert len(set(found)) == len(found)
    if len(set(given_stamps)) == len(given_stamps):
        assert found == given_stamps
