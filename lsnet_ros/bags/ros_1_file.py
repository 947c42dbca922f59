# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Messages in a .bag file of ROS 1."""

import bz2
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Tuple

import lz4.frame
from rosbags.rosbag1 import Reader

from lsnet_ros.bags.types import ROS_1, Topic
from lsnet_ros.limits.bounds import check_most, MESSAGE


class Ros1File:
    """
    A bag of ROS 1, opened for reading.

    :raises rosbags.rosbag1.ReaderError: if it is damaged or was not closed
    """

    def __init__(self, path: Path) -> None:
        self._reader = Reader(path)
        self._reader.open()

        # A chunk of 1 kB may hold gigabytes.
        self._reader.chunks = {position: chunk._replace(
            decompressor=BOUNDED.get(chunk.decompressor, chunk.decompressor))
            for position, chunk in self._reader.chunks.items()}

    @property
    def topics(self) -> List[Topic]:
        """Topics, one for each connection."""
        counts = {name: info.msgcount for name, info in self._reader.topics.items()}
        return [Topic(c.topic, c.msgtype, ROS_1, counts.pop(c.topic, 0))
                for c in self._reader.connections]

    def messages(self, names: List[str]) -> Iterator[Tuple[Topic, bytes]]:
        """Yield the serialised messages of topics by the time of their arrival."""
        wanted = [c for c in self._reader.connections if c.topic in names]
        for connection, _, data in self._reader.messages(wanted) if wanted else ():
            yield Topic(connection.topic, connection.msgtype, ROS_1), data

    def close(self) -> None:
        """Close the file."""
        self._reader.close()


def _unpack_bounded(make_decompressor: Callable[[], Any]) -> Callable[[bytes], bytes]:
    """Return a function that unpacks a chunk, and raises a FormatError above ``MESSAGE`` bytes."""
    def unpack(data: bytes) -> bytes:
        unpacked = make_decompressor().decompress(data, max_length=MESSAGE + 1)
        check_most('the size of a chunk in bytes', len(unpacked), MESSAGE)
        return unpacked
    return unpack


BOUNDED: Dict[Any, Callable[[bytes], bytes]] = {
    bz2.decompress: _unpack_bounded(bz2.BZ2Decompressor),
    lz4.frame.decompress: _unpack_bounded(lz4.frame.LZ4FrameDecompressor),
}
"""What unpacks a chunk in place of each function of rosbags."""
