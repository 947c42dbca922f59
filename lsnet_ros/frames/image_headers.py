# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Sizes in the headers of image files, before anything is decoded.

A PNG file of 100 kB may hold a picture of gigabytes.
"""

import re
import struct
from typing import Iterator, Optional, Tuple

PNG_START = b'\x89PNG\r\n\x1a\n'
JPEG_START = b'\xff\xd8\xff'
JPEG_END = 0xd9
PNG_COLOR_TYPE = 25  # place in the file, behind that of the bit depth
PNG_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by colour type, W3C PNG, 11.2.2
# The next marker in the coded data of a JPEG: FF00 is a coded byte, FFD0 to FFD7 are restarts.
# A single FF: fifty times as fast as FF+, which finds the same markers.
_JPEG_MARKER = re.compile(b'\xff([\x02-\xcf\xd8-\xfe])')
JPEG_FRAMES = set(range(0xc0, 0xd0)) - {0xc4, 0xc8, 0xcc}  # SOF0 to SOF15
_PNM_SIZE = re.compile(br'P[1-6](?:\s|#[^\n]*\n)+(\d{1,9})(?:\s|#[^\n]*\n)+(\d{1,9})\s')
_TIFF_WIDTHS, _TIFF_HEIGHTS = (256, 322), (257, 323)  # tags of the image, and of its tiles

Size = Tuple[int, int]  # (width, height), px


def read_size(data: bytes) -> Optional[Size]:
    """Return (width, height) of a BMP, JPEG, PNG, PNM, TIFF or WebP file, px; else None."""
    for start, read in _READERS:
        if data.startswith(start):
            try:
                return read(data)
            except (struct.error, IndexError):  # it ends within its header
                return None
    return None


def walk_jpeg(data: bytes) -> Iterator[Tuple[int, int]]:
    """
    Yield the markers of a JPEG to EOI, ITU-T T.81, annex B, with the position behind each.

    A thumbnail lies inside a segment and is skipped by the segment's length.
    """
    marker = _JPEG_MARKER.search(data, 2)
    while marker:
        code, position = data[marker.start() + 1], marker.end()
        yield code, position
        if code == JPEG_END:
            return
        length = int.from_bytes(data[position:position + 2], 'big')
        marker = _JPEG_MARKER.search(data, position + length)


def _read_jpeg(data: bytes) -> Optional[Size]:
    for code, position in walk_jpeg(data):
        if code in JPEG_FRAMES:
            height, width = struct.unpack_from('>HH', data, position + 3)
            return width, height
    return None


def _read_png(data: bytes) -> Optional[Size]:
    return struct.unpack_from('>II', data, 16) if data[12:16] == b'IHDR' else None


def count_png_bytes(data: bytes) -> int:
    """Return the least number of bytes of the pixels of a PNG, by its header; 0 without one."""
    size = _read_png(data) if len(data) > PNG_COLOR_TYPE else None
    if size is None:
        return 0
    depth, color_type = data[PNG_COLOR_TYPE - 1], data[PNG_COLOR_TYPE]
    return size[0] * size[1] * depth * PNG_CHANNELS.get(color_type, 1) // 8


def _read_bmp(data: bytes) -> Size:
    """Return the size; a negative height says that the top row comes first."""
    header_size, = struct.unpack_from('<I', data, 14)
    width, height = struct.unpack_from('<HH' if header_size == 12 else '<ii', data, 18)
    return abs(width), abs(height)


def _read_pnm(data: bytes) -> Optional[Size]:
    found = _PNM_SIZE.match(data)
    return (int(found.group(1)), int(found.group(2))) if found else None


def _read_tiff(data: bytes) -> Size:
    """Return the size of the first image or of its tiles, whichever is larger."""
    order = '<' if data.startswith(b'II') else '>'
    first, = struct.unpack_from(order + 'I', data, 4)
    count, = struct.unpack_from(order + 'H', data, first)
    width = height = 0
    for position in range(first + 2, first + 2 + 12 * count, 12):
        tag, kind = struct.unpack_from(order + 'HH', data, position)
        value, = struct.unpack_from(order + ('H' if kind == 3 else 'I'), data, position + 8)
        width = max(width, value) if tag in _TIFF_WIDTHS else width
        height = max(height, value) if tag in _TIFF_HEIGHTS else height
    return width, height


def _read_webp(data: bytes) -> Optional[Size]:
    """Return the size of a WebP: extended, lossless or lossy."""
    if data[8:16] == b'WEBPVP8X':
        return (1 + int.from_bytes(data[24:27], 'little'),
                1 + int.from_bytes(data[27:30], 'little'))
    if data[8:16] == b'WEBPVP8L':
        bits, = struct.unpack_from('<I', data, 21)
        return 1 + (bits & 0x3fff), 1 + (bits >> 14 & 0x3fff)
    if data[8:16] == b'WEBPVP8 ':
        width, height = struct.unpack_from('<HH', data, 26)
        return width & 0x3fff, height & 0x3fff
    return None


_READERS = ((PNG_START, _read_png), (JPEG_START, _read_jpeg), (b'BM', _read_bmp),
            (b'RIFF', _read_webp), (b'II*\0', _read_tiff), (b'MM\0*', _read_tiff),
            (b'P', _read_pnm))
