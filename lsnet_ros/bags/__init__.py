# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Read and write frames and their targets as rosbags, without ROS.

A frame and its target are messages of two topics with the same stamp.
"""

from lsnet_ros.bags.reading import read_bag, read_camera_info
from lsnet_ros.bags.types import BagError, IMAGE, TYPES
from lsnet_ros.bags.writing import STORAGES, write_bag

__all__ = ['BagError', 'IMAGE', 'read_bag', 'read_camera_info', 'STORAGES', 'TYPES', 'write_bag']
