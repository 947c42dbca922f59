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
"""Turn ROS messages into arrays and back; works on anything that has a message's fields."""

import array
import struct
from typing import Any, Callable, NamedTuple

import cv2
import numpy as np

from lsnet_ros.errors import LsnetError
from lsnet_ros.image_files import decode


class EncodingError(LsnetError, ValueError):
    """An image message cannot be read; the text says what it holds and what is accepted."""


class Encoding(NamedTuple):
    """How the bytes of an image message become RGB."""

    decode: Callable[[np.ndarray, bool], np.ndarray]  # (rows, bytes) uint8, is_bigendian -> RGB
    pixel_bytes: int = 1                              # bytes of one pixel within a row
    multiple: int = 1                                 # width is a multiple of this
    chroma_rows: bool = False                         # height / 2 rows of UV follow those of Y
    smallest: int = 1                                 # px, width and height


def to_rgb(image_msg: Any) -> np.ndarray:
    """
    Return the picture of a sensor_msgs/Image as (height, width, 3) uint8 RGB.

    Rows are found by ``step``, so what pads them is dropped. The array may share the memory of
    the message. YUV is BT.601 in video range, as cameras and video decoders give it; of mono16
    the high byte is kept.

    :raises EncodingError: if the encoding is not in ``ENCODINGS``, the size does not fit it or
        there are fewer bytes than the size and ``step`` ask for
    """
    encoding = ENCODINGS.get(image_msg.encoding)
    if encoding is None:
        raise EncodingError('encoding {!r} is not supported: expected one of {}'.format(
            image_msg.encoding, ', '.join(sorted(ENCODINGS))))
    return encoding.decode(_rows(image_msg, encoding), bool(image_msg.is_bigendian))


def to_class_ids(image_msg: Any) -> np.ndarray:
    """
    Return the class ids of a label image as (height, width) uint8.

    :raises EncodingError: if the message is not a whole mono8 image
    """
    if image_msg.encoding not in ('mono8', '8UC1'):
        raise EncodingError('a label image has encoding {!r}: expected mono8, one class id for '
                            'each pixel'.format(image_msg.encoding))
    return _rows(image_msg, ENCODINGS['mono8'])


def decompress(compressed_msg: Any) -> np.ndarray:
    """
    Return the picture of a sensor_msgs/CompressedImage as (height, width, 3) uint8 RGB.

    :raises EncodingError: if the bytes are not a whole JPEG, PNG or other image that OpenCV reads
    """
    data = bytes(compressed_msg.data)
    image = decode(data, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
    if image is None:
        raise EncodingError('compressed image of format {!r} and {} bytes cannot be decoded: '
                            'expected a whole JPEG or PNG'.format(
                                compressed_msg.format, len(data)))
    return cv2.cvtColor(image, cv2.COLOR_BGR2RGB)


def from_rgb(image: np.ndarray, header: Any) -> Any:
    """Return a sensor_msgs/Image (rgb8) of a (height, width, 3) uint8 RGB picture."""
    return _image_msg(image, header, 'rgb8')


def from_class_ids(class_ids: np.ndarray, header: Any) -> Any:
    """Return a sensor_msgs/Image (mono8) of (height, width) uint8 class ids."""
    return _image_msg(class_ids, header, 'mono8')


def stamp_ns(header: Any) -> int:
    """Return the stamp of a std_msgs/Header in ns."""
    return header.stamp.sec * 10**9 + header.stamp.nanosec


def stamp_of_bytes(message: bytes) -> int:
    """
    Return the stamp, ns, of a message that begins with a header, as it came over the wire.

    It is CDR: two bytes that say which, the second odd for little-endian, two of options, then the
    seconds and nanoseconds of the stamp.
    """
    seconds, nanoseconds = struct.unpack_from('<iI' if message[1] & 1 else '>iI', message, 4)
    return seconds * 10**9 + nanoseconds


def make_header(stamp: int, frame_id: str) -> Any:
    """Return a std_msgs/Header of a stamp in ns."""
    from std_msgs.msg import Header
    header = Header(frame_id=frame_id)
    header.stamp.sec, header.stamp.nanosec = divmod(stamp, 10**9)
    return header


def _image_msg(image: np.ndarray, header: Any, encoding: str) -> Any:
    """Return a sensor_msgs/Image of a uint8 array; the header is used as it is."""
    from sensor_msgs.msg import Image
    payload = array.array('B')  # of any other type the message's setter looks at each byte
    payload.frombytes(np.ascontiguousarray(image).data)
    height, width = image.shape[:2]
    image_msg = Image(header=header, height=height, width=width, encoding=encoding,
                      is_bigendian=0, step=len(payload) // height)
    image_msg.data = payload  # the constructor would copy it
    return image_msg


def _rows(image_msg: Any, encoding: Encoding) -> np.ndarray:
    """Return the rows of a message without their padding, (rows, bytes) uint8, or raise."""
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
    if data.size < step * count:
        raise EncodingError('data ends after {} bytes: expected {} ({} rows of step {})'.format(
            data.size, step * count, count, step))
    return data[:step * count].reshape(count, step)[:, :used]


def _pixels(channels: int, code: int) -> Callable[[np.ndarray, bool], np.ndarray]:
    """Return a decoder for ``channels`` bytes of each pixel side by side."""
    def decode(rows, _):
        return cv2.cvtColor(rows.reshape(rows.shape[0], -1, channels), code)
    return decode


def _planes(code: int) -> Callable[[np.ndarray, bool], np.ndarray]:
    """Return a decoder for one byte of each pixel: grey, Bayer, or rows of Y and then of UV."""
    def decode(rows, _):
        return cv2.cvtColor(rows, code)
    return decode


def _rgb8(rows: np.ndarray, _: bool) -> np.ndarray:
    return np.ascontiguousarray(rows.reshape(rows.shape[0], -1, 3))


def _mono16(rows: np.ndarray, is_bigendian: bool) -> np.ndarray:
    high_bytes = rows[:, ::2] if is_bigendian else rows[:, 1::2]
    return cv2.cvtColor(np.ascontiguousarray(high_bytes), cv2.COLOR_GRAY2RGB)


_UYVY = Encoding(_pixels(2, cv2.COLOR_YUV2RGB_UYVY), 2, multiple=2)
_YUYV = Encoding(_pixels(2, cv2.COLOR_YUV2RGB_YUY2), 2, multiple=2)

# OpenCV names a Bayer pattern by its second row from the second pixel on; ROS, as the makers of
# sensors do, by its first row and then its second.
ENCODINGS = {
    'rgb8': Encoding(_rgb8, 3),
    'bgr8': Encoding(_pixels(3, cv2.COLOR_BGR2RGB), 3),
    'rgba8': Encoding(_pixels(4, cv2.COLOR_RGBA2RGB), 4),
    'bgra8': Encoding(_pixels(4, cv2.COLOR_BGRA2RGB), 4),
    'mono8': Encoding(_planes(cv2.COLOR_GRAY2RGB)),
    'mono16': Encoding(_mono16, 2),
    'yuv422': _UYVY,
    'uyvy': _UYVY,
    'yuv422_yuy2': _YUYV,
    'yuyv': _YUYV,
    'bayer_rggb8': Encoding(_planes(cv2.COLOR_BayerBG2RGB), smallest=3),
    'bayer_bggr8': Encoding(_planes(cv2.COLOR_BayerRG2RGB), smallest=3),
    'bayer_gbrg8': Encoding(_planes(cv2.COLOR_BayerGR2RGB), smallest=3),
    'bayer_grbg8': Encoding(_planes(cv2.COLOR_BayerGB2RGB), smallest=3),
    'nv12': Encoding(_planes(cv2.COLOR_YUV2RGB_NV12), multiple=2, chroma_rows=True),
    'nv21': Encoding(_planes(cv2.COLOR_YUV2RGB_NV21), multiple=2, chroma_rows=True),
}
