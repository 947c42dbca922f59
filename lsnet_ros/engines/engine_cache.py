# Copyright 2026 The lsnet_ros authors
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.
"""
Keep built engines: raw bytes, and beside them a card that says what they depend on.

An engine is used only if the card has its checksum and the key that this machine would build it
with today. The engine is written first: after a crash between the two, the card is of another.
"""

from contextlib import contextmanager, suppress
import hashlib
import json
import logging
import os
from pathlib import Path
import re
import shutil
import tempfile
from typing import Any, Dict, Iterator, List, NamedTuple, Optional

from lsnet_ros.engines.engine_key import differences, engine_key
from lsnet_ros.engines.runtime import EngineError
from lsnet_ros.files import replacing
from lsnet_ros.model_card import Model, one_line

FOLDER_VARIABLE = 'LSNET_ENGINES'
FOLDER = '~/.cache/lsnet_ros/engines'
FORMAT = 1           # of the card
TORCH = 'torch'      # in place of a precision: no engine passed the parity gate
WORKSHOP = '.build-'


class CachedEngine(NamedTuple):
    """An engine that fits this machine and the model, or that there can be none."""

    content: Optional[bytes]  # None if PyTorch is to be used, as no engine passed the gate
    card: Dict[str, Any]      # key, precision (what came of it), sha256, attempts and more


class EngineCache:
    """
    Engines on the disk.

    They are in ``$LSNET_ENGINES``, by default in ``~/.cache/lsnet_ros/engines``; where that
    cannot be written they go to a folder of the user's among the temporary files.
    """

    def __init__(self) -> None:
        self.folder = Path(os.path.expanduser(os.environ.get(FOLDER_VARIABLE) or FOLDER))
        self.reason = ''  # why the last ``find`` found nothing, for people
        self._log = logging.getLogger(__name__)

    def find(self, model: Model, precision: str, batch: int = 1) -> Optional[CachedEngine]:
        """
        Return the engine for a model, None if there is none or it must be built anew.

        Why one that lies there is not used is logged, and in ``reason``.

        :param precision: that was asked for; the card says what came of it
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
        Keep an engine and its card; what was there for the same use is replaced.

        :param content: None to keep only that there can be none
        :param card: with its key
        :returns: where the card is
        :raises EngineError: if it cannot be written anywhere
        """
        card = dict(card, format=FORMAT, sha256=None, bytes=0)
        if content is not None:
            card.update(sha256=hashlib.sha256(content).hexdigest(), bytes=len(content))
        text = json.dumps(card, indent=2, sort_keys=True, allow_nan=False) + '\n'
        folder = self.writable()
        path = folder / _stem(card['key'])
        try:
            if content is not None:
                with replacing(_engine_path(path)) as file:
                    file.write(content)
            with replacing(_card_path(path)) as file:
                file.write(text.encode('utf-8'))
            if content is None:
                with suppress(FileNotFoundError):
                    _engine_path(path).unlink()
        except OSError as error:
            raise EngineError('the engine cannot be written to {} ({}): make room there or set '
                              '{}'.format(path, error.strerror, FOLDER_VARIABLE)) from error
        return _card_path(path)

    @contextmanager
    def workshop(self) -> Iterator[Path]:
        """Lend an empty folder beside the engines; those of builds that were killed go too."""
        folder = self.writable()
        for left in folder.glob(WORKSHOP + '*'):
            if not _is_running(left.name[len(WORKSHOP):].split('-')[0]):
                shutil.rmtree(str(left), ignore_errors=True)
        path = tempfile.mkdtemp(prefix='{}{}-'.format(WORKSHOP, os.getpid()), dir=str(folder))
        try:
            yield Path(path)
        finally:
            shutil.rmtree(path, ignore_errors=True)

    def writable(self) -> Path:
        """
        Return the folder to write engines to; it is there.

        :raises EngineError: if neither can be written
        """
        problem = _problem_with_writing(self.folder)
        if not problem:
            return self.folder
        fallback = _fallback()
        if not _is_ours(fallback, makes=True):
            raise EngineError('engines can be kept neither in {} ({}) nor in {}: set {} to a '
                              'folder that can be written'.format(
                                  self.folder, problem, fallback, FOLDER_VARIABLE))
        self._log.warning('%s cannot be written (%s): engines go to %s, which a restart of the '
                          'machine may empty; set %s', self.folder, problem, fallback,
                          FOLDER_VARIABLE)
        return fallback

    def _readable(self) -> List[Path]:
        fallback = _fallback()
        return [self.folder] + ([fallback] if _is_ours(fallback) else [])


def _read(path: Path, key: Dict[str, Any]) -> CachedEngine:
    """Return an engine; raises EngineError unless its card is for this key, and for it."""
    card = _read_card(_card_path(path))
    changed = differences(card['key'], key)
    if changed:
        raise EngineError('it was built for something else: {}'.format('; '.join(changed)))
    if card['precision'] == TORCH:
        return CachedEngine(None, card)
    try:
        content = _engine_path(path).read_bytes()
    except OSError as error:
        raise EngineError('its engine cannot be read ({})'.format(error.strerror)) from error
    if hashlib.sha256(content).hexdigest() != card.get('sha256'):
        raise EngineError('its engine of {} bytes is torn, or of another build: the card is of '
                          'one of {} bytes'.format(len(content), card.get('bytes')))
    return CachedEngine(content, card)


def _read_card(path: Path) -> Dict[str, Any]:
    try:
        card = json.loads(path.read_bytes().decode('utf-8'))
    except (OSError, ValueError, RecursionError) as error:
        raise EngineError('it is no JSON ({})'.format(one_line(error))) from error
    if not isinstance(card, dict) or card.get('format') != FORMAT or not isinstance(
            card.get('key'), dict) or not isinstance(card.get('precision'), str):
        raise EngineError('it is not the card of an engine in format {}'.format(FORMAT))
    return card


def _stem(key: Dict[str, Any]) -> str:
    """Return the name of the files of an engine: one for each use that it can be for."""
    name = '{model}-{precision}-{height}x{width}-batch{batch}'.format(**key)
    return re.sub('[^A-Za-z0-9._-]', '_', name)


def _card_path(path: Path) -> Path:
    return path.with_name(path.name + '.json')


def _engine_path(path: Path) -> Path:
    return path.with_name(path.name + '.engine')


def _problem_with_writing(folder: Path) -> str:
    """Say what keeps files from being written to a folder, '' if nothing."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=str(folder)):
            return ''
    except OSError as error:
        return error.strerror or str(error)


def _fallback() -> Path:
    return Path(tempfile.gettempdir()) / 'lsnet_ros-engines-{}'.format(os.getuid())


def _is_ours(folder: Path, makes: bool = False) -> bool:
    """Tell whether a folder is there that nobody else can write to: others write beside it."""
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
    except OSError:  # it is another user's
        return True
    return True
