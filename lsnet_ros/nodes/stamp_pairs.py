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
"""Bring together the messages of two topics that have the same stamp."""

from collections import OrderedDict
from typing import Any, Optional, Tuple

REMEMBERED = 100  # stamps of pairs that were given out


class StampPairs:
    """
    Pairs masks with targets by their exact stamps, in whatever order they come.

    What waits is bounded: the oldest is dropped when one more comes. A stamp that was paired is
    remembered for a while, so that a frame that was sent twice is one pair.

    :param capacity: how many messages of each kind may wait
    """

    def __init__(self, capacity: int = 30) -> None:
        self._capacity = capacity
        self._waiting = {'mask': OrderedDict(), 'target': OrderedDict()}
        self._paired = OrderedDict()  # stamps
        self.dropped = {'mask': 0, 'target': 0}

    def add(self, kind: str, stamp: int, message: Any) -> Optional[Tuple[Any, Any]]:
        """
        Add a message.

        :param kind: 'mask' or 'target'
        :param stamp: ns
        :returns: (mask, target) if this completes a pair
        """
        if self.is_paired(stamp):
            return None
        waiting = self._waiting[kind]
        waiting[stamp] = message
        if not all(stamp in messages for messages in self._waiting.values()):
            if len(waiting) > self._capacity:
                waiting.popitem(last=False)
                self.dropped[kind] += 1
            return None
        self._paired[stamp] = None
        if len(self._paired) > REMEMBERED:
            self._paired.popitem(last=False)
        return self._waiting['mask'].pop(stamp), self._waiting['target'].pop(stamp)

    def is_paired(self, stamp: int) -> bool:
        """Return whether a pair of this stamp was given out not long ago."""
        return stamp in self._paired

    def clear(self) -> None:
        """Forget all messages, stamps and counts."""
        self.__init__(self._capacity)
