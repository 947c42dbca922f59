# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""YAML of a bounded size: a kilobyte of aliases may stand for terabytes."""

from typing import Any, Dict, List, Optional, Tuple, Union

import yaml

from lsnet_ros.errors import one_line
from lsnet_ros.limits.bounds import DEPTH, FormatError, NODES

# libyaml's parser is ten times as fast as PyYAML's own.
EVENTS = getattr(yaml, 'CLoader', yaml.SafeLoader)
LOADER = getattr(yaml, 'CSafeLoader', yaml.SafeLoader)


def parse_yaml(text: Union[str, bytes]) -> Any:
    """
    Return the value of a YAML text: dicts, lists, texts, numbers, dates and None.

    :param text: bytes are UTF-8
    :raises FormatError: if it is not YAML, or has more than ``NODES`` values, those that an alias
        stands for included, or more than ``DEPTH`` in one another
    """
    try:
        if isinstance(text, bytes):
            text = text.decode('utf-8')
        _check_size(text)
        return yaml.load(text, Loader=LOADER)  # noqa: S506 (it is a SafeLoader)
    except FormatError:
        raise
    except Exception as error:  # PyYAML raises all kinds for words such as "!!int" of no digits
        raise FormatError('it is not YAML ({})'.format(one_line(error))) from error


def _check_size(text: str) -> None:
    """Count the values of a text by its events, before any is made; raise a FormatError."""
    opened: List[Tuple[Optional[str], int]] = []  # anchor, and values so far, of open collections
    sizes: Dict[str, int] = {}                    # values of what an anchor stands for
    for event in yaml.parse(text, Loader=EVENTS):
        if isinstance(event, yaml.CollectionStartEvent):
            if len(opened) >= DEPTH - 1:
                raise FormatError('it has more than {} lists and mappings in one another'.format(
                    DEPTH))
            opened.append((event.anchor, 1))
            sizes.pop(event.anchor, None)
            continue
        if isinstance(event, yaml.CollectionEndEvent):
            anchor, size = opened.pop()
        elif isinstance(event, yaml.AliasEvent):
            anchor, size = None, _find_size(event.anchor, sizes, opened)
        elif isinstance(event, yaml.ScalarEvent):
            anchor, size = event.anchor, 1
        else:
            continue
        if anchor is not None:
            sizes[anchor] = size
        if opened:
            opened[-1] = (opened[-1][0], opened[-1][1] + size)
        if max([size] + [count for _, count in opened[-1:]]) > NODES:
            raise FormatError('it has more than {} values, those of its aliases included'.format(
                NODES))


def _find_size(anchor: str, sizes: Dict[str, int],
               opened: List[Tuple[Optional[str], int]]) -> int:
    """Return the number of values that an alias stands for."""
    if anchor in sizes:
        return sizes[anchor]
    if any(anchor == outer for outer, _ in opened):
        raise FormatError('it has a value that holds itself')
    return 1  # of no anchor: the loader refuses it
