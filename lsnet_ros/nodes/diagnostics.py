# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Reports of a node about itself, published on ``/diagnostics``."""

import enum
from typing import Any, Callable, Dict, Iterable, NamedTuple

from lsnet_ros.nodes.guard import Guard

PERIOD_S = 1.0  # also when idle: an aggregator reports a silent node as stale


class Level(enum.Enum):
    """Health of a node; the values are those of diagnostic_msgs/DiagnosticStatus."""

    OK = b'\x00'
    WARN = b'\x01'
    ERROR = b'\x02'


class Report(NamedTuple):
    """State of a node, published once a second."""

    level: Level
    message: str            # begins with the state
    values: Dict[str, Any]  # numbers unformatted, for ``format_value``


def format_value(value: Any) -> str:
    """Format a value for a message: floats with four decimals, NaN as nan."""
    return '{:.4f}'.format(value) if isinstance(value, float) else str(value)


def add_warnings(report: Report, warnings: Iterable[str]) -> Report:
    """Return a report with warnings at the end of its message; an OK becomes a WARN."""
    warnings = list(warnings)
    if not warnings:
        return report
    level = Level.WARN if report.level is Level.OK else report.level
    return report._replace(level=level, message='; '.join([report.message] + warnings))


def diagnostic_array(name: str, report: Report, stamp: Any, hardware_id: str = '') -> Any:
    """
    Return a diagnostic_msgs/DiagnosticArray with one status.

    :param name: of the status, by convention 'node: task'
    :param stamp: builtin_interfaces/Time
    """
    from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
    values = [KeyValue(key=key, value=format_value(value)) for key, value in report.values.items()]
    status = DiagnosticStatus(level=report.level.value, name=name, message=report.message,
                              hardware_id=hardware_id, values=values)
    array = DiagnosticArray(status=[status])
    array.header.stamp = stamp
    return array


def publish_each_second(node: Any, task: str, hardware_id: Callable[[], str],
                        make_report: Callable[[], Report], guard: Guard) -> None:
    """
    Publish a report on ``/diagnostics`` once a second of wall time, whatever the ROS clock does.

    :param task: second part of the status's name
    :param hardware_id: returns that of the status
    :param make_report: called by the executor's thread
    :param guard: of the node's subscriptions; each report contains its warnings
    """
    from diagnostic_msgs.msg import DiagnosticArray
    from rclpy.clock import Clock, ClockType
    pub = node.create_publisher(DiagnosticArray, '/diagnostics', 1)
    full_name = (node.get_namespace() + '/' + node.get_name()).lstrip('/')
    name = '{}: {}'.format(full_name, task)

    def publish() -> None:
        report = add_warnings(make_report(), guard.warnings())
        report.values['messages_dropped'] = guard.dropped
        pub.publish(diagnostic_array(name, report, node.get_clock().now().to_msg(),
                                     hardware_id()))

    node.create_timer(PERIOD_S, publish, clock=Clock(clock_type=ClockType.STEADY_TIME))
