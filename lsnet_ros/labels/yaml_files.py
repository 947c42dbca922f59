# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Small YAML files that a user writes about classes."""

from pathlib import Path
from typing import Any, Dict

import yaml

from lsnet_ros.errors import LsnetError, one_line
from lsnet_ros.files import expand_home

LARGEST = 2 ** 16  # bytes of a file


class YamlFileError(LsnetError, ValueError):
    """A file cannot be read, or is not a mapping."""


def read_mapping(path: Path, expected: str) -> Dict[Any, Any]:
    """
    Return the keys and values of a YAML file in their order.

    :param expected: what the file should hold, with an example
    :raises YamlFileError: if it cannot be read, is no mapping, or has a key twice
    """
    path = expand_home(path)
    try:
        with path.open('rb') as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise YamlFileError('{} cannot be read ({}): expected a YAML file of {}'.format(
            path, error.strerror or error, expected)) from error
    if len(content) > LARGEST:
        raise YamlFileError('{} has over {} bytes: expected {}'.format(path, LARGEST, expected))
    try:
        fields = yaml.load(content.decode('utf-8'), _Loader)  # noqa: S506 (it is a SafeLoader)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise YamlFileError('{} is not YAML ({}): correct it'.format(
            path, one_line(error, None))) from error
    if not isinstance(fields, dict) or not fields:
        raise YamlFileError('{} holds {}: expected {}'.format(
            path, one_line(repr(fields)), expected))
    return fields


class _Loader(yaml.SafeLoader):
    """Refuses a key that is there twice, of which PyYAML keeps the last alone."""

    def construct_mapping(self, node: Any, deep: bool = False) -> Dict[Any, Any]:
        """Return the content of a mapping."""
        mapping = super().construct_mapping(node, deep=deep)
        if len(mapping) < len(node.value):
            seen = set()
            for key_node, _ in node.value:
                key = self.construct_object(key_node, deep=True)
                if key in seen:
                    raise yaml.constructor.ConstructorError(
                        None, None, 'the key {!r} is there twice'.format(key),
                        key_node.start_mark)
                seen.add(key)
        return mapping
