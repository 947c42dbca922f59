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
"""How every node of the package runs and ends."""

import signal
import time
from typing import Any, Callable, List, Optional

from lsnet_ros.errors import LsnetError

SIGNAL_S = 0.5  # that rclpy is given for its own reaction to a signal


def run_node(name: str, make_node: Callable[[], Any], spin: Callable[[Any], None],
             args: Optional[List[str]] = None) -> int:
    """
    Run a node until it is done, is interrupted or fails.

    What is wrong with the configuration, or with what the node works on, is one line in the log.
    Any other exception is a mistake of ours and keeps its traceback.

    :param make_node: the node's class; a node has a method ``close`` that ends its own work
    :param spin: called with the node; returns when it is done
    :param args: of the command line, by default this process's
    :returns: exit status: 0 done or interrupted, 1 failed
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
    except Exception:
        if rclpy.ok():  # else an interrupt took the ground from under it
            raise
    try:
        if node is not None:
            node.close()
    except (LsnetError, OSError) as error:
        status = _fail(name, error)
    finally:
        if node is not None:
            node.destroy_node()
        rclpy.try_shutdown()
        _ignore_further_interrupts()
    return status


def _interrupt_once(*_: Any) -> None:
    """
    Interrupt the program, and let it end in peace after that.

    A Ctrl+C under "ros2 launch" comes twice, from the terminal and from launch.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _do_nothing)
    raise KeyboardInterrupt()


def _wait_for_signal_thread(is_over: Callable[[], bool]) -> None:
    """
    Wait until rclpy's own thread has dealt with a signal, which it does at the same time as we.

    It uses what the end of a node destroys, and has been seen to crash. Foxy has no such thread
    and does not end the context: there the time runs out.
    """
    deadline = time.monotonic() + SIGNAL_S
    while not is_over() and time.monotonic() < deadline:
        time.sleep(0.01)


def _do_nothing(*_: Any) -> None:
    """Ignore a signal; SIG_IGN would be handed on to the processes that this one starts."""


def _ignore_further_interrupts() -> None:
    """After one, keep the next from killing Python while it ends and has no handlers any more."""
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is _do_nothing:
            signal.signal(number, signal.SIG_IGN)


def _fail(name: str, error: Exception) -> int:
    """Log one line and return the exit status of a failure."""
    from rclpy.logging import get_logger
    get_logger(name).fatal(' '.join(str(error).split()))
    return 1
