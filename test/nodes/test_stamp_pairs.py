# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Pairing by stamp: any order, bounded, each stamp once."""

from collections import namedtuple

from hypothesis import given
from hypothesis import strategies as st
import pytest

from lsnet_ros.nodes.stamp_pairs import StampPairs

Message = namedtuple('Message', 'data')
MASK, TARGET, OTHER = Message(b'mask'), Message(b'target'), Message(b'other')


@pytest.mark.parametrize('order', [('mask', 'target'), ('target', 'mask')])
def test_equal_stamps_are_a_pair_in_either_order(order):
    pairs, messages = StampPairs(), {'mask': MASK, 'target': TARGET}
    assert pairs.add(order[0], 5, messages[order[0]]) is None
    assert pairs.add(order[1], 6, OTHER) is None
    assert pairs.add(order[1], 5, messages[order[1]]) == (MASK, TARGET)
    assert pairs.is_paired(5) and not pairs.is_paired(6)


def test_what_waits_is_bounded_and_the_oldest_goes_first():
    pairs = StampPairs(capacity=2)
    for stamp in (1, 2, 3):
        pairs.add('target', stamp, Message(bytes([stamp])))
    assert pairs.dropped == {'mask': 0, 'target': 1}
    assert pairs.add('mask', 1, MASK) is None
    assert pairs.add('mask', 3, MASK) == (MASK, Message(bytes([3])))


def test_large_images_that_wait_are_bounded_by_their_bytes():
    pairs = StampPairs(max_bytes=10)
    for stamp in (1, 2, 3):
        pairs.add('target', stamp, Message(b'four'))
    assert pairs.dropped == {'mask': 0, 'target': 1}
    pairs.add('mask', 9, Message(b'eleven bytes'))
    assert pairs.dropped == {'mask': 1, 'target': 1}
    assert pairs.add('mask', 1, Message(b'')) is None
    assert pairs.add('mask', 3, Message(b'')) == (Message(b''), Message(b'four'))


def test_a_frame_that_was_sent_twice_is_one_pair():
    pairs = StampPairs()
    pairs.add('target', 1, TARGET)
    assert pairs.add('mask', 1, MASK) == (MASK, TARGET)
    assert pairs.add('target', 1, TARGET) is None
    assert pairs.add('mask', 1, MASK) is None
    assert pairs.dropped == {'mask': 0, 'target': 0}


def describe(kind, stamp):
    return Message('{} {}'.format(kind, stamp).encode())


def test_another_target_of_a_stamp_is_counted_as_repeated():
    pairs = StampPairs()
    pairs.add('target', 1, TARGET)
    pairs.add('target', 1, TARGET)  # sent again
    pairs.add('mask', 1, MASK)
    assert pairs.repeated == 0
    pairs.add('target', 1, OTHER)   # after its pair
    pairs.add('target', 2, TARGET)
    pairs.add('target', 2, OTHER)   # before it
    assert pairs.repeated == 2


def test_after_clearing_a_stamp_counts_again():
    pairs = StampPairs()
    for kind in ('mask', 'target', 'mask'):
        pairs.add(kind, 1, OTHER)
    pairs.clear()
    assert pairs.add('mask', 1, MASK) is None
    assert pairs.add('target', 1, TARGET) == (MASK, TARGET)


@given(st.lists(st.tuples(st.sampled_from(['mask', 'target']), st.integers(0, 8)), max_size=60))
def test_with_room_for_all_every_stamp_of_both_kinds_is_paired_once(sequence):
    pairs, found = StampPairs(capacity=60), []
    for kind, stamp in sequence:
        pair = pairs.add(kind, stamp, describe(kind, stamp))
        if pair is not None:
            assert pair == (describe('mask', stamp), describe('target', stamp))
            found.append(stamp)
    masks, targets = ({stamp for kind, stamp in sequence if kind == name}
                      for name in ('mask', 'target'))
    assert sorted(found) == sorted(masks & targets)
