# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""What the files of bags hold: topics, messages of three types, and damage."""

from typing import NamedTuple

from rosbags.typesys import get_typestore, Stores

from lsnet_ros.errors import LsnetError

IMAGE, COMPRESSED = 'sensor_msgs/msg/Image', 'sensor_msgs/msg/CompressedImage'
CAMERA_INFO = 'sensor_msgs/msg/CameraInfo'
CDR, ROS_1 = 'cdr', 'ros1'  # encodings of messages
# The three types are the same in every ROS 2. Definitions in the bag are not needed, so those of
# other topics cannot be in the way.
TYPES = get_typestore(Stores.LATEST)
ROS_1_TYPES = get_typestore(Stores.ROS1_NOETIC)


class BagError(LsnetError, ValueError):
    """A bag cannot be read or written, or lacks a topic or a target."""


class DamageError(ValueError):
    """The content of a bag's file is not as its format says; the text names the fault."""


class Topic(NamedTuple):
    """A topic of a bag's file."""

    name: str
    msgtype: str
    encoding: str   # of its messages
    least: int = 0  # messages by the file's own statistics, 0 if it has none
