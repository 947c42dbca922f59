# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Frames of a drive along a rendered street."""

import functools
import itertools
import re

from lsnet_ros.frames import CameraModel
from lsnet_ros.sources.source import Source, SourceError, SourceOptions


def open_street_scene(text: str, options: SourceOptions) -> Source:
    """
    Return an endless drive along a rendered street, without stamps.

    :param text: street_scene or street_scene:SEED
    :raises SourceError: if the seed is not a whole number
    """
    from lsnet_ros.datasets.street_scene import StreetScene
    seed = text.partition(':')[2] or '0'
    if not re.match('[0-9]+$', seed):
        raise SourceError('source {!r} has no whole number for a seed: expected street_scene or '
                          'street_scene:7'.format(text))
    scene = StreetScene(int(seed), options.height, options.width)
    focal, column, row = scene.intrinsics()
    camera = CameraModel(options.height, options.width,
                         k=(focal, 0.0, column, 0.0, focal, row, 0.0, 0.0, 1.0),
                         p=(focal, 0.0, column, 0.0, 0.0, focal, row, 0.0, 0.0, 0.0, 1.0, 0.0))
    drive = map(functools.partial(scene.frame, rate=options.rate), itertools.count())
    frames = (frame._replace(stamp_ns=None) for frame in drive)
    return Source(frames, options.rate, has_truth=True, camera=camera)
