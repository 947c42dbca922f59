# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""YAML of a bounded size: a kilobyte of aliases may stand for terabytes."""

from typing import Any, Dict, List, Union

import yaml

from lsnet_ros.errors import one_line
from lsnet_ros.limits.bounds import DEPTH, FormatError, NODES


def parse_yaml(text: Union[str, bytes]) -> Any:
    """
    Return the value of a YAML text: dicts, lists, texts, numbers, dates and None.

    :param text: bytes are UTF-8
    :raises FormatError: if it is not YAML, or has more than ``NODES`` values, those that an alias
        stands for included, or more than ``DEPTH`` in one another
    """
    try:
        return yaml.load(text.decode('utf-8') if isinstance(text, bytes) else text,
                         Loader=_BoundedLoader)  # noqa: S506 (it is a SafeLoader)
    except FormatError:
        raise
    except Exception as error:  # PyYAML raises all kinds for words such as "!!int" of no digits
        raise FormatError('it is not YAML ({})'.format(one_line(error))) from error


class _BoundedLoader(yaml.SafeLoader):
    """Counts the values while they are put together, before they are made."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._open: List[int] = []        # values so far, of each node that is being put together
        self._sizes: Dict[int, int] = {}  # values of each whole node

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Put a value together; an alias gives that of its anchor."""
        if len(self._open) >= DEPTH:
            raise FormatError('it has more than {} lists and mappings in one another'.format(
                DEPTH))
        is_alias = self.check_event(yaml.AliasEvent)
        self._open.append(1)
        node = super().compose_node(parent, index)
        size = self._open.pop()
        if is_alias and id(node) not in self._sizes:
            raise FormatError('it has a value that holds itself')
        size = self._sizes.setdefault(id(node), size)
        if self._open:
            self._open[-1] += size
        if max([size] + self._open[-1:]) > NODES:
            raise FormatError('it has more than {} values, those of its aliases included'.format(
                NODES))
        return node
