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
"""One place for the newest item, between the thread that brings it and the one that works."""

import threading
from typing import Any, Optional


class NewestSlot:
    """
    Holds one item: putting another replaces it, so the worker never falls behind.

    A queue would either grow or, when full, drop the newest frame and keep the stale ones.
    """

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._item = None
        self._is_closed = False

    def put(self, item: Any) -> bool:
        """
        Put an item, which is not None, in the slot.

        :returns: whether it replaced one that nobody had taken
        """
        with self._condition:
            is_replaced = self._item is not None
            self._item = item
            self._condition.notify()
            return is_replaced

    def take(self) -> Optional[Any]:
        """Wait for an item and take it out; None once the slot is closed."""
        with self._condition:
            while self._item is None and not self._is_closed:
                self._condition.wait()
            item, self._item = self._item, None
            return None if self._is_closed else item

    def close(self) -> None:
        """Let go of who waits; what is in the slot is not given out any more."""
        with self._condition:
            self._is_closed = True
            self._condition.notify_all()
