# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Slots that hand the newest item of each source from one thread to another."""

from collections import OrderedDict
import threading
from typing import Any, Dict, Hashable, Optional, Tuple


class NewestSlots:
    """
    Hold one item of each source; a new one replaces it, so that the taker never falls behind.

    A queue would either grow or, when full, drop the newest item and keep stale ones. Of the
    sources with an item, the one that was served longest ago is served first. So each gets the
    same share, also if all put an item at once, in the same order each time.
    """

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._items: Dict[Hashable, Any] = {}
        self._sources: 'OrderedDict[Hashable, None]' = OrderedDict()  # served longest ago first
        self._is_closed = False

    def put(self, source: Hashable, item: Any) -> bool:
        """
        Put an item in the slot of its source.

        :returns: whether it replaced an item that nobody had taken
        """
        with self._condition:
            is_replaced = source in self._items
            self._items[source] = item
            self._sources.setdefault(source)
            self._condition.notify()
            return is_replaced

    def take(self) -> Optional[Tuple[Any, Any]]:
        """Wait for an item and take it with its source; return None once the slots are closed."""
        with self._condition:
            while not self._items and not self._is_closed:
                self._condition.wait()
            if self._is_closed:
                return None
            source = next(source for source in self._sources if source in self._items)
            self._sources.move_to_end(source)
            return source, self._items.pop(source)

    def close(self) -> None:
        """Wake the waiting thread; items still in the slots are dropped."""
        with self._condition:
            self._is_closed = True
            self._items.clear()
            self._condition.notify_all()

    def reopen(self) -> None:
        """Take items again after ``close``."""
        with self._condition:
            self._is_closed = False
            self._items.clear()
