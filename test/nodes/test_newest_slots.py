# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The slots between two threads: newest in, nothing stale out, no source starved."""

import threading

from hypothesis import given
from hypothesis import strategies as st
import pytest

from lsnet_ros.nodes.newest_slots import NewestSlots


def test_the_newest_item_replaces_the_one_that_waits():
    slots = NewestSlots()
    assert [slots.put(0, item) for item in 'abc'] == [False, True, True]
    assert slots.take() == (0, 'c')
    assert slots.put(0, 'd') is False


def test_sources_that_were_not_served_yet_are_served_in_their_order():
    slots = NewestSlots()
    puts = [slots.put(source, item) for source, item in [
        ('slow', 1), ('fast', 2), ('fast', 3), ('slow', 4), ('third', 5)]]
    assert puts == [False, False, True, True, False]
    assert [slots.take() for _ in range(3)] == [('slow', 4), ('fast', 3), ('third', 5)]


@given(sources=st.integers(1, 6), served=st.integers(1, 6), periods=st.integers(1, 40))
def test_sources_that_put_at_once_get_equal_shares(sources, served, periods):
    slots, counts = NewestSlots(), [0] * sources
    for _ in range(periods):
        for source in range(sources):
            slots.put(source, 'frame')
        for _ in range(min(served, sources)):
            counts[slots.take()[0]] += 1
    assert max(counts) - min(counts) <= 1


@given(st.lists(st.one_of(st.none(), st.integers(0, 3)), max_size=60))
def test_no_source_waits_while_another_is_served_twice(events):
    """Events: the source of an item that is put, or None for one that is taken."""
    slots, number, newest, served = NewestSlots(), 0, {}, {}
    for source in events:
        if source is not None:
            number += 1
            assert slots.put(source, number) == (source in newest)
            if source not in newest:
                served[source] = []
            newest[source] = number
        elif newest:
            taken, item = slots.take()
            assert item == newest.pop(taken)
            for waiting in newest:
                served[waiting].append(taken)
                assert served[waiting].count(taken) == 1
    assert len(newest) == len(slots._items)


def test_take_waits_for_an_item():
    slots, taken = NewestSlots(), []
    thread = threading.Thread(target=lambda: taken.append(slots.take()))
    thread.start()
    slots.put('a', 'late')
    thread.join(5.0)
    assert taken == [('a', 'late')]


@pytest.mark.parametrize('is_filled', [False, True])
def test_closing_ends_the_worker_at_once(is_filled):
    slots, taken = NewestSlots(), []
    if is_filled:
        slots.put(0, 'stale')
        slots.close()
    thread = threading.Thread(target=lambda: taken.extend(iter(slots.take, None)))
    thread.start()
    slots.close()
    thread.join(5.0)
    assert not thread.is_alive()
    assert taken == []


def test_what_is_taken_comes_in_the_order_it_was_put():
    slots, taken = NewestSlots(), []
    thread = threading.Thread(target=lambda: taken.extend(
        item for _, item in iter(slots.take, (0, 'end'))))
    thread.start()
    replaced = sum(slots.put(0, item) for item in range(1, 2000))
    replaced += slots.put(0, 'end')
    thread.join(5.0)
    assert taken == sorted(taken)
    assert len(taken) == 1999 - replaced
