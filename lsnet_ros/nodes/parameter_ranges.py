# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Ranges of all numbers among the parameters, for nodes and for "ros2 param describe"."""

from typing import Any

from lsnet_ros.errors import LsnetError
from lsnet_ros.limits.bounds import PIXELS

UNLIMITED = 10 ** 9  # where nothing else limits a value

RANGES = {
    'max_pixels': (1, UNLIMITED),
    'overlay_alpha': (0.0, 1.0),
    'max_rate': (0.0, 1e9),
    'watchdog_s': (0.0, 1e9),
    'camera_height': (0.0, 100.0),
    'camera_tilt': (-1.5, 1.5),
    'max_range': (0.1, 1000.0),
    'min_confidence': (0.0, 1.0),
    'warm_up': (0, UNLIMITED),
    'deadline_ms': (0.0, 1e9),
    'rate': (0.0, 1e9),
    'frames': (0, UNLIMITED),
    'lockstep_timeout_s': (0.001, 1e9),
    'height': (1, PIXELS),
    'width': (1, PIXELS),
    'prepared': (1, 10 ** 6),
    'subscribers': (0, UNLIMITED),
}
"""For each number, its smallest and its largest value, in the type that it has."""


class ParameterError(LsnetError, ValueError):
    """A parameter has an invalid value."""


def check_range(name: str, value: Any) -> None:
    """Raise a ParameterError if the value of a parameter is out of its range."""
    lowest, highest = RANGES[name]
    if not lowest <= value <= highest:  # not a number is out of each range
        raise ParameterError('parameter {} is {!r}: expected {}'.format(
            name, value, '{} or more'.format(lowest) if highest == UNLIMITED
            else '{} to {}'.format(lowest, highest)))


def set_range(descriptor: Any) -> None:
    """Set the range of a ParameterDescriptor by its name, if it is that of a number."""
    from rcl_interfaces.msg import FloatingPointRange, IntegerRange
    if descriptor.name not in RANGES:
        return
    lowest, highest = RANGES[descriptor.name]
    if isinstance(lowest, int):
        descriptor.integer_range = [IntegerRange(from_value=lowest, to_value=highest)]
    else:
        descriptor.floating_point_range = [
            FloatingPointRange(from_value=lowest, to_value=highest)]
