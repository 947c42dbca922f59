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
"""Cut-outs of trees and bushes: made once from fixed seeds, then shared by every scene."""

import functools
from typing import List, NamedTuple

import cv2
import numpy as np

VARIANTS = 12  # of each kind
_SIZE = 384    # px

Cutout = NamedTuple('Cutout', [
    ('colors', List[np.ndarray]),  # (h, w, 3) uint8 each, every one half the size of the last
    ('masks', List[np.ndarray]),   # (h, w, 2) uint8, 255: where it has colour; where it is a tree
])

_GREENS = [(70, 92, 40), (86, 104, 48), (58, 80, 42), (102, 108, 52), (74, 84, 56), (120, 104, 50)]


@functools.lru_cache(maxsize=None)
def cutout(kind: str, variant: int) -> Cutout:
    """Return one of the cut-outs of a kind of ``KINDS``; its foot is the middle of the edge."""
    seed = 2000 + 100 * sorted(KINDS).index(kind) + variant
    return KINDS[kind](np.random.RandomState(seed))


def _leaves(rng: np.random.RandomState, clumps: np.ndarray, radii: np.ndarray,
            trunk: bool) -> Cutout:
    """Return clumps of leaves, lit from above, over a trunk."""
    colors = np.zeros((_SIZE, _SIZE, 3), np.uint8)
    mask = np.zeros((_SIZE, _SIZE), np.uint8)
    if trunk:
        _grow(rng, colors, mask, (_SIZE / 2, _SIZE - 1), -np.pi / 2, 62.0, 12.0, 4)
    green = np.array(_GREENS[rng.randint(len(_GREENS))], np.float64)
    middle, spread = clumps[:, 1].mean(), clumps[:, 1].std() + 20
    for i in np.argsort(-clumps[:, 1], kind='mergesort'):
        count = int(radii[i] * 3.2)
        angle, reach = rng.uniform(0, 2 * np.pi, count), radii[i] * np.sqrt(rng.rand(count))
        offsets = np.stack([reach * np.cos(angle), 0.85 * reach * np.sin(angle)], axis=1)
        shade = (0.72 - 0.42 * offsets[:, 1] / radii[i] + rng.uniform(-0.22, 0.22, count) -
                 0.16 * (clumps[i, 1] - middle) / spread)
        sizes = rng.randint(2, 6, size=count)
        for j in np.argsort(shade, kind='mergesort'):
            at = tuple(int(v) for v in clumps[i] + offsets[j])
            tone = tuple(float(v) for v in np.clip(green * max(shade[j], 0.15), 0, 255))
            axes = (int(sizes[j]), max(1, int(sizes[j] * 0.6)))
            turn = int(rng.randint(180))
            cv2.ellipse(colors, at, axes, turn, 0, 360, tone, -1)
            cv2.ellipse(mask, at, axes, turn, 0, 360, 255, -1)
    return _finish(colors, mask, 5)


def _crown(rng: np.random.RandomState) -> Cutout:
    """Return a leafy tree: clumps around a crown that narrows to the trunk."""
    count = rng.randint(26, 42)
    angle, reach = rng.uniform(0, 2 * np.pi, count), np.sqrt(rng.rand(count))
    high = rng.uniform(78, 96)
    clumps = np.stack([_SIZE / 2 + 104 * reach * np.cos(angle),
                       118 + high * reach * np.sin(angle)], axis=1)
    return _leaves(rng, clumps, rng.uniform(16, 34, count), True)


def _bush(rng: np.random.RandomState) -> Cutout:
    """Return a bush or a piece of hedge that fills its cut-out to the ground."""
    count = rng.randint(34, 48)
    clumps = np.stack([rng.uniform(30, _SIZE - 30, count),
                       _SIZE - 20 - rng.rand(count) * rng.uniform(150, 210)], axis=1)
    return _leaves(rng, clumps, rng.uniform(22, 42, count), False)


def _bare(rng: np.random.RandomState) -> Cutout:
    """Return a tree in winter; its class covers the crown with the gaps between the twigs."""
    colors = np.zeros((_SIZE, _SIZE, 3), np.uint8)
    mask = np.zeros((_SIZE, _SIZE), np.uint8)
    _grow(rng, colors, mask, (_SIZE / 2, _SIZE - 1), -np.pi / 2, rng.uniform(60, 72),
          rng.uniform(8, 12), 8)
    return _finish(colors, mask, 11)


def _grow(rng: np.random.RandomState, colors: np.ndarray, mask: np.ndarray, foot, angle: float,
          length: float, width: float, depth: int):
    """Draw a branch and what grows from its end."""
    tip = (foot[0] + length * np.cos(angle), foot[1] + length * np.sin(angle))
    ends = tuple(int(v) for v in foot), tuple(int(v) for v in tip)
    tone = tuple(float(v) for v in np.array([74, 66, 56]) * rng.uniform(0.6, 1.35))
    cv2.line(colors, ends[0], ends[1], tone, max(1, int(width)))
    cv2.line(mask, ends[0], ends[1], 255, max(1, int(width)))
    if depth == 0:
        return
    for _ in range(2 if rng.rand() < 0.55 or depth > 6 else 3):
        turn = rng.uniform(-0.62, 0.62)
        upward = 0.10 * np.cos(angle)  # twigs turn to the light
        _grow(rng, colors, mask, tip, angle + turn - upward, length * rng.uniform(0.66, 0.86),
              width * 0.66, depth - 1)


def _finish(colors: np.ndarray, mask: np.ndarray, closing: int) -> Cutout:
    """Return the cut-out, its class closed over gaps, its colours spread over the edges."""
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (closing, closing))
    whole = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, kernel)
    spread = cv2.dilate(colors, np.ones((3, 3), np.uint8))
    colors = np.where(mask[..., None] > 0, colors, spread)
    return Cutout(_halved(colors), _halved(np.dstack([mask, whole])))


def _halved(image: np.ndarray) -> List[np.ndarray]:
    """Return an image and its smaller copies."""
    levels = [image]
    while min(levels[-1].shape[:2]) > 20:
        levels.append(cv2.resize(levels[-1], None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))
    return levels


KINDS = {'bare': _bare, 'bush': _bush, 'crown': _crown}
