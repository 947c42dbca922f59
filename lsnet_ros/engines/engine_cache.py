# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Keep built engines on disk: raw bytes, and beside them a card with their key.

An engine is used only if its card has its checksum, and the key that a build on this machine
would have now. The engine is written before its card: after a crash between the two, the card has
the checksum of another engine.
"""

from contextlib import contextmanager, suppress
import hashlib
import logging
import os
from pathlib import Path
import re
import shutil
import tempfile
from typing import Any, Dict, Iterator, List, NamedTuple, Optional

from lsnet_ros.engines.engine_key import engine_key, list_differences
from lsnet_ros.engines.runtime import EngineError
from lsnet_ros.engines.trust import find_distrust
from lsnet_ros.errors import one_line
from lsnet_ros.files import cache_folder, replacing, write_json
from lsnet_ros.limits.bounds import FormatError, MODEL_FILE, TEXT_FILE
from lsnet_ros.limits.json_text import parse_json_object
from lsnet_ros.limits.regular_files import read_bytes
from lsnet_ros.models.card import Model

FOLDER_VARIABLE = 'LSNET_ENGINES'
FORMAT = 1           # of the card
TORCH = 'torch'      # in place of a precision if no engine passed the parity gate
WORKSHOP = '.build-'
MODE = 0o644         # of the files: one that others can write is not used


class CachedEngine(NamedTuple):
    """An engine that fits this machine and the model, or the record that none passed the gate."""

    content: Optional[bytes]  # None if no engine passed the parity gate
    card: Dict[str, Any]      # key, precision (of the engine), sha256, attempts and more


class EngineCache:
    """
    Engines on disk, in ``$LSNET_ENGINES`` or the cache folder ``engines``.

    If that folder cannot be written, or other users can write to it, they go to a folder of the
    user's in the temporary folder.
    """

    def __init__(self) -> None:
        self.folder = cache_folder('engines', FOLDER_VARIABLE)
        self.reason = ''  # why the last ``find`` returned None, for people
        self._log = logging.getLogger(__name__)

    def find(self, model: Model, precision: str, batch: int = 1) -> Optional[CachedEngine]:
        """
        Return the engine for a model, None if it has to be built.

        Reasons against an engine in the folder are logged, and joined in ``reason``.

        :param precision: that the build began with; the card has that of the engine
        :raises EngineError: if TensorRT is not installed
        """
        key = engine_key(model, precision, batch)
        reasons = []
        for folder in self._readable():
            path = folder / _stem(key)
            if not _card_path(path).exists():
                continue
            try:
                return _read(path, key)
            except EngineError as error:
                reasons.append('{} is not used: {}'.format(_card_path(path), error))
                self._log.warning(reasons[-1])
        self.reason = '; '.join(reasons) or 'there is none in {}'.format(self.folder)
        return None

    def store(self, content: Optional[bytes], card: Dict[str, Any]) -> Path:
        """
        Write an engine and its card; one for the same model, size and precision is replaced.

        :param content: None if no engine passed the parity gate
        :param card: with its key
        :returns: path of the card
        :raises EngineError: if no folder can be written
        """
        card = dict(card, format=FORMAT, sha256=None, bytes=0)
        if content is not None:
            card.update(sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))
        folder = self.open_writable()
        path = folder / _stem(card['key'])
        try:
            if content is not None:
                with replacing(_engine_path(path), MODE) as file:
                    file.write(content)
            write_json(_card_path(path), card, MODE)
            if content is None:
                with suppress(FileNotFoundError):
                    _engine_path(path).unlink()
        except OSError as error:
            raise EngineError('the engine cannot be written to {} ({}): make room there or set '
                              '{}'.format(path, error.strerror, FOLDER_VARIABLE)) from error
        return _card_path(path)

    @contextmanager
    def workshop(self) -> Iterator[Path]:
        """Lend an empty folder beside the engines; remove the folders of killed builds."""
        folder = self.open_writable()
        for left in folder.glob(WORKSHOP + '*'):
            if not _is_running(left.name[len(WORKSHOP):].split('-')[0]):
                shutil.rmtree(str(left), ignore_errors=True)
        path = tempfile.mkdtemp(prefix='{}{}-'.format(WORKSHOP, os.getpid()), dir=str(folder))
        try:
            yield Path(path)
        finally:
            shutil.rmtree(path, ignore_errors=True)

    def open_writable(self) -> Path:
        """
        Return the folder to write engines to, and make it if it is missing.

        :raises EngineError: if neither folder can be written
        """
        problem = _find_write_problem(self.folder)
        if not problem:
            return self.folder
        fallback = _fallback()
        if not _is_ours(fallback, makes=True):
            raise EngineError('engines can be kept neither in {} ({}) nor in {}: set {} to a '
                              'folder that can be written'.format(
                                  self.folder, problem, fallback, FOLDER_VARIABLE))
        self._log.warning('%s cannot be used (%s): engines go to %s, which a restart of the '
                          'machine may empty; set %s', self.folder, problem, fallback,
                          FOLDER_VARIABLE)
        return fallback

    def _readable(self) -> List[Path]:
        fallback = _fallback()
        return [self.folder] + ([fallback] if _is_ours(fallback) else [])


def _read(path: Path, key: Dict[str, Any]) -> CachedEngine:
    """Read an engine; raises EngineError unless its card has this key and its checksum."""
    for each in (_card_path(path), _engine_path(path)):
        distrust = find_distrust(each)
        if distrust:
            raise EngineError('it may be another user\'s: {}'.format(distrust))
    card = _read_card(_card_path(path))
    changed = list_differences(card['key'], key)
    if changed:
        raise EngineError('it was built for something else: {}'.format('; '.join(changed)))
    if card['precision'] == TORCH:
        return CachedEngine(None, card)
    try:
        content = read_bytes(_engine_path(path), MODEL_FILE)
    except OSError as error:
        raise EngineError('its engine cannot be read ({})'.format(error.strerror)) from error
    if hashlib.sha256(content).hexdigest() != card.get('sha256'):
        raise EngineError('its engine of {} bytes is torn, or of another build: the card is of '
                          'one of {} bytes'.format(len(content), card.get('bytes')))
    return CachedEngine(content, card)


def _read_card(path: Path) -> Dict[str, Any]:
    try:
        card = parse_json_object(read_bytes(path, TEXT_FILE))
    except (OSError, FormatError) as error:
        raise EngineError(one_line(error)) from error
    if card.get('format') != FORMAT or not isinstance(
            card.get('key'), dict) or not isinstance(card.get('precision'), str) or (
            not _are_attempts(card.get('attempts'))):
        raise EngineError('it is not the card of an engine in format {}'.format(FORMAT))
    return card


def _are_attempts(value: Any) -> bool:
    """Tell whether a value has the form of the attempts of a build, as far as they are used."""
    return isinstance(value, list) and all(
        isinstance(attempt, dict) and isinstance(attempt.get('passed'), bool)
        and isinstance(attempt.get('precision'), str) and isinstance(attempt.get('reason'), str)
        for attempt in value)


def _stem(key: Dict[str, Any]) -> str:
    """Return the file name of an engine without suffix."""
    name = '{model}-{precision}-{height}x{width}-batch{batch}'.format(**key)
    return re.sub('[^A-Za-z0-9._-]', '_', name)


def _card_path(path: Path) -> Path:
    return path.with_name(path.name + '.json')


def _engine_path(path: Path) -> Path:
    return path.with_name(path.name + '.engine')


def _find_write_problem(folder: Path) -> str:
    """Make a folder; returns why engines cannot be kept in it, '' if they can."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        distrust = find_distrust(folder)
        if distrust:
            return distrust
        with tempfile.TemporaryFile(dir=str(folder)):
            return ''
    except OSError as error:
        return error.strerror or str(error)


def _fallback() -> Path:
    return Path(tempfile.gettempdir()) / 'lsnet_ros-engines-{}'.format(os.getuid())


def _is_ours(folder: Path, makes: bool = False) -> bool:
    """Tell whether a folder exists that only this user can write to, in one that all can."""
    try:
        if makes:
            with suppress(FileExistsError):
                folder.mkdir(mode=0o700)
        status = os.lstat(str(folder))
    except OSError:
        return False
    return (status.st_uid == os.getuid() and status.st_mode & 0o170022 == 0o040000)


def _is_running(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ProcessLookupError, ValueError):
        return False
    except OSError:  # a process of another user
        return True
    return True
