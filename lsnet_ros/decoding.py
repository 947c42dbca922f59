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
"""
From the small outputs of a network's core to class ids, and confidence, at any size.

Upsampling every class to the size of the camera takes longer than the network; this gives the
same ids for a small part of the work. Four neighbouring logits span a cell, and inside it each
class is a convex combination of its four corners. So a class that leads at all four leads in
the whole cell, and nothing is computed there. In the other cells a class that another beats at
all four corners cannot win, which leaves two or three to look at. Cells with equally many of
them are computed together, in float64.
"""

import functools
import math
from typing import Callable, Iterator, List, NamedTuple, Tuple, Union

import cv2
import numpy as np

from lsnet_ros.errors import LsnetError

_BATCH = 1 << 19  # pixels times classes computed at a time: a few MB, whatever the size
_LEFT_OUT = 0.2 / 255  # probability that the classes a confidence leaves out have together


class DecodingError(LsnetError, ValueError):
    """The outputs of a network cannot be decoded."""


def decode(outputs: Tuple[np.ndarray, ...], size: Tuple[int, int]) -> np.ndarray:
    """
    Give the class of every pixel: argmax of the logits, upsampled bilinearly to ``size``.

    The corners of both are aligned. Of classes that are equal, the lowest id wins.

    :param outputs: (logits,), or (logits, offset) of a network with flow alignment; logits
        are (1, C, h, w) float32; offset is (1, 2, H, W) float32: how far to the right of each
        pixel, and how far below it, its logits are read, in pixels of the H x W field
    :param size: (height, width) wanted; with an offset the ids are decoded at the field's own
        size and go to this one by nearest neighbour
    :return: (height, width) uint8
    :raises DecodingError: if a shape does not fit, or a value is not finite
    """
    return _decode(_class_ids, outputs, size)


def decode_with_confidence(outputs: Tuple[np.ndarray, ...], size: Tuple[int, int],
                           ) -> Tuple[np.ndarray, np.ndarray]:
    """
    Give class ids as ``decode`` does, and how sure the network is of each.

    The confidence may be one level too high, as classes that together have a probability of
    at most 0.2 / 255 anywhere in a cell are left out there.

    :return: class ids, and round(255 * softmax probability of that class), both
        (height, width) uint8
    """
    return _decode(_class_ids, outputs, size), _decode(_confidence, outputs, size)


def _decode(compute: Callable[[np.ndarray, 'Union[_Grid, _Points]'], np.ndarray],
            outputs: Tuple[np.ndarray, ...], size: Tuple[int, int]) -> np.ndarray:
    """Run ``_class_ids`` or ``_confidence`` on the samples that outputs and size ask for."""
    _check(outputs, size)
    logits = outputs[0][0]
    for axis in (1, 2):  # a single value has no cell beside it: double it
        if logits.shape[axis] == 1:
            logits = logits.repeat(2, axis)
    if len(outputs) == 1:
        return compute(logits, _Grid(outputs[0].shape[2:], size))
    decoded = compute(logits, _Points(outputs[0].shape[2:], outputs[1][0]))
    rows, columns = (np.rint(positions).astype(np.intp)
                     for positions in map(_positions, decoded.shape, size))
    return decoded.take(columns, axis=1).take(rows, axis=0)


def _check(outputs: Tuple[np.ndarray, ...], size: Tuple[int, int]) -> None:
    """Raise DecodingError unless ``decode`` can work with these."""
    shapes = [output.shape for output in outputs]
    fits = (len(shapes) in (1, 2) and all(len(shape) == 4 and 0 not in shape for shape in shapes)
            and shapes[0][0] == 1 and shapes[0][1] <= 255
            and all(shape[:2] == (1, 2) for shape in shapes[1:]))
    if not fits:
        raise DecodingError('outputs of shapes {}: expected logits (1, C, h, w) of 1 to 255 '
                            'classes, and at most an offset (1, 2, H, W)'.format(shapes))
    if min(size) < 1:
        raise DecodingError('size {}x{}: expected at least 1x1'.format(*size))
    for name, values in zip(('logits', 'offset'), outputs):
        if not np.isfinite(values).all():
            raise not_finite(name)


def not_finite(name: str) -> DecodingError:
    """Return the error that says which outputs of a network hold infinity or NaN."""
    return DecodingError('{} hold infinity or NaN: expected finite values; try the model with '
                         'another backend or in float32'.format(name))


class _Contest(NamedTuple):
    """Cells in which equally many classes, K of at least two, are to be looked at."""

    cells: np.ndarray    # (n,) indices into the flattened cells
    classes: np.ndarray  # (K, n) uint8, ascending
    logits: np.ndarray   # (K, 4, n) at the top left, top right, bottom left and bottom right


class _Batch(NamedTuple):
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


class _Grid:
    """Samples of logits (h, w) at the pixels of an image (height, width), corners aligned."""

    def __init__(self, source: Tuple[int, int], size: Tuple[int, int]) -> None:
        self.shape = size
        self._rows, self._columns = map(_axis, source, size)

    def spread(self, values: np.ndarray) -> np.ndarray:
        """Give each pixel the value of its cell, of (h - 1, w - 1)."""
        return values.repeat(self._columns.counts, axis=1).repeat(self._rows.counts, axis=0)

    def batches(self, contests: List[_Contest]) -> Iterator[Tuple[_Contest, _Batch]]:
        """Give the pixels of the contests' cells in batches of (rows, columns, cells)."""
        area = len(self._rows.samples) * len(self._columns.samples)
        for contest in contests:
            rows, columns = np.divmod(contest.cells, len(self._columns.counts))
            occupied = np.flatnonzero(self._rows.counts[rows] * self._columns.counts[columns])
            for members in _split(occupied, area * len(contest.classes)):
                down, y = (values.take(rows[members], 1)[:, None] for values in self._rows[1:])
                right, x = (values.take(columns[members], 1) for values in self._columns[1:])
                yield contest, _Batch(members, down, right, y * self.shape[1] + x)


class _Points:
    """
    Samples of logits (h, w) at the pixels of a field (2, H, W), each moved by its offset.

    Positions are float32. A sample beyond the border takes the value at the border.
    """

    def __init__(self, source: Tuple[int, int], offset: np.ndarray) -> None:
        self.shape = offset.shape[1:]
        self._num_columns = max(source[1] - 1, 1)
        self._num_cells = max(source[0] - 1, 1) * self._num_columns
        self._down, rows = _move(np.arange(self.shape[0])[:, None], offset[1], source[0])
        self._right, columns = _move(np.arange(self.shape[1]), offset[0], source[1])
        self._cells = rows * self._num_columns + columns

    def spread(self, values: np.ndarray) -> np.ndarray:
        """Give each pixel the value of its cell, of (h - 1, w - 1)."""
        return values.take(self._cells)

    def batches(self, contests: List[_Contest]) -> Iterator[Tuple[_Contest, _Batch]]:
        """Give the pixels of the contests' cells in batches, each a row of pixels."""
        numbers = np.full(self._num_cells, 255, np.uint8)
        places = np.zeros(self._num_cells, np.intp)
        for number, contest in enumerate(contests):
            numbers[contest.cells] = number
            places[contest.cells] = np.arange(len(contest.cells))
        number_of_pixel = numbers.take(self._cells)
        for number, contest in enumerate(contests):
            inside = np.flatnonzero(number_of_pixel == number)
            for pixels in _split(inside, len(contest.classes)):
                cells = self._cells.take(pixels)
                rows, columns = np.divmod(cells, self._num_columns)
                yield contest, _Batch(places.take(cells), self._down.take(pixels) - rows,
                                      self._right.take(pixels) - columns, pixels)


def _class_ids(logits: np.ndarray, samples: Union[_Grid, _Points]) -> np.ndarray:
    """Give the class that wins at each sample, in the shape of the samples, uint8."""
    leaders = logits.argmax(axis=0).astype(np.uint8)
    agreed = leaders[:-1, :-1]
    contested = ((agreed != leaders[:-1, 1:]) | (agreed != leaders[1:, :-1])
                 | (agreed != leaders[1:, 1:]))
    class_ids = samples.spread(agreed)
    contests = _contests(logits, leaders, np.flatnonzero(contested), margin=0)
    for contest, batch in samples.batches(contests):
        classes = contest.classes[:, batch.members]
        surfaces = _surfaces(contest.logits.astype(np.float64), batch)
        winners, best = classes[0], next(surfaces)
        for number, surface in enumerate(surfaces, start=1):
            winners = np.where(surface > best, classes[number], winners)
            if number + 1 < len(classes):
                best = np.maximum(best, surface)
        class_ids.reshape(-1)[batch.pixels.ravel()] = winners.ravel()
    return class_ids


def _confidence(logits: np.ndarray, samples: Union[_Grid, _Points]) -> np.ndarray:
    """Give round(255 * softmax probability of the winner) at each sample, uint8."""
    leaders = logits.argmax(axis=0)
    every_cell = np.arange(leaders[1:, 1:].size)
    margin = math.log(max(len(logits) - 1, 1) / _LEFT_OUT)
    confidence = np.full(samples.shape, 255, np.uint8)
    for contest, batch in samples.batches(_contests(logits, leaders, every_cell, margin)):
        surfaces = [surface.reshape(1, -1)  # as cv2 takes three axes for channels
                    for surface in _surfaces(contest.logits, batch)]
        best = functools.reduce(np.maximum, surfaces)
        with np.errstate(over='ignore'):  # to minus infinity, whose exponential is right
            total = sum(cv2.exp(surface - best) for surface in surfaces)
        confidence.reshape(-1)[batch.pixels.ravel()] = np.rint(255 / total)[0]
    return confidence


def _contests(logits: np.ndarray, leaders: np.ndarray, cells: np.ndarray,
              margin: float) -> List[_Contest]:
    """
    Find the classes to look at in cells, and the cells where there is more than one.

    A class is left out where the leader of one of the four corners is ahead of it at all four
    by more than the margin, or by just the margin with a lower id.
    """
    corners = _corners(logits, cells)  # (4, C, n)
    finer = corners.astype(np.float64)  # in which a difference cannot overflow
    classes, each = np.arange(len(logits))[:, None], np.arange(len(cells))
    possible = np.ones((len(logits), len(cells)), bool)
    for leader in _corners(leaders[None], cells)[:, 0]:
        ahead = (finer[:, leader, each][:, None] - finer).min(axis=0)  # (C, n)
        possible &= (ahead < margin) | ((ahead == margin) & (classes <= leader))
    counts = possible.sum(axis=0)
    contests = []
    for count in np.unique(counts[counts > 1]):
        group = np.flatnonzero(counts == count)
        looked_at = np.nonzero(possible.T[group])[1].reshape(-1, count).T  # (K, n)
        contests.append(_Contest(cells[group], looked_at.astype(np.uint8),
                                 corners[:, looked_at, group].transpose(1, 0, 2)))
    return contests


def _surfaces(logits: np.ndarray, batch: _Batch) -> Iterator[np.ndarray]:
    """Interpolate the logits of each class, (K, 4, n), in the shape of the batch."""
    down = batch.down.astype(logits.dtype, copy=False)
    right = batch.right.astype(logits.dtype, copy=False)
    up, left = 1 - down, 1 - right
    for corners in logits:
        top_left, top_right, bottom_left, bottom_right = corners[:, batch.members]
        surface = left * (up * top_left + down * bottom_left)
        surface += right * (up * top_right + down * bottom_right)
        yield surface


def _corners(values: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Give the values (C, h, w) at the four corners of cells (n,): (4, C, n)."""
    channels, _, width = values.shape
    flat = values.reshape(channels, -1)
    top_left = cells + cells // (width - 1)  # a row has one value more than cells
    return np.stack([flat.take(top_left + step, axis=1) for step in (0, 1, width, width + 1)])


@functools.lru_cache(maxsize=16)
def _axis(source: int, size: int) -> _Axis:
    """Lay ``size`` samples along ``source`` values with the ends aligned."""
    positions = _positions(source, size)
    num_cells = max(source - 1, 1)
    cells = np.minimum(positions.astype(np.intp), num_cells - 1)
    counts = np.bincount(cells, minlength=num_cells)
    ends = counts.cumsum()
    samples = np.minimum(np.arange(counts.max())[:, None] + (ends - counts), ends - 1)
    return _Axis(counts, positions[samples] - np.arange(num_cells), samples)


def _positions(source: int, size: int) -> np.ndarray:
    """Give the positions (size,) float64 of samples along ``source`` values, ends aligned."""
    return np.arange(size) * (source - 1) / max(size - 1, 1)


def _move(indices: np.ndarray, offset: np.ndarray, source: int) -> Tuple[np.ndarray, np.ndarray]:
    """Give positions, float32, among ``source`` values of samples moved by ``offset``; cells."""
    last = indices.size - 1
    positions = offset + indices.astype(np.float32)
    np.clip(positions, 0, last, out=positions)
    positions *= np.float32((source - 1) / max(last, 1))
    return positions, np.minimum(positions.astype(np.int32), max(source - 2, 0))


def _split(members: np.ndarray, cost: int) -> List[np.ndarray]:
    """Split an array into parts of about ``_BATCH`` when each member costs so much."""
    step = max(1, _BATCH // cost)
    return [members[start:start + step] for start in range(0, len(members), step)]
