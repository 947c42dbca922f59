# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Build an engine in a child process, and keep it."""

import json
import os
from pathlib import Path
import select
import signal
import subprocess
import threading
import time
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple, Union

from lsnet_ros.engines.build_process import CARD_FILE, ENGINE_FILE
from lsnet_ros.engines.engine_cache import EngineCache, TORCH
from lsnet_ros.engines.memory import advise
from lsnet_ros.engines.runtime import EngineError
from lsnet_ros.errors import one_line
from lsnet_ros.limits.children import module_command

DEVICE = 'cuda'   # 'cpu' for a stand-in for TensorRT that computes in host memory
POLL_S = 0.2      # a cancelled build ends within this time
TICK_S = 10.0     # between lines of progress while TensorRT is silent
PATIENCE_S = 5.0  # for a child to end before it is killed
KEPT_LINES = 5    # of other output, which may tell of a crash


class BuildOptions(NamedTuple):
    """Options of a build."""

    size: Optional[Tuple[int, int]] = None   # (height, width) of images, px; None: the model's
    batch: int = 1                           # images per run of the engine
    frames: Optional[Path] = None            # images for the parity gate; None: rendered scenes
    calibration: Optional[Path] = None       # folder of images, for int8

    def arguments(self) -> List[str]:
        """Return the options as arguments of the build process."""
        arguments = ['--batch', str(self.batch)]
        arguments += [] if self.size is None else ['--size'] + [str(side) for side in self.size]
        for name, path in (('--frames', self.frames), ('--calibration', self.calibration)):
            arguments += [] if path is None else [name, str(path)]
        return arguments


DEFAULTS = BuildOptions()


def build_engine(model_folder: Union[str, Path], precision: str, options: BuildOptions = DEFAULTS,
                 report: Optional[Callable[[str], None]] = None,
                 cancelled: Optional[threading.Event] = None) -> Dict[str, Any]:
    """
    Build an engine in a process of its own, and keep it; takes minutes on a Jetson.

    :param precision: fp32, fp16 or int8; a more precise one is built if it fails the parity gate
    :param report: is called with each line of progress, from this thread
    :param cancelled: ends the build when it is set
    :returns: the card: precision (of the engine, 'torch' if none passed the gate), reason (of
        another precision than the given one, else ''), attempts, key, and path (of the card)
    :raises EngineError: if no engine can be built, in one line
    """
    if precision == 'int8' and options.calibration is None:
        raise EngineError('INT8 has to be calibrated on frames of the camera: give their folder '
                          'with --calibration')
    cache = EngineCache()
    with cache.workshop() as folder:
        command = module_command('lsnet_ros.engines.build_process') + [
            '--model', str(model_folder), '--precision', precision, '--device', DEVICE,
            '--output', str(folder)] + options.arguments()
        _run(command, report or (lambda text: None), cancelled or threading.Event())
        content, card = _read_product(folder)
        path = cache.store(content, card)
    return dict(card, path=str(path), reason=fallback_reason(card))


def fallback_reason(card: Dict[str, Any]) -> str:
    """Say why an engine has another precision than was wanted, '' if it has that one."""
    if card['precision'] == card['key']['precision']:
        return ''
    return '; '.join('{} is not used: {}'.format(attempt['precision'], attempt['reason'])
                     for attempt in card['attempts'] if not attempt['passed'])


def _read_product(folder: Path) -> Tuple[Optional[bytes], Dict[str, Any]]:
    """Return the engine of a build, None if none passed the gate, and its card."""
    try:
        card = json.loads((folder / CARD_FILE).read_text())
        content = None if card['precision'] == TORCH else (folder / ENGINE_FILE).read_bytes()
    except (OSError, ValueError) as error:
        raise EngineError('the build ended without an engine ({}): try again'.format(
            one_line(error))) from error
    return content, card


def _run(command: List[str], report: Callable[[str], None], cancelled: threading.Event) -> None:
    """Run a build to its end; raises EngineError if it fails or is cancelled."""
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, bufsize=0)
    output: Any = child.stdout
    listener = _Listener(report)
    try:
        while listener.listen(output.fileno()):
            if cancelled.is_set():
                raise EngineError('the build was cancelled')
        child.wait()
    finally:
        _end(child)
        output.close()
    if child.returncode:
        raise EngineError(listener.error or _describe_ending(child.returncode, listener.others))


class _Listener:
    """Reads the output of a build: progress, an error, and other lines, perhaps of a crash."""

    def __init__(self, report: Callable[[str], None]) -> None:
        self.error = ''
        self.others: List[str] = []
        self._report = report
        self._rest = b''
        self._last, self._since = '', time.monotonic()
        self._ticks = 1

    def listen(self, descriptor: int) -> bool:
        """Read for a short time; tells whether the output goes on."""
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
        """Report a line of progress, keep an error or another line."""
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
    """End a child that still runs."""
    if child.poll() is not None:
        return
    child.terminate()
    try:
        child.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def _describe_ending(status: int, others: List[str]) -> str:
    """Describe the ending of a build that reported no error."""
    if status == -signal.SIGKILL:
        return 'the build was killed, most likely for want of memory: {}'.format(
            advise(always=True))
    how = 'by signal {}'.format(-status) if status < 0 else 'with status {}'.format(status)
    return 'the build ended {}: {}'.format(how, one_line(others[-1]) if others else 'no reason')
