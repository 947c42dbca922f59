# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Read frames and their targets from rosbags.

No frame is dropped, and the result does not depend on the speed of the machine.
"""

from collections import Counter, defaultdict, deque
from pathlib import Path
from typing import Any, Collection, Deque, Dict, Iterable, Iterator, Optional, Tuple, Union

import numpy as np

from lsnet_ros.bags.recording import DESERIALIZERS, Message, open_recording, Recording
from lsnet_ros.bags.types import BagError, CAMERA_INFO, COMPRESSED, IMAGE
from lsnet_ros.errors import LsnetError
from lsnet_ros.frames import CameraModel, Frame
from lsnet_ros.frames.messages import decompress, stamp_ns, to_class_ids, to_rgb

IMAGE_DECODERS = {IMAGE: to_rgb, COMPRESSED: decompress}
TARGET_DECODERS = {IMAGE: to_class_ids}


def read_bag(path: Union[str, Path], image_topic: str,
             target_topic: Optional[str] = None) -> Iterator[Frame]:
    """
    Yield every frame of a bag, in the order of recording.

    A target may lie anywhere in the bag. A frame waits for its target, so the bag is read twice:
    first the stamps alone, to know which frames have one.

    :param path: folder of a rosbag2 recording (sqlite3 or mcap), or a .bag, .db3 or .mcap file;
        each compressed by zstd or not
    :param image_topic: a topic of sensor_msgs Image or CompressedImage
    :param target_topic: a topic of sensor_msgs Image, mono8 class ids; frames and targets are
        paired by their stamps
    :raises BagError: if the bag or a message cannot be read, a topic is missing or of another
        type, or no frame at all has a target
    """
    with open_recording(Path(path)) as bag:
        image_topic = _find_topic(bag, image_topic, IMAGE_DECODERS)
        if target_topic is None:
            for topic, msgtype, message in bag.messages([image_topic]):
                image = _decode(IMAGE_DECODERS, topic, msgtype, message)
                yield Frame('', image, stamp_ns=stamp_ns(message.header))
            return
        target_topic = _find_topic(bag, target_topic, TARGET_DECODERS)
        pairs = _count_pairs(bag, image_topic, target_topic)
        yield from _pair(bag.messages([image_topic, target_topic]), image_topic, pairs)


def read_camera_info(path: Union[str, Path], topic: str) -> CameraModel:
    """
    Return the first calibration of a camera in a bag.

    :param topic: a topic of sensor_msgs CameraInfo
    :raises BagError: if the bag cannot be read, or holds no such message
    """
    with open_recording(Path(path)) as bag:
        topic = _find_topic(bag, topic, [CAMERA_INFO])
        for _, _, info in bag.messages([topic]):
            arrays = {name.lower(): array for name, array in vars(info).items()}  # K in ROS 1
            k, d, r, p = (arrays[name].tolist() for name in 'kdrp')
            return CameraModel(info.height, info.width, k, d, info.distortion_model, r, p)
    raise BagError('topic {} is in the bag but without a message: leave it out'.format(topic))


def _find_topic(bag: Recording, name: str, msgtypes: Collection[str]) -> str:
    """Return the full name of a topic, or raise a BagError if it is missing or cannot be read."""
    for full in (name, '/' + name):
        found = [topic for topic in bag.topics if topic.name == full]
        for topic in found:
            if topic.msgtype not in msgtypes:
                raise BagError('topic {} is {}: expected {}'.format(
                    full, topic.msgtype, ' or '.join(msgtypes)))
            if topic.encoding not in DESERIALIZERS:
                raise BagError('topic {} is serialised as {!r}: expected {}'.format(
                    full, topic.encoding, ' or '.join(sorted(DESERIALIZERS))))
        if found:
            return full
    raise BagError('the bag has no topic {}: it has {}'.format(
        name, ', '.join(sorted({topic.name for topic in bag.topics})) or 'none at all'))


def _count_pairs(bag: Recording, image_topic: str, target_topic: str) -> Dict[int, int]:
    """Return the number of frames with a target by stamp, or raise a BagError if all are 0."""
    stamps: Dict[str, Counter] = {image_topic: Counter(), target_topic: Counter()}
    for topic, _, message in bag.messages([image_topic, target_topic]):
        stamps[topic][stamp_ns(message.header)] += 1
    pairs = stamps[image_topic] & stamps[target_topic]
    if stamps[image_topic] and not pairs:
        raise BagError('none of the {} frames of {} has the stamp of one of the {} messages of '
                       '{}: record targets with the header of their image'.format(
                           sum(stamps[image_topic].values()), image_topic,
                           sum(stamps[target_topic].values()), target_topic))
    return pairs


def _pair(messages: Iterable[Message], image_topic: str,
          pairs: Dict[int, int]) -> Iterator[Frame]:
    """
    Yield the frames in their order, each once its target has come.

    The first of several frames with one stamp gets the first target, and so on.

    :param pairs: number of frames with a target, by stamp
    """
    frames_left, targets_left = Counter(pairs), Counter(pairs)
    frames: Deque[Tuple[int, np.ndarray, bool]] = deque()  # stamp, image, has a target
    targets: Dict[int, Deque[np.ndarray]] = defaultdict(deque)  # by stamp
    for topic, msgtype, message in messages:
        stamp = stamp_ns(message.header)
        if topic == image_topic:
            image = _decode(IMAGE_DECODERS, topic, msgtype, message)
            frames.append((stamp, image, frames_left[stamp] > 0))
            frames_left[stamp] -= 1
        elif targets_left[stamp] > 0:
            targets[stamp].append(_decode(TARGET_DECODERS, topic, msgtype, message))
            targets_left[stamp] -= 1
        while frames:
            stamp, image, has_target = frames[0]
            if has_target and not targets[stamp]:
                break
            frames.popleft()
            yield _make_frame(stamp, image, targets[stamp].popleft() if has_target else None)


def _decode(decoders: dict, topic: str, msgtype: str, message: Any) -> np.ndarray:
    """Return the pixels of a message; an error names the topic and the stamp."""
    try:
        return decoders[msgtype](message)
    except LsnetError as error:
        raise BagError('{} at stamp {} ns: {}'.format(
            topic, stamp_ns(message.header), error)) from error


def _make_frame(stamp: int, image: np.ndarray, target: Optional[np.ndarray]) -> Frame:
    """Return a frame, or raise a BagError if its image and target differ in size."""
    if target is not None and target.shape != image.shape[:2]:
        raise BagError('the target at stamp {} ns is {}x{}, its image {}x{} (height x width): '
                       'expected the same size'.format(
                           stamp, *(target.shape + image.shape[:2])))
    return Frame('', image, target, stamp)
