# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Pair the messages of two topics by their stamps."""

from collections import OrderedDict
from typing import Any, Dict, Optional, Tuple
import zlib

REMEMBERED = 100       # stamps of the latest pairs
MAX_BYTES = 64 * 2**20  # of the data of the waiting messages of a kind


class StampPairs:
    """
    Pair masks with targets by their exact stamps, in any order of arrival.

    At most ``capacity`` messages of each kind wait, and ``max_bytes`` of their data; then the
    oldest is dropped. The stamps of the latest pairs are remembered, so that a frame that was
    sent twice is one pair. Another target of the same stamp is another frame, which a stamp cannot
    tell apart: it is counted in ``repeated``.

    :param capacity: number of messages of each kind that may wait
    :param max_bytes: of the ``data`` of the messages of each kind that may wait
    """

    def __init__(self, capacity: int = 30, max_bytes: int = MAX_BYTES) -> None:
        self._capacity, self._max_bytes = capacity, max_bytes
        self.clear()

    def clear(self) -> None:
        """Forget all messages, stamps and counts."""
        self._waiting: Dict[str, OrderedDict] = {'mask': OrderedDict(), 'target': OrderedDict()}
        self._paired: OrderedDict = OrderedDict()  # checksum of the target by stamp
        self.dropped = {'mask': 0, 'target': 0}
        self.repeated = 0  # targets of a stamp that another target had

    def add(self, kind: str, stamp: int, message: Any) -> Optional[Tuple[Any, Any]]:
        """
        Add a message; a second one of a paired stamp is ignored.

        :param kind: 'mask' or 'target'
        :param stamp: ns
        :returns: (mask, target) if this completes a pair
        """
        waiting = self._waiting[kind]
        if kind == 'target':
            self._notice_repetition(stamp, message)
        if self.is_paired(stamp):
            return None
        waiting[stamp] = message
        if not all(stamp in messages for messages in self._waiting.values()):
            while len(waiting) > self._capacity or _count_bytes(waiting) > self._max_bytes:
                waiting.popitem(last=False)
                self.dropped[kind] += 1
            return None
        mask, target = self._waiting['mask'].pop(stamp), self._waiting['target'].pop(stamp)
        self._paired[stamp] = zlib.crc32(target.data)
        if len(self._paired) > REMEMBERED:
            self._paired.popitem(last=False)
        return mask, target

    def _notice_repetition(self, stamp: int, target: Any) -> None:
        """Count a target whose stamp another target had."""
        waiting = self._waiting['target'].get(stamp)
        before = self._paired.get(stamp) if waiting is None else zlib.crc32(waiting.data)
        if before is not None and before != zlib.crc32(target.data):
            self.repeated += 1

    def is_paired(self, stamp: int) -> bool:
        """Return whether one of the latest pairs has this stamp."""
        return stamp in self._paired


def _count_bytes(waiting: OrderedDict) -> int:
    """Count the bytes of the data of messages."""
    return sum(len(message.data) for message in waiting.values())
