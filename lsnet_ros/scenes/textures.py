# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Textures of street scenes: made once from fixed seeds, then shared by all scenes.

A scene varies them by tint, size, mirroring and light. All functions here are pure; their
results are cached and must not be written to.
"""

import functools
from typing import List, NamedTuple, Tuple

import cv2
import numpy as np

from lsnet_ros.scenes.canvas import BUILDING

NOISE_MARGIN = 97
FACADES = 48
_FLOOR = 104  # px of a storey, 3 m
_BAY = 84     # px of a window with its share of the wall

Facade = NamedTuple('Facade', [
    ('levels', List[np.ndarray]),  # (h, w, 4) uint8, each half as large as the one before
    ('height', float),             # m
    ('width', float),              # m
    ('wall', Tuple[float, ...]),   # RGB of the other walls
])

_WALLS = [(150, 92, 74), (128, 80, 66), (186, 160, 118), (170, 148, 116), (198, 190, 176),
          (222, 216, 204), (232, 230, 224), (150, 146, 140), (112, 106, 100), (176, 120, 92),
          (206, 186, 150), (138, 132, 122)]
_FASCIAS = [(150, 32, 34), (28, 66, 120), (26, 92, 60), (36, 34, 38), (198, 150, 40),
            (116, 46, 100), (220, 214, 200), (30, 118, 128)]


def _make_noise(rng: np.random.RandomState, size: int, coarsest: int) -> np.ndarray:
    """Make fractal noise (size, size) float32 in [0, 1] that tiles without a seam."""
    total = np.zeros((size, size), np.float32)
    cells, weight = coarsest, 1.0
    while cells <= size:
        grid = np.pad(rng.rand(cells, cells).astype(np.float32), 2, mode='wrap')
        step = size // cells
        big = cv2.resize(grid, None, fx=step, fy=step, interpolation=cv2.INTER_CUBIC)
        total += weight * big[2 * step:2 * step + size, 2 * step:2 * step + size]
        cells, weight = cells * 2, weight * 0.55
    total -= total.min()
    return total / total.max()


@functools.lru_cache(maxsize=None)
def make_clouds() -> np.ndarray:
    """Make the density of clouds (512, 512) float32, uniform in [0, 1], that tiles."""
    noise = _make_noise(np.random.RandomState(11), 512, 4)
    ranks = np.empty(noise.size, np.float32)
    ranks[np.argsort(noise, axis=None, kind='mergesort')] = np.linspace(0, 1, noise.size)
    return ranks.reshape(noise.shape)


@functools.lru_cache(maxsize=None)
def make_ground() -> np.ndarray:
    """Make the grain of asphalt (512, 512) float32 around 1, that tiles; 40 px are 1 m."""
    rng = np.random.RandomState(12)
    grain = cv2.GaussianBlur(rng.standard_normal((512, 512)).astype(np.float32), (0, 0), 0.8)
    patches = _make_noise(rng, 512, 4) - 0.5
    return 1.0 + 0.16 * grain + 0.3 * patches


@functools.lru_cache(maxsize=4)
def make_sensor_noise(height: int, width: int) -> np.ndarray:
    """Make noise (height + margin, width + margin, 3) int16 with a standard deviation of 32."""
    rng = np.random.RandomState(13)
    shape = (height + NOISE_MARGIN, width + NOISE_MARGIN)
    luma = cv2.GaussianBlur(rng.standard_normal(shape).astype(np.float32), (0, 0), 0.55)
    noise = rng.standard_normal(shape + (3,)).astype(np.float32) * 0.45 + luma[..., None] * 1.5
    return np.clip(noise * (32 / noise.std()), -128, 127).astype(np.int16)


@functools.lru_cache(maxsize=None)
def make_facade(variant: int) -> Facade:
    """Make one of ``FACADES`` house fronts."""
    rng = np.random.RandomState(1000 + variant)
    floors, bays = rng.randint(2, 5), rng.randint(2, 5)
    wall = np.clip(np.array(_WALLS[variant % len(_WALLS)]) + rng.uniform(-14, 14), 0, 255)
    height, width = floors * _FLOOR + 24, bays * _BAY
    image = _make_wall(rng, height, width, wall)
    office = rng.rand() < 0.2
    for floor in range(floors):
        top = 24 + (floors - 1 - floor) * _FLOOR
        if floor == 0 and rng.rand() < 0.5:
            _paint_shop(rng, image, top)
        elif office:
            _paint_glazing(rng, image, top, bays)
        else:
            _paint_windows(rng, image, top, bays, floor == 0)
    trim = tuple(float(v) for v in np.clip(wall * rng.choice([0.7, 1.2]), 0, 250))
    cv2.rectangle(image, (0, 0), (width, 10), trim, -1)
    cv2.rectangle(image, (0, 11), (width, 15), tuple(0.55 * v for v in trim), -1)
    if rng.rand() < 0.6:  # the joint to the next house, or a rain pipe
        cv2.rectangle(image, (0, 12), (3, height), (60, 58, 56), -1)
    levels = [np.dstack([image, np.full(image.shape[:2], BUILDING, np.uint8)])]
    while min(levels[-1].shape[:2]) > 24:
        levels.append(cv2.resize(levels[-1], None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))
    return Facade(levels, height / _FLOOR * 3.0, bays * rng.uniform(2.3, 3.3), tuple(wall))


def _make_wall(rng: np.random.RandomState, height: int, width: int,
               color: np.ndarray) -> np.ndarray:
    """Make a plain wall (height, width, 3) uint8: bricks or render, with stains."""
    image = np.empty((height, width, 3), np.float32)
    image[:] = color
    stains = _make_noise(rng, 512, 4)[:height, :width]
    image *= (0.86 + 0.28 * stains)[..., None]
    if color[0] - color[2] > 25:  # bricks: rows of stones in slightly different colours
        stones = rng.uniform(0.86, 1.1, size=(height // 4 + 1, width // 9 + 1)).astype(np.float32)
        image *= cv2.resize(stones, (width, height), interpolation=cv2.INTER_NEAREST)[..., None]
        image[::4] *= 0.9
    return np.clip(image, 0, 255).astype(np.uint8)


def _paint_pane(rng: np.random.RandomState, image: np.ndarray, box: Tuple[int, int, int, int]):
    """Paint a window pane: dark, with a reflection of the sky at the top or a curtain."""
    left, top, right, bottom = box
    dark = rng.uniform(22, 62)
    shine = rng.choice([0.0, 30.0, 110.0], p=[0.5, 0.35, 0.15])
    ramp = np.linspace(1, 0, bottom - top)[:, None, None] * shine
    image[top:bottom, left:right] = np.clip(dark + ramp * (0.9, 1.0, 1.1) + (0, 3, 7), 0, 255)
    if rng.rand() < 0.25:
        image[top:(top + bottom) // 2, left:right] = rng.uniform(120, 190)


def _paint_windows(rng: np.random.RandomState, image: np.ndarray, top: int, bays: int,
                   ground: bool):
    """Paint a storey of sash windows, with a door on the ground floor."""
    frame = float(rng.choice([235, 220, 60]))
    half, high = rng.randint(17, 27), rng.randint(52, 70)
    door = rng.randint(bays) if ground else -1
    for bay in range(bays):
        x, y = int((bay + 0.5) * _BAY), top + 16
        if bay == door:
            color = _FASCIAS[rng.randint(len(_FASCIAS))]
            cv2.rectangle(image, (x - 19, y + 6), (x + 19, top + _FLOOR), (210, 206, 198), -1)
            cv2.rectangle(image, (x - 15, y + 10), (x + 15, top + _FLOOR),
                          tuple(float(v) for v in color), -1)
            continue
        cv2.rectangle(image, (x - half - 4, y - 6), (x + half + 4, y - 1), (190, 184, 172), -1)
        _paint_pane(rng, image, (x - half, y, x + half, y + high))
        cv2.rectangle(image, (x - half, y), (x + half, y + high), (frame,) * 3, 3)
        cv2.line(image, (x - half, y + high // 2), (x + half, y + high // 2), (frame,) * 3, 2)
        cv2.line(image, (x, y), (x, y + high), (frame,) * 3, 1)
        cv2.rectangle(image, (x - half - 5, y + high + 2), (x + half + 5, y + high + 6),
                      (205, 200, 190), -1)
        image[y + high + 7:y + high + 10, x - half - 4:x + half + 4] //= 2


def _paint_shop(rng: np.random.RandomState, image: np.ndarray, top: int):
    """Paint a shop front: fascia with lettering, glass, door."""
    width = image.shape[1]
    color = _FASCIAS[rng.randint(len(_FASCIAS))]
    image[top:top + _FLOOR] = np.array(color) * 0.7
    image[top + 4:top + 24] = color
    ink = (235.0, 230.0, 215.0) if sum(color) < 420 else (40.0, 36.0, 40.0)
    x = rng.randint(10, max(11, width // 3))
    for _ in range(rng.randint(5, 12)):  # lettering, too small to read
        wide = rng.randint(5, 12)
        cv2.rectangle(image, (x, top + 9), (x + wide, top + 19), ink, rng.choice([-1, 2]))
        x += wide + rng.randint(3, 6)
    left = 6
    while left < width - 20:
        right = min(left + rng.randint(34, 70), width - 6)
        _paint_pane(rng, image, (left, top + 30, right, top + _FLOOR - 14))
        for _ in range(rng.randint(0, 6)):  # goods on show
            at = rng.randint(left, right), rng.randint(top + 45, top + _FLOOR - 18)
            tone = tuple(float(v) for v in rng.uniform(30, 210, size=3))
            cv2.circle(image, at, rng.randint(2, 7), tone, -1)
        left = right + 5


def _paint_glazing(rng: np.random.RandomState, image: np.ndarray, top: int, bays: int):
    """Paint a storey of an office: a band of glass in a grid."""
    for part in range(2 * bays):
        left = part * _BAY // 2 + 3
        _paint_pane(rng, image, (left, top + 14, left + _BAY // 2 - 5, top + _FLOOR - 12))
