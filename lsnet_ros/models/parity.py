# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
The parity gate: a converted network is used only if it computes the same as its reference.

The reference is the network in PyTorch or, for a lower precision, the same graph in float32.
Faults of a conversion are mostly silent: a constant in place of an operation without a converter,
a resize that is half a pixel off, a sum that float16 cannot hold. All of them show in the class
ids of different images, or in outputs that do not follow the image.
"""

import math
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from lsnet_ros.models.card import OUTPUT_NAMES
from lsnet_ros.stages.decoding import decode

FOLLOW = 0.5      # least change from image to image, over that of the reference
ROUNDING = 1e-4   # of the largest logit: classes this close may both win a cell
SMALLEST = 1e-3   # outputs below are noise: differences are not relative to less

Outputs = Tuple[np.ndarray, ...]  # of a network's core: logits (1, C, h, w), perhaps an offset


class Limits(NamedTuple):
    """Limits that a converted network has to keep."""

    agreement: float              # least share of equal class ids, in every frame
    difference: float = math.inf  # largest of an output, over the output's largest value


INT8_LIMITS = Limits(0.97)
"""Limits in 8-bit integers: 255 steps in each layer keep 97.7 % of the class ids and more."""


class Parity(NamedTuple):
    """Comparison of a converted network with its reference."""

    passed: bool
    reason: str                   # of a failure, '' if it passed
    agreement: List[float]        # share of equal class ids, by frame; empty if not comparable
    limit: Optional[float]        # least agreement of every frame, None if nothing was compared
    difference: Optional[float]   # largest, over the largest value of the output

    def as_json(self) -> Dict[str, Any]:
        """Return the fields for a JSON file."""
        return dict(self._asdict())


def compare(outputs: Sequence[Outputs], expected: Sequence[Outputs], limits: Limits,
            size: Optional[Tuple[int, int]] = None) -> Parity:
    """
    Compare a converted network with its reference, frame by frame.

    Two different frames at least: a constant agrees on the image that it was computed from.

    :param outputs: of the converted network, for each frame
    :param expected: of the reference, for the same frames
    :param size: (height, width) of the label images to compare; by default the cells of the
        logits are compared, where classes that are equal within rounding may both win
    :returns: failed if a value is not finite, an output does not follow the image as the
        reference does, the logits follow no image, or a limit is exceeded
    """
    reason = (_find_non_finite(expected, 'the reference\'s ') or _find_non_finite(outputs)
              or _find_constant(outputs, expected))
    if reason:
        return Parity(False, reason, [], limits.agreement, None)
    agreement = [_measure_agreement(ours, theirs, size) for ours, theirs in zip(outputs, expected)]
    differences = {name: max(map(_measure_difference, ours, theirs)) for name, ours, theirs
                   in zip(OUTPUT_NAMES, zip(*outputs), zip(*expected))}
    reason = _find_excess(agreement, differences, limits)
    return Parity(not reason, reason, agreement, limits.agreement, max(differences.values()))


def _find_non_finite(outputs: Sequence[Outputs], owner: str = '') -> str:
    """Name the output that holds NaN or infinity, '' if none does."""
    for frame, arrays in enumerate(outputs):
        for name, values in zip(OUTPUT_NAMES, arrays):
            if not np.isfinite(values).all():
                return '{}{} of frame {} holds NaN or infinity'.format(owner, name, frame)
    return ''


def _find_constant(outputs: Sequence[Outputs], expected: Sequence[Outputs]) -> str:
    """Name the output that does not follow the image as the reference's, '' if all do."""
    for name, ours, theirs in zip(OUTPUT_NAMES, zip(*outputs), zip(*expected)):
        change = _measure_change(ours)
        # An offset may be 0 everywhere: that of a network whose flow was never trained.
        if change < FOLLOW * _measure_change(theirs) or (name == 'logits' and change == 0):
            return '{} does not change with the image as the reference\'s does'.format(name)
    return ''


def _measure_change(arrays: Sequence[np.ndarray]) -> float:
    """Return the mean absolute difference of an output from that of the first frame."""
    return float(np.mean([np.abs(values - arrays[0]).mean() for values in arrays[1:]]))


def _measure_difference(found: np.ndarray, expected: np.ndarray) -> float:
    """Return the largest difference of an output, over its largest value."""
    return float(np.abs(found - expected).max()) / _scale_of(expected)


def _scale_of(expected: np.ndarray) -> float:
    return max(float(np.abs(expected).max()), SMALLEST)


def _measure_agreement(found: Outputs, expected: Outputs,
                       size: Optional[Tuple[int, int]]) -> float:
    """Return the share of pixels, without a size of cells, that have the same class."""
    if size is not None:
        return float((decode(found, size) == decode(expected, size)).mean())
    logits = expected[0]                                              # (1, C, h, w)
    winner = found[0].argmax(1)[:, np.newaxis]                        # (1, 1, h, w)
    lead = logits.max(1) - np.take_along_axis(logits, winner, 1)[:, 0]
    return float((lead <= ROUNDING * _scale_of(logits)).mean())


def _find_excess(agreement: Sequence[float], differences: Dict[str, float],
                 limits: Limits) -> str:
    """Name the limit that is exceeded, '' if none is."""
    for name, difference in differences.items():
        if difference > limits.difference:
            return '{} differs by {:.2g} of the largest value, expected at most {:.2g}'.format(
                name, difference, limits.difference)
    if min(agreement) < limits.agreement:
        return '{:.3%} of the pixels of frame {} have the reference\'s class, expected ' \
            '{:.1%}'.format(min(agreement), agreement.index(min(agreement)), limits.agreement)
    return ''
