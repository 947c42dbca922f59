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
"""Pairing by stamp: any order, bounded, each stamp once."""

from hypothesis import given
from hypothesis import strategies as st
from lsnet_ros.nodes.stamp_pairs import StampPairs
import pytest


@pytest.mark.parametrize('order', [('mask', 'target'), ('target', 'mask')])
def test_equal_stamps_are_a_pair_in_either_order(order):
    pairs = StampPairs()
    assert pairs.add(order[0], 5, order[0]) is None
    assert pairs.add(order[1], 6, 'another') is None
    assert pairs.add(order[1], 5, order[1]) == ('mask', 'target')
    assert pairs.is_paired(5) and not pairs.is_paired(6)


def test_what_waits_is_bounded_and_the_oldest_goes_first():
    pairs = StampPairs(capacity=2)
    for stamp in (1, 2, 3):
        pairs.add('target', stamp, stamp)
    assert pairs.dropped == {'mask': 0, 'target': 1}
    assert pairs.add('mask', 1, 'm') is None
    assert pairs.add('mask', 3, 'm') == ('m', 3)


def test_a_frame_that_was_sent_twice_is_one_pair():
    pairs = StampPairs()
    pairs.add('target', 1, 't')
    assert pairs.add('mask', 1, 'm') == ('m', 't')
    assert pairs.add('target', 1, 't') is None
    assert pairs.add('mask', 1, 'm') is None
    assert pairs.dropped == {'mask': 0, 'target': 0}


def test_after_clearing_a_stamp_counts_again():
    pairs = StampPairs()
    for kind in ('mask', 'target', 'mask'):
        pairs.add(kind, 1, kind)
    pairs.clear()
    assert pairs.add('mask', 1, 'm') is None
    assert pairs.add('target', 1, 't') == ('m', 't')


@given(st.lists(st.tuples(st.sampled_from(['mask', 'target']), st.integers(0, 8)), max_size=60))
def test_with_room_for_all_every_stamp_of_both_kinds_is_paired_once(sequence):
    pairs, found = StampPairs(capacity=60), []
    for kind, stamp in sequence:
        pair = pairs.add(kind, stamp, (kind, stamp))
        if pair is not None:
            assert pair == (('mask', stamp), ('target', stamp))
            found.append(stamp)
    masks, targets = ({stamp for kind, stamp in sequence if kind == name}
                      for name in ('mask', 'target'))
    assert sorted(found) == sorted(masks & targets)
