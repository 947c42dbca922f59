# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Frames of a rosbag."""

from lsnet_ros.sources.source import read_ahead, Source, SourceError, SourceOptions


def open_bag(text: str, options: SourceOptions) -> Source:
    """
    Return the frames of a rosbag with the stamps of their messages.

    :raises SourceError: if bags cannot be read on this machine
    :raises BagError: if the bag or one of the topics cannot be read
    """
    try:
        from lsnet_ros.bags import read_bag, read_camera_info
    except ImportError as error:
        raise SourceError('bag {} cannot be read without the Python module {}: install rosbags '
                          '(Python 3.10 or newer), or play the bag with "ros2 bag play"'.format(
                              text, (error.name or 'rosbags').partition('.')[0])) from error
    camera = None
    if options.camera_info_topic:
        camera = read_camera_info(text, options.camera_info_topic)
    frames = read_bag(text, options.image_topic, options.target_topic or None)
    return Source(read_ahead(frames), has_truth=bool(options.target_topic), camera=camera)
