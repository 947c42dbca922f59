# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Run a node of the package until it ends, and end it in order."""

import signal
import sys
import time
import traceback
from typing import Any, Callable, List, Optional

from lsnet_ros.errors import LsnetError, one_line
from lsnet_ros.nodes.interruption import is_interrupt
from lsnet_ros.nodes.watchdog import STATUS

SIGNAL_S = 0.5  # longest wait for rclpy's own reaction to a signal


def run_node(name: str, make_node: Callable[[], Any], spin: Callable[[Any], None],
             args: Optional[List[str]] = None) -> int:
    """
    Run a node until it is done, is interrupted or fails.

    An error in the configuration or the input is one line in the log. Any other exception is a
    bug of this package and keeps its traceback; then the launch files start the node again.

    :param make_node: the node's class; its method ``close`` ends its own threads and files
    :param spin: called with the node; returns when it is done
    :param args: command line, by default this process's
    :returns: exit status: 0 done or interrupted, 1 wrong configuration or input, 70 a bug
    """
    import rclpy
    from rclpy.exceptions import ParameterException
    from rclpy.executors import ExternalShutdownException
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt_once)
    rclpy.init(args=args)
    node, status = None, 0
    try:
        node = make_node()
        spin(node)
    except (KeyboardInterrupt, ExternalShutdownException):
        _wait_for_signal_thread(lambda: not rclpy.ok())
    except (LsnetError, OSError, ParameterException) as error:
        status = _fail(name, error)
    except Exception as error:
        if is_interrupt(error):
            _wait_for_signal_thread(lambda: not rclpy.ok())
        elif rclpy.ok():  # else an interrupt ended the context that the node was using
            traceback.print_exc()
            status = STATUS
    try:
        return status if node is None else _close(name, node, status)
    finally:
        rclpy.try_shutdown()
        _ignore_further_interrupts()


def _close(name: str, node: Any, status: int) -> int:
    """Close and destroy a node; return the exit status, 1 after an error to close it."""
    try:
        node.close()
    except (LsnetError, OSError) as error:
        return _fail(name, error)
    finally:
        node.destroy_node()
    return status


def _interrupt_once(*_: Any) -> None:
    """
    Interrupt the program and ignore further signals while it ends.

    A Ctrl+C under "ros2 launch" arrives twice, from the terminal and from launch.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _do_nothing)
    # Objects of rclpy that the interrupt leaves half made complain when they are deleted.
    sys.unraisablehook = _do_nothing
    raise KeyboardInterrupt()


def _wait_for_signal_thread(is_over: Callable[[], bool]) -> None:
    """
    Wait until rclpy's own thread has handled a signal that this thread handles too.

    It uses objects that the end of a node destroys, and has crashed for it. Foxy has no such
    thread and does not end the context: there the wait lasts ``SIGNAL_S``.
    """
    deadline = time.monotonic() + SIGNAL_S
    while not is_over() and time.monotonic() < deadline:
        time.sleep(0.01)


def _do_nothing(*_: Any) -> None:
    """Ignore a signal; child processes would inherit SIG_IGN."""


def _ignore_further_interrupts() -> None:
    """After an interrupt, ignore the next: it would kill Python, which ends without handlers."""
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is _do_nothing:
            signal.signal(number, signal.SIG_IGN)


def _fail(name: str, error: Exception) -> int:
    """Log an error in one line and return the exit status of a failure."""
    from rclpy.logging import get_logger
    get_logger(name).fatal(one_line(error, None))
    return 1
