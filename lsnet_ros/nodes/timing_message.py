# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Read the times of a frame from a message on ``segmentation/timing``."""

import math
from typing import Any, Dict, Optional, Tuple

from lsnet_ros.errors import LsnetError
from lsnet_ros.stages.timings import NodeTimings

REPLACED = 'frames_replaced'


class TimingError(LsnetError, ValueError):
    """A timing message cannot be used."""


def read_timing(timing_msg: Any) -> Tuple[Dict[str, float], Optional[int]]:
    """
    Return the durations of the known stages, ms, and the number of replaced frames.

    Other keys are ignored: each would be remembered for the whole run.

    :param timing_msg: diagnostic_msgs/DiagnosticArray
    :returns: (durations by the names of NodeTimings, number or None where it is missing)
    :raises TimingError: if it has no status, or a known value is not a number of 0 or more
    """
    if not timing_msg.status:
        raise TimingError('it has no status: expected one with the stages of a frame')
    values = {entry.key: entry.value for entry in timing_msg.status[0].values}
    stages = {name: _read_ms(name, values[name]) for name in NodeTimings._fields if name in values}
    replaced = values.get(REPLACED)
    if replaced is not None and not (replaced.isdigit() and len(replaced) < 19):
        raise TimingError('{} is {!r}: expected a whole number'.format(REPLACED, replaced[:20]))
    return stages, None if replaced is None else int(replaced)


def _read_ms(name: str, text: str) -> float:
    """Return a duration, ms, or raise a TimingError."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0.0 <= value < math.inf:
        raise TimingError('{} is {!r}: expected ms, 0 or more'.format(name, text[:20]))
    return value
