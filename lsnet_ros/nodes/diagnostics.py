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
"""What a node says about itself on ``/diagnostics``, and how it says it."""

import enum
from typing import Any, Callable, Dict, NamedTuple

PERIOD_S = 1.0  # also when idle: an aggregator takes a silent node for a dead one


class Level(enum.Enum):
    """How well a node is; the values are those of diagnostic_msgs/DiagnosticStatus."""

    OK = b'\x00'
    WARN = b'\x01'
    ERROR = b'\x02'


class Report(NamedTuple):
    """What a node says once a second."""

    level: Level
    message: str            # begins with the state
    values: Dict[str, Any]  # numbers as numbers: ``text`` writes them


def text(value: Any) -> str:
    """Return a value as diagnostics show it: floats with four decimals, NaN as nan."""
    return '{:.4f}'.format(value) if isinstance(value, float) else str(value)


def diagnostic_array(name: str, report: Report, stamp: Any, hardware_id: str = '') -> Any:
    """
    Return a diagnostic_msgs/DiagnosticArray with one status.

    :param name: of the status, by custom 'node: task'
    :param stamp: builtin_interfaces/Time
    """
    from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
    status = DiagnosticStatus(
        level=report.level.value, name=name, message=report.message, hardware_id=hardware_id,
        values=[KeyValue(key=key, value=text(value)) for key, value in report.values.items()])
    array = DiagnosticArray(status=[status])
    array.header.stamp = stamp
    return array


def publish_each_second(node: Any, task: str, hardware_id: str,
                        make_report: Callable[[], Report]) -> None:
    """
    Publish a report on ``/diagnostics`` once a second, by a clock that simulation cannot stop.

    :param make_report: called by the executor's thread
    """
    from diagnostic_msgs.msg import DiagnosticArray
    from rclpy.clock import Clock, ClockType
    pub = node.create_publisher(DiagnosticArray, '/diagnostics', 1)
    full_name = (node.get_namespace() + '/' + node.get_name()).lstrip('/')
    name = '{}: {}'.format(full_name, task)

    def publish():
        pub.publish(diagnostic_array(
            name, make_report(), node.get_clock().now().to_msg(), hardware_id))

    node.create_timer(PERIOD_S, publish, clock=Clock(clock_type=ClockType.STEADY_TIME))
