# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Read image files, and refuse incomplete and oversized ones; write PNG files.

A network labels half an image too, and wrongly.
"""

import logging
from pathlib import Path
from typing import List

import cv2
import numpy as np

from lsnet_ros.errors import LsnetError
from lsnet_ros.files import replacing
from lsnet_ros.frames.image_headers import (
    count_png_bytes,
    JPEG_END,
    JPEG_START,
    PNG_START,
    read_size,
    walk_jpeg,
)
from lsnet_ros.frames.jpeg_restarts import has_lost_restarts
from lsnet_ros.limits.bounds import IMAGE_FILE, PIXELS
from lsnet_ros.limits.regular_files import read_bytes

IMAGE_SUFFIXES = ('.bmp', '.jpeg', '.jpg', '.png', '.ppm', '.tif', '.tiff', '.webp')
MAX_PIXELS = PIXELS  # of an image, by default
LEAST_PEAK = 64  # of 255: the brightest high byte of an image that uses more than 14 bits
MOST_DEFLATED = 1032  # bytes that a byte can stand for: 258 in 2 bits (Deutsch, RFC 1951, 3.2.5)
# Images that OpenCV does not read, or not everywhere: they are told, not left out silently.
OTHER_SUFFIXES = ('.arw', '.avif', '.cr2', '.dng', '.gif', '.heic', '.heif', '.jfif', '.jp2',
                  '.jxl', '.nef', '.pgm')


# A camera driver gives pixels as stored, and targets belong to them.
AS_STORED = cv2.IMREAD_COLOR | cv2.IMREAD_ANYDEPTH | cv2.IMREAD_IGNORE_ORIENTATION


class ImageError(LsnetError, ValueError):
    """An image is not one, is incomplete or too large; the text goes on after its name."""


def list_images(folder: Path) -> List[Path]:
    """
    Return the image files directly in a folder, sorted by name.

    Links to nowhere, and the ._NAME that macOS leaves beside a file, are logged as skipped.

    :raises OSError: if the folder cannot be read
    """
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in IMAGE_SUFFIXES)
    skipped = [path for path in paths if path.name.startswith('._') or not path.exists()]
    if skipped:
        logging.getLogger(__name__).warning(
            '%d files of %s are skipped, ._ files of macOS or links to nowhere: %s', len(skipped),
            folder, ', '.join(path.name for path in skipped[:5]))
    return [path for path in paths if path not in skipped]


def read_rgb(path: Path) -> np.ndarray:
    """
    Return an image file as (H, W, 3) uint8 RGB.

    :raises OSError: if the file cannot be read
    :raises ImageError: as ``decode_rgb``
    """
    return decode_rgb(read_bytes(path, IMAGE_FILE))


def read_labels(path: Path) -> np.ndarray:
    """
    Return an image file with the values that it holds, such as (H, W) uint8 class ids.

    :raises OSError: if the file cannot be read
    :raises ImageError: as ``decode``
    """
    return decode(read_bytes(path, IMAGE_FILE), cv2.IMREAD_UNCHANGED)


def decode_rgb(data: bytes, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """
    Decode an image file to (H, W, 3) uint8 RGB, as stored: its EXIF orientation does not count.

    16 bits keep their high byte.

    :raises ImageError: as ``decode`` and ``check_peak``, or for levels that are no whole numbers
    """
    image = decode(data, AS_STORED, max_pixels)
    if image.dtype == np.uint16:
        np.right_shift(image, 8, out=image)  # in place: a picture of 64 megapixels takes 384 MB
        image = image.astype(np.uint8)
        check_peak(image)
    if image.dtype != np.uint8:
        raise ImageError('has levels of type {}, expected 8 or 16 bits'.format(image.dtype))
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB, dst=image)


def decode(data: bytes, flags: int, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """
    Decode the bytes of an image file with OpenCV.

    :param flags: of ``cv2.imdecode``
    :raises ImageError: if they are not a whole image, or hold more than ``max_pixels``
    """
    size = read_size(data)
    if size is None:
        raise ImageError('cannot be read as an image (found no header of a BMP, JPEG, PNG, PNM, '
                         'TIFF or WebP file)')
    check_pixels(size[0], size[1], max_pixels)
    if not is_complete(data):
        raise ImageError('ends before its image does, after {} bytes'.format(len(data)))
    if data.startswith(JPEG_START) and has_lost_restarts(data):
        raise ImageError('has lost a part of its picture: its restart marks are not in turn')
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error:
        image = None
    if image is None:
        raise ImageError('cannot be read as an image (OpenCV does not decode it)')
    return image


def check_pixels(width: int, height: int, max_pixels: int) -> None:
    """Raise an ImageError if an image has more than ``max_pixels``."""
    if width * height > max_pixels:
        raise ImageError('has {}x{} px (width x height), expected at most {} px in all'.format(
            width, height, max_pixels))


def check_peak(high_bytes: np.ndarray) -> None:
    """
    Raise an ImageError if the high bytes of 16-bit levels show that 14 bits or fewer are in use.

    The levels of a camera of 10 or 12 bits would pass as a dark picture. A range guessed from the
    frame would change its brightness from frame to frame.
    """
    if high_bytes.max() < LEAST_PEAK:
        raise ImageError('has 16-bit levels that all lie below {} of 65535, as those of 10 to 14 '
                         'bits do: shift them to the high bits, or publish 8 bits'.format(
                             LEAST_PEAK << 8))


def is_complete(data: bytes) -> bool:
    """
    Return whether a PNG or JPEG file reaches its end mark; True for any other file.

    Some decoders fill missing rows with grey and only print a warning. Bytes after the end mark
    are ignored: some cameras write more there.
    """
    for start, reaches_end in _FORMATS:
        if data.startswith(start):
            return reaches_end(data)
    return True


def _png_reaches_end(data: bytes) -> bool:
    """
    Walk the chunks of a PNG (length, type, content, checksum) to IEND, W3C PNG, 5.3.

    A file of a few bytes whose header claims megapixels cannot be whole, and would be decoded for
    seconds.
    """
    if count_png_bytes(data) > MOST_DEFLATED * len(data):
        return False
    position = len(PNG_START)
    while position + 12 <= len(data):
        kind = data[position + 4:position + 8]
        position += 12 + int.from_bytes(data[position:position + 4], 'big')
        if kind == b'IEND':  # a length beyond the file would cost gigabytes here too
            return position <= len(data)
    return False


def _jpeg_reaches_end(data: bytes) -> bool:
    return any(code == JPEG_END for code, _ in walk_jpeg(data))


_FORMATS = ((PNG_START, _png_reaches_end), (JPEG_START, _jpeg_reaches_end))


def write_png(path: Path, image: np.ndarray) -> None:
    """Replace a file by (H, W) uint8, or (H, W, 3) uint8 RGB, as a PNG file; makes its folder."""
    _, content = cv2.imencode('.png', image if image.ndim == 2 else image[..., ::-1])
    with replacing(path) as file:
        file.write(content.tobytes())
