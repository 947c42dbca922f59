# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Write files atomically: a crash, a kill or a full disk leaves the previous file whole."""

import contextlib
from datetime import datetime, timezone
import errno
import json
import os
from pathlib import Path
from typing import Any, BinaryIO, Iterator, Optional, Union
import uuid

MOST_LINKS = 40  # on the way to a file; as Linux has it


@contextlib.contextmanager
def replacing(path: Union[str, Path], mode: Optional[int] = None,
              suffix: str = '') -> Iterator[BinaryIO]:
    """
    Open a file for writing that replaces ``path`` when the block ends without an error.

    The bytes go to a temporary file beside it, which is flushed to the disk and renamed to
    ``path``; if anything fails, the temporary file is removed and ``path`` stays unchanged.
    Who may read and write the file stays as it was. Missing folders are created. A leading ~ is
    the home folder. A link is followed if it is the user's or the system's; a device or a pipe is
    written to directly.

    :param mode: permissions; None for those of the file that was there, else by the umask
    :param suffix: of the temporary file, for a library that opens ``name`` of the file itself
    :raises OSError: if the file cannot be written, or there is no such home folder, or another
        user's link is on the way
    """
    path = expand_home(path)
    if path.exists() and not path.is_file():
        with path.open('wb') as file:
            yield file
        return
    path = follow_links(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = '{}.{}.part{}'.format(path, uuid.uuid4().hex[:8], suffix)
    if mode is None and path.exists():
        mode = path.stat().st_mode & 0o777
    try:
        with _create(beside, mode) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, str(path))
    except BaseException as error:
        with contextlib.suppress(OSError):
            os.unlink(beside)
        if isinstance(error, OSError) and error.filename is None:  # such as a full disk
            raise OSError(error.errno, '{}, the previous file is unchanged'.format(
                error.strerror), str(path)) from error
        raise


def format_json(value: Any) -> str:
    r"""
    Return a value as the text of a JSON file, indented by 2.

    :param value: dicts, lists, strings, numbers, booleans and None; halves of characters, as in
        file names that are no UTF-8, are written as they are called, such as ``\udc80``
    :raises ValueError: if the value holds NaN or infinity, which JSON does not have
    """
    return json.dumps(_without_halves(value), indent=2, allow_nan=False) + '\n'


def write_json(path: Union[str, Path], value: Any, mode: Optional[int] = None) -> None:
    """
    Replace a file by a value as JSON, in UTF-8.

    :param value: as of ``format_json``
    :param mode: permissions, as of ``replacing``
    :raises ValueError: if the value holds NaN or infinity, which JSON does not have
    :raises OSError: if the file cannot be written; the previous one stays
    """
    content = format_json(value).encode('utf-8')
    with replacing(path, mode) as file:
        file.write(content)


def _without_halves(value: Any) -> Any:
    """Return a value for JSON, whose texts are of whole characters: many readers want such."""
    if isinstance(value, str):
        return value.encode('utf-8', 'backslashreplace').decode('utf-8')
    if isinstance(value, dict):
        return {_without_halves(key): _without_halves(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_without_halves(item) for item in value]
    return value


def utc_now() -> str:
    """Return date and time in UTC by ISO 8601, such as 2026-01-02T03:04:05Z."""
    return datetime.now(timezone.utc).strftime('%Y-%m-%dT%H:%M:%SZ')


def expand_home(path: Union[str, Path]) -> Path:
    """
    Return a path with a leading ``~`` or ``~USER`` replaced by the home folder.

    :raises OSError: if that folder is not known: else a folder named ~ would be made
    """
    expanded = os.path.expanduser(str(path))
    if expanded.startswith('~'):
        raise FileNotFoundError(errno.ENOENT, 'no home folder is known for a path with "~": set '
                                'HOME, or give a full path', str(path))
    return Path(expanded)


def cache_folder(name: str, variable: str = '') -> Path:
    """
    Return the user's folder for files that can be made again; it need not exist.

    ``$XDG_CACHE_HOME/lsnet_ros/<name>``, by default ``~/.cache/lsnet_ros/<name>``.

    :param variable: name of an environment variable that goes first, if it is set
    :raises OSError: if it is in a home folder that is not known
    """
    chosen = os.environ.get(variable) if variable else ''
    if chosen:
        return expand_home(chosen)
    root = expand_home(os.environ.get('XDG_CACHE_HOME') or '~/.cache')
    return root / 'lsnet_ros' / name


def follow_links(path: Path) -> Path:
    """
    Return the absolute path that a path leads to, its links replaced.

    :raises OSError: if a link of another user than this one and root is on the way: who can write
        to one folder would choose which file of ours is written
    """
    found, todo, links = Path('/'), list((Path.cwd() / path).parts[1:]), 0
    while todo:
        part = todo.pop(0)
        step = found.parent if part == os.pardir else found / part
        if not step.is_symlink():
            found = step
            continue
        links += 1
        if links > MOST_LINKS:
            raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
        if os.lstat(str(step)).st_uid not in (0, os.geteuid()):
            raise PermissionError(errno.EPERM, 'it is a link of another user, expected none: give '
                                  'the path that is meant', str(step))
        target = Path(os.readlink(str(step)))
        found = Path('/') if target.is_absolute() else found
        todo = list(target.parts[1:] if target.is_absolute() else target.parts) + todo
    return found


def _create(path: str, mode: Optional[int]) -> BinaryIO:
    """Create a file; without a mode it gets the one that the umask gives."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC,
                   0o666 if mode is None else 0o600)
    if mode is not None:
        os.fchmod(file, mode)
    return open(path, 'wb', opener=lambda *_: file)  # os.fdopen would not keep the name
