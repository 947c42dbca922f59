# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Names of the files of rosbags; reading them is the room bags'."""

from pathlib import Path

METADATA = 'metadata.yaml'
ROS_2_SUFFIXES = ('.db3', '.mcap')
ROS_1_SUFFIX = '.bag'  # a bag of its own: a folder with one is no recording
PACKED_SUFFIXES = ('.zst', '.zstd')  # of the program zstd, and of rosbag2


def is_packed(path: Path) -> bool:
    """Return whether a file is compressed as a whole."""
    return path.suffix.lower() in PACKED_SUFFIXES


def storage_suffix(path: Path) -> str:
    """Return the suffix of a bag's file as it is unpacked: .db3, .mcap or .bag, else ''."""
    suffix = (path.with_suffix('') if is_packed(path) else path).suffix.lower()
    return suffix if suffix in ROS_2_SUFFIXES + (ROS_1_SUFFIX,) else ''


def is_bag(path: Path) -> bool:
    """Return whether a path is a bag: a folder with recordings, or one of its files."""
    if path.is_dir():
        return (path / METADATA).is_file() or any(
            storage_suffix(child) in ROS_2_SUFFIXES for child in path.iterdir())
    return path.is_file() and storage_suffix(path) != ''
