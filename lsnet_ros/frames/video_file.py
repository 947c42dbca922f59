# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Write frames to a video file: H.264 by PyAV, or MPEG-4 by OpenCV where PyAV is missing."""

import contextlib
from fractions import Fraction
import importlib.util
from pathlib import Path
from typing import Callable, Iterator, Tuple

import cv2
import numpy as np

from lsnet_ros.errors import LsnetError
from lsnet_ros.files import replacing

SUFFIX = '.mp4'
MPEG4 = int.from_bytes(b'mp4v', 'little')  # as OpenCV numbers codecs
FINEST_RATE = 100000  # largest denominator of a rate; that of 29.97 Hz is 1001
WITHOUT_PYAV = ('in MPEG-4, which browsers do not play: install PyAV for H.264 '
                '(pip install "lsnet_ros[video]")')

Write = Callable[[np.ndarray], object]


class VideoError(LsnetError, RuntimeError):
    """A video cannot be written."""


def has_h264() -> bool:
    """Tell whether videos are H.264, which browsers play."""
    return importlib.util.find_spec('av') is not None


@contextlib.contextmanager
def writing_video(path: Path, rate: float, size: Tuple[int, int]) -> Iterator[Write]:
    """
    Give a function that adds a frame, (H, W, 3) uint8 RGB, to a video.

    The file appears when the block ends without an error. An odd height or width grows by one.

    :param path: of the file, which ends in ``SUFFIX``
    :param rate: frames per second
    :param size: (height, width) of the frames, px
    :raises VideoError: if the video cannot be written, or lacks frames
    """
    open_video = _open_pyav if has_h264() else _open_opencv
    even = (size[0] + size[0] % 2, size[1] + size[1] % 2)
    count = 0
    with replacing(path, suffix=SUFFIX) as file:
        with open_video(file.name, rate, even) as write_even:
            def write(image: np.ndarray) -> None:
                nonlocal count
                if image.shape[:2] != size:
                    raise VideoError('frame {} has {}x{} px, those before it {}x{}: split the '
                                     'video where its size changes'.format(
                                         count, *image.shape[1::-1], *size[::-1]))
                write_even(np.pad(image, [(0, even[0] - size[0]), (0, even[1] - size[1]), (0, 0)],
                                  'edge') if even != size else image)
                count += 1
            yield write
        _check_count(file.name, count)


@contextlib.contextmanager
def _open_pyav(path: str, rate: float, size: Tuple[int, int]) -> Iterator[Write]:
    """Give a function that writes a frame as H.264."""
    import av
    with av.open(path, 'w') as container:
        stream = container.add_stream(
            'libx264', rate=Fraction(rate).limit_denominator(FINEST_RATE))
        stream.height, stream.width = size
        stream.pix_fmt = 'yuv420p'  # the one that all browsers play

        def write(image: np.ndarray) -> None:
            for packet in stream.encode(av.VideoFrame.from_ndarray(
                    np.ascontiguousarray(image), format='rgb24')):
                container.mux(packet)
        yield write
        for packet in stream.encode(None):
            container.mux(packet)


@contextlib.contextmanager
def _open_opencv(path: str, rate: float, size: Tuple[int, int]) -> Iterator[Write]:
    """Give a function that writes a frame as MPEG-4."""
    video = cv2.VideoWriter(path, MPEG4, rate, size[::-1])
    if not video.isOpened():
        raise VideoError('this OpenCV writes no videos: install PyAV '
                         '(pip install "lsnet_ros[video]")')
    try:
        yield lambda image: video.write(np.ascontiguousarray(image[..., ::-1]))
    finally:
        video.release()


def _check_count(path: str, count: int) -> None:
    """Raise a VideoError unless a video has so many frames, as on a full disk."""
    video = cv2.VideoCapture(path)
    found = max(0, int(video.get(cv2.CAP_PROP_FRAME_COUNT)))
    video.release()
    if found != count:
        raise VideoError('the video has {} of {} frames: look for space on the disk'.format(
            found, count))
