# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Progress bars."""

from typing import Iterable, Optional, TypeVar

Item = TypeVar('Item')


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
    return tqdm(items, total=total, unit=' ' + unit, disable=None)
