# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Measurements on this processor that are kept in the cache folder: each is made once."""

import contextlib
import hashlib
import json
from pathlib import Path
from typing import Any, Dict

from lsnet_ros.board.machine import processor, processor_features
from lsnet_ros.files import cache_folder, write_json
from lsnet_ros.limits.bounds import TEXT_FILE
from lsnet_ros.limits.json_text import parse_json
from lsnet_ros.limits.regular_files import read_bytes


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


def _add_processor(key: Dict[str, Any]) -> Dict[str, Any]:
    """Return a key of this processor."""
    return dict(key, processor=processor(), features=list(processor_features()))


def _path(name: str, key: Dict[str, Any]) -> Path:
    """Return the file of a key."""
    text = json.dumps(key, sort_keys=True)
    return cache_folder(name) / (hashlib.sha256(text.encode()).hexdigest()[:32] + '.json')
