# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Run nodes of the package as child processes, which end with their parent."""

import contextlib
import ctypes
from functools import partial
import os
from pathlib import Path
import signal
import subprocess
import time
from typing import Any, Callable, Iterable, Iterator, NamedTuple

from lsnet_ros.errors import LsnetError
from lsnet_ros.launching.domains import choose_domain_id
from lsnet_ros.launching.transport import prepare_transport
from lsnet_ros.limits.children import module_command

STALLED_S = 60.0   # longest wait for progress
POLL_S = 0.1
LIBC = ctypes.CDLL(None)
SET_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of Linux's prctl


class NodeError(LsnetError, RuntimeError):
    """A node failed, or made no progress."""


class RunningNode(NamedTuple):
    """A node in a process of its own."""

    name: str
    process: subprocess.Popen
    log_path: Path

    def check(self) -> None:
        """Raise a NodeError with the last line of the log if the node has failed."""
        if self.process.poll():
            lines = self.log_path.read_text(errors='replace').splitlines() or ['']
            raise NodeError('{} ended with status {}: {} (the whole log is {})'.format(
                self.name, self.process.returncode, lines[-1], self.log_path))


def set_environment() -> None:
    """Set a ROS domain of their own, and the settings for large images, for the nodes to start."""
    os.environ.update(prepare_transport(os.environ),
                      ROS_DOMAIN_ID=choose_domain_id())


@contextlib.contextmanager
def running(folder: Path, name: str, **parameters: Any) -> Iterator[RunningNode]:
    """
    Run a node in a process of its own; the end of the block interrupts it, like Ctrl+C.

    :param folder: of NAME.log, the node's output
    :param name: of the node's module
    :raises NodeError: if the node failed
    """
    command = module_command('lsnet_ros.nodes.' + name) + ['--ros-args']
    for parameter, value in parameters.items():
        command += ['-p', '{}:={}'.format(parameter, value)]
    log_path = folder / (name + '.log')
    with log_path.open('wb') as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT,
                                   preexec_fn=partial(_follow_parent, os.getpid()))
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
    Wait for a condition while nodes run.

    :param is_done: the condition
    :param wait: waits a moment between two looks at it
    :raises NodeError: if a node fails, or the condition takes longer than ``STALLED_S``
    """
    deadline = time.monotonic() + STALLED_S
    while not is_done():
        for node in nodes:
            node.check()
        if time.monotonic() > deadline:
            raise NodeError('nothing happened for {:.0f} s: see {}'.format(
                STALLED_S, ', '.join(str(node.log_path) for node in nodes)))
        wait()


def _follow_parent(parent: int) -> None:
    """
    Let Linux interrupt this process when its parent ends, even by a kill.

    :param parent: process id; it may have ended before Linux was told
    """
    # A shell lets the programs that it starts in the background ignore interrupts.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    with contextlib.suppress(AttributeError):
        LIBC.prctl(SET_DEATH_SIGNAL, signal.SIGINT)
    if os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGKILL)
