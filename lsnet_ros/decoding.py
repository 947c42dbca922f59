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
from typing import Callable, Iterator, List, Tuple, Union

import cv2
import numpy as np

from lsnet_ros.decoding_samples import Batch, Contest, Grid, Points, positions_along
from lsnet_ros.errors import LsnetError

_FEW = 4  # classes, of which each pair is compared
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


def _decode(compute: Callable[[np.ndarray, Union[Grid, Points]], np.ndarray],
            outputs: Tuple[np.ndarray, ...], size: Tuple[int, int]) -> np.ndarray:
    """Run ``_class_ids`` or ``_confidence`` on the samples that outputs and size ask for."""
    _check(outputs, size)
    logits = outputs[0][0]
    for axis in (1, 2):  # a single value has no cell beside it: double it
        if logits.shape[axis] == 1:
            logits = logits.repeat(2, axis)
    if len(outputs) == 1:
        return compute(logits, Grid(outputs[0].shape[2:], size))
    decoded = compute(logits, Points(outputs[0].shape[2:], outputs[1][0]))
    rows, columns = (np.rint(positions).astype(np.intp)
                     for positions in map(positions_along, decoded.shape, size))
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


def _class_ids(logits: np.ndarray, samples: Union[Grid, Points]) -> np.ndarray:
    """Give the class that wins at each sample, in the shape of the samples, uint8."""
    leaders = logits.argmax(axis=0).astype(np.uint8)
    agreed = leaders[:-1, :-1]
    contested = ((agreed != leaders[:-1, 1:]) | (agreed != leaders[1:, :-1])
                 | (agreed != leaders[1:, 1:]))
    class_ids = samples.spread(agreed)
    contests = _contests(logits, leaders, np.flatnonzero(contested), margin=0)
    for contest, batch in samples.batches(contests):
        find = _winner_of_few if len(contest.classes) <= _FEW else _winner_of_many
        class_ids.reshape(-1)[batch.pixels.ravel()] = find(contest, batch).ravel()
    return class_ids


def _winner_of_few(contest: Contest, batch: Batch) -> np.ndarray:
    """
    Give the class that wins at each sample of a batch, as ``_winner_of_many`` does.

    It is the last that is ahead of all before it.
    """
    classes = contest.classes.take(batch.members, axis=1)
    logits = contest.logits.astype(np.float64)
    winners = classes[0]
    for number in range(1, len(classes)):
        ahead = functools.reduce(np.logical_and, (
            _is_positive(logits[number] - other, batch) for other in logits[:number]))
        winners = np.where(ahead, classes[number], winners)
    return winners


def _is_positive(lead: np.ndarray, batch: Batch) -> np.ndarray:
    """
    Tell at each sample whether a surface with these corners, (4, n) float64, is above 0.

    From the left of a cell to its right it is a straight line, so on each row there is one place
    where what is above 0 begins or ends, and the samples need only be compared with that. Where
    it ends the place is measured from the left, and where it begins from the right: that is
    exact at both ends.
    """
    top_left, top_right, bottom_left, bottom_right = lead.take(batch.members, axis=1)
    down, right = (part.astype(np.float64, copy=False) for part in (batch.down, batch.right))
    up = 1 - down
    at_left = up * top_left + down * bottom_left
    at_right = up * top_right + down * bottom_right
    is_left, is_right = at_left > 0, at_right > 0
    with np.errstate(divide='ignore', invalid='ignore'):  # of places that are not looked at
        end = np.where(is_left, np.where(is_right, 2, at_left / (at_left - at_right)), -1)
        begin = np.where(is_right & ~is_left, at_right / (at_right - at_left), -1)
    return (right < end) | (1 - right < begin)


def _winner_of_many(contest: Contest, batch: Batch) -> np.ndarray:
    """Give the class with the largest logit at each sample of a batch, the lowest if equal."""
    classes = contest.classes.take(batch.members, axis=1)
    surfaces = _surfaces(contest.logits.astype(np.float64), batch)
    winners, best = classes[0], next(surfaces)
    for number, surface in enumerate(surfaces, start=1):
        winners = np.where(surface > best, classes[number], winners)
        if number + 1 < len(classes):
            best = np.maximum(best, surface)
    return winners


def _confidence(logits: np.ndarray, samples: Union[Grid, Points]) -> np.ndarray:
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
              margin: float) -> List[Contest]:
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
        contests.append(Contest(cells[group], looked_at.astype(np.uint8),
                                corners[:, looked_at, group].transpose(1, 0, 2)))
    return contests


def _surfaces(logits: np.ndarray, batch: Batch) -> Iterator[np.ndarray]:
    """Interpolate the logits of each class, (K, 4, n), in the shape of the batch."""
    down = batch.down.astype(logits.dtype, copy=False)
    right = batch.right.astype(logits.dtype, copy=False)
    up, left = 1 - down, 1 - right
    for corners in logits:
        top_left, top_right, bottom_left, bottom_right = corners.take(batch.members, axis=1)
        surface = left * (up * top_left + down * bottom_left)
        surface += right * (up * top_right + down * bottom_right)
        yield surface


def _corners(values: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Give the values (C, h, w) at the four corners of cells (n,): (4, C, n)."""
    channels, _, width = values.shape
    flat = values.reshape(channels, -1)
    top_left = cells + cells // (width - 1)  # a row has one value more than cells
    return np.stack([flat.take(top_left + step, axis=1) for step in (0, 1, width, width + 1)])
