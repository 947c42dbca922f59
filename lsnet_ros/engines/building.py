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
"""Have a child process build an engine, and keep what comes of it."""

import json
import os
from pathlib import Path
import select
import signal
import subprocess
import sys
import threading
import time
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple, Union

from lsnet_ros.engines.build_process import CARD_FILE, ENGINE_FILE
from lsnet_ros.engines.engine_cache import EngineCache, TORCH
from lsnet_ros.engines.memory import advice
from lsnet_ros.engines.runtime import EngineError
from lsnet_ros.model_card import one_line

DEVICE = 'cuda'   # 'cpu' with a stand-in for TensorRT that computes in the memory of the host
POLL_S = 0.2      # how long a cancelled build goes on
TICK_S = 10.0     # between lines while TensorRT builds, and says nothing
PATIENCE_S = 5.0  # that a child which is to end is given
KEPT_LINES = 5

Report = Callable[[str], None]


class Options(NamedTuple):
    """What to build an engine for, where that is not the model's own image, one at a time."""

    size: Optional[Tuple[int, int]] = None   # (height, width) of the images, px
    batch: int = 1                           # images that the engine takes at a time
    frames: Optional[Path] = None            # folder of images for the gate, not rendered scenes
    calibration: Optional[Path] = None       # folder of images, for int8

    def arguments(self) -> List[str]:
        """Return them as arguments of the build process."""
        arguments = ['--batch', str(self.batch)]
        arguments += [] if self.size is None else ['--size'] + [str(side) for side in self.size]
        for name, path in (('--frames', self.frames), ('--calibration', self.calibration)):
            arguments += [] if path is None else [name, str(path)]
        return arguments


def build_engine(model_folder: Union[str, Path], precision: str, options: Options = Options(),
                 report: Optional[Report] = None,
                 cancelled: Optional[threading.Event] = None) -> Dict[str, Any]:
    """
    Build an engine in a process of its own, and keep it; takes minutes on a Jetson.

    :param precision: fp32, fp16 or int8; a more precise one is built if it fails the parity gate
    :param report: is told how it goes, in a line each, from this thread
    :param cancelled: ends the build when it is set
    :returns: the card: precision (what came of it: 'torch' if no engine passed the gate), reason
        (why not what was asked for, '' if it is), attempts, key, and path (of the card)
    :raises EngineError: if there is none to be had, in one line
    """
    if precision == 'int8' and options.calibration is None:
        raise EngineError('INT8 has to be calibrated on frames of the camera: give their folder '
                          'with --calibration')
    cache = EngineCache()
    with cache.workshop() as folder:
        command = [sys.executable, '-m', 'lsnet_ros.engines.build_process', '--model',
                   str(model_folder), '--precision', precision, '--device', DEVICE,
                   '--output', str(folder)] + options.arguments()
        _run(command, report or (lambda text: None), cancelled or threading.Event())
        content, card = _product(folder)
        path = cache.store(content, card)
    return dict(card, path=str(path), reason=fallback_reason(card))


def fallback_reason(card: Dict[str, Any]) -> str:
    """Say why an engine is not of the precision that was asked for, '' if it is."""
    if card['precision'] == card['key']['precision']:
        return ''
    return '; '.join('{} is not used: {}'.format(attempt['precision'], attempt['reason'])
                     for attempt in card['attempts'] if not attempt['passed'])


def _product(folder: Path) -> Tuple[Optional[bytes], Dict[str, Any]]:
    """Return the engine, None if none passed the gate, and the card that a build left."""
    try:
        card = json.loads((folder / CARD_FILE).read_text())
        content = None if card['precision'] == TORCH else (folder / ENGINE_FILE).read_bytes()
    except (OSError, ValueError) as error:
        raise EngineError('the build ended without an engine ({}): try again'.format(
            one_line(error))) from error
    return content, card


def _run(command: List[str], report: Report, cancelled: threading.Event) -> None:
    """Run a build to its end; raises EngineError if that is a bad one."""
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, bufsize=0)
    listener = _Listener(report)
    try:
        while listener.listen(child.stdout.fileno()):
            if cancelled.is_set():
                raise EngineError('the build was cancelled')
        child.wait()
    finally:
        _end(child)
        child.stdout.close()
    if child.returncode:
        raise EngineError(listener.error or _ending(child.returncode, listener.others))


class _Listener:
    """Takes the lines of a build; what is no line of ours may be the last words of a crash."""

    def __init__(self, report: Report) -> None:
        self.error = ''
        self.others: List[str] = []
        self._report = report
        self._rest = b''
        self._last, self._since = '', time.monotonic()
        self._ticks = 1

    def listen(self, descriptor: int) -> bool:
        """Take what comes in a short while; tells whether more can come."""
        if select.select([descriptor], [], [], POLL_S)[0]:
            data = os.read(descriptor, 1 << 16)
            lines = (self._rest + data).split(b'\n')
            self._rest = lines.pop() if data else b''
            for line in lines:
                self._take(line.decode('utf-8', 'replace').strip())
            return bool(data)
        waited = time.monotonic() - self._since
        if self._last and waited > TICK_S * self._ticks:
            self._ticks += 1
            self._report('{}, {:.0f} s'.format(self._last, waited))
        return True

    def _take(self, line: str) -> None:
        try:
            message = json.loads(line)
        except ValueError:
            message = None
        if not isinstance(message, dict) or not {'progress', 'error'} & set(message):
            self.others = (self.others + [line] if line else self.others)[-KEPT_LINES:]
            return
        self.error = message.get('error', self.error)
        if 'progress' in message:
            self._last, self._since, self._ticks = message['progress'], time.monotonic(), 1
            self._report(message['progress'])


def _end(child: subprocess.Popen) -> None:
    """Have a child end that still runs."""
    if child.poll() is not None:
        return
    child.terminate()
    try:
        child.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _ending(status: int, others: List[str]) -> str:
    """Say how a build ended that did not say so itself."""
    if status == -signal.SIGKILL:
        return 'the build was killed, most likely for want of memory: {}'.format(
            advice(always=True))
    how = 'by signal {}'.format(-status) if status < 0 else 'with status {}'.format(status)
    return 'the build ended {}: {}'.format(how, one_line(others[-1]) if others else 'no reason')
