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
"""Where camera frames come from: cameras, pipelines, videos, folders, bags and rendered scenes."""

import functools
import itertools
from pathlib import Path
import re
from typing import Callable, Iterable, Iterator, NamedTuple, Optional, Sequence, Tuple

import cv2
from lsnet_ros.errors import LsnetError
from lsnet_ros.image_files import read_rgb
import numpy as np

IMAGE_SUFFIXES = ('.bmp', '.jpeg', '.jpg', '.png', '.ppm', '.tif', '.tiff', '.webp')
BAG_SUFFIXES = ('.db3', '.mcap')
DEFAULT_RATE = 10.0  # Hz, of what has no pace of its own
KNOWN = ('a camera (0 or /dev/video0), a GStreamer pipeline (its elements joined by "!"), a video '
         'file, a folder of images, a rosbag (folder, .db3 or .mcap), or street_scene[:SEED]')


class SourceError(LsnetError, ValueError):
    """There are no frames to be had from what was given."""


class Camera(NamedTuple):
    """What a sensor_msgs/CameraInfo holds besides its header."""

    height: int                         # px
    width: int                          # px
    k: Sequence[float]                  # 3x3, row after row
    d: Sequence[float] = (0.0,) * 5     # of the distortion model
    distortion_model: str = 'plumb_bob'
    r: Sequence[float] = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)
    p: Sequence[float] = (1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0)


class Frame(NamedTuple):
    """One picture, with what is known of it."""

    image: np.ndarray                   # (H, W, 3) uint8 RGB
    target: Optional[np.ndarray] = None  # (H, W) uint8 class ids, 255 ignored
    stamp_ns: Optional[int] = None      # None: the moment it is published
    camera: Optional[Camera] = None


class Source(NamedTuple):
    """Frames, and how fast they come."""

    frames: Iterator[Frame]
    rate: float = 0.0        # Hz; 0 for a camera and a bag, which have a pace of their own
    has_truth: bool = False


class Options(NamedTuple):
    """What some of the sources need to know besides."""

    image_topic: str = '/image'    # of a bag
    target_topic: str = ''         # of a bag, empty for none
    camera_info_topic: str = ''    # of a bag, empty for none
    height: int = 360              # px, of a street scene
    width: int = 480               # px, of a street scene
    rate: float = DEFAULT_RATE     # Hz, at which a street scene moves


def open_source(text: str, options: Options = Options()) -> Source:
    """
    Return the frames that a text stands for.

    :raises SourceError: if it stands for nothing, or nothing can be read from it
    :raises BagError: if it is a bag that cannot be read
    :raises DatasetError: if it is a folder with annotations that do not fit
    """
    for stands_for, open_it in SOURCES:
        if text and stands_for(text):
            return open_it(text, options)
    raise SourceError('source {!r} is not there: expected {}'.format(text, KNOWN))


def _open_street_scene(text: str, options: Options) -> Source:
    """Return an endless drive along a rendered street."""
    from lsnet_ros.datasets.street_scene import StreetScene
    seed = text.partition(':')[2] or '0'
    if not re.match('[0-9]+$', seed):
        raise SourceError('source {!r} has no whole number for a seed: expected street_scene or '
                          'street_scene:7'.format(text))
    scene = StreetScene(int(seed), options.height, options.width)
    focal, column, row = scene.intrinsics()
    camera = Camera(options.height, options.width,
                    k=(focal, 0.0, column, 0.0, focal, row, 0.0, 0.0, 1.0),
                    p=(focal, 0.0, column, 0.0, 0.0, focal, row, 0.0, 0.0, 0.0, 1.0, 0.0))
    samples = map(functools.partial(scene.frame, rate=options.rate), itertools.count())
    frames = (Frame(sample.image, sample.target, camera=camera) for sample in samples)
    return Source(frames, options.rate, has_truth=True)


def _open_camera(text: str, _: Options) -> Source:
    """Return the frames of a V4L2 device."""
    device = int(text) if text.isdigit() else text
    video = cv2.VideoCapture(device, cv2.CAP_V4L2)
    video.set(cv2.CAP_PROP_BUFFERSIZE, 1)  # the newest frame rather than one from a queue
    return Source(_captured(video, 'camera ' + text, 'check its cable, its number ("v4l2-ctl '
                            '--list-devices") and that no other program has it', is_endless=True))


def _open_pipeline(text: str, _: Options) -> Source:
    """Return the frames of a GStreamer pipeline that ends in an appsink."""
    if not re.search(r'GStreamer:\s+YES', cv2.getBuildInformation()):
        raise SourceError('source {!r} is a GStreamer pipeline, but this OpenCV was built without '
                          'GStreamer, as those of pip are: use the OpenCV of JetPack or of '
                          'Ubuntu (python3-opencv)'.format(text))
    video = cv2.VideoCapture(text, cv2.CAP_GSTREAMER)
    return Source(_captured(
        video, 'pipeline {!r}'.format(text),
        'try it with gst-launch-1.0; it has to end in "video/x-raw, format=BGR ! appsink '
        'drop=true max-buffers=1"'))


def _open_video(text: str, _: Options) -> Source:
    """Return the frames of a video file, at its own rate."""
    video = cv2.VideoCapture(text)
    rate = video.get(cv2.CAP_PROP_FPS)
    return Source(_captured(video, 'video ' + text, 'convert it to one that OpenCV decodes'),
                  rate if 0 < rate < 1000 else DEFAULT_RATE)


def _captured(video: cv2.VideoCapture, name: str, remedy: str,
              is_endless: bool = False) -> Iterator[Frame]:
    """Return what OpenCV captures; the first frame is read at once, to know that there is one."""
    is_read, first = video.read()
    if not is_read:
        video.release()
        raise SourceError('{} gives no frames: {}'.format(name, remedy))

    def frames():
        image = first
        while image is not None:
            yield Frame(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
            _, image = video.read()
        video.release()
        if is_endless:
            raise SourceError('{} has stopped to give frames: {}'.format(name, remedy))

    return frames()


def _open_bag(text: str, options: Options) -> Source:
    """Return the frames of a rosbag with the stamps of their messages."""
    from lsnet_ros.bags import read_bag, read_camera_info
    info = None
    if options.camera_info_topic:
        info = Camera(**read_camera_info(text, options.camera_info_topic))
    frames = read_bag(text, options.image_topic, options.target_topic or None)
    return Source(_begun(
        Frame(frame.image, frame.target, frame.stamp_ns, info) for frame in frames),
        has_truth=bool(options.target_topic))


def _open_folder(text: str, _: Options) -> Source:
    """
    Return the images of a folder in the order of their names.

    NAMEannot beside a folder NAME holds their truth: class ids in images of the same names.
    """
    folder = Path(text).resolve()
    annotations = folder.with_name(folder.name + 'annot')
    if annotations.is_dir():
        return Source(_begun(_annotated(folder, annotations)), DEFAULT_RATE, has_truth=True)
    return Source(_begun(Frame(_read_image(path)) for path in _images(folder)), DEFAULT_RATE)


def _annotated(folder: Path, annotations: Path) -> Iterator[Frame]:
    """Return images and their truth; CamVid's splits say 11 for what is not labelled."""
    from lsnet_ros.datasets.camvid import CamVid, SPLITS
    if folder.name in SPLITS:
        dataset = CamVid(folder.parent, folder.name)
        return (Frame(sample.image, sample.target) for sample in map(
            dataset.__getitem__, range(len(dataset))))
    return (Frame(_read_image(path), _read_target(annotations / (path.stem + '.png')))
            for path in _images(folder))


def _images(folder: Path) -> Sequence[Path]:
    """Return the paths of the images in a folder."""
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in IMAGE_SUFFIXES)
    if not paths:
        below = sorted(path.name for path in folder.iterdir() if path.is_dir())
        raise SourceError('folder {} holds no image{}: expected files that end in {}, or a '
                          'rosbag with its metadata.yaml'.format(
                              folder, ' but the folders ' + ', '.join(below[:5]) if below else '',
                              ', '.join(IMAGE_SUFFIXES)))
    return paths


def _read_image(path: Path) -> np.ndarray:
    """Return an image file as (H, W, 3) uint8 RGB."""
    image = read_rgb(path)
    if image is None:
        raise SourceError('{} is no image, or not a whole one: replace or remove it'.format(path))
    return image


def _read_target(path: Path) -> np.ndarray:
    """Return an image file of class ids as (H, W) uint8."""
    target = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if target is None or target.dtype != np.uint8 or target.ndim != 2:
        raise SourceError('{} is not there or not an 8-bit image of class ids: each image of the '
                          'folder beside needs one'.format(path))
    return target


def _begun(frames: Iterable[Frame]) -> Iterator[Frame]:
    """Return the same frames with the first one read, so that what is wrong shows at once."""
    frames = iter(frames)
    first = next(frames, None)
    if first is None:
        raise SourceError('the source holds no frames: expected at least one')
    return _chained(first, frames)


def _chained(first: Frame, others: Iterator[Frame]) -> Iterator[Frame]:
    yield first
    yield from others


def _is_bag(text: str) -> bool:
    path = Path(text)
    if path.is_dir():
        return (path / 'metadata.yaml').is_file() or any(
            child.suffix in BAG_SUFFIXES for child in path.iterdir())
    return path.is_file() and path.suffix in BAG_SUFFIXES


# The first whose test says yes.
SOURCES: Tuple[Tuple[Callable[[str], bool], Callable[[str, Options], Source]], ...] = (
    (lambda text: text.partition(':')[0] == 'street_scene', _open_street_scene),
    (lambda text: text.isdigit() or text.startswith('/dev/'), _open_camera),
    (lambda text: '!' in text, _open_pipeline),
    (_is_bag, _open_bag),
    (lambda text: Path(text).is_dir(), _open_folder),
    (lambda text: Path(text).is_file(), _open_video),
)
