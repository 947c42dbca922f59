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
"""
Frames and their targets out of a rosbag and into one; no ROS is needed.

A frame and its target are the messages of two topics with the same stamp. Nothing is dropped, and
nothing depends on how fast the machine is.
"""

from collections import Counter, defaultdict, deque
import contextlib
from pathlib import Path
import shutil
from typing import Any, Dict, Iterable, Iterator, NamedTuple, Optional, Tuple, Union

import numpy as np
from rosbags.highlevel import AnyReader
from rosbags.rosbag2 import StoragePlugin, Writer
from rosbags.typesys import get_typestore, Stores

from lsnet_ros.datasets.sample import Sample
from lsnet_ros.errors import LsnetError
from lsnet_ros.nodes.messages import decompress, stamp_ns, to_class_ids, to_rgb

IMAGE, COMPRESSED = 'sensor_msgs/msg/Image', 'sensor_msgs/msg/CompressedImage'
CAMERA_INFO = 'sensor_msgs/msg/CameraInfo'
IMAGE_DECODERS = {IMAGE: to_rgb, COMPRESSED: decompress}
TARGET_DECODERS = {IMAGE: to_class_ids}
STORAGES = {'sqlite3': StoragePlugin.SQLITE3, 'mcap': StoragePlugin.MCAP}
TYPES = get_typestore(Stores.LATEST)  # for bags from before they held their own definitions


class BagError(LsnetError, ValueError):
    """A bag cannot be read or written, or does not hold what was asked for."""


BagFrame = NamedTuple('BagFrame', [
    ('stamp_ns', int),                 # of the message's header
    ('image', np.ndarray),             # (H, W, 3) uint8, RGB
    ('target', Optional[np.ndarray]),  # (H, W) uint8 class ids; None where the bag has none
])


def read_bag(path: Union[str, Path], image_topic: str,
             target_topic: Optional[str] = None) -> Iterator[BagFrame]:
    """
    Read every frame of a bag, in the order of recording.

    A target may lie anywhere in the bag. Frames are held back until it comes, so the bag is read
    twice: first the stamps alone, which tell what will come.

    :param path: folder of a rosbag2 recording (sqlite3 or mcap), or a single .db3 or .mcap file
    :param image_topic: a topic of sensor_msgs Image or CompressedImage
    :param target_topic: a topic of sensor_msgs Image, mono8 class ids; the stamps are compared
    :raises BagError: if the bag or a message cannot be read, a topic is not there or of another
        type, or no frame at all has a target
    """
    with _opened(Path(path)) as reader:
        image_topic = _topic(reader, image_topic, IMAGE_DECODERS)
        if target_topic is None:
            for topic, msgtype, message in _messages(reader, [image_topic]):
                yield BagFrame(stamp_ns(message.header),
                               _decoded(IMAGE_DECODERS, topic, msgtype, message), None)
            return
        target_topic = _topic(reader, target_topic, TARGET_DECODERS)
        pairs = _count_pairs(reader, image_topic, target_topic)
        yield from _paired(_messages(reader, [image_topic, target_topic]), image_topic, pairs)


def read_camera_info(path: Union[str, Path], topic: str) -> Dict[str, Any]:
    """
    Read the first calibration of a camera that a bag holds.

    :param topic: a topic of sensor_msgs CameraInfo
    :returns: height, width, distortion_model, d, k, r and p, numbers in lists
    :raises BagError: if the bag cannot be read, or holds no such message
    """
    with _opened(Path(path)) as reader:
        topic = _topic(reader, topic, [CAMERA_INFO])
        for _, _, info in _messages(reader, [topic]):
            return {'height': info.height, 'width': info.width,
                    'distortion_model': info.distortion_model, 'd': info.d.tolist(),
                    'k': info.k.tolist(), 'r': info.r.tolist(), 'p': info.p.tolist()}
    raise BagError('topic {} is in the bag but without a message: leave it out'.format(topic))


def write_bag(path: Union[str, Path], samples: Iterable[Sample], image_topic: str = '/image',
              target_topic: str = '/target', storage: str = 'sqlite3') -> int:
    """
    Write labelled pictures as a rosbag2 recording: rgb8 images and mono8 targets.

    :param path: folder to make
    :param samples: each with a stamp
    :param storage: 'sqlite3' or 'mcap'
    :returns: the number of frames written
    :raises BagError: if the folder exists already or a sample has no stamp
    """
    path = Path(path)
    if path.exists():
        raise BagError('{} exists already: remove it or choose another name'.format(path))
    count = 0
    try:
        with Writer(path, version=9, storage_plugin=STORAGES[storage]) as writer:
            connections = [writer.add_connection(topic, IMAGE, typestore=TYPES)
                           for topic in (image_topic, target_topic)]
            for count, sample in enumerate(samples, start=1):
                if sample.stamp is None:
                    raise BagError('picture {} has no stamp: a bag is made from a sequence'.format(
                        sample.name))
                stamp = round(sample.stamp * 10**9)
                for connection, pixels in zip(connections, (sample.image, sample.target)):
                    writer.write(connection, stamp, TYPES.serialize_cdr(
                        _image_msg(pixels, stamp), IMAGE))
    except BaseException:
        shutil.rmtree(str(path), ignore_errors=True)
        raise
    return count


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[AnyReader]:
    """Open a bag for reading; what is wrong with it becomes a BagError."""
    if not path.exists():
        raise BagError('bag {} does not exist: give the folder that holds metadata.yaml'.format(
            path))
    if path.is_dir() and not (path / 'metadata.yaml').is_file():
        raise BagError('{} has no metadata.yaml and is not a whole bag: "ros2 bag reindex" '
                       'restores one whose recording was cut off'.format(path))
    with _readable(path):
        reader = AnyReader([path], default_typestore=TYPES)
        reader.open()
    try:
        yield reader
    finally:
        reader.close()


@contextlib.contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Turn what reading a damaged bag raises, which is anything at all, into a BagError."""
    try:
        yield
    except Exception as error:
        reason = ' '.join(str(error).split()) or type(error).__name__
        raise BagError('{} cannot be read as a bag ({}): record or copy it again'.format(
            path, reason)) from error


def _topic(reader: AnyReader, name: str, msgtypes: Iterable[str]) -> str:
    """Return the full name of a topic that is in the bag and of a type that can be decoded."""
    topics = reader.topics
    for topic in (name, '/' + name):
        if topic in topics:
            if topics[topic].msgtype not in msgtypes:
                raise BagError('topic {} is {}: expected {}'.format(
                    topic, topics[topic].msgtype, ' or '.join(msgtypes)))
            return topic
    raise BagError('the bag has no topic {}: it has {}'.format(
        name, ', '.join(sorted(topics)) or 'none at all'))


def _messages(reader: AnyReader, topics: list) -> Iterator[Tuple[str, str, Any]]:
    """Yield topic, type and message in the order of recording."""
    path = reader.paths[0]
    connections = [c for c in reader.connections if c.topic in topics]
    missing = sum(connection.msgcount for connection in connections)
    with _readable(path):
        raw_messages = reader.messages(connections)
    while True:
        with _readable(path):
            entry = next(raw_messages, None)
            if entry is None:
                break
            connection, _, raw = entry
            message = reader.deserialize(raw, connection.msgtype)
        yield connection.topic, connection.msgtype, message
        missing -= 1
    if missing:
        raise BagError('{} cannot be read as a bag (it ends {} messages too early): record or '
                       'copy it again'.format(path, missing))


def _count_pairs(reader: AnyReader, image_topic: str, target_topic: str) -> Counter:
    """Return how many frames with a target there are of each stamp; raises if there are none."""
    stamps = {image_topic: Counter(), target_topic: Counter()}
    for topic, _, message in _messages(reader, [image_topic, target_topic]):
        stamps[topic][stamp_ns(message.header)] += 1
    pairs = stamps[image_topic] & stamps[target_topic]
    if stamps[image_topic] and not pairs:
        raise BagError('none of the {} frames of {} has the stamp of one of the {} messages of '
                       '{}: record targets with the header of their image'.format(
                           sum(stamps[image_topic].values()), image_topic,
                           sum(stamps[target_topic].values()), target_topic))
    return pairs


def _paired(messages: Iterable, image_topic: str, pairs: Counter) -> Iterator[BagFrame]:
    """
    Yield the frames in their order, each once its target has come.

    Of several frames with one stamp the first goes with the first target, and so on.

    :param pairs: how many frames of each stamp have a target
    """
    frames_left, targets_left = Counter(pairs), Counter(pairs)
    frames = deque()  # (stamp, image as BagFrame has it, whether its target is in the bag)
    targets = defaultdict(deque)  # by stamp
    for topic, msgtype, message in messages:
        stamp = stamp_ns(message.header)
        if topic == image_topic:
            image = _decoded(IMAGE_DECODERS, topic, msgtype, message)
            frames.append((stamp, image, frames_left[stamp] > 0))
            frames_left[stamp] -= 1
        elif targets_left[stamp] > 0:
            targets[stamp].append(_decoded(TARGET_DECODERS, topic, msgtype, message))
            targets_left[stamp] -= 1
        while frames and (targets[frames[0][0]] if frames[0][2] else True):
            stamp, image, has_target = frames.popleft()
            target = targets[stamp].popleft() if has_target else None
            yield _checked(BagFrame(stamp, image, target))


def _decoded(decoders: dict, topic: str, msgtype: str, message: Any) -> np.ndarray:
    """Return the pixels of a message; an error names the topic and the stamp."""
    try:
        return decoders[msgtype](message)
    except LsnetError as error:
        raise BagError('{} at stamp {} ns: {}'.format(
            topic, stamp_ns(message.header), error)) from error


def _checked(frame: BagFrame) -> BagFrame:
    """Return a frame whose target has the frame's size, or raise."""
    if frame.target is not None and frame.target.shape != frame.image.shape[:2]:
        raise BagError('the target at stamp {} ns is {}x{}, its image {}x{} (height x width): '
                       'expected the same size'.format(
                           frame.stamp_ns, *(frame.target.shape + frame.image.shape[:2])))
    return frame


def _image_msg(pixels: np.ndarray, stamp: int) -> Any:
    """Return an image message as rosbags writes it, mono8 or rgb8 by the shape of ``pixels``."""
    types = TYPES.types
    header = types['std_msgs/msg/Header'](
        stamp=types['builtin_interfaces/msg/Time'](*divmod(stamp, 10**9)), frame_id='camera')
    height, width = pixels.shape[:2]
    return types[IMAGE](header, height, width, 'mono8' if pixels.ndim == 2 else 'rgb8', 0,
                        pixels.nbytes // height, np.ascontiguousarray(pixels).reshape(-1))
