# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""A slot that hands the newest item from one thread to another."""

import threading
from typing import Any, Optional


class NewestSlot:
    """
    Hold one item; a new one replaces it, so that the taker never falls behind.

    A queue would either grow or, when full, drop the newest item and keep stale ones.
    """

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._item: Optional[Any] = None
        self._is_closed = False

    def put(self, item: Any) -> bool:
        """
        Put an item in the slot.

        :param item: not None
        :returns: whether it replaced an item that nobody had taken
        """
        with self._condition:
            is_replaced = self._item is not None
            self._item = item
            self._condition.notify()
            return is_replaced

    def take(self) -> Optional[Any]:
        """Wait for an item and take it; return None once the slot is closed."""
        with self._condition:
            while self._item is None and not self._is_closed:
                self._condition.wait()
            item, self._item = self._item, None
            return None if self._is_closed else item

    def close(self) -> None:
        """Wake the waiting thread; an item still in the slot is dropped."""
        with self._condition:
            self._is_closed = True
            self._condition.notify_all()
