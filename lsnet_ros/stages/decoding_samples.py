# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Sample positions of the pixels of a label image in the grid of logits, cell by cell."""

import functools
from typing import Iterator, List, NamedTuple, Tuple

import numpy as np

_BATCH = 1 << 17  # pixels times classes per batch: 1 MB stays in the processor's cache


class Contest(NamedTuple):
    """Cells with the same number of candidate classes, K >= 2."""

    cells: np.ndarray    # (n,) indices into the flattened cells
    classes: np.ndarray  # (K, n) uint8, ascending
    logits: np.ndarray   # (K, 4, n) at the top left, top right, bottom left and bottom right


class Pixels(NamedTuple):
    """Pixels to compute together; ``down``, ``right`` and ``pixels`` broadcast to one shape."""

    members: np.ndarray  # (m,) indices into the contest's n cells, the last axis of the others
    down: np.ndarray     # distance from the top of the cell, 0 to 1
    right: np.ndarray    # distance from the left of the cell, 0 to 1
    pixels: np.ndarray   # indices into the flattened result, possibly with repetitions


class _CellSamples(NamedTuple):
    """Samples along one axis, by the cells between neighbouring values; m: most in a cell."""

    counts: np.ndarray     # (cells,) number of samples in each cell
    distances: np.ndarray  # (m, cells) float64, from the start of the cell, 0 to 1
    samples: np.ndarray    # (m, cells) their indices, padded by repeating the last


class Grid:
    """Samples of logits (h, w) at the pixels of an image (height, width), corners aligned."""

    def __init__(self, source: Tuple[int, int], size: Tuple[int, int]) -> None:
        self.shape = size
        self._rows, self._columns = map(_samples_by_cell, source, size)

    def spread(self, values: np.ndarray) -> np.ndarray:
        """Return the value of each pixel's cell; ``values`` is (h - 1, w - 1)."""
        return values.repeat(self._columns.counts, axis=1).repeat(self._rows.counts, axis=0)

    def batches(self, contests: List[Contest]) -> Iterator[Tuple[Contest, Pixels]]:
        """Yield the pixels of the contests' cells in batches of (rows, columns, cells)."""
        area = len(self._rows.samples) * len(self._columns.samples)
        for contest in contests:
            rows, columns = np.divmod(contest.cells, len(self._columns.counts))
            occupied = np.flatnonzero(self._rows.counts[rows] * self._columns.counts[columns])
            for members in _split(occupied, area * len(contest.classes)):
                down, y = (values.take(rows[members], 1)[:, None] for values in self._rows[1:])
                right, x = (values.take(columns[members], 1) for values in self._columns[1:])
                yield contest, Pixels(members, down, right, y * self.shape[1] + x)


class Points:
    """
    Samples of logits (h, w) at the pixels of an offset field (2, H, W), moved by its offsets.

    Positions are float32. A sample beyond the border takes the value at the border.
    """

    def __init__(self, source: Tuple[int, int], offset: np.ndarray) -> None:
        self.shape = offset.shape[1:]
        self._num_rows, self._num_columns = (max(length - 1, 1) for length in source)  # in cells
        self._down, rows = _move(np.arange(self.shape[0])[:, None], offset[1], source[0])
        self._right, columns = _move(np.arange(self.shape[1]), offset[0], source[1])
        self._cells = rows * self._num_columns + columns

    def spread(self, values: np.ndarray) -> np.ndarray:
        """Return the value of each pixel's cell; ``values`` is (h - 1, w - 1)."""
        return values.take(self._cells)

    def batches(self, contests: List[Contest]) -> Iterator[Tuple[Contest, Pixels]]:
        """Yield the pixels of the contests' cells in batches of shape (pixels,)."""
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
                yield contest, Pixels(
                    places.take(self._cells.take(pixels)),
                    _within(self._down.take(pixels), self._num_rows),
                    _within(self._right.take(pixels), self._num_columns), pixels)


@functools.lru_cache(maxsize=16)
def _samples_by_cell(source: int, size: int) -> _CellSamples:
    """Sort ``size`` samples along ``source`` values, ends aligned, into cells."""
    positions = positions_along(source, size)
    num_cells = max(source - 1, 1)
    cells = np.minimum(positions.astype(np.intp), num_cells - 1)
    counts = np.bincount(cells, minlength=num_cells)
    ends = counts.cumsum()
    samples = np.minimum(np.arange(counts.max())[:, None] + (ends - counts), ends - 1)
    return _CellSamples(counts, positions[samples] - np.arange(num_cells), samples)


def positions_along(source: int, size: int) -> np.ndarray:
    """Return the positions (size,) float64 of samples along ``source`` values, ends aligned."""
    return np.arange(size) * (source - 1) / max(size - 1, 1)


def _move(indices: np.ndarray, offset: np.ndarray, source: int) -> Tuple[np.ndarray, np.ndarray]:
    """Return positions, float32, and cells of samples plus ``offset`` along ``source`` values."""
    last = indices.size - 1
    positions = offset + indices.astype(np.float32)
    np.clip(positions, 0, last, out=positions)
    positions *= np.float32((source - 1) / max(last, 1))
    return positions, np.minimum(positions.astype(np.int32), max(source - 2, 0))


def _within(positions: np.ndarray, num_cells: int) -> np.ndarray:
    """Return the distances of positions from the starts of their cells, 0 to 1."""
    return positions - np.minimum(np.floor(positions), num_cells - 1)


def _split(members: np.ndarray, cost: int) -> List[np.ndarray]:
    """Split an array so that members times cost per member is about ``_BATCH`` in each part."""
    step = max(1, _BATCH // cost)
    return [members[start:start + step] for start in range(0, len(members), step)]
