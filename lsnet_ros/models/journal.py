# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Replace several files of a folder as one.

The new files are written whole beside the old ones, the first of them last: from then on they are
the folder's files, and whoever comes next gives them their names, even after a kill in between.
"""

import contextlib
import os
from pathlib import Path
from typing import Iterable, Mapping

from lsnet_ros.files import replacing

SUFFIX = '.new'


def replace_files(folder: Path, contents: Mapping[str, bytes]) -> None:
    """
    Write files in place of those of their names; all of them, or none.

    :param contents: by name of the file; the first is the one that tells of the others
    :raises OSError: if they cannot be written; the old files stay
    """
    first = next(iter(contents))
    finish_replacing(folder, contents)
    try:
        for name in reversed(list(contents)):
            with replacing(folder / (name + SUFFIX)) as file:
                file.write(contents[name])
    except BaseException:
        if not (folder / (first + SUFFIX)).is_file():
            for name in contents:
                with contextlib.suppress(OSError):
                    (folder / (name + SUFFIX)).unlink()
        raise
    finish_replacing(folder, contents)


def finish_replacing(folder: Path, names: Iterable[str]) -> None:
    """
    Give new files their names, if they are all there.

    :param names: of the files, in the order of ``replace_files``
    :raises OSError: if a file cannot be renamed
    """
    first = next(iter(names))
    if not (folder / (first + SUFFIX)).is_file():
        return
    for name in reversed(list(names)):
        with contextlib.suppress(FileNotFoundError):  # renamed before, by us or by another reader
            os.replace(str(folder / (name + SUFFIX)), str(folder / name))
