# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Tell whether another user could have written a file.

An engine is code for the GPU: whoever can write one decides what runs. Its checksum tells only
that the file is the one that its card, from the same hand, speaks of.
"""

import os
from pathlib import Path
import stat

OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


def find_distrust(path: Path) -> str:
    """
    Say why a file or folder may be another user's, '' if it is this user's or root's alone.

    Every folder on the way counts: who can write to one can put another file in place.
    """
    absolute = Path.cwd() / path
    resolved = Path(os.path.realpath(str(absolute)))
    chain = [absolute, *absolute.parents, resolved, *resolved.parents]
    for each in reversed(chain):
        try:
            status = os.lstat(str(each))
        except FileNotFoundError:
            continue
        except OSError as error:
            return '{} cannot be looked at ({})'.format(each, error.strerror)
        reason = _find_distrust(status)
        if reason:
            return reason.replace('PATH', str(each))
    return ''


def _find_distrust(status: os.stat_result) -> str:
    """Say why a file, folder or link may be another user's, '' if it may not."""
    if status.st_uid not in (0, os.geteuid()):
        return 'PATH belongs to user {} ("chown {} PATH" if it is yours)'.format(
            status.st_uid, os.geteuid())
    # In a folder with the sticky bit, such as /tmp, only the owner of a file can replace it.
    if stat.S_ISLNK(status.st_mode) or stat.S_ISDIR(status.st_mode) and (
            status.st_mode & stat.S_ISVTX):
        return ''
    if status.st_mode & OTHERS_WRITE:
        return 'other users can write to PATH ("chmod go-w PATH" forbids it)'
    return ''
