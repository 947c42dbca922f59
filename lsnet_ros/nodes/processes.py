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
"""The package's nodes in processes of their own, which end with the one that started them."""

import contextlib
import ctypes
import os
from pathlib import Path
import random
import signal
import subprocess
import sys
import time
from typing import Any, Callable, Iterable, Iterator, NamedTuple

from lsnet_ros.errors import LsnetError
from lsnet_ros.transport import transport_environment

STALLED_S = 60.0
POLL_S = 0.1
HIGHEST_DOMAIN = 101  # above it, Linux gives the ports to others
LIBC = ctypes.CDLL(None)
SET_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of Linux's prctl


class NodeError(LsnetError, RuntimeError):
    """The nodes did not do what they should."""


class RunningNode(NamedTuple):
    """A node in a process of its own."""

    name: str
    process: subprocess.Popen
    log_path: Path

    def check(self) -> None:
        """Raise a NodeError with the last line of the log if the node failed."""
        if self.process.poll():
            lines = self.log_path.read_text(errors='replace').splitlines() or ['']
            raise NodeError('{} ended with status {}: {} (the whole log is {})'.format(
                self.name, self.process.returncode, lines[-1], self.log_path))


def set_environment() -> None:
    """Give the nodes to come a ROS domain of their own, and the settings for large images."""
    os.environ.update(transport_environment(os.environ),
                      ROS_DOMAIN_ID=str(random.randint(1, HIGHEST_DOMAIN)))


@contextlib.contextmanager
def running(folder: Path, name: str, **parameters: Any) -> Iterator[RunningNode]:
    """
    Run a node in a process of its own; it is interrupted, as by Ctrl+C, at the end of the block.

    :param folder: what the node writes goes to NAME.log in it
    :raises NodeError: if the node failed
    """
    command = [sys.executable, '-m', 'lsnet_ros.nodes.' + name, '--ros-args']
    for parameter, value in parameters.items():
        command += ['-p', '{}:={}'.format(parameter, value)]
    log_path = folder / (name + '.log')
    with log_path.open('wb') as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT,
                                   preexec_fn=_end_with_parent)
    node = RunningNode(name, process, log_path)
    try:
        yield node
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=STALLED_S)
    finally:
        process.kill()
        process.wait()
    node.check()


def wait_until(is_done: Callable[[], bool], nodes: Iterable[RunningNode],
               wait: Callable[[], None] = lambda: time.sleep(POLL_S)) -> None:
    """
    Wait until something is done while nodes run.

    :param wait: waits a moment
    :raises NodeError: if a node fails, or nothing happens for a while
    """
    deadline = time.monotonic() + STALLED_S
    while not is_done():
        for node in nodes:
            node.check()
        if time.monotonic() > deadline:
            raise NodeError('nothing happened for {:.0f} s: see {}'.format(
                STALLED_S, ', '.join(str(node.log_path) for node in nodes)))
        wait()


def _end_with_parent() -> None:
    """Have Linux interrupt this process when its parent is gone, killed perhaps."""
    with contextlib.suppress(AttributeError):
        LIBC.prctl(SET_DEATH_SIGNAL, signal.SIGINT)
