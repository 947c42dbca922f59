# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Shared memory of Fast DDS: how much is free, and segments that dead processes left behind.

Fast DDS locks a file beside each segment and port for as long as a process uses it
(``RobustExclusiveLock.hpp``, ``RobustSharedLock.hpp``). A process that is killed leaves its
segments, 65 MB each, until the machine restarts; "fastdds shm clean" removes them by this rule.
"""

import contextlib
import fcntl
import os
from pathlib import Path
import re
import shutil
from typing import Sequence

FOLDER = Path('/dev/shm')  # noqa: S108  the place that Fast DDS has, not a temporary file
SEGMENT = re.compile('fastdds_([0-9a-f]{16}|port[0-9]+)$')
LOCKS = ('_el', '_sl')  # exclusive and shared; a segment has only the first
MUTEX = 'sem.{}_mutex'


def free_bytes(folder: Path = FOLDER) -> int:
    """Return the bytes of shared memory that are free, 0 where there is none."""
    with contextlib.suppress(OSError):
        return shutil.disk_usage(str(folder)).free
    return 0


def remove_dead_segments(folder: Path = FOLDER) -> int:
    """
    Remove the segments and ports of Fast DDS that belong to no running process.

    Those of other users stay, as do those without a lock file: they may be in use.

    :return: the bytes that were freed
    """
    freed = 0
    for path in _list_files(folder):
        locks = [path.with_name(path.name + suffix) for suffix in LOCKS]
        with contextlib.suppress(OSError):  # in use, gone by now, or of another user
            if path.stat().st_uid == os.getuid():
                freed += _remove(path, [lock for lock in locks if lock.exists()])
    return freed


def _list_files(folder: Path) -> Sequence[Path]:
    """Return the segments and ports in a folder, by name."""
    with contextlib.suppress(OSError):
        return sorted(path for path in folder.iterdir() if SEGMENT.match(path.name))
    return []


def _remove(path: Path, locks: Sequence[Path]) -> int:
    """
    Remove a segment or port if all of its locks are free, and return its bytes.

    :param locks: its lock files
    :raises OSError: if a process holds a lock
    """
    if not locks:
        return 0
    with contextlib.ExitStack() as stack:
        for lock in locks:
            # Open as it is: a process that starts now must not find a lock that was made for this.
            handle = stack.enter_context(lock.open('rb'))
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        size = path.stat().st_blocks * 512  # the file is sparse: its length is not its memory
        for each in [path, path.with_name(MUTEX.format(path.name)), *locks]:
            with contextlib.suppress(FileNotFoundError):
                each.unlink()
    return size
