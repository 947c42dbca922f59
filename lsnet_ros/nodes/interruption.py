# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Interrupts (SIGINT, SIGTERM) that arrive while rclpy converts a message."""

from typing import Optional


def is_interrupt(error: BaseException) -> bool:
    """
    Return whether an interrupt is the cause of an exception.

    Where a KeyboardInterrupt is raised inside a conversion of rclpy's C++ part, pybind11 raises a
    TypeError with the interrupt as its cause. Who catches that as the error of one message would
    lose the interrupt, and the node would go on.
    """
    cause: Optional[BaseException] = error
    while cause is not None and not isinstance(cause, KeyboardInterrupt):
        cause = cause.__cause__
    return cause is not None
