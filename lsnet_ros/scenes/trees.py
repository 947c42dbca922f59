# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Cut-outs of trees and bushes: made once from fixed seeds, then shared by all scenes."""

import functools
from typing import List, NamedTuple, Optional, Tuple

import cv2
import numpy as np

from lsnet_ros.scenes.canvas import TREE

VARIANTS = 12  # of each kind
_SIZE = 384    # px

Cutout = NamedTuple('Cutout', [
    ('colors', List[np.ndarray]),  # (h, w, 4) uint8, each half as large as the one before
    ('mask', List[np.ndarray]),    # (h, w) uint8, 255 where it is opaque
    ('veil', Optional[List[np.ndarray]]),  # (h, w) uint8, 255 in the crown and its gaps, if any
])

_Branch = NamedTuple('_Branch', [
    ('foot', Tuple[float, float]), ('angle', float),  # px; radians, clockwise from the right
    ('length', float), ('width', float),              # px
])

UP = -np.pi / 2

_GREENS = [(70, 92, 40), (86, 104, 48), (58, 80, 42), (102, 108, 52), (74, 84, 56), (120, 104, 50)]


@functools.lru_cache(maxsize=None)
def make_cutout(kind: str, variant: int) -> Cutout:
    """Make a cut-out of one of ``KINDS``; its foot is the middle of its lower edge."""
    seed = 2000 + 100 * sorted(KINDS).index(kind) + variant
    return KINDS[kind](np.random.RandomState(seed))


def _draw_leaves(rng: np.random.RandomState, clumps: np.ndarray, radii: np.ndarray,
                 trunk: bool) -> Cutout:
    """Draw clumps of leaves, lit from above, with or without a trunk."""
    colors = np.zeros((_SIZE, _SIZE, 3), np.uint8)
    mask = np.zeros((_SIZE, _SIZE), np.uint8)
    if trunk:
        _draw_branch(rng, (colors, mask), _Branch((_SIZE / 2, _SIZE - 1), UP, 84.0, 15.0), 4)
    green = np.array(_GREENS[rng.randint(len(_GREENS))], np.float64)
    middle, spread = clumps[:, 1].mean(), clumps[:, 1].std() + 20
    for i in np.argsort(-clumps[:, 1], kind='mergesort'):
        count = int(radii[i] * 4)
        angle, reach = rng.uniform(0, 2 * np.pi, count), radii[i] * np.sqrt(rng.rand(count))
        offsets = np.stack([reach * np.cos(angle), 0.85 * reach * np.sin(angle)], axis=1)
        shade = (0.70 - 0.42 * offsets[:, 1] / radii[i] + rng.uniform(-0.25, 0.25, count) -
                 0.18 * (clumps[i, 1] - middle) / spread)
        order = np.argsort(shade, kind='mergesort')
        tones = np.clip(green * np.maximum(shade, 0.15)[:, None], 0, 255)
        sizes, turns = rng.randint(2, 6, size=count), rng.randint(180, size=count)
        for j in order:
            at = tuple(int(v) for v in clumps[i] + offsets[j])
            axes = (int(sizes[j]), max(1, int(sizes[j] * 0.55)))
            tone = tuple(float(v) for v in tones[j])
            cv2.ellipse(colors, at, axes, int(turns[j]), 0, 360, tone, -1)
            cv2.ellipse(mask, at, axes, int(turns[j]), 0, 360, 255, -1)
    return _fill_gaps(colors, mask, green * 0.25)


def _draw_crown(rng: np.random.RandomState) -> Cutout:
    """Draw a tree with leaves: clumps in a crown that narrows to the trunk."""
    count = rng.randint(44, 64)
    angle, reach = rng.uniform(0, 2 * np.pi, count), np.sqrt(rng.rand(count))
    high, low = rng.uniform(108, 128), rng.uniform(0.7, 1.0)
    clumps = np.stack([_SIZE / 2 + 148 * reach * np.cos(angle) *
                       np.where(np.sin(angle) > 0, low, 1.0),
                       158 + high * reach * np.sin(angle)], axis=1)
    return _draw_leaves(rng, clumps, rng.uniform(18, 38, count), True)


def _draw_bush(rng: np.random.RandomState) -> Cutout:
    """Draw a bush or a piece of hedge that fills its cut-out to the ground."""
    count = rng.randint(50, 66)
    clumps = np.stack([rng.uniform(36, _SIZE - 36, count),
                       _SIZE - 24 - rng.rand(count) * rng.uniform(200, 290)], axis=1)
    return _draw_leaves(rng, clumps, rng.uniform(24, 46, count), False)


def _draw_bare(rng: np.random.RandomState) -> Cutout:
    """Draw a tree without leaves; its class covers the gaps between the twigs too."""
    colors = np.zeros((_SIZE, _SIZE, 3), np.uint8)
    mask = np.zeros((_SIZE, _SIZE), np.uint8)
    stem = _Branch((_SIZE / 2, _SIZE - 1), UP, rng.uniform(82, 96), rng.uniform(8, 13))
    _draw_branch(rng, (colors, mask), stem, 8)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (19, 19))
    veil = cv2.morphologyEx(cv2.copyMakeBorder(mask, 20, 20, 20, 20, cv2.BORDER_CONSTANT),
                            cv2.MORPH_CLOSE, kernel)[20:-20, 20:-20]
    cutout = _fill_gaps(colors, mask, np.array([60.0, 54.0, 46.0]))
    # The low threshold keeps thin twigs in the smaller copies.
    masks = [mask] + [np.where(level > 40, 255, 0).astype(np.uint8)
                      for level in _make_levels(mask)[1:]]
    return cutout._replace(mask=masks, veil=_make_levels(veil))


def _draw_branch(rng: np.random.RandomState, layers: Tuple[np.ndarray, np.ndarray],
                 branch: _Branch, depth: int):
    """
    Draw a branch and its twigs.

    :param layers: the colours and the mask
    :param depth: how often twigs divide further
    """
    foot, angle, length, width = branch
    tip = (foot[0] + length * np.cos(angle), foot[1] + length * np.sin(angle))
    ends = [tuple(int(8 * v) for v in point) for point in (foot, tip)]
    tone = tuple(float(v) for v in np.array([74, 66, 56]) * rng.uniform(0.6, 1.35))
    for layer, color in zip(layers, (tone, (255.0,))):
        cv2.line(layer, ends[0], ends[1], color, max(1, int(width + 0.3)), 8, 3)
    if depth == 0:
        return
    for _ in range(3 if depth in (8, 5, 2, 1) or rng.rand() < 0.3 else 2):
        turn = rng.uniform(-0.7, 0.7)
        upward = 0.12 * np.cos(angle)  # twigs turn to the light
        share = rng.uniform(0.55, 1.0)
        start = (foot[0] + share * (tip[0] - foot[0]), foot[1] + share * (tip[1] - foot[1]))
        twig = _Branch(start, angle + turn - upward, length * rng.uniform(0.62, 0.84),
                       width * 0.64)
        _draw_branch(rng, layers, twig, depth - 1)


def _fill_gaps(colors: np.ndarray, mask: np.ndarray, depths: np.ndarray) -> Cutout:
    """Return a cut-out whose smallest gaps are filled with a colour (3,)."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    whole = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, kernel)
    colors = np.where(mask[..., None] > 0, colors, depths.astype(np.uint8))
    colors = np.dstack([colors, np.full(mask.shape, TREE, np.uint8)])
    levels = [np.where(level > 127, 255, 0).astype(np.uint8) for level in _make_levels(whole)]
    return Cutout(_make_levels(colors), levels, None)


def _make_levels(image: np.ndarray) -> List[np.ndarray]:
    """Return an image and smaller copies, each half as large as the one before."""
    levels = [image]
    while min(levels[-1].shape[:2]) > 20:
        levels.append(cv2.resize(levels[-1], None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))
    return levels


KINDS = {'bare': _draw_bare, 'bush': _draw_bush, 'crown': _draw_crown}
