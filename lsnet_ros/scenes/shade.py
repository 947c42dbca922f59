# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Grain and shade of the ground of street scenes, computed at the image's size."""

from typing import List, Tuple

import cv2
import numpy as np

from lsnet_ros.scenes import cars, layout, textures
from lsnet_ros.scenes.canvas import fixed_point, NEAR, OVERSAMPLING
from lsnet_ros.scenes.view import View


def shade_ground(view: View, things: List, vehicles: List[Tuple], people: List[np.ndarray]):
    """
    Multiply the ground by its grain and by the shade of the things on it.

    :param vehicles: shape, place (3,) m and yaw in radians of each
    :param people: place (3,) m of each
    """
    camera = view.canvas.camera
    top = int(np.clip(camera.horizon / OVERSAMPLING + 2, 0, camera.height // OVERSAMPLING - 1))
    factor, light = _compute_grain(view, top), view.light
    factor *= 1 - 0.6 / 255 * _compute_contact(view, vehicles, people)[top:].astype(np.float32)
    direct = light.sun * light.to_sun[1]
    if direct > 0.05:
        depth = direct / (direct + light.ambient)
        shade = _compute_shade(view, things, vehicles, people)[top:]
        factor *= 1 - depth / 255 * shade.astype(np.float32)
    part = view.canvas.pixels[top * OVERSAMPLING:]
    levels = np.clip(factor * 128, 0, 255).astype(np.uint8)
    levels = cv2.resize(levels, (part.shape[1], part.shape[0]), interpolation=cv2.INTER_LINEAR)
    keep = np.full_like(levels, 128)
    cv2.multiply(part, cv2.merge([levels, levels, levels, keep]), dst=part, scale=1 / 128.0)


def _compute_grain(view: View, top: int) -> np.ndarray:
    """Compute the grain of the ground, a factor (rows, columns) float32 around 1."""
    camera = view.canvas.camera
    rows = np.arange(top, camera.height // OVERSAMPLING) - camera.horizon / OVERSAMPLING + 0.5
    z = np.minimum(camera.focal / OVERSAMPLING * camera.eye / rows, 150.0)
    columns = np.arange(camera.width // OVERSAMPLING) - camera.center / OVERSAMPLING
    scale, texels = (40 * OVERSAMPLING / camera.focal * z).astype(np.float32), np.float32(40)
    u = scale[:, None] * columns.astype(np.float32)
    u -= (40 * view.middle(view.s + z)).astype(np.float32)[:, None]
    s = np.repeat((z + view.s % 12.8).astype(np.float32)[:, None] * texels, len(columns), axis=1)
    grain = cv2.remap(textures.make_ground(), u, s, cv2.INTER_LINEAR,
                      borderMode=cv2.BORDER_WRAP)
    weight = (1 / (1 + z / 9.0)).astype(np.float32)[:, None]
    wear = cv2.remap(_compute_wear(view), u + 20 * np.float32(40), np.zeros_like(u),
                     cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return (1 + (grain - 1) * weight) * wear


def _compute_wear(view: View) -> np.ndarray:
    """Compute the brightness of the worn road, u from -20 m to 20 m, (1, 1600) float32."""
    u = np.linspace(-20, 20, 1600, dtype=np.float32)
    wear = np.ones_like(u)
    for lane in (-1, 1):
        middle = lane * layout.lane_center(view.style)
        for wheel in (-0.75, 0.75):
            wear -= 0.09 * np.exp(-((u - middle - wheel) / 0.28) ** 2)
        wear += 0.05 * np.exp(-((u - middle) / 0.25) ** 2)
    gutter = np.abs(np.abs(u) - view.style.road)
    return (wear - 0.16 * np.exp(-(gutter / 0.18) ** 2)).astype(np.float32)[None]


def _compute_shade(view: View, things: List, vehicles: List[Tuple],
                   people: List[np.ndarray]) -> np.ndarray:
    """Compute the darkness of the things' shadows on the ground, (H, W) uint8."""
    camera, to_sun = view.canvas.camera, view.light.to_sun
    mask = np.zeros((camera.height // OVERSAMPLING, camera.width // OVERSAMPLING), np.uint8)
    offset = np.array([-to_sun[0], 0, -to_sun[2]]) / max(to_sun[1], 0.12)
    for thing in things:
        if isinstance(thing, layout.House):
            _draw_block(view, mask, np.array([thing.u, thing.u + thing.side * 9]),
                        np.array([thing.start, thing.end]), offset * thing.height)
        elif isinstance(thing, layout.Plant) and thing.kind != 'bush':
            _draw_crown(view, mask, thing, offset)
        elif isinstance(thing, layout.Post):
            _draw_stick(view, mask, view.spot(thing.u, thing.s), offset * 3.0, 0.1)
    for place in people:
        _draw_stick(view, mask, place, offset * 1.6, 0.42)
    for shape, place, yaw in vehicles:
        cars.draw_shade(view.canvas, shape, place, yaw, mask, offset)
    return cv2.blur(mask, (5, 3))


def _compute_contact(view: View, vehicles: List[Tuple], people: List[np.ndarray]) -> np.ndarray:
    """Compute the darkness of the ground close to things, which hide the sky, (H, W) uint8."""
    camera = view.canvas.camera
    mask = np.zeros((camera.height // OVERSAMPLING, camera.width // OVERSAMPLING), np.uint8)
    for shape, place, yaw in vehicles:
        if place[2] < 40:
            cars.draw_shade(view.canvas, shape, place, yaw, mask, np.zeros(3))
    for place in people:
        _draw_stick(view, mask, place - (0.22, 0, 0), np.array([0.44, 0, 0]), 0.25)
    size = max(mask.shape[1] // 30, 3)
    return cv2.blur(cv2.blur(mask, (size, size // 3)), (size, size // 3))


def _draw_stick(view: View, mask: np.ndarray, foot: np.ndarray, offset: np.ndarray, width: float):
    """Draw the shadow of an upright thing, from its foot by an offset (3,), m."""
    ends = np.stack([foot, foot + offset])
    if ends[:, 2].min() < 2.0 or foot[2] > 60.0:
        return
    scale = view.canvas.camera.focal / OVERSAMPLING / ends[:, 2].mean()
    # A line across the view is foreshortened, one that runs away from the camera is not.
    across = abs(offset[0]) / (abs(offset[0]) + abs(offset[2]) + 1e-9)
    thick = width * scale * (1 - across * (1 - view.canvas.camera.eye / foot[2]))
    a, b = fixed_point(view.canvas.camera.project(ends) / OVERSAMPLING).tolist()
    cv2.line(mask, tuple(a), tuple(b), 255, max(1, int(thick + 0.5)), 8, 3)


def _draw_block(view: View, mask: np.ndarray, u: np.ndarray, s: np.ndarray, offset: np.ndarray):
    """Draw the shadow of a block on [u] x [s], its roof's by an offset (3,), m."""
    foot = view.at(np.repeat(u, 2), np.tile(np.maximum(s, view.s + NEAR), 2))
    points = np.concatenate([foot, foot + offset])
    points[:, 2] = np.maximum(points[:, 2], NEAR)
    hull = cv2.convexHull(view.canvas.camera.project(points).astype(np.float32))[:, 0]
    cv2.fillPoly(mask, [fixed_point(hull / OVERSAMPLING)], 255, 8, 3)


def _draw_crown(view: View, mask: np.ndarray, tree: layout.Plant, offset: np.ndarray):
    """Draw the patchy shadow of a tree's crown."""
    rng = np.random.RandomState([tree.variant, int(tree.height * 1000), 3])
    foot = view.spot(tree.u, tree.s)
    high = rng.uniform(0.4, 0.98, 30) * tree.height
    spots = foot + offset * high[:, None]
    spots += rng.uniform(-0.4, 0.4, (30, 3)) * (tree.width, 0, tree.width)
    ahead = spots[:, 2] > 1.5
    spots = spots[ahead]
    if not len(spots):
        return
    camera = view.canvas.camera
    centers = camera.project(spots) / OVERSAMPLING
    sizes = rng.uniform(0.03, 0.1, 30)[ahead] * tree.width * camera.focal / OVERSAMPLING
    sizes /= spots[:, 2]
    flats = np.maximum(1.0, sizes * camera.eye / spots[:, 2])
    inside = (np.abs(centers) < 8 * mask.shape[1]).all(axis=1) & (sizes < 2 * mask.shape[1])
    for center, size, flat in zip(centers[inside], sizes[inside], flats[inside]):
        cv2.ellipse(mask, (int(center[0]), int(center[1])), (int(size), int(flat)), 0, 0, 360,
                    200, -1)
