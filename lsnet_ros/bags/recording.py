# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Open a bag: a folder with metadata.yaml, or one of its files, compressed or not."""

from collections import Counter
import contextlib
from pathlib import Path, PurePath
import shlex
import shutil
import sys
import tempfile
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Tuple

from lsnet_ros.bags.mcap_file import MAGIC, McapFile
from lsnet_ros.bags.ros_1_file import Ros1File
from lsnet_ros.bags.sqlite_file import SqliteFile
from lsnet_ros.bags.types import BagError, CDR, ROS_1, ROS_1_TYPES, Topic, TYPES
from lsnet_ros.errors import one_line
from lsnet_ros.frames.bag_files import is_packed, METADATA, storage_suffix
from lsnet_ros.limits.bounds import check_most, MESSAGE, TEXT_FILE
from lsnet_ros.limits.regular_files import read_bytes
from lsnet_ros.limits.yaml_text import parse_yaml

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

BLOCK = 1 << 20   # bytes, unpacked at a time
STAY_FREE = 0.05  # of the disk for temporary files, which may be memory
COPY = 'record or copy it again'
ZSTD_START = b'\x28\xb5\x2f\xfd'  # of a compressed message; CDR starts with a zero
DESERIALIZERS: Dict[str, Callable[[bytes, str], Any]] = {
    CDR: TYPES.deserialize_cdr, ROS_1: ROS_1_TYPES.deserialize_ros1}

Message = Tuple[str, str, Any]  # topic, type, message


class Storage(NamedTuple):
    """A format of files."""

    open: Callable[[Path], Any]
    start: bytes  # of every file
    remedy: str   # for a damaged one


STORAGES = {
    '.db3': Storage(SqliteFile, b'SQLite format 3\0',
                    # Many builds of sqlite3 lack .recover; .dump undoes all after an error.
                    '"sqlite3 {} .dump | sed \'s/^ROLLBACK.*/COMMIT;/\' | sqlite3 whole.db3" '
                    'saves what is left in it'),
    '.mcap': Storage(McapFile, MAGIC, '"mcap recover {} -o whole.mcap" saves what is left in it'),
    '.bag': Storage(Ros1File, b'#ROSBAG V2.0\n', '"rosbag reindex {}" saves what is left in it'),
}
"""Formats by the suffix of their files; metadata.yaml may name another, or none."""


class OpenFile(NamedTuple):
    """One of a bag's files."""

    path: Path    # as the user knows it
    remedy: str   # if it is damaged
    content: Any  # SqliteFile, McapFile or Ros1File


class Recording:
    """
    The topics and messages of a bag's files, one file after the other.

    :param path: of the bag
    :param files: in the order of their recording
    :param counts: least numbers of messages by topic
    """

    def __init__(self, path: Path, files: List[OpenFile], counts: Dict[str, int]) -> None:
        self._path, self._files, self._counts = path, files, counts
        self.topics: List[Topic] = [topic for file in files for topic in file.content.topics]

    def messages(self, names: List[str]) -> Iterator[Message]:
        """
        Yield the messages of one or two topics in the order of recording.

        :raises BagError: if one cannot be read, or fewer come than the bag tells of
        """
        missing = sum(max(self._counts.get(name, 0), sum(
            topic.least for topic in self.topics if topic.name == name)) for name in set(names))
        for file in self._files:
            for message in _read_messages(file, names):
                yield message
                missing -= 1
        if missing > 0:
            raise BagError('{} cannot be read as a bag (it ends {} messages too early): {}'.format(
                self._path, missing, COPY))


@contextlib.contextmanager
def open_recording(path: Path) -> Iterator[Recording]:
    """
    Open a bag for reading.

    What metadata.yaml says of storage, topics and their QoS does not count: the files know it
    better. It names the files, and tells of messages that were lost since.

    :param path: folder of a rosbag2 recording, or a .db3, .mcap or .bag file; .zst and .zstd files
        are unpacked to the folder for temporary files
    :raises BagError: if it is missing, or not a whole bag
    """
    if not path.exists():
        raise BagError('bag {} does not exist: give the folder that holds metadata.yaml'.format(
            path))
    files, counts = _read_metadata(path) if path.is_dir() else ([path], {})
    with contextlib.ExitStack() as stack:
        yield Recording(path, [stack.enter_context(_open_file(file)) for file in files], counts)


def _read_metadata(folder: Path) -> Tuple[List[Path], Dict[str, int]]:
    """Return the files of a bag, and the number of messages by topic."""
    reindex = '"ros2 bag reindex {}" writes it anew'.format(shlex.quote(str(folder)))
    path = folder / METADATA
    if not path.is_file():
        raise BagError('{} has no metadata.yaml and is not a whole bag: {}'.format(
            folder, reindex))
    try:
        about = parse_yaml(read_bytes(path, TEXT_FILE))['rosbag2_bagfile_information']
        files = [folder / PurePath(name).name for name in about['relative_file_paths']]
        if not files:
            raise ValueError('it names no files')
    except (AttributeError, ValueError, LookupError, TypeError) as error:
        raise BagError('{} cannot be read as a bag (metadata.yaml does not name its files: {}): '
                       '{}'.format(folder, one_line(error), reindex)) from error
    missing = [file.name for file in files if not file.is_file()]
    if missing:
        raise BagError('{} cannot be read as a bag ({} of metadata.yaml is not there): {}'.format(
            folder, ', '.join(missing), COPY))
    return files, _read_counts(about.get('topics_with_message_count'))


def _read_counts(entries: Any) -> Dict[str, int]:
    """Return the number of messages by topic, without the entries that are none."""
    counts: Dict[str, int] = Counter()
    for entry in entries if isinstance(entries, list) else ():
        with contextlib.suppress(ArithmeticError, LookupError, TypeError, ValueError):
            counts[entry['topic_metadata']['name']] += int(entry['message_count'])
    return counts


@contextlib.contextmanager
def _open_file(path: Path) -> Iterator[OpenFile]:
    """Open one of a bag's files, by its suffix."""
    storage = STORAGES.get(storage_suffix(path))
    if storage is None:
        raise BagError('{} cannot be read as a bag: expected a file that ends in {}, or in one of '
                       'them and .zstd'.format(path, ', '.join(sorted(STORAGES))))
    with _unpack(path) as (plain, prefix):
        with plain.open('rb') as file:
            start = file.read(len(storage.start))
        if start != storage.start:
            raise BagError('{} cannot be read as a bag ({}): {}'.format(
                path, 'it does not start as a {} file'.format(storage_suffix(path)) if start
                else 'it is empty', COPY))
        remedy = prefix + storage.remedy.format(shlex.quote(str(
            path.with_suffix('') if prefix else path)))
        with _convert_errors(path, remedy):
            content = storage.open(plain)
        with contextlib.closing(content):
            yield OpenFile(path, remedy, content)


@contextlib.contextmanager
def _unpack(path: Path) -> Iterator[Tuple[Path, str]]:
    """Give the path of an unpacked file, and how the user unpacks it, '' if it is not packed."""
    if not is_packed(path):
        yield path, ''
        return
    with tempfile.TemporaryDirectory(prefix='lsnet_bag_') as folder:
        plain = Path(folder) / path.stem
        with _convert_errors(path, COPY), zstd.open(path) as packed, plain.open('wb') as file:
            for block in iter(lambda: packed.read(BLOCK), b''):
                if _lacks_space(folder):
                    raise BagError('{} cannot be unpacked in {} ({:.0%} of it stay free): set '
                                   'TMPDIR to a folder with more space'.format(
                                       path, folder, STAY_FREE))
                file.write(block)
        yield plain, '"zstd -d {} -o {}" unpacks it and '.format(*(
            shlex.quote(str(name)) for name in (path, path.with_suffix(''))))


def _lacks_space(folder: str) -> bool:
    """Tell whether so little space is left that a bag must not go on to grow there."""
    space = shutil.disk_usage(folder)
    return space.free < STAY_FREE * space.total


def _read_messages(file: OpenFile, names: List[str]) -> Iterator[Message]:
    """Yield the messages of topics of one file."""
    raw_messages = file.content.messages(names)
    while True:
        with _convert_errors(file.path, file.remedy):
            entry = next(raw_messages, None)
            if entry is None:
                return
            topic, raw = entry
            if raw.startswith(ZSTD_START) and topic.encoding == CDR:
                raw = _unpack_message(raw)
            message = DESERIALIZERS[topic.encoding](raw, topic.msgtype)
        yield topic.name, topic.msgtype, message


def _unpack_message(raw: bytes) -> bytes:
    """Return a message that was compressed by itself."""
    unpacked = zstd.ZstdDecompressor().decompress(raw, max_length=MESSAGE + 1)
    check_most('the size of a message in bytes', len(unpacked), MESSAGE)
    return unpacked


@contextlib.contextmanager
def _convert_errors(path: Path, remedy: str) -> Iterator[None]:
    """Turn the exceptions of a damaged file, which are of all kinds, into a BagError."""
    try:
        yield
    except (BagError, OSError):  # the disk or its permissions are to blame
        raise
    except Exception as error:
        raise BagError('{} cannot be read as a bag ({}): {}'.format(
            path, one_line(error, None) or type(error).__name__, remedy)) from error
