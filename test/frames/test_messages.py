# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""What becomes of each encoding, and of messages that are not what they say."""

from array import array
from types import SimpleNamespace

import cv2
from hypothesis import given
from hypothesis import strategies as st
import numpy as np
import pytest

from lsnet_ros.frames import messages
from lsnet_ros.frames.image_files import decode_rgb, ImageError
from lsnet_ros.frames.messages import EncodingError

RED, GREEN, BLUE, GREY = (255, 0, 0), (0, 255, 0), (0, 0, 255), (90, 90, 90)
PICTURE = np.array([[RED, GREEN], [BLUE, GREY]], np.uint8)  # RGB


def image_msg(encoding, rows, width, padding=0, is_bigendian=0, height=None):
    """Return a message of rows of bytes, each followed by ``padding`` bytes of 77."""
    rows = [bytes(row) + bytes([77] * padding) for row in rows]
    return SimpleNamespace(
        encoding=encoding, height=len(rows) if height is None else height, width=width,
        step=len(rows[0]), is_bigendian=is_bigendian, data=array('B', b''.join(rows)))


def bt601(y, u, v):
    """Return the RGB of video range YUV by the equations of ITU-R BT.601."""
    luma, u, v = 255 / 219 * (y - 16), u - 128, v - 128
    rgb = (luma + 1.596 * v, luma - 0.392 * u - 0.813 * v, luma + 2.017 * u)
    return np.clip(np.round(rgb), 0, 255)


@pytest.mark.parametrize('encoding, order', [
    ('rgb8', (0, 1, 2)), ('bgr8', (2, 1, 0)), ('rgba8', (0, 1, 2, 3)), ('bgra8', (2, 1, 0, 3))])
def test_interleaved_colours_are_put_in_order(encoding, order):
    four = np.concatenate([PICTURE, np.full((2, 2, 1), 7, np.uint8)], axis=2)[:, :, order]
    rows = [row.tobytes() for row in four]
    assert np.array_equal(messages.to_rgb(image_msg(encoding, rows, 2)), PICTURE)


def test_mono8_becomes_grey():
    rgb = messages.to_rgb(image_msg('mono8', [[0, 255, 3]], 3))
    assert rgb.tolist() == [[[0, 0, 0], [255, 255, 255], [3, 3, 3]]]


@pytest.mark.parametrize('is_bigendian, first_bytes', [(0, [0xFF, 0x92]), (1, [0x92, 0xFF])])
def test_mono16_keeps_the_high_byte_in_both_byte_orders(is_bigendian, first_bytes):
    msg = image_msg('mono16', [first_bytes + [0, 0]], 2, is_bigendian=is_bigendian)
    assert messages.to_rgb(msg)[0].tolist() == [[0x92] * 3, [0, 0, 0]]


@pytest.mark.parametrize('encoding, order', [
    ('yuv422', 'uyvy'), ('uyvy', 'uyvy'), ('yuv422_yuy2', 'yuyv'), ('yuyv', 'yuyv')])
def test_yuv422_is_bt601_in_both_orders(encoding, order):
    values = {'y': iter((81, 145)), 'u': iter((90,)), 'v': iter((240,))}
    row = [next(values[name]) for name in order]
    rgb = messages.to_rgb(image_msg(encoding, [row], 2))
    assert np.abs(rgb[0, 0] - bt601(81, 90, 240)).max() <= 2
    assert np.abs(rgb[0, 1] - bt601(145, 90, 240)).max() <= 2


@pytest.mark.parametrize('encoding, chroma', [('nv12', [90, 240]), ('nv21', [240, 90])])
@pytest.mark.parametrize('padding', [0, 5])
def test_semi_planar_yuv_is_bt601_and_its_rows_may_be_padded(encoding, chroma, padding):
    msg = image_msg(encoding, [[81, 145], [16, 200], chroma], 2, padding, height=2)
    rgb = messages.to_rgb(msg)
    assert rgb.shape == (2, 2, 3)
    for y, found in zip((81, 145, 16, 200), rgb.reshape(4, 3)):
        assert np.abs(found - bt601(y, 90, 240)).max() <= 2


@pytest.mark.parametrize('pattern', ['rggb', 'bggr', 'gbrg', 'grbg'])
def test_bayer_mosaic_of_one_colour_becomes_that_colour(pattern):
    colour = {'r': 200, 'g': 120, 'b': 40}
    mosaic = np.empty((6, 8), np.uint8)
    for position, name in enumerate(pattern):
        mosaic[position // 2::2, position % 2::2] = colour[name]
    rgb = messages.to_rgb(image_msg('bayer_{}8'.format(pattern), list(mosaic), 8, padding=3))
    assert rgb.shape == (6, 8, 3)
    assert np.array_equal(np.unique(rgb.reshape(-1, 3), axis=0), [[200, 120, 40]])


@pytest.mark.parametrize('encoding', sorted(messages.ENCODINGS))
@given(height=st.integers(2, 6).map(lambda n: 2 * n), width=st.integers(2, 9).map(lambda n: 2 * n),
       padding=st.integers(1, 9), seed=st.integers(0, 99))
def test_padded_rows_are_dropped(encoding, height, width, padding, seed):
    kind = messages.ENCODINGS[encoding]
    count = height * 3 // 2 if kind.chroma_rows else height
    rows = np.random.RandomState(seed).randint(
        0, 256, (count, width * kind.pixel_bytes)).astype(np.uint8)
    whole = messages.to_rgb(image_msg(encoding, rows, width, height=height))
    padded = messages.to_rgb(image_msg(encoding, rows, width, padding, height=height))
    assert whole.shape == (height, width, 3)
    assert whole.dtype == np.uint8
    assert np.array_equal(whole, padded)


@given(encoding=st.sampled_from(sorted(messages.ENCODINGS) + ['', 'rgb16', '8UC3']),
       height=st.one_of(st.integers(0, 5), st.just(2**32 - 1)), width=st.integers(0, 6),
       step=st.integers(0, 30), size=st.integers(0, 150))
def test_any_message_is_either_a_picture_of_its_size_or_one_line(
        encoding, height, width, step, size):
    msg = SimpleNamespace(encoding=encoding, height=height, width=width, step=step,
                          is_bigendian=0, data=array('B', bytes(size)))
    try:
        assert messages.to_rgb(msg).shape == (height, width, 3)
    except EncodingError as error:
        assert '\n' not in str(error)


def test_unknown_encoding_is_named_with_the_accepted_ones():
    with pytest.raises(EncodingError) as caught:
        messages.to_rgb(image_msg('32FC1', [[0] * 4], 1))
    assert "'32FC1'" in str(caught.value)
    assert all(encoding in str(caught.value) for encoding in messages.ENCODINGS)


@pytest.mark.parametrize('change, text', [
    ({'data': array('B', bytes(23))}, r'ends after 23 bytes: expected 24 \(2 rows of step 12\)'),
    ({'data': array('B')}, 'ends after 0 bytes: expected 24'),
    ({'height': 0}, '4x0 px .* at least 1 px'),
    ({'width': 0}, '0x2 px'),
    ({'step': 11}, 'step is 11 bytes, shorter than a row: expected at least 12 for 4 px of bgr8'),
])
def test_message_that_does_not_hold_its_picture_is_refused(change, text):
    msg = image_msg('bgr8', [bytes(12)] * 2, 4)
    for name, value in change.items():
        setattr(msg, name, value)
    with pytest.raises(EncodingError, match=text):
        messages.to_rgb(msg)


@pytest.mark.parametrize('encoding, rows, height', [
    ('yuyv', [bytes(6)], 1), ('nv12', [bytes(3)] * 3, 2), ('nv21', [bytes(2)] * 4, 3)])
def test_odd_size_that_cannot_hold_the_chroma_is_refused(encoding, rows, height):
    width = 2 if height == 3 else 3
    with pytest.raises(EncodingError, match='cannot be {}: expected even'.format(encoding)):
        messages.to_rgb(image_msg(encoding, rows, width, height=height))


def test_bytes_after_the_last_row_are_refused():
    msg = image_msg('mono8', [[1, 2], [3, 4]], 2)
    msg.data.extend([9, 9])
    with pytest.raises(EncodingError, match='data goes on after 4 bytes: expected 4'):
        messages.to_rgb(msg)


def test_more_pixels_than_the_limit_are_refused_raw_and_compressed():
    png = compressed('mono8; png compressed ', np.zeros((3, 5), np.uint8))
    for read in (lambda most: messages.to_rgb(image_msg('mono8', [bytes(5)] * 3, 5), most),
                 lambda most: messages.decompress(png, most)):
        assert read(15).shape == (3, 5, 3)
        with pytest.raises(EncodingError, match=r'has 5x3 px .* expected at most 14 px in all'):
            read(14)


def test_class_ids_come_back_without_padding():
    msg = image_msg('mono8', [[1, 255, 3]], 3, padding=4)
    assert messages.to_class_ids(msg).tolist() == [[1, 255, 3]]


def test_label_image_in_colour_is_refused():
    with pytest.raises(EncodingError, match="'rgb8': expected mono8"):
        messages.to_class_ids(image_msg('rgb8', [bytes(3)], 1))


def test_compressed_image_becomes_rgb():
    _, png = cv2.imencode('.png', PICTURE[:, :, ::-1])
    msg = SimpleNamespace(format='rgb8; png compressed bgr8', data=array('B', png.tobytes()))
    assert np.array_equal(messages.decompress(msg), PICTURE)


def compressed(kind, pixels, suffix='.png'):
    """Return the message of pixels as the encoder was given them."""
    return SimpleNamespace(format=kind, data=array('B', cv2.imencode(suffix, pixels)[1].tobytes()))


@pytest.mark.parametrize('kind, is_rgb', [
    ('rgb8; jpeg compressed rgb8', True), ('rgb8; jpeg compressed ', True),
    ('bgr8; jpeg compressed rgb8', True), ('bgr8; png compressed', True),
    ('rgb8; jpeg compressed bgr8', False), ('bgr8; jpeg compressed bgr8', False),
    ('bgra8; png compressed bgr8', False), ('jpeg', False), ('png', False), ('', False)])
def test_compressed_colours_are_in_the_order_that_the_format_names(kind, is_rgb):
    red = np.full((16, 16, 3), RED, np.uint8)
    rgb = messages.decompress(compressed(kind, red if is_rgb else red[:, :, ::-1], '.jpg'))
    assert np.abs(rgb.astype(int) - RED).max() <= 3


@pytest.mark.parametrize('codec', ['; png compressed ', '; jpeg compressed ', ''])
@pytest.mark.parametrize('pattern', ['rggb', 'bggr', 'gbrg', 'grbg'])
def test_a_compressed_mosaic_is_demosaiced(pattern, codec):
    mosaic = np.random.RandomState(0).randint(0, 256, (6, 8)).astype(np.uint8)
    encoding = 'bayer_{}8'.format(pattern)
    rgb = messages.decompress(compressed(encoding + codec, mosaic))
    assert np.array_equal(rgb, messages.to_rgb(image_msg(encoding, list(mosaic), 8)))


@pytest.mark.parametrize('encoding, pixels', [
    ('bayer_rggb8', np.zeros((6, 8, 3), np.uint8)), ('bayer_rggb8', np.zeros((6, 8), np.uint16)),
    ('bayer_rggb8', np.zeros((2, 8), np.uint8)), ('bayer_rggb16', np.zeros((6, 8), np.uint8))])
def test_what_is_no_mosaic_of_8_bits_is_refused(encoding, pixels):
    with pytest.raises(EncodingError, match=encoding + "' holds uint.* expected a mosaic"):
        messages.decompress(compressed(encoding + '; png compressed ', pixels))


@pytest.mark.parametrize('peak', [1023, 4095, 16383])
def test_16_bits_of_which_14_or_fewer_are_in_use_are_refused_on_every_path(peak):
    levels = np.linspace(0, peak, 35).astype(np.uint16).reshape(5, 7)
    png = compressed('mono16; png compressed ', levels)
    for read in (lambda: messages.to_rgb(image_msg('mono16', levels.view(np.uint8), 7)),
                 lambda: messages.decompress(png), lambda: decode_rgb(png.data.tobytes())):
        with pytest.raises((EncodingError, ImageError), match='all lie below 16384 of 65535'):
            read()


def test_16_bits_keep_their_high_byte_on_every_path():
    levels = np.linspace(0, 65535, 35).astype(np.uint16).reshape(5, 7)
    png = compressed('mono16; png compressed ', levels)
    expected = np.repeat((levels >> 8)[..., None], 3, 2)
    for rgb in (messages.to_rgb(image_msg('mono16', levels.view(np.uint8), 7)),
                messages.decompress(png), decode_rgb(png.data.tobytes())):
        assert np.array_equal(rgb, expected)


_, JPEG = cv2.imencode('.jpg', np.random.RandomState(0).randint(0, 256, (64, 64, 3), np.uint8))


@pytest.mark.parametrize('data', [b'', b'not a picture', JPEG.tobytes()[:-100]])
def test_compressed_bytes_that_are_no_image_are_refused(data):
    msg = SimpleNamespace(format='jpeg', data=array('B', data))
    with pytest.raises(EncodingError, match="'jpeg' and {} bytes (cannot|ends)".format(len(data))):
        messages.decompress(msg)


def test_stamp_counts_nanoseconds_exactly():
    header = SimpleNamespace(stamp=SimpleNamespace(sec=1700000000, nanosec=123456789))
    assert messages.stamp_ns(header) == 1700000000123456789


@pytest.mark.parametrize('make, encoding, image', [
    (messages.from_rgb, 'rgb8', PICTURE),
    (messages.from_class_ids, 'mono8', np.array([[1, 2, 255]], np.uint8)),
    (messages.from_class_ids, 'mono8', np.arange(12, dtype=np.uint8).reshape(3, 4)[:, ::2]),
])
def test_message_made_of_an_array_holds_it_whole(make, encoding, image):
    std_msgs = pytest.importorskip('std_msgs.msg')
    header = std_msgs.Header(frame_id='front')
    msg = make(image, header)
    assert (msg.encoding, msg.height, msg.width) == (encoding,) + image.shape[:2]
    assert msg.step * msg.height == len(msg.data)
    assert msg.data == array('B', image.tobytes())
    assert msg.header is header


@pytest.mark.parametrize('stamp', [0, 1, 123456789 * 10**9 + 987654321])
def test_the_stamp_of_a_message_is_read_from_its_bytes(stamp):
    serialization = pytest.importorskip('rclpy.serialization')
    image_msg = messages.from_rgb(np.zeros((2, 3, 3), np.uint8),
                                  messages.make_header(stamp, 'camera'))
    assert messages.stamp_of_bytes(serialization.serialize_message(image_msg)) == stamp


def test_the_bytes_of_a_stamp_may_be_big_endian():
    assert messages.stamp_of_bytes(bytes.fromhex('00000000' '00000002' '00000003')) == 2000000003
