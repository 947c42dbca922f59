# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Convert ROS image messages to arrays and back; any object with a message's fields will do."""

import array
import re
import struct
from typing import Any, Callable, NamedTuple

import cv2
import numpy as np

from lsnet_ros.errors import LsnetError
from lsnet_ros.frames.image_files import (
    check_peak,
    check_pixels,
    decode,
    decode_rgb,
    ImageError,
    MAX_PIXELS,
)

COLOURS = re.compile('(rgb|bgr)a?(8|16)$')  # encodings that compressed_image_transport reorders

STAMP_END = 12  # bytes, of a serialised message


class EncodingError(LsnetError, ValueError):
    """An image message cannot be read."""


Decoder = Callable[[np.ndarray, bool], np.ndarray]  # (rows, bytes) uint8, is_bigendian -> RGB


class Encoding(NamedTuple):
    """Layout of an image message, and its conversion to RGB."""

    decode: Decoder
    pixel_bytes: int = 1       # bytes of a pixel in a row
    multiple: int = 1          # the width is a multiple of this
    chroma_rows: bool = False  # height / 2 rows of UV follow those of Y
    smallest: int = 1          # px, least width and height


def to_rgb(image_msg: Any, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """
    Return a sensor_msgs/Image as (height, width, 3) uint8 RGB.

    Rows start every ``step`` bytes; their padding is dropped. The array may share the memory of
    the message. YUV is BT.601 in video range, the usual output of cameras and video decoders;
    mono16 keeps its high byte.

    :raises EncodingError: if the encoding is not in ``ENCODINGS``, the size does not fit it or
        is above ``max_pixels``, the data is not as long as size and ``step`` require, or 16-bit
        levels are too low for ``check_peak``
    """
    encoding = ENCODINGS.get(image_msg.encoding)
    if encoding is None:
        raise EncodingError('encoding {!r} is not supported: expected one of {}'.format(
            image_msg.encoding, ', '.join(sorted(ENCODINGS))))
    rows = _crop_rows(image_msg, encoding)
    try:
        check_pixels(image_msg.width, image_msg.height, max_pixels)
        return encoding.decode(rows, bool(image_msg.is_bigendian))
    except ImageError as error:
        raise EncodingError('image of encoding {!r} {}'.format(
            image_msg.encoding, error)) from error


def to_class_ids(image_msg: Any) -> np.ndarray:
    """
    Return the class ids of a label image as (height, width) uint8.

    :raises EncodingError: if the message is not a whole mono8 image
    """
    if image_msg.encoding not in ('mono8', '8UC1'):
        raise EncodingError('a label image has encoding {!r}: expected mono8, one class id for '
                            'each pixel'.format(image_msg.encoding))
    return _crop_rows(image_msg, ENCODINGS['mono8'])


def decompress(compressed_msg: Any, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """
    Return a sensor_msgs/CompressedImage as (height, width, 3) uint8 RGB.

    The format is that of compressed_image_transport, "ENCODING; CODEC compressed ORDER": a mosaic
    is demosaiced, and colours that do not say "compressed bgr" went through the encoder in the
    opposite order. A format without a semicolon names a usual file.

    :raises EncodingError: if the bytes are not a whole image of at most ``max_pixels``
    """
    data = bytes(compressed_msg.data)
    encoding, semicolon, codec = compressed_msg.format.partition(';')
    try:
        if encoding.startswith('bayer_'):
            return _demosaic(decode(data, cv2.IMREAD_UNCHANGED, max_pixels), encoding)
        image = decode_rgb(data, max_pixels)
    except ImageError as error:
        raise EncodingError('compressed image of format {!r} and {} bytes {}'.format(
            compressed_msg.format, len(data), error)) from error
    is_swapped = semicolon and COLOURS.match(encoding) and 'compressed bgr' not in codec
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB) if is_swapped else image


def from_rgb(image: np.ndarray, header: Any) -> Any:
    """Return a sensor_msgs/Image (rgb8) of a (height, width, 3) uint8 RGB picture."""
    return _make_image_msg(image, header, 'rgb8')


def from_class_ids(class_ids: np.ndarray, header: Any) -> Any:
    """Return a sensor_msgs/Image (mono8) of (height, width) uint8 class ids."""
    return _make_image_msg(class_ids, header, 'mono8')


def compress_rgb(image: np.ndarray, header: Any) -> Any:
    """Return a sensor_msgs/CompressedImage (JPEG), as compressed_image_transport makes it."""
    return _make_compressed_msg(cv2.cvtColor(image, cv2.COLOR_RGB2BGR), '.jpg',
                                'rgb8; jpeg compressed bgr8', header)


def compress_class_ids(class_ids: np.ndarray, header: Any) -> Any:
    """Return a sensor_msgs/CompressedImage (PNG, lossless) of (height, width) uint8 class ids."""
    return _make_compressed_msg(class_ids, '.png', 'mono8; png compressed ', header)


def stamp_ns(header: Any) -> int:
    """Return the stamp of a std_msgs/Header in ns."""
    return header.stamp.sec * 10**9 + header.stamp.nanosec


def stamp_of_bytes(message: bytes) -> int:
    """
    Return the stamp, ns, of a serialised message that begins with a header.

    CDR: two bytes of representation, the second odd for little-endian, two bytes of options, then
    seconds and nanoseconds.

    :raises EncodingError: if the message ends before its stamp does
    """
    if len(message) < STAMP_END:
        raise EncodingError('message of {} bytes ends before its stamp: expected at least {} '
                            'bytes'.format(len(message), STAMP_END))
    seconds, nanoseconds = struct.unpack_from('<iI' if message[1] & 1 else '>iI', message, 4)
    return seconds * 10**9 + nanoseconds


def make_header(stamp: int, frame_id: str) -> Any:
    """Return a std_msgs/Header of a stamp in ns."""
    from std_msgs.msg import Header
    header = Header(frame_id=frame_id)
    header.stamp.sec, header.stamp.nanosec = divmod(stamp, 10**9)
    return header


def _make_image_msg(image: np.ndarray, header: Any, encoding: str) -> Any:
    """Return a sensor_msgs/Image of a uint8 array; the header is used as it is."""
    from sensor_msgs.msg import Image
    payload = _make_payload(np.ascontiguousarray(image))
    height, width = image.shape[:2]
    image_msg = Image(header=header, height=height, width=width, encoding=encoding,
                      is_bigendian=0, step=len(payload) // height)
    image_msg.data = payload  # the constructor would copy it
    return image_msg


def _make_compressed_msg(image: np.ndarray, suffix: str, text: str, header: Any) -> Any:
    """Return a sensor_msgs/CompressedImage of an array in OpenCV's order of colours."""
    from sensor_msgs.msg import CompressedImage
    compressed_msg = CompressedImage(header=header, format=text)
    compressed_msg.data = _make_payload(cv2.imencode(suffix, image)[1])
    return compressed_msg


def _make_payload(content: np.ndarray) -> 'array.array[int]':
    """Return bytes in the type of which a message's setter does not check each."""
    payload = array.array('B')
    payload.frombytes(content.data)
    return payload


def _crop_rows(image_msg: Any, encoding: Encoding) -> np.ndarray:
    """Return the rows without padding, (rows, bytes) uint8, or raise an EncodingError."""
    height, width, step = image_msg.height, image_msg.width, image_msg.step
    if min(height, width) < encoding.smallest:
        raise EncodingError('image of {}x{} px (width x height) has no picture in it: expected '
                            'at least {} px each way for {}'.format(
                                width, height, encoding.smallest, image_msg.encoding))
    if width % encoding.multiple or encoding.chroma_rows and height % 2:
        raise EncodingError('image of {}x{} px (width x height) cannot be {}: expected even '
                            'numbers'.format(width, height, image_msg.encoding))
    used = width * encoding.pixel_bytes
    if step < used:
        raise EncodingError('step is {} bytes, shorter than a row: expected at least {} for {} '
                            'px of {}'.format(step, used, width, image_msg.encoding))
    count = height * 3 // 2 if encoding.chroma_rows else height
    data = np.frombuffer(image_msg.data, np.uint8) if len(image_msg.data) else np.empty(0, 'u1')
    if data.size != step * count:
        raise EncodingError('data {} after {} bytes: expected {} ({} rows of step {})'.format(
            'ends' if data.size < step * count else 'goes on', min(data.size, step * count),
            step * count, count, step))
    return data.reshape(count, step)[:, :used]


def _demosaic(mosaic: np.ndarray, encoding: str) -> np.ndarray:
    """Convert a mosaic to RGB; raise an EncodingError unless it has one channel of 8 bits."""
    layout = ENCODINGS.get(encoding)
    if layout is None or mosaic.dtype != np.uint8 or mosaic.ndim != 2 or (
            min(mosaic.shape) < layout.smallest):
        raise EncodingError('compressed image of encoding {!r} holds {} of shape {}: expected a '
                            'mosaic of one channel, 8 bits and 3x3 px or more'.format(
                                encoding, mosaic.dtype, mosaic.shape))
    return layout.decode(mosaic, False)


def _make_pixel_decoder(channels: int, code: int) -> Decoder:
    """
    Return a decoder of interleaved channels.

    :param channels: bytes of a pixel
    :param code: of ``cv2.cvtColor``
    """
    def decode_rows(rows: np.ndarray, _: bool) -> np.ndarray:
        return cv2.cvtColor(rows.reshape(rows.shape[0], -1, channels), code)
    return decode_rows


def _make_plane_decoder(code: int) -> Decoder:
    """Return a decoder of one byte per pixel: grey, Bayer, or rows of Y and then of UV."""
    def decode_rows(rows: np.ndarray, _: bool) -> np.ndarray:
        return cv2.cvtColor(rows, code)
    return decode_rows


def _decode_rgb8(rows: np.ndarray, _: bool) -> np.ndarray:
    return np.ascontiguousarray(rows.reshape(rows.shape[0], -1, 3))


def _decode_mono16(rows: np.ndarray, is_bigendian: bool) -> np.ndarray:
    high_bytes = np.ascontiguousarray(rows[:, ::2] if is_bigendian else rows[:, 1::2])
    check_peak(high_bytes)
    return cv2.cvtColor(high_bytes, cv2.COLOR_GRAY2RGB)


_UYVY = Encoding(_make_pixel_decoder(2, cv2.COLOR_YUV2RGB_UYVY), 2, multiple=2)
_YUYV = Encoding(_make_pixel_decoder(2, cv2.COLOR_YUV2RGB_YUY2), 2, multiple=2)

# OpenCV names a Bayer pattern by its second row from the second pixel on; ROS, like the makers of
# sensors, by its first row and then its second.
ENCODINGS = {
    'rgb8': Encoding(_decode_rgb8, 3),
    'bgr8': Encoding(_make_pixel_decoder(3, cv2.COLOR_BGR2RGB), 3),
    'rgba8': Encoding(_make_pixel_decoder(4, cv2.COLOR_RGBA2RGB), 4),
    'bgra8': Encoding(_make_pixel_decoder(4, cv2.COLOR_BGRA2RGB), 4),
    'mono8': Encoding(_make_plane_decoder(cv2.COLOR_GRAY2RGB)),
    'mono16': Encoding(_decode_mono16, 2),
    'yuv422': _UYVY,
    'uyvy': _UYVY,
    'yuv422_yuy2': _YUYV,
    'yuyv': _YUYV,
    'bayer_rggb8': Encoding(_make_plane_decoder(cv2.COLOR_BayerBG2RGB), smallest=3),
    'bayer_bggr8': Encoding(_make_plane_decoder(cv2.COLOR_BayerRG2RGB), smallest=3),
    'bayer_gbrg8': Encoding(_make_plane_decoder(cv2.COLOR_BayerGR2RGB), smallest=3),
    'bayer_grbg8': Encoding(_make_plane_decoder(cv2.COLOR_BayerGB2RGB), smallest=3),
    'nv12': Encoding(_make_plane_decoder(cv2.COLOR_YUV2RGB_NV12), multiple=2, chroma_rows=True),
    'nv21': Encoding(_make_plane_decoder(cv2.COLOR_YUV2RGB_NV21), multiple=2, chroma_rows=True),
}
