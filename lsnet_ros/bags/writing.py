# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Write frames and their targets as rosbags."""

from pathlib import Path
import re
import shutil
from typing import Any, Iterable, Union
from urllib.parse import unquote

import numpy as np
from rosbags.rosbag2 import StoragePlugin, Writer

from lsnet_ros.bags.types import BagError, IMAGE, TYPES
from lsnet_ros.frames import Frame

STORAGES = {'sqlite3': StoragePlugin.SQLITE3, 'mcap': StoragePlugin.MCAP}


def write_bag(path: Union[str, Path], frames: Iterable[Frame], image_topic: str = '/image',
              target_topic: str = '/target', storage: str = 'sqlite3') -> int:
    """
    Write labelled frames as a rosbag2 recording: rgb8 images and mono8 targets.

    :param path: folder to make
    :param frames: each with a target and a stamp
    :param storage: 'sqlite3' or 'mcap'
    :returns: the number of frames written
    :raises BagError: if the folder exists already, its name is none for SQLite, or a frame lacks
        its stamp or target
    """
    path = Path(path)
    if path.exists():
        raise BagError('{} exists already: remove it or choose another name'.format(path))
    if storage == 'sqlite3' and unquote(str(path)) != re.sub('[#?].*', '', str(path)):
        raise BagError('{} has a #, ? or % in its path, where SQLite would write another file: '
                       'choose another name, or mcap as storage'.format(path))
    count = 0
    try:
        with Writer(path, version=9, storage_plugin=STORAGES[storage]) as writer:
            connections = [writer.add_connection(topic, IMAGE, typestore=TYPES)
                           for topic in (image_topic, target_topic)]
            for frame in frames:
                if frame.stamp_ns is None or frame.target is None:
                    raise BagError('frame {} has no stamp or no target: a bag is made from a '
                                   'labelled sequence'.format(frame.name))
                for connection, pixels in zip(connections, (frame.image, frame.target)):
                    writer.write(connection, frame.stamp_ns, TYPES.serialize_cdr(
                        _make_image_msg(pixels, frame.stamp_ns), IMAGE))
                count += 1
    except BaseException:
        shutil.rmtree(str(path), ignore_errors=True)
        raise
    return count


def _make_image_msg(pixels: np.ndarray, stamp: int) -> Any:
    """Return an image message of rosbags, mono8 or rgb8 by the shape of ``pixels``."""
    types = TYPES.types
    header = types['std_msgs/msg/Header'](
        stamp=types['builtin_interfaces/msg/Time'](*divmod(stamp, 10**9)), frame_id='camera')
    height, width = pixels.shape[:2]
    return types[IMAGE](header, height, width, 'mono8' if pixels.ndim == 2 else 'rgb8', 0,
                        pixels.nbytes // height, np.ascontiguousarray(pixels).reshape(-1))
