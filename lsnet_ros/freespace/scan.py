# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The free space of a mask: the distance to the first pixel that is not drivable, by bearing."""

import math
from typing import NamedTuple, Optional, Tuple

import cv2
import numpy as np

from lsnet_ros.freespace.ground import Ground

BEAM = math.radians(0.5)  # rad, least angle from one bearing to the next
COLUMNS = 2               # px, least width of a beam: a narrower one would miss pixels
UNKNOWN_SHARE = 0.5       # of the pixels of a beam without obstacle, from which it tells nothing
POINT_STEP = 4            # px, between the points of a cloud


class FreeSpace(NamedTuple):
    """The free space of one mask."""

    ranges: np.ndarray  # (beams,) float32 m; inf: no obstacle in view, NaN: not known
    feet: np.ndarray    # (beams,) positions of the first obstacles, -1 where there is none


class GroundPoints(NamedTuple):
    """Labelled places on the ground, (n,): the free space, and the feet of its obstacles."""

    x: np.ndarray          # float32, m ahead
    y: np.ndarray          # float32, m to the left
    pixels: np.ndarray     # indices into the flattened mask


class FreeSpaceFinder:
    """
    Finds the free space in masks of one camera.

    The pixels of the ground are sorted once, by bearing and then by range, so that the first
    obstacle of a beam is the first in its part of the list.

    :param ground: the pixels that see the ground
    :param size: (height, width) of the mask, px
    """

    def __init__(self, ground: Ground, size: Tuple[int, int]) -> None:
        width = size[1]
        self.beam = max(BEAM, COLUMNS * _measure_columns(ground))
        beams = np.rint(ground.bearings / self.beam).astype(np.int64)
        first, last = int(beams.min()), int(beams.max())
        order = np.lexsort((ground.ranges, beams))
        self._pixels = ground.pixels[order]
        self._x, self._y = ground.x[order], ground.y[order]
        self._ranges = ground.ranges[order]
        self._starts = np.searchsorted(beams[order], np.arange(first, last + 2))
        self._beams = beams[order] - first
        self.angle_min, self.angle_max = first * self.beam, last * self.beam
        self.range_min = float(self._ranges.min())
        rows, columns = np.divmod(self._pixels, width)
        self._sparse = np.flatnonzero((rows % POINT_STEP == 0) & (columns % POINT_STEP == 0))
        self._size = size
        self._image: Optional[_GroundImage] = None  # takes memory, so that it is made when needed

    def find(self, is_drivable: np.ndarray, is_known: Optional[np.ndarray] = None) -> FreeSpace:
        """
        Find the first obstacle in each beam.

        :param is_drivable: (H, W) bool
        :param is_known: (H, W) bool, where the class is sure; None for everywhere
        """
        is_obstacle = ~is_drivable.ravel()[self._pixels]
        known = None if is_known is None else is_known.ravel()[self._pixels]
        if known is not None:
            is_obstacle &= known
        obstacles = np.append(np.flatnonzero(is_obstacle), len(is_obstacle))
        starts, ends = self._starts[:-1], self._starts[1:]
        first = obstacles[np.searchsorted(obstacles, starts)]
        is_hit = first < ends
        feet = np.where(is_hit, first, -1)
        ranges = np.where(is_hit, self._ranges[feet], np.float32(np.inf))
        silent = starts == ends
        if known is not None:
            unknown = np.diff(np.append(0, np.cumsum(~known))[self._starts])
            silent |= unknown > UNKNOWN_SHARE * (ends - starts)
        ranges[silent & ~is_hit] = np.nan
        return FreeSpace(ranges, feet)

    def list_points(self, found: FreeSpace, is_known: Optional[np.ndarray] = None) -> GroundPoints:
        """
        List ground that is in view and not behind an obstacle, and the obstacles' feet.

        :param found: as ``find`` returned it
        :param is_known: as for ``find``
        """
        nearest = np.where(found.feet >= 0, found.ranges, np.inf)
        free = self._sparse[self._ranges[self._sparse] < nearest[self._beams[self._sparse]]]
        if is_known is not None:
            free = free[is_known.ravel()[self._pixels[free]]]
        chosen = np.concatenate([free, found.feet[found.feet >= 0]])
        return GroundPoints(self._x[chosen], self._y[chosen], self._pixels[chosen])


    def align_points(self, found: FreeSpace, is_known: Optional[np.ndarray] = None) -> np.ndarray:
        """
        Return x, y and z of the ground for each pixel of the mask, (H, W, 3) float32 m.

        Pixels that ``list_points`` would not list are NaN, whatever its step.

        :param found: as ``find`` returned it
        :param is_known: as for ``find``
        """
        if self._image is None:
            self._image = _GroundImage(
                self._size, self._pixels, self._beams, self._ranges,
                np.stack([self._x, self._y, np.zeros_like(self._x)], 1))
        nearest = np.where(found.feet >= 0, found.ranges, np.inf)
        is_visible = self._image.ranges < nearest[self._image.beams]
        if is_known is not None:
            is_visible &= is_known.ravel()
        is_visible[self._pixels[found.feet[found.feet >= 0]]] = True
        aligned = np.full(self._size + (3,), np.nan, np.float32)
        # A sixth of the time of numpy.where, which repeats the mask for each coordinate.
        cv2.copyTo(self._image.points, is_visible.reshape(self._size).view(np.uint8), aligned)
        return aligned


class _GroundImage:
    """
    The ground in the order of the pixels of a mask.

    :param size: (height, width) of the mask, px
    :param pixels: (n,) that see the ground, with their beams, ranges and points (n, 3)
    """

    def __init__(self, size: Tuple[int, int], pixels: np.ndarray, beams: np.ndarray,
                 ranges: np.ndarray, points: np.ndarray) -> None:
        count = size[0] * size[1]
        self.beams = np.zeros(count, np.int64)
        self.ranges = np.full(count, np.inf, np.float32)  # before no obstacle
        self.beams[pixels], self.ranges[pixels] = beams, ranges
        self.points = np.full(size + (3,), np.nan, np.float32)
        self.points.reshape(-1, 3)[pixels] = points


def _measure_columns(ground: Ground) -> float:
    """Return the angle between neighbouring pixels of a row, rad, their median."""
    steps = np.abs(np.diff(ground.bearings))[np.diff(ground.pixels) == 1]
    return float(np.median(steps)) if len(steps) else 0.0


def is_in(classes: Tuple[int, ...], class_ids: np.ndarray) -> np.ndarray:
    """Return where class ids, (H, W) uint8, are among some classes, as bool."""
    table = np.zeros(256, bool)
    table[list(classes)] = True
    return np.asarray(table[class_ids])
