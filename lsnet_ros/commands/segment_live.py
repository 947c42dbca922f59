# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""``lsnet segment --show``: overlays of a camera, or of any other source, in a window."""

import time
from typing import Iterator

from lsnet_ros.commands.segment_output import Painter
from lsnet_ros.commands.window import Window
from lsnet_ros.frames import Frame
from lsnet_ros.sources import open_source, Source

TITLE = '{:.0f} ms a frame - lsnet segment, q to end'


def show(painter: Painter, source: str) -> int:
    """
    Show the overlay of each frame until the source or the user ends.

    :param source: as ``open_source`` takes it
    :returns: number of frames shown
    :raises WindowError: if no window can be opened
    """
    shown = 0
    with Window() as window:
        for frame in _keep_pace(open_source(source)):
            began = time.perf_counter()
            picture = painter.draw(painter.segment(frame.image, with_confidence=False))
            window.show(picture, TITLE.format(1e3 * (time.perf_counter() - began)))
            if not window.is_open:
                break
            shown += 1
    return shown


def _keep_pace(source: Source) -> Iterator[Frame]:
    """Yield the frames of a source, no faster than its rate."""
    period_s = 1.0 / source.rate if source.rate else 0.0
    due = time.perf_counter()
    for frame in source.frames:
        time.sleep(max(0.0, due - time.perf_counter()))
        yield frame
        due = max(due + period_s, time.perf_counter())  # late frames are not made up for
