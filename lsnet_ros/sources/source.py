# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Records of a source of frames, and the errors of all sources."""

from typing import Iterable, Iterator, NamedTuple, Optional

from lsnet_ros.errors import LsnetError
from lsnet_ros.frames import CameraModel, Frame

DEFAULT_RATE = 10.0  # Hz, of sources without a pace of their own


class SourceError(LsnetError, ValueError):
    """A source does not exist, or gives no frames."""


class Source(NamedTuple):
    """Frames, their rate, and the camera that took them."""

    frames: Iterator[Frame]
    rate: float = 0.0        # Hz; 0 for a camera and a bag, which have a pace of their own
    has_truth: bool = False  # whether frames have targets
    camera: Optional[CameraModel] = None


class SourceOptions(NamedTuple):
    """Settings of bags and street scenes; other sources need none."""

    image_topic: str = '/image'    # of a bag
    target_topic: str = ''         # of a bag; empty for none
    camera_info_topic: str = ''    # of a bag; empty for none
    height: int = 360              # px, of a street scene
    width: int = 480               # px, of a street scene
    rate: float = DEFAULT_RATE     # Hz, of a street scene


def read_ahead(frames: Iterable[Frame]) -> Iterator[Frame]:
    """
    Read the first frame now, so that errors show at once; return an iterator over all frames.

    :raises SourceError: if there are no frames
    """
    frames = iter(frames)
    first = next(frames, None)
    if first is None:
        raise SourceError('the source holds no frames: expected at least one')
    return _chain(first, frames)


def _chain(first: Frame, others: Iterator[Frame]) -> Iterator[Frame]:
    yield first
    yield from others
