# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Frames that OpenCV captures from a camera, a GStreamer pipeline or a video file."""

from pathlib import Path
import re
from typing import Iterator, Union

import cv2

from lsnet_ros.frames import Frame
from lsnet_ros.sources.source import DEFAULT_RATE, Source, SourceError, SourceOptions

CAMERA_REMEDY = ('check its cable, its number ("v4l2-ctl --list-devices") and that no other '
                 'program has it')
PIPELINE_REMEDY = ('try it with gst-launch-1.0; it has to end in "video/x-raw, format=BGR ! '
                   'appsink drop=true max-buffers=1"')
VIDEO_REMEDY = 'convert it to one that OpenCV decodes'
COUNTED_SUFFIXES = ('.avi', '.m4v', '.mov', '.mp4')  # of containers with a count of frames


def open_camera(text: str, _: SourceOptions) -> Source:
    """
    Return the frames of a V4L2 device.

    :param text: number or path of the device
    :raises SourceError: if it gives no frames; later too, if it stops
    """
    device = int(text) if text.isdigit() else text
    video = cv2.VideoCapture(device, cv2.CAP_V4L2)
    video.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # the newest frame rather than a queued one
    return Source(_capture(video, 'camera ' + text, CAMERA_REMEDY, is_endless=True))


def open_pipeline(text: str, _: SourceOptions) -> Source:
    """
    Return the frames of a GStreamer pipeline that ends in an appsink.

    :raises SourceError: if this OpenCV has no GStreamer, or the pipeline gives no frames
    """
    if not re.search(r'GStreamer:\s+YES', cv2.getBuildInformation()):
        raise SourceError('source {!r} is a GStreamer pipeline, but this OpenCV was built without '
                          'GStreamer, as those of pip are: use the OpenCV of JetPack or of '
                          'Ubuntu (python3-opencv)'.format(text))
    video = cv2.VideoCapture(text, cv2.CAP_GSTREAMER)
    return Source(_capture(video, 'pipeline {!r}'.format(text), PIPELINE_REMEDY))


def open_video(text: str, _: SourceOptions) -> Source:
    """
    Return the frames of a video file, at its own rate.

    :raises SourceError: if OpenCV cannot decode it; at its end, if frames are missing
    """
    video = cv2.VideoCapture(text)
    return Source(_capture(video, 'video ' + text, VIDEO_REMEDY,
                           announced=count_announced(video, text)), read_rate(video))


def read_rate(video: cv2.VideoCapture) -> float:
    """Return the frames per second of a video, ``DEFAULT_RATE`` if its file does not tell."""
    return video.get(cv2.CAP_PROP_FPS) if tells_rate(video) else DEFAULT_RATE


def tells_rate(video: cv2.VideoCapture) -> bool:
    """Return whether the file of a video tells its frames per second."""
    return 0 < video.get(cv2.CAP_PROP_FPS) < 1000


def count_announced(video: cv2.VideoCapture, path: Union[str, Path]) -> int:
    """Return the number of frames that a video's container tells, 0 if it tells none."""
    if Path(path).suffix.lower() not in COUNTED_SUFFIXES:
        return 0  # OpenCV estimates from duration and rate
    return max(0, int(video.get(cv2.CAP_PROP_FRAME_COUNT)))


def _capture(video: cv2.VideoCapture, name: str, remedy: str,
             is_endless: bool = False, announced: int = 0) -> Iterator[Frame]:
    """
    Read the first frame now, so that errors show at once; return an iterator over all frames.

    :param name: of the source, for errors
    :param remedy: advice for errors
    :param is_endless: whether an end of the frames is an error
    :param announced: frames that there are at least, by the container; 0 if unknown
    :raises SourceError: if there is no frame
    """
    is_read, first = video.read()
    if not is_read:
        video.release()
        raise SourceError('{} gives no frames: {}'.format(name, remedy))

    def read_frames() -> Iterator[Frame]:
        image, count = first, 0
        while image is not None:
            yield Frame('', cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
            count += 1
            _, image = video.read()
        video.release()
        if is_endless:
            raise SourceError('{} stopped giving frames: {}'.format(name, remedy))
        if count < announced:
            raise SourceError('{} gave {} of {} frames: copy it again, or {}'.format(
                name, count, announced, remedy))

    return read_frames()
