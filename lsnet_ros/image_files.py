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
"""Image files, whole ones only: half a picture gives labels as well, and wrong ones."""

from pathlib import Path
import re
from typing import Optional

import cv2
import numpy as np

PNG_START = b'\x89PNG\r\n\x1a\n'
JPEG_START = b'\xff\xd8\xff'
# The next marker in the coded data of a JPEG: FF00 is a coded byte, FFD0 to FFD7 are restarts.
# One byte first and no repetition: fifty times as fast as with FF+, which finds no more.
_JPEG_MARKER = re.compile(b'\xff([\x01-\xcf\xd8-\xfe])')
_JPEG_END = b'\xd9'


def read_rgb(path: Path) -> Optional[np.ndarray]:
    """
    Return the picture of a file as (H, W, 3) uint8 RGB, None if it is no image or not a whole one.

    :raises OSError: if the file cannot be read
    """
    image = decode(path.read_bytes(), cv2.IMREAD_COLOR)
    return None if image is None else cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def decode(data: bytes, flags: int) -> Optional[np.ndarray]:
    """
    Return what OpenCV makes of the bytes of an image file; None if they are none, or end early.

    :param flags: of ``cv2.imdecode``
    """
    if not data or not is_complete(data):
        return None
    return cv2.imdecode(np.frombuffer(data, np.uint8), flags)


def is_complete(data: bytes) -> bool:
    """
    Tell whether a PNG or JPEG file reaches its end mark; any other file passes.

    Decoders differ in this: some fill what is missing with grey and only print a warning. What
    comes after the end mark does not matter: some cameras write more there.
    """
    for start, reaches_its_end in _FORMATS:
        if data.startswith(start):
            return reaches_its_end(data)
    return True


def _png_reaches_its_end(data: bytes) -> bool:
    """Walk the chunks of a PNG (length, type, content, checksum) to IEND, W3C PNG, 5.3."""
    position = len(PNG_START)
    while position + 12 <= len(data):
        if data[position + 4:position + 8] == b'IEND':
            return True
        position += 12 + int.from_bytes(data[position:position + 4], 'big')
    return False


def _jpeg_reaches_its_end(data: bytes) -> bool:
    """
    Walk the markers of a JPEG to EOI, ITU-T T.81, annex B.

    A thumbnail's own EOI is inside of a segment, whose length leads past it.
    """
    marker = _JPEG_MARKER.search(data, 2)
    while marker and marker.group(1) != _JPEG_END:
        length = int.from_bytes(data[marker.end():marker.end() + 2], 'big')
        marker = _JPEG_MARKER.search(data, marker.end() + length)
    return marker is not None


_FORMATS = ((PNG_START, _png_reaches_its_end), (JPEG_START, _jpeg_reaches_its_end))
