# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Messages in a .bag file of ROS 1."""

from pathlib import Path
from typing import Iterator, List, Tuple

from rosbags.rosbag1 import Reader

from lsnet_ros.bags.types import ROS_1, Topic


class Ros1File:
    """
    A bag of ROS 1, opened for reading.

    :raises rosbags.rosbag1.ReaderError: if it is damaged or was not closed
    """

    def __init__(self, path: Path) -> None:
        self._reader = Reader(path)
        self._reader.open()

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
