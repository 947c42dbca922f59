# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Messages in an .mcap file, https://mcap.dev/spec.

Only records that lead to the messages asked for are read: the schemas and metadata of other topics
may be of any kind.
"""

from io import BytesIO
from pathlib import Path
import struct
from typing import BinaryIO, Callable, Dict, FrozenSet, Iterator, List, Tuple

from rosbags.rosbag2.storage_mcap import decompress

from lsnet_ros.bags.types import DamageError, Topic
from lsnet_ros.limits.bounds import check_most
from lsnet_ros.limits.bounds import MESSAGE as MOST_BYTES

MAGIC = b'\x89MCAP0\r\n'
FOOTER, SCHEMA, CHANNEL, MESSAGE, CHUNK, CHUNK_INDEX, STATISTICS = 2, 3, 4, 5, 6, 8, 11
RECORD = struct.Struct('<BQ')       # opcode, length of the content
END = struct.Struct('<BQQQI8s')     # footer and magic
MESSAGE_HEADER = struct.Struct('<HIQQ')


class McapFile:
    """
    An MCAP file, read in the order of its records.

    Some recorders leave out the summary or its channels; then the whole file is looked through
    for them first.

    :raises DamageError: if it is cut off or damaged; reading messages raises it too
    """

    def __init__(self, path: Path) -> None:
        self._types: Dict[int, str] = {}              # names of schemas by id
        self._channels: Dict[int, Topic] = {}
        self._counts: Dict[int, int] = {}             # of messages by channel
        self._chunks: Dict[int, FrozenSet[int]] = {}  # channels by the position of the chunk
        self._file = path.open('rb')
        try:
            self._end = self._read_summary()
            if not self._channels:
                for opcode, content in self._read_data(lambda _: True):
                    self._note(opcode, content)
        except BaseException:
            self.close()
            raise

    @property
    def topics(self) -> List[Topic]:
        """Topics, one for each channel."""
        return [topic._replace(least=self._counts.get(channel, 0))
                for channel, topic in self._channels.items()]

    def messages(self, names: List[str]) -> Iterator[Tuple[Topic, bytes]]:
        """Yield the serialised messages of topics in the order of recording."""
        wanted = {channel for channel, topic in self._channels.items() if topic.name in names}

        def may_have_wanted(position: int) -> bool:
            channels = self._chunks.get(position)
            return not channels or not wanted.isdisjoint(channels)

        for opcode, content in self._read_data(may_have_wanted):
            if opcode == MESSAGE:
                channel = MESSAGE_HEADER.unpack_from(content)[0]
                if channel in wanted:
                    yield self._channels[channel], content[MESSAGE_HEADER.size:]

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _read_summary(self) -> int:
        """Note the records of the summary; return the position where the data ends."""
        size = self._file.seek(0, 2)
        footer = size - END.size
        if footer < len(MAGIC):
            raise DamageError('it ends after {} bytes'.format(size))
        self._file.seek(footer)
        opcode, _, summary, _, _, magic = END.unpack(self._file.read())
        if opcode != FOOTER or magic != MAGIC:
            raise DamageError('its end is missing')
        for record, _, length in _walk(self._file, summary, footer) if summary else ():
            self._note(record, _read(self._file, length))
        return summary or footer

    def _read_data(self, is_wanted: Callable[[int], bool]) -> Iterator[Tuple[int, bytes]]:
        """
        Yield (opcode, content) of schemas, channels and messages, also of those in chunks.

        :param is_wanted: called with the position of a chunk; False leaves it out
        """
        for opcode, position, length in _walk(self._file, len(MAGIC), self._end):
            if opcode == CHUNK and is_wanted(position):
                chunk = _unpack(_read(self._file, length))
                records = BytesIO(chunk)
                for inner, _, size in _walk(records, 0, len(chunk)):
                    yield inner, _read(records, size)
            elif opcode in (SCHEMA, CHANNEL, MESSAGE):
                yield opcode, _read(self._file, length)

    def _note(self, opcode: int, content: bytes) -> None:
        """Note the topics, counts and chunks of a record."""
        note = {SCHEMA: self._note_schema, CHANNEL: self._note_channel,
                STATISTICS: self._note_statistics, CHUNK_INDEX: self._note_chunk}.get(opcode)
        if note:
            note(content)

    def _note_schema(self, content: bytes) -> None:
        self._types[struct.unpack_from('<H', content)[0]] = _take_text(content, 2)[0]

    def _note_channel(self, content: bytes) -> None:
        channel, schema = struct.unpack_from('<HH', content)
        name, end = _take_text(content, 4)
        encoding, _ = _take_text(content, end)
        self._channels[channel] = Topic(name, self._types.get(schema, 'of no type'), encoding)

    def _note_statistics(self, content: bytes) -> None:
        """Note the count of each channel; seven numbers of all the file come before."""
        length, = struct.unpack_from('<I', content, 42)
        self._counts.update(struct.iter_unpack('<HQ', content[46:46 + length]))

    def _note_chunk(self, content: bytes) -> None:
        """Note the channels of a chunk, as far as its messages are indexed."""
        position, _, length = struct.unpack_from('<QQI', content, 16)
        indexes = struct.iter_unpack('<HQ', content[36:36 + length])
        self._chunks[position] = frozenset(channel for channel, _ in indexes)


def _walk(file: BinaryIO, start: int, end: int) -> Iterator[Tuple[int, int, int]]:
    """Yield (opcode, position, length) of records; the file is then at the record's content."""
    position = start
    while position < end:
        file.seek(position)
        opcode, length = RECORD.unpack(_read(file, RECORD.size))
        if position + RECORD.size + length > end:
            raise DamageError('a record of {} bytes goes beyond its part of the file'.format(
                length))
        yield opcode, position, length
        position += RECORD.size + length


def _read(file: BinaryIO, length: int) -> bytes:
    """Read as many bytes, or raise a DamageError."""
    content = file.read(length)
    if len(content) < length:
        raise DamageError('a record ends {} bytes too early'.format(length - len(content)))
    return content


def _take_text(content: bytes, start: int) -> Tuple[str, int]:
    """Return a text with its length before it, and the position of its end."""
    length, = struct.unpack_from('<I', content, start)
    end = start + 4 + length
    return content[start + 4:end].decode('utf-8', 'replace'), end


def _unpack(chunk: bytes) -> bytes:
    """Return the records of a chunk; raises an error of rosbags if they are damaged."""
    _, _, size, checksum = struct.unpack_from('<QQQI', chunk)
    check_most('the size of a chunk in bytes', size, MOST_BYTES)
    compression, end = _take_text(chunk, 28)
    length, = struct.unpack_from('<Q', chunk, end)
    return decompress(chunk[end + 8:end + 8 + length], compression, size, checksum)
