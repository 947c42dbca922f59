# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Progress bars."""

from contextlib import contextmanager
import os
from typing import Iterable, Iterator, Optional, TypeVar

Item = TypeVar('Item')
DISABLE = 'TQDM_DISABLE'  # tqdm's own environment variable, which reaches child processes too


@contextmanager
def without_progress() -> Iterator[None]:
    """Show no progress bar."""
    before = os.environ.get(DISABLE)
    os.environ[DISABLE] = '1'
    try:
        yield
    finally:
        if before is None:
            del os.environ[DISABLE]
        else:
            os.environ[DISABLE] = before


def progress(items: Iterable[Item], total: Optional[int], unit: str) -> Iterable[Item]:
    """
    Return the items, with a progress bar on a terminal if tqdm is installed.

    :param total: number of items, None if unknown
    :param unit: noun for the items, such as 'frames'
    """
    try:
        from tqdm import tqdm
    except ImportError:
        return items
    # disable=None: no bar unless the output is a terminal
    return tqdm(items, total=total, unit=' ' + unit, disable=bool(os.environ.get(DISABLE)) or None)
