# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""End a program whose worker thread hangs, so that it can be started again."""

import os
from typing import Any, Callable

STATUS = 70    # of a program that hangs or has a bug: EX_SOFTWARE of sysexits.h
PERIOD_S = 0.5


def watch(node: Any, limit_s: float, busy_s: Callable[[], float],
          task: str = 'no result of a frame') -> None:
    """
    End the program once its worker has been busy for too long.

    It ends at once and closes nothing: a close could wait for the thread that hangs.

    :param limit_s: longest time of a piece of work, s; 0 for no limit
    :param busy_s: returns for how long the worker has had its piece of work, s
    :param task: said of the work, before the time
    """
    from rclpy.clock import Clock, ClockType

    def check() -> None:
        if busy_s() > limit_s:
            node.get_logger().fatal(
                '{} for {:.0f} s: the worker hangs; the program ends, for its launch file to '
                'start it again (parameter watchdog_s)'.format(task, busy_s()))
            os._exit(STATUS)

    if limit_s:
        node.create_timer(PERIOD_S, check, clock=Clock(clock_type=ClockType.STEADY_TIME))
