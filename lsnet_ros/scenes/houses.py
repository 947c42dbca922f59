# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Houses, walls, plants and the far skyline of street scenes."""

import functools
import math
from typing import List

import cv2
import numpy as np

from lsnet_ros.scenes import layout, objects, textures, trees
from lsnet_ros.scenes.canvas import BUILDING, NEAR, TREE
from lsnet_ros.scenes.view import KERB, View

_DEEP = 9.0  # m, depth of a house from the street
_ROOFS = [(84, 82, 86), (70, 70, 76), (132, 82, 64), (112, 92, 78)]


def draw_skyline(view: View, seed: int):
    """Draw the far houses and woods at the horizon."""
    camera = view.canvas.camera
    rng = np.random.RandomState([seed, 9])
    heights, kinds = rng.uniform(2.5, 11.0, 512), rng.rand(512) < 0.3 + 0.4 * view.style.terrace
    colors = rng.uniform(0.75, 1.1, 512)
    depth, step = 190.0, 7.0
    heading = view.heading * depth
    reach = depth * camera.width / camera.focal * 0.62
    for i in range(int((heading - reach) // step), int((heading + reach) // step) + 1):
        look = i % 512
        x, high = i * step - heading, heights[look] * (0.75 if kinds[look] else 1.0)
        color, class_id = ((128, 120, 112), BUILDING) if kinds[look] else ((84, 88, 66), TREE)
        lit = view.light.illuminate(np.array(color) * colors[look], depth)
        corners = np.array([[x, -1, depth], [x, high, depth], [x + step * 0.5, high * 1.12, depth],
                            [x + step, high, depth], [x + step, -1, depth]])
        view.canvas.fill_polygon(corners, lit, class_id)


def draw_house(view: View, house: layout.House):
    """Draw a house: the wall that faces the camera, the roof, then the front on the street."""
    start, end = max(house.start, view.s + NEAR), house.end
    if end - start < 0.3:
        return
    facade = textures.make_facade(house.facade)
    wall = np.asarray(facade.wall) * house.tint
    near = view.spot(house.u, start)
    depth = near[2]
    if house.start > view.s + NEAR:
        _draw_end_wall(view, house, near, wall)
    if house.roof:
        _draw_roof(view, house, start, end, depth)
    _draw_front(view, house, start, end, facade)


def _draw_end_wall(view: View, house: layout.House, near: np.ndarray, wall: np.ndarray):
    back, top = near + (house.side * _DEEP, 0, 0), (0, house.height, 0)
    points = [near, near + top, back + top, back]
    if house.roof:
        points.insert(2, near + (house.side * _DEEP / 2, house.height + house.roof, 0))
    color = view.light.illuminate(wall * 0.92, near[2], (0.0, 0.0, -1.0))
    view.canvas.fill_polygon(np.array(points), color, BUILDING)


def _draw_roof(view: View, house: layout.House, start: float, end: float, depth: float):
    ridge = house.u + house.side * _DEEP / 2
    corners = view.at([house.u, house.u, ridge, ridge], [start, end, end, start],
                      [house.height, house.height, house.height + house.roof,
                       house.height + house.roof])
    normal = np.array([-house.side * house.roof, _DEEP / 2, 0])
    color = view.light.illuminate(_ROOFS[house.facade % len(_ROOFS)], depth,
                                  normal / np.linalg.norm(normal))
    view.canvas.fill_polygon(corners, color, BUILDING)
    stack = view.spot(ridge, start)
    if house.facade % 3 and stack[2] > 4:
        low, high = house.height + house.roof - 0.5, house.height + house.roof + 1.3
        block = np.array([[-.5, low, 0], [.5, low, 0], [.5, high, 0], [-.5, high, 0]]) + \
            (stack[0], 0, stack[2])
        view.canvas.fill_polygon(block, view.light.illuminate((120, 84, 68), depth), BUILDING)
        for pot in (-0.25, 0.25):
            corners = np.array([[-.1, 0, 0], [.1, 0, 0], [.1, .4, 0], [-.1, .4, 0]])
            view.canvas.fill_polygon(corners + stack + (pot, high, 0),
                                     view.light.illuminate((140, 96, 72), depth), BUILDING)


def _draw_front(view: View, house: layout.House, start: float, end: float, facade):
    """Draw the front: its texture repeated to the house's width, cut off at the camera."""
    light, camera = view.light, view.canvas.camera
    near, far = view.spot(house.u, start), view.spot(house.u, end)
    middle = (near[2] * far[2]) ** 0.5
    pixels = house.height * camera.pixels_per_metre(near[2] * 0.4 + middle * 0.6)
    texture = facade.levels[choose_level(facade.levels, pixels)]
    copies = max(1, int((house.end - house.start) / facade.width + 0.5))
    texture = cv2.repeat(texture, 1, copies) if copies > 1 else texture
    cut = int((start - house.start) / (house.end - house.start) * texture.shape[1])
    cut = min(cut, texture.shape[1] - 2)
    texture = texture[:, cut:]
    along = far - near
    normal = np.array([-house.side * along[2], 0, house.side * along[0]])
    normal = normal / np.linalg.norm(normal)
    texture = light.relight(texture, middle, normal, house.tint)
    up = np.array([0, house.height, 0])  # mirrors the texture on the right of the road
    view.canvas.draw_texture(np.array([near + up, far + up, far, near]), texture)


def choose_level(levels: List[np.ndarray], pixels: float) -> int:
    """Choose the level of a texture that suits a height on the canvas, in pixels."""
    ratio = levels[0].shape[0] / max(pixels, 1.0)
    return min(max(int(math.log2(ratio) + 0.4), 0), len(levels) - 1)


def draw_plant(view: View, plant: layout.Plant):
    """Draw a tree or a bush."""
    foot = view.spot(plant.u, plant.s, KERB if plant.kind == 'bush' else 0.05)
    if foot[2] < 1.5 or not view.sees(foot, plant.width / 2):
        return
    cut = trees.make_cutout(plant.kind, plant.variant)
    light = view.light
    # Leaves face all sides; a slope that faces up and to the camera has their mean light.
    relight = functools.partial(light.relight, depth=foot[2], normal=(0.0, 0.62, -0.62),
                                tint=np.multiply(plant.tint, 1.25))
    pixels = plant.height * view.canvas.camera.pixels_per_metre(foot[2])
    level = choose_level(cut.colors, pixels)
    view.canvas.draw_sprite(foot, (plant.height, plant.width),
                            cut.colors[level], cut.mask[level],
                            cut.veil[level] if cut.veil else None, relight)


def draw_fence(view: View, fence: layout.Fence):
    """Draw a railing, a wooden fence or a garden wall, whose class is building."""
    start, end = max(fence.start, view.s + 1.2), fence.end
    if end <= start:
        return
    if fence.style == 'wall':
        near, far = view.spot(fence.u, start, KERB), view.spot(fence.u, end, KERB)
        up, depth = np.array([0, fence.height, 0]), (near[2] * far[2]) ** 0.5
        normal = (-float(np.sign(fence.u)), 0.0, 0.0)
        view.canvas.fill_polygon(np.array([near, far, far + up, near + up]),
                                 view.light.illuminate((132, 108, 90), depth, normal), BUILDING)
        view.canvas.fill_polygon(np.array([near + up, far + up, far + up * 1.1, near + up * 1.1]),
                                 view.light.illuminate((176, 170, 160), depth, (0.0, 1.0, 0.0)),
                                 BUILDING)
        return
    while start < end:
        depth = start - view.s
        part = min(start + max(3.0, 0.4 * depth), end)
        bars = int(np.clip((part - start) / max(0.13, depth / 160), 2, 40))
        points = view.at(fence.u, np.linspace(part, start, bars), KERB)
        objects.draw_railing(view.canvas, view.light, points, fence.height,
                             fence.style == 'wood')
        start = part
