# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The executable ``health_check``: ends with 0 if the segmentation runs, for containers."""

import sys
import time
from typing import Callable, Dict, List, Optional

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
import rclpy
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy

from lsnet_ros.errors import LsnetError
from lsnet_ros.nodes.diagnostics import Level, PERIOD_S
from lsnet_ros.nodes.running import run_node

NAME = 'health_check'
STATUS = 'segmentation_node: segmentation'  # end of the names of the statuses that count
LONGEST_S = 8.0  # for discovery and a node that is busy
OTHERS_S = 3 * PERIOD_S  # for the other nodes, which may be discovered later


class HealthError(LsnetError):
    """No segmentation_node runs, or one reports an error."""


class HealthCheck(Node):
    """Listen to ``/diagnostics``."""

    def __init__(self) -> None:
        super().__init__(NAME)
        self._statuses: Dict[str, DiagnosticStatus] = {}  # the latest by name
        self.create_subscription(DiagnosticArray, '/diagnostics', self._on_diagnostics, QoSProfile(
            depth=100, reliability=ReliabilityPolicy.BEST_EFFORT))

    def close(self) -> None:
        """End; the node has no files and no threads."""

    def ask(self) -> None:
        """
        Print the status of each segmentation_node.

        :raises HealthError: if one reports an error, or none reports in time
        """
        self._spin_until(time.monotonic() + LONGEST_S, lambda: bool(self._statuses))
        if not self._statuses:
            raise HealthError('no segmentation_node has reported within {:.0f} s: look at its '
                              'log, and at ROS_DOMAIN_ID'.format(LONGEST_S))
        self._spin_until(time.monotonic() + OTHERS_S, lambda: False)
        for name, status in sorted(self._statuses.items()):
            print('{}: {}'.format(name, status.message))
        failed = sorted(name for name, status in self._statuses.items()
                        if status.level == Level.ERROR.value)
        if failed:
            raise HealthError('{} reports an error'.format(', '.join(failed)))

    def _spin_until(self, deadline: float, is_done: Callable[[], bool]) -> None:
        while not is_done() and time.monotonic() < deadline:
            rclpy.spin_once(self, timeout_sec=0.1)

    def _on_diagnostics(self, array: DiagnosticArray) -> None:
        """Keep the statuses of segmentation_node."""
        self._statuses.update((status.name, status) for status in array.status
                              if status.name.endswith(STATUS))


def main(args: Optional[List[str]] = None) -> int:
    """Ask and return the exit status: 0 if all is well."""
    return run_node(NAME, HealthCheck, HealthCheck.ask, args)


if __name__ == '__main__':
    sys.exit(main())
