# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Read label files as annotation tools write them: palette indices, few bits, or colours.

OpenCV gives the colours of a palette in place of its indices, and spreads 1, 2 and 4 bits over
0 to 255; Pillow keeps the indices.
"""

import io
from pathlib import Path
from typing import Any

import numpy as np

from lsnet_ros.frames.image_files import check_pixels, ImageError, is_complete, MAX_PIXELS
from lsnet_ros.frames.image_headers import JPEG_START, PNG_START, read_size
from lsnet_ros.limits.bounds import IMAGE_FILE
from lsnet_ros.limits.regular_files import read_bytes

GREY = 0        # colour type of a PNG, W3C PNG, 11.2.1
BIT_DEPTH, COLOR_TYPE = 24, 25  # places in a PNG file


def read_label_values(path: Path) -> np.ndarray:
    """
    Return the values that a label file holds.

    :returns: (H, W) uint8 or uint16, indices or grey values as they are stored; or (H, W, 3)
        uint8 RGB
    :raises OSError: if the file cannot be read
    :raises ImageError: if it is not a whole image, has lossy compression, is too large or has a
        transparent part
    """
    data = read_bytes(path, IMAGE_FILE)
    _check_file(data)
    from PIL import Image, UnidentifiedImageError
    try:
        with Image.open(io.BytesIO(data)) as image:
            return _take_values(image, data)
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        if isinstance(error, ImageError):
            raise
        raise ImageError('cannot be read as an image (Pillow does not decode it)') from error


def _check_file(data: bytes) -> None:
    """Raise an ImageError if a label file is torn, lossy or too large, before it is decoded."""
    if data.startswith(JPEG_START):
        raise ImageError('is a JPEG file, whose compression changes labels: export PNG files')
    size = read_size(data)
    if size is None:
        raise ImageError('cannot be read as an image (found no header of a BMP, PNG, PNM, TIFF or '
                         'WebP file)')
    check_pixels(size[0], size[1], MAX_PIXELS)
    if not is_complete(data):
        raise ImageError('ends before its image does, after {} bytes'.format(len(data)))
    if data[8:16] in (b'WEBPVP8 ', b'WEBPVP8X') and b'VP8 ' in data[12:64]:
        raise ImageError('is a lossy WebP file, whose compression changes labels: export PNG '
                         'files')


def _take_values(image: Any, data: bytes) -> np.ndarray:
    """Return the stored values of an opened image."""
    if image.mode == '1':
        return np.asarray(image).astype(np.uint8)
    if image.mode in ('L', 'P'):
        return np.asarray(image) // _spread(data)
    if image.mode.startswith('I'):
        values = np.asarray(image)
        if values.min() < 0 or values.max() > 65535:
            raise ImageError('has values beyond 0 to 65535, expected those of classes')
        return values.astype(np.uint16)
    if image.mode in ('RGBA', 'LA', 'PA') and np.asarray(image.getchannel('A')).min() < 255:
        raise ImageError('has transparent pixels, which have no class: export it without them')
    if image.mode in ('RGB', 'RGBA', 'PA'):
        return np.asarray(image.convert('RGB'))
    if image.mode == 'LA':
        return np.asarray(image.getchannel('L'))
    raise ImageError('has pixels of type {}, expected grey, palette or RGB'.format(image.mode))


def _spread(data: bytes) -> int:
    """Return the factor by which Pillow multiplies the grey values of a PNG of 2 or 4 bits."""
    if data.startswith(PNG_START) and data[COLOR_TYPE] == GREY and data[BIT_DEPTH] < 8:
        return 255 // (2 ** data[BIT_DEPTH] - 1)
    return 1
