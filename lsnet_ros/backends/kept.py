# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""What is made once for this processor and kept in the cache folder: measurements, and files."""

import contextlib
import hashlib
import json
from pathlib import Path
from typing import Any, Dict, Optional

from lsnet_ros.board.machine import processor, processor_features
from lsnet_ros.engines.trust import find_distrust
from lsnet_ros.files import cache_folder, replacing, write_json
from lsnet_ros.limits.bounds import FormatError, MODEL_FILE, TEXT_FILE
from lsnet_ros.limits.json_text import parse_json
from lsnet_ros.limits.regular_files import read_bytes

MODE = 0o644  # of a file of bytes: one that others can write is not used


def recall(name: str, key: Dict[str, Any]) -> Any:
    """
    Return the value kept for a key; None without one, or if its file is torn.

    :param name: of the measurement, a folder of the cache
    :param key: everything that the measurement depends on besides the processor, for JSON
    """
    key = _add_processor(key)
    try:
        kept = parse_json(read_bytes(_path(name, key), TEXT_FILE))
        return kept[name] if kept['key'] == key else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def keep(name: str, key: Dict[str, Any], value: Any) -> None:
    """
    Keep a value for a key; without effect if the cache cannot be written.

    :param name: of the measurement, a folder of the cache
    :param key: everything that the measurement depends on besides the processor, for JSON
    :param value: for JSON
    """
    key = _add_processor(key)
    with contextlib.suppress(OSError):
        write_json(_path(name, key), {'key': key, name: value})


def recall_bytes(name: str, key: Dict[str, Any]) -> Optional[bytes]:
    """
    Return the bytes kept for a key, for a library that trusts them as it trusts code.

    :param name: of their kind, a folder of the cache
    :param key: everything that they depend on besides the processor, for JSON
    :returns: None without them, if they changed, or if another user may have written them
    """
    path = _bytes_path(name, key)
    if find_distrust(path):
        return None
    try:
        content = read_bytes(path, MODEL_FILE)
    except (OSError, FormatError):
        return None
    return content if recall(name, key) == hashlib.sha256(content).hexdigest() else None


def keep_bytes(name: str, key: Dict[str, Any], content: bytes) -> None:
    """
    Keep bytes for a key; without effect if the cache cannot be written.

    :param name: of their kind, a folder of the cache
    :param key: everything that they depend on besides the processor, for JSON
    """
    with contextlib.suppress(OSError):
        with replacing(_bytes_path(name, key), MODE) as file:
            file.write(content)
        keep(name, key, hashlib.sha256(content).hexdigest())


def _bytes_path(name: str, key: Dict[str, Any]) -> Path:
    """Return the file of the bytes of a key."""
    return _path(name, _add_processor(key)).with_suffix('.bin')


def _add_processor(key: Dict[str, Any]) -> Dict[str, Any]:
    """Return a key of this processor."""
    return dict(key, processor=processor(), features=list(processor_features()))


def _path(name: str, key: Dict[str, Any]) -> Path:
    """Return the file of a key."""
    text = json.dumps(key, sort_keys=True)
    return cache_folder(name) / (hashlib.sha256(text.encode()).hexdigest()[:32] + '.json')
