# Copyright 2026 The lsnet_ros authors
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.
"""Where the pixels of a label image lie among a network's logits, cell by cell."""

import functools
from typing import Iterator, List, NamedTuple, Tuple

import numpy as np

_BATCH = 1 << 17  # pixels times classes computed at a time: 1 MB stays in a processor's cache


class Contest(NamedTuple):
    """Cells in which equally many classes, K of at least two, are to be looked at."""

    cells: np.ndarray    # (n,) indices into the flattened cells
    classes: np.ndarray  # (K, n) uint8, ascending
    logits: np.ndarray   # (K, 4, n) at the top left, top right, bottom left and bottom right


class Batch(NamedTuple):
    """Pixels to compute together; the arrays after the first broadcast to the same shape."""

    members: np.ndarray  # (m,) which of the contest's n cells, along the last axis of the others
    down: np.ndarray     # distance from the top of the cell, 0 to 1
    right: np.ndarray    # distance from the left of the cell, 0 to 1
    pixels: np.ndarray   # indices into the flattened result; some may be there twice


class _Axis(NamedTuple):
    """Where samples lie along one axis, in the cells between two values each."""

    counts: np.ndarray     # (cells,) how many samples are in each cell
    distances: np.ndarray  # (m, cells) float64: how far from its start they are, 0 to 1
    samples: np.ndarray    # (m, cells) which ones they are; the last fills up to the most, m


class Grid:
    """Samples of logits (h, w) at the pixels of an image (height, width), corners aligned."""

    def __init__(self, source: Tuple[int, int], size: Tuple[int, int]) -> None:
        self.shape = size
        self._rows, self._columns = map(_axis, source, size)

    def spread(self, values: np.ndarray) -> np.ndarray:
        """Give each pixel the value of its cell, of (h - 1, w - 1)."""
        return values.repeat(self._columns.counts, axis=1).repeat(self._rows.counts, axis=0)

    def batches(self, contests: List[Contest]) -> Iterator[Tuple[Contest, Batch]]:
        """Give the pixels of the contests' cells in batches of (rows, columns, cells)."""
        area = len(self._rows.samples) * len(self._columns.samples)
        for contest in contests:
            rows, columns = np.divmod(contest.cells, len(self._columns.counts))
            occupied = np.flatnonzero(self._rows.counts[rows] * self._columns.counts[columns])
            for members in _split(occupied, area * len(contest.classes)):
                down, y = (values.take(rows[members], 1)[:, None] for values in self._rows[1:])
                right, x = (values.take(columns[members], 1) for values in self._columns[1:])
                yield contest, Batch(members, down, right, y * self.shape[1] + x)


class Points:
    """
    Samples of logits (h, w) at the pixels of a field (2, H, W), each moved by its offset.

    Positions are float32. A sample beyond the border takes the value at the border.
    """

    def __init__(self, source: Tuple[int, int], offset: np.ndarray) -> None:
        self.shape = offset.shape[1:]
        self._num_rows, self._num_columns = (max(length - 1, 1) for length in source)  # of cells
        self._down, rows = _move(np.arange(self.shape[0])[:, None], offset[1], source[0])
        self._right, columns = _move(np.arange(self.shape[1]), offset[0], source[1])
        self._cells = rows * self._num_columns + columns

    def spread(self, values: np.ndarray) -> np.ndarray:
        """Give each pixel the value of its cell, of (h - 1, w - 1)."""
        return values.take(self._cells)

    def batches(self, contests: List[Contest]) -> Iterator[Tuple[Contest, Batch]]:
        """Give the pixels of the contests' cells in batches, each a row of pixels."""
        num_cells = self._num_rows * self._num_columns
        numbers = np.full(num_cells, 255, np.uint8)
        places = np.zeros(num_cells, np.intp)
        for number, contest in enumerate(contests):
            numbers[contest.cells] = number
            places[contest.cells] = np.arange(len(contest.cells))
        number_of_pixel = numbers.take(self._cells)
        for number, contest in enumerate(contests):
            inside = np.flatnonzero(number_of_pixel == number)
            for pixels in _split(inside, len(contest.classes)):
                yield contest, Batch(
                    places.take(self._cells.take(pixels)),
                    _within(self._down.take(pixels), self._num_rows),
                    _within(self._right.take(pixels), self._num_columns), pixels)


@functools.lru_cache(maxsize=16)
def _axis(source: int, size: int) -> _Axis:
    """Lay ``size`` samples along ``source`` values with the ends aligned."""
    positions = positions_along(source, size)
    num_cells = max(source - 1, 1)
    cells = np.minimum(positions.astype(np.intp), num_cells - 1)
    counts = np.bincount(cells, minlength=num_cells)
    ends = counts.cumsum()
    samples = np.minimum(np.arange(counts.max())[:, None] + (ends - counts), ends - 1)
    return _Axis(counts, positions[samples] - np.arange(num_cells), samples)


def positions_along(source: int, size: int) -> np.ndarray:
    """Give the positions (size,) float64 of samples along ``source`` values, ends aligned."""
    return np.arange(size) * (source - 1) / max(size - 1, 1)


def _move(indices: np.ndarray, offset: np.ndarray, source: int) -> Tuple[np.ndarray, np.ndarray]:
    """Give positions, float32, among ``source`` values of samples moved by ``offset``; cells."""
    last = indices.size - 1
    positions = offset + indices.astype(np.float32)
    np.clip(positions, 0, last, out=positions)
    positions *= np.float32((source - 1) / max(last, 1))
    return positions, np.minimum(positions.astype(np.int32), max(source - 2, 0))


def _within(positions: np.ndarray, num_cells: int) -> np.ndarray:
    """Give the distances of positions from the starts of their cells, 0 to 1."""
    return positions - np.minimum(np.floor(positions), num_cells - 1)


def _split(members: np.ndarray, cost: int) -> List[np.ndarray]:
    """Split an array into parts of about ``_BATCH`` when each member costs so much."""
    step = max(1, _BATCH // cost)
    return [members[start:start + step] for start in range(0, len(members), step)]
