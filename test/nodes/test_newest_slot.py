# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The slot between two threads: newest in, nothing stale out."""

import threading

import pytest

from lsnet_ros.nodes.newest_slot import NewestSlot


def test_the_newest_item_replaces_the_one_that_waits():
    slot = NewestSlot()
    assert [slot.put(item) for item in 'abc'] == [False, True, True]
    assert slot.take() == 'c'
    assert slot.put('d') is False


def test_take_waits_for_an_item():
    slot, taken = NewestSlot(), []
    thread = threading.Thread(target=lambda: taken.append(slot.take()))
    thread.start()
    slot.put('late')
    thread.join(5.0)
    assert taken == ['late']


@pytest.mark.parametrize('is_filled', [False, True])
def test_closing_ends_the_worker_at_once(is_filled):
    slot, taken = NewestSlot(), []
    if is_filled:
        slot.put('stale')
        slot.close()
    thread = threading.Thread(target=lambda: taken.extend(iter(slot.take, None)))
    thread.start()
    slot.close()
    thread.join(5.0)
    assert not thread.is_alive()
    assert taken == []


def test_what_is_taken_comes_in_the_order_it_was_put():
    slot, taken = NewestSlot(), []
    thread = threading.Thread(target=lambda: taken.extend(iter(slot.take, 'end')))
    thread.start()
    replaced = sum(slot.put(item) for item in range(1, 2000))
    while slot.put('end'):  # which replaced a number, or itself
        replaced += 1
        break
    thread.join(5.0)
    assert taken == sorted(taken)
    assert len(taken) == 1999 - replaced
