# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Open regular files only.

Opening a pipe waits for its other end, a device may give bytes for ever, and opening some devices
is an action of itself.
"""

import errno
import os
from pathlib import Path
import stat
from typing import BinaryIO, Union

KINDS = ((stat.S_ISDIR, 'a folder'), (stat.S_ISFIFO, 'a pipe'), (stat.S_ISSOCK, 'a socket'),
         (stat.S_ISCHR, 'a device'), (stat.S_ISBLK, 'a device'))


def open_regular(path: Union[str, Path], most: int) -> BinaryIO:
    """
    Open a file for reading.

    :param most: bytes that it may have
    :raises OSError: if it is missing, cannot be opened, is not a regular file, or is larger
    """
    _check(os.stat(str(path)), path, most)
    # What was a file may be a pipe by now: opening must not wait, and what is open is what counts.
    file = os.fdopen(os.open(str(path), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), 'rb')
    try:
        _check(os.fstat(file.fileno()), path, most)
    except OSError:
        file.close()
        raise
    return file


def read_bytes(path: Union[str, Path], most: int) -> bytes:
    """
    Return the content of a regular file of at most ``most`` bytes.

    :raises OSError: as ``open_regular``, and if the file grows beyond ``most`` while it is read
    """
    with open_regular(path, most) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise _too_large(len(content), path, most)
    return content


def _check(status: os.stat_result, path: Union[str, Path], most: int) -> None:
    """Raise an OSError unless the status is that of a regular file of at most ``most`` bytes."""
    if not stat.S_ISREG(status.st_mode):
        found = [words for is_kind, words in KINDS if is_kind(status.st_mode)]
        raise OSError(errno.EINVAL, 'It is {}, expected a regular file'.format(found[0]),
                      str(path))
    if status.st_size > most:
        raise _too_large(status.st_size, path, most)


def _too_large(size: int, path: Union[str, Path], most: int) -> OSError:
    return OSError(errno.EFBIG, 'It has {} bytes, expected {} at most'.format(size, most),
                   str(path))
