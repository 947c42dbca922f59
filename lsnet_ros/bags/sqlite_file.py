# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Messages in a .db3 file: the tables topics and messages of an SQLite database."""

from pathlib import Path
import sqlite3
import struct
from typing import Iterator, List, Tuple

from lsnet_ros.bags.types import BagError, DamageError, Topic

PAGE_SIZE, CHANGE_COUNT, PAGE_COUNT, COUNT_VALID_FOR = 16, 24, 28, 92  # bytes of the header
# Not by timestamp: the clock may have been set back.
MESSAGES = ('SELECT topic_id, data FROM messages WHERE topic_id IN '
            '(SELECT id FROM topics WHERE name IN (?, ?)) ORDER BY id')


class SqliteFile:
    """
    A file of rosbag2_storage_sqlite3, opened for reading only.

    :raises BagError: if some of its messages are in a journal beside it
    :raises DamageError: if it is cut off
    :raises sqlite3.Error: if it is damaged otherwise
    """

    def __init__(self, path: Path) -> None:
        _check_journal(path)
        _check_size(path)
        # A path as it is would end at a # or ? and lose a %25.
        self._database = sqlite3.connect(path.resolve().as_uri() + '?mode=ro&immutable=1',
                                         uri=True, check_same_thread=False)
        try:
            self._topics = {
                key: Topic(str(name), str(msgtype), str(encoding))
                for key, name, msgtype, encoding in self._database.execute(
                    'SELECT id, name, type, serialization_format FROM topics')}
        except BaseException:
            self.close()
            raise

    @property
    def topics(self) -> List[Topic]:
        """Topics, also those without messages."""
        return list(self._topics.values())

    def messages(self, names: List[str]) -> Iterator[Tuple[Topic, bytes]]:
        """Yield the serialised messages of one or two topics in the order of recording."""
        for key, data in self._database.execute(MESSAGES, (names[0], names[-1])):
            yield self._topics[key], data

    def close(self) -> None:
        """Close the file."""
        self._database.close()


def _check_journal(path: Path) -> None:
    """Raise a BagError if messages lie in a journal beside a .db3, where they are not read."""
    journal = path.with_name(path.name + '-wal')
    if journal.is_file() and journal.stat().st_size:
        raise BagError('{0} is not whole, messages are in {1} beside it: end the recording, '
                       'or run "sqlite3 {0} \'PRAGMA wal_checkpoint(TRUNCATE)\'"'.format(
                           path, journal.name))


def _check_size(path: Path) -> None:
    """
    Raise a DamageError if a database has fewer pages than its header says.

    SQLite notices that only where it comes to a missing page: https://sqlite.org/fileformat.html
    """
    with path.open('rb') as file:
        header = file.read(100)
    if len(header) < 100:
        raise DamageError('it ends within its header')
    page_size, = struct.unpack_from('>H', header, PAGE_SIZE)
    change, pages = struct.unpack_from('>II', header, CHANGE_COUNT)
    valid_for, = struct.unpack_from('>I', header, COUNT_VALID_FOR)
    wanted = pages * (65536 if page_size == 1 else page_size)
    if change == valid_for and path.stat().st_size < wanted:
        raise DamageError('it ends after {} of {} bytes'.format(path.stat().st_size, wanted))
