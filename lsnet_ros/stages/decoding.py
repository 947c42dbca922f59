# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Decoding: from the low-resolution logits of a network to class ids and confidence at any size.

Upsampling all classes to the size of the frame takes longer than the network; this computes the
same class ids for a fraction of the work. Four neighbouring logits span a cell, in which the
logit of each class is a convex combination of its values at the four corners. A class that leads
at all four corners therefore leads in the whole cell, and nothing has to be computed there. In
the other cells, a class that another one exceeds at all four corners cannot win, which leaves two
or three candidates. Cells with the same number of candidates are computed together, in float64.
"""

import functools
import math
from typing import Callable, Iterator, List, Optional, Tuple, Union

import cv2
import numpy as np

from lsnet_ros.errors import LsnetError
from lsnet_ros.stages.decoding_samples import Contest, Grid, Pixels, Points, positions_along

_FEW = 4  # most candidates that are compared pair by pair
_LEFT_OUT = 0.2 / 255  # most probability that the classes left out of a confidence have in sum


class DecodingError(LsnetError, ValueError):
    """The outputs of a network cannot be decoded."""


def decode(outputs: Tuple[np.ndarray, ...], size: Tuple[int, int],
           ids: Optional[np.ndarray] = None) -> np.ndarray:
    """
    Return the class of each pixel: argmax of the logits, upsampled bilinearly to ``size``.

    Corners are aligned. Among equal logits, the lowest class id wins.

    :param outputs: (logits,), or (logits, offset) of a network with flow alignment; logits
        are (1, C, h, w) float32; offset is (1, 2, H, W) float32, the displacement to the right
        and down at which the logits of each pixel are sampled, in pixels of the H x W field
    :param size: (height, width) of the result; with an offset, class ids are decoded at the size
        of the field and resized by nearest neighbour
    :param ids: the value of each class in the result, C or more uint8, such as its group;
        by default its class id. It is looked up once for a cell, not for each pixel
    :returns: (height, width) uint8
    :raises DecodingError: if a shape is invalid, or a value is not finite
    """
    return _decode(functools.partial(_class_ids, ids=ids), outputs, size)


def decode_with_confidence(outputs: Tuple[np.ndarray, ...], size: Tuple[int, int],
                           temperature: float = 1.0, ids: Optional[np.ndarray] = None,
                           ) -> Tuple[np.ndarray, np.ndarray]:
    """
    Return class ids as ``decode`` does, and the confidence of each.

    The confidence may be one level too high: it leaves out the classes of a cell whose
    probabilities add up to at most 0.2 / 255 everywhere in that cell.

    :param temperature: T of the model's calibration; the class ids do not depend on it
    :param ids: as for ``decode``; the confidence stays that of the class
    :returns: class ids, and round(255 * probability of the winning class by softmax(logits / T)),
        both (height, width) uint8
    """
    scaled = outputs
    if temperature != 1:
        scaled = (outputs[0] / np.float32(temperature),) + tuple(outputs[1:])
    return decode(outputs, size, ids), _decode(_confidence, scaled, size)


def _decode(compute: Callable[[np.ndarray, Union[Grid, Points]], np.ndarray],
            outputs: Tuple[np.ndarray, ...], size: Tuple[int, int]) -> np.ndarray:
    """Apply ``_class_ids`` or ``_confidence`` at the sample positions of outputs and size."""
    _check(outputs, size)
    logits = outputs[0][0]
    for axis in (1, 2):  # one value spans no cell: duplicate it
        if logits.shape[axis] == 1:
            logits = logits.repeat(2, axis)
    if len(outputs) == 1:
        return compute(logits, Grid(outputs[0].shape[2:], size))
    decoded = compute(logits, Points(outputs[0].shape[2:], outputs[1][0]))
    rows, columns = (np.rint(positions).astype(np.intp)
                     for positions in map(positions_along, decoded.shape, size))
    return decoded.take(columns, axis=1).take(rows, axis=0)


def _check(outputs: Tuple[np.ndarray, ...], size: Tuple[int, int]) -> None:
    """Raise DecodingError unless shapes and size are valid and all values are finite."""
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
    """Return the error for outputs that hold infinity or NaN."""
    return DecodingError('{} hold infinity or NaN: expected finite values; try the model with '
                         'another backend or in float32'.format(name))


def _class_ids(logits: np.ndarray, samples: Union[Grid, Points],
               ids: Optional[np.ndarray] = None) -> np.ndarray:
    """Return the class with the largest logit at each sample, or its entry in ``ids``, uint8."""
    leaders = logits.argmax(axis=0).astype(np.uint8)
    agreed = leaders[:-1, :-1]
    contested = ((agreed != leaders[:-1, 1:]) | (agreed != leaders[1:, :-1])
                 | (agreed != leaders[1:, 1:]))
    contests = _contests(logits, leaders, np.flatnonzero(contested), margin=0)
    if ids is not None:
        agreed = ids[agreed]
        contests = [contest._replace(classes=ids[contest.classes]) for contest in contests]
    class_ids = samples.spread(agreed)
    for contest, batch in samples.batches(contests):
        find = _winner_of_few if len(contest.classes) <= _FEW else _winner_of_many
        class_ids.reshape(-1)[batch.pixels.ravel()] = find(contest, batch).ravel()
    return class_ids


def _winner_of_few(contest: Contest, batch: Pixels) -> np.ndarray:
    """
    Return the winning class at each sample of a batch, as ``_winner_of_many`` does.

    The winner is the last candidate that exceeds all candidates before it.
    """
    classes = contest.classes.take(batch.members, axis=1)
    logits = contest.logits.astype(np.float64)
    winners = classes[0]
    for number in range(1, len(classes)):
        ahead = functools.reduce(np.logical_and, (
            _is_positive(logits[number] - other, batch) for other in logits[:number]))
        winners = np.where(ahead, classes[number], winners)
    return winners


def _is_positive(lead: np.ndarray, batch: Pixels) -> np.ndarray:
    """
    Return at each sample whether the bilinear surface of a lead is above 0.

    Along a row of a cell the surface is a straight line, which crosses 0 at most once; comparing
    the samples with the crossing suffices. A falling line's crossing is measured from the left, a
    rising one's from the right, which is exact at both ends.

    :param lead: difference of two logits at the corners of the cells, (4, n) float64
    """
    top_left, top_right, bottom_left, bottom_right = lead.take(batch.members, axis=1)
    down, right = (part.astype(np.float64, copy=False) for part in (batch.down, batch.right))
    up = 1 - down
    at_left = up * top_left + down * bottom_left
    at_right = up * top_right + down * bottom_right
    is_left, is_right = at_left > 0, at_right > 0
    with np.errstate(divide='ignore', invalid='ignore'):  # where the line does not cross 0
        end = np.where(is_left, np.where(is_right, 2, at_left / (at_left - at_right)), -1)
        begin = np.where(is_right & ~is_left, at_right / (at_right - at_left), -1)
    return (right < end) | (1 - right < begin)


def _winner_of_many(contest: Contest, batch: Pixels) -> np.ndarray:
    """Return the class with the largest logit at each sample of a batch; ties: the lowest id."""
    classes = contest.classes.take(batch.members, axis=1)
    surfaces = _surfaces(contest.logits.astype(np.float64), batch)
    winners, best = classes[0], next(surfaces)
    for number, surface in enumerate(surfaces, start=1):
        winners = np.where(surface > best, classes[number], winners)
        if number + 1 < len(classes):
            best = np.maximum(best, surface)
    return winners


def _confidence(logits: np.ndarray, samples: Union[Grid, Points]) -> np.ndarray:
    """Return round(255 * softmax probability of the winner) at each sample, uint8."""
    leaders = logits.argmax(axis=0)
    every_cell = np.arange(leaders[1:, 1:].size)
    margin = math.log(max(len(logits) - 1, 1) / _LEFT_OUT)
    confidence = np.full(samples.shape, 255, np.uint8)
    for contest, batch in samples.batches(_contests(logits, leaders, every_cell, margin)):
        surfaces = [surface.reshape(1, -1)  # cv2 takes the third axis as channels
                    for surface in _surfaces(contest.logits, batch)]
        best = functools.reduce(np.maximum, surfaces)
        with np.errstate(over='ignore'):  # to minus infinity, whose exponential is 0
            total = sum(cv2.exp(surface - best) for surface in surfaces)
        confidence.reshape(-1)[batch.pixels.ravel()] = np.rint(255 / total)[0]
    return confidence


def _contests(logits: np.ndarray, leaders: np.ndarray, cells: np.ndarray,
              margin: float) -> List[Contest]:
    """
    Return the cells with more than one candidate class, grouped by the number of candidates.

    A class is no candidate where the leader of any corner exceeds it at all four corners by more
    than the margin, or by exactly the margin with a lower id.
    """
    corners = _corners(logits, cells)  # (4, C, n)
    finer = corners.astype(np.float64)  # so that differences do not overflow
    classes, each = np.arange(len(logits))[:, None], np.arange(len(cells))
    possible = np.ones((len(logits), len(cells)), bool)
    for leader in _corners(leaders[None], cells)[:, 0]:
        ahead = (finer[:, leader, each][:, None] - finer).min(axis=0)  # (C, n)
        possible &= (ahead < margin) | ((ahead == margin) & (classes <= leader))
    counts = possible.sum(axis=0)
    contests = []
    for count in np.unique(counts[counts > 1]):
        group = np.flatnonzero(counts == count)
        candidates = np.nonzero(possible.T[group])[1].reshape(-1, count).T  # (K, n)
        contests.append(Contest(cells[group], candidates.astype(np.uint8),
                                corners[:, candidates, group].transpose(1, 0, 2)))
    return contests


def _surfaces(logits: np.ndarray, batch: Pixels) -> Iterator[np.ndarray]:
    """Interpolate the corner logits (K, 4, n) of each class at the samples of the batch."""
    down = batch.down.astype(logits.dtype, copy=False)
    right = batch.right.astype(logits.dtype, copy=False)
    up, left = 1 - down, 1 - right
    for corners in logits:
        top_left, top_right, bottom_left, bottom_right = corners.take(batch.members, axis=1)
        surface = left * (up * top_left + down * bottom_left)
        surface += right * (up * top_right + down * bottom_right)
        yield surface


def _corners(values: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Return the values (C, h, w) at the four corners of cells (n,): (4, C, n)."""
    channels, _, width = values.shape
    flat = values.reshape(channels, -1)
    top_left = cells + cells // (width - 1)  # a row has one more value than cells
    return np.stack([flat.take(top_left + step, axis=1) for step in (0, 1, width, width + 1)])
