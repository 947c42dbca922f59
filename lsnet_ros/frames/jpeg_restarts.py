# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Lost parts of a JPEG, found by its restart marks.

Decoders fill them with grey and only print a warning. A loss between two marks, or in a file
without marks, shows in the coded bits alone: only a second decoding would find it.
"""

import re
import struct
from typing import Optional

from lsnet_ros.frames.image_headers import JPEG_FRAMES, walk_jpeg

_RESTART = re.compile(b'\xff([\xd0-\xd7])')
_NUMBERS = bytes(range(0xd0, 0xd8))  # RST0 to RST7, in turn
_DRI, _SOS = 0xdd, 0xda


def has_lost_restarts(data: bytes) -> bool:
    """
    Return whether restart marks of a JPEG are out of turn or missing, ITU-T T.81, B.2.4.4, E.1.4.

    True for one with a damaged header too.
    """
    try:
        return _are_out_of_turn(data)
    except (struct.error, IndexError, ValueError, ZeroDivisionError):
        return True


def _are_out_of_turn(data: bytes) -> bool:
    """Compare the marks of each scan with those that its size and interval ask for."""
    interval, frame, scan = 0, 0, 0  # MCUs; positions of the segments, 0: none yet
    for code, position in walk_jpeg(data):
        if scan:
            found = b''.join(_RESTART.findall(data, scan, position))
            expected = _count_restarts(data, frame, scan, interval)
            count = len(found) if expected is None else expected
            if found != (_NUMBERS * (count // 8 + 1))[:count]:
                return True
        frame = position if code in JPEG_FRAMES else frame
        interval = _read_interval(data, position) if code == _DRI else interval
        scan = position if code == _SOS and interval else 0
    return False


def _read_interval(data: bytes, position: int) -> int:
    """Return the MCUs between two restarts, 0 for no restarts."""
    return int(struct.unpack_from('>H', data, position + 2)[0])


def _count_restarts(data: bytes, frame: int, scan: int, interval: int) -> Optional[int]:
    """Return the restarts of a scan with all components, None for another scan."""
    height, width, components = struct.unpack_from('>HHB', data, frame + 3)
    if data[scan + 2] != components:
        return None
    factors = data[frame + 9:frame + 9 + 3 * components:3] if components > 1 else b'\x11'
    mcu_width = 8 * max(factor >> 4 for factor in factors)
    mcu_height = 8 * max(factor & 15 for factor in factors)
    return (-(-width // mcu_width) * -(-height // mcu_height) - 1) // interval
