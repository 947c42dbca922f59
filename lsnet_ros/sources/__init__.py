# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Sources of frames: cameras, pipelines, videos, folders, bags and rendered scenes."""

from pathlib import Path
from typing import Callable, Tuple

from lsnet_ros.files import expand_home
from lsnet_ros.frames.bag_files import is_bag
from lsnet_ros.sources.captures import open_camera, open_pipeline, open_video
from lsnet_ros.sources.folders import open_folder
from lsnet_ros.sources.recordings import open_bag
from lsnet_ros.sources.rendered import open_street_scene
from lsnet_ros.sources.source import DEFAULT_RATE, Source, SourceError, SourceOptions

__all__ = ['DEFAULT_RATE', 'Source', 'SourceError', 'SourceOptions', 'open_source']

KNOWN = ('a camera (0 or /dev/video0), a GStreamer pipeline (its elements joined by "!"), a '
         'video file, a folder of images, a rosbag (folder, .bag, .db3 or .mcap, compressed by '
         'zstd or not), or street_scene[:SEED]')
DEFAULT_OPTIONS = SourceOptions()

SOURCES: Tuple[Tuple[Callable[[str], bool], Callable[[str, SourceOptions], Source]], ...] = (
    (lambda text: text.partition(':')[0] == 'street_scene', open_street_scene),
    (lambda text: text.isdigit() or text.startswith('/dev/'), open_camera),
    (lambda text: '!' in text, open_pipeline),
    (lambda text: is_bag(Path(text)), open_bag),
    (lambda text: Path(text).is_dir(), open_folder),
    (lambda text: Path(text).is_file(), open_video),
)
"""Sources by preference: (matches, open)."""


def open_source(text: str, options: SourceOptions = DEFAULT_OPTIONS) -> Source:
    """
    Open the source of frames that a text names.

    :param text: as in ``KNOWN``
    :raises SourceError: if the text names no source, or nothing can be read from it
    :raises OSError: if it starts with ~ and there is no such home folder
    :raises BagError: if it is a bag that cannot be read
    :raises DatasetError: if it is a folder with annotations that do not fit
    """
    if text.startswith('~'):
        text = str(expand_home(text))
    for matches, open_it in SOURCES:
        if text and matches(text):
            return open_it(text, options)
    raise SourceError('source {!r} is not there: expected {}'.format(text, KNOWN))
