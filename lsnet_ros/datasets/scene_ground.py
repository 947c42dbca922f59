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
"""The ground of street scenes: road, lane marks, kerbs, pavements, plots beside, and shade."""

from typing import List, NamedTuple, Sequence, Tuple

import cv2
import numpy as np

from lsnet_ros.datasets import scene_cars, scene_layout, scene_textures
from lsnet_ros.datasets.scene_canvas import (Canvas, Color, fixed_point, NEAR, PAVEMENT, ROAD,
                                             TREE)
from lsnet_ros.datasets.scene_light import Light

KERB = 0.12  # m
_NODES = np.concatenate([[0.0], np.geomspace(1.2, 900.0, 42)])  # m ahead of the camera
_UP = (0.0, 1.0, 0.0)


class View(NamedTuple('View', [('canvas', Canvas), ('light', Light), ('bends', np.ndarray),
                               ('s', float), ('u', float), ('style', scene_layout.Style),
                               ('marks', int)])):
    """
    One frame being painted: the canvas, the light, and where the camera is on the road.

    ``bends`` is (n, 3): amplitude in m, length in m and phase of the waves that the road's
    middle follows.
    """

    def bend(self, s: np.ndarray) -> np.ndarray:
        """Return how far (m) the road's middle lies to the right at s, seen from the camera."""
        amplitude, length, phase = self.bends.T[:, :, None]
        s = np.atleast_1d(np.asarray(s, np.float64))
        here, ahead = self.s / length + phase, s / length + phase
        slope = np.cos(here) / length
        return (amplitude * (np.sin(ahead) - np.sin(here) - slope * (s - self.s))).sum(axis=0)

    def at(self, u, s, y=0.0) -> np.ndarray:
        """Return the camera's coordinates (N, 3) of road coordinates, each (N,) or a number."""
        u, s, y = np.broadcast_arrays(*np.atleast_1d(u, s, y))
        return np.stack([u - self.u + self.bend(s), y, s - self.s], axis=1).astype(np.float64)

    def strip(self, left: Tuple[float, float], right: Tuple[float, float], color: Color,
              class_id: int, ends: Sequence[float] = (0.0, 900.0)):
        """Fill a band along the road between two (u, y), over a stretch ahead of the camera."""
        inner = _NODES[(_NODES > ends[0]) & (_NODES < ends[1])]
        s = self.s + np.concatenate([[ends[0]], inner, [ends[1]]])
        a, b = self.at(left[0], s, left[1]), self.at(right[0], s, right[1])
        self.canvas.polygon(np.concatenate([a, b[::-1]]), color, class_id)


def paint_ground(view: View, things: List):
    """Paint all that lies on the ground, without shade and grain."""
    style, light = view.style, view.light
    wash = light.brightness(_UP)

    def tone(color):
        return light.hazed(np.asarray(color, np.float64) * wash, 12.0)

    edge = style.road + style.pavement
    kind = view.marks % 3
    asphalt = [(92, 94, 98), (106, 106, 106), (84, 86, 92)][kind]
    slabs = [(128, 124, 118), (112, 112, 114), (140, 132, 124)][view.marks // 3 % 3]
    paved = tone(slabs)
    for side in (-1, 1):
        view.strip((side * edge, KERB), (side * 400, KERB), paved, PAVEMENT)
    for thing in things:
        if isinstance(thing, scene_layout.Plot) and thing.grass:
            ends = max(0.0, thing.start - view.s), thing.end - view.s
            view.strip((thing.side * edge, KERB), (thing.side * 60, KERB), tone((92, 108, 58)),
                       TREE, ends)
    view.strip((-style.road, 0), (style.road, 0), tone(asphalt), ROAD)
    _tracks(view, tone(np.asarray(asphalt) * 0.93))
    _marks(view, tone((214, 214, 208)), tone((190, 168, 80)))
    for side in (-1, 1):
        u = side * style.road
        view.strip((u, KERB), (side * edge, KERB), paved, PAVEMENT)
        _slabs(view, side, tone(np.asarray(slabs) * 0.86))
        view.strip((u, 0), (u, KERB), tone((96, 95, 93)), PAVEMENT)
        view.strip((u, KERB), (u + side * 0.14, KERB), tone((164, 162, 156)), PAVEMENT)


def _tracks(view: View, color: Color):
    """Darken where wheels run."""
    for lane in (-1, 1):
        for wheel in (-0.75, 0.75):
            u = lane * view.style.road / 2 + wheel
            view.strip((u - 0.22, 0), (u + 0.22, 0), color, ROAD)


def _marks(view: View, white: Color, yellow: Color):
    """Paint lane marks: the middle line, edge lines, and now and then a crossing or stop line."""
    road = view.style.road
    pattern = view.marks % 4
    period, length = ((6.0, 2.0), (9.0, 6.0), (6.0, 4.0), (1e4, 1e4))[pattern]
    if pattern == 3:
        view.strip((-0.06, 0), (0.06, 0), white, ROAD)
    else:
        first = np.floor(view.s / period)
        for i in range(int(90 / period) + 1):
            start = (first + i) * period - view.s
            if start + length > NEAR:
                view.strip((-0.06, 0), (0.06, 0), white, ROAD, (max(start, 0), start + length))
    if view.marks // 4 % 2:
        for side in (-1, 1):
            for u in (0.30, 0.50):
                view.strip((side * (road - u), 0), (side * (road - u - 0.09), 0), yellow, ROAD)
    for start in _every(view, 83.0 + view.marks % 40, 60.0):
        if view.marks // 8 % 3 == 0:  # a zebra crossing
            for u in np.arange(-road + 0.3, road - 0.5, 1.1):
                view.strip((u, 0), (u + 0.55, 0), white, ROAD, (start, start + 2.6))
        elif view.marks // 8 % 3 == 1:  # a stop line
            view.strip((-road + 0.2, 0), (-0.1, 0), white, ROAD, (start, start + 0.35))


def _every(view: View, period: float, reach: float) -> np.ndarray:
    """Return how far ahead (m) the marks that repeat along the road are."""
    starts = (np.floor(view.s / period) + np.arange(3)) * period - view.s
    return starts[(starts > NEAR) & (starts < reach)]


def _slabs(view: View, side: int, color: Color):
    """Draw the joints of paving slabs near the camera."""
    road, edge = view.style.road, view.style.road + view.style.pavement
    for u in np.arange(road + 0.75, edge, 0.75):
        view.strip((side * u, KERB), (side * (u + 0.03), KERB), color, PAVEMENT, (0, 25))
    for s in np.ceil(view.s / 0.9) * 0.9 - view.s + 0.9 * np.arange(1, 16):
        view.strip((side * (road + 0.16), KERB), (side * edge, KERB), color, PAVEMENT,
                   (s, s + 0.03))


def shade_ground(view: View, things: List, movers: List[Tuple]):
    """
    Multiply the ground by its grain and by the shade of what stands on it.

    :param movers: the vehicles that move: shape, place (3,), yaw
    """
    camera = view.canvas.camera
    top = int(np.clip(camera.horizon + 2, 0, camera.height - 1))
    part = view.canvas.pixels[top:]
    factor = _grain(view, top)
    light = view.light
    direct = light.sun * light.to_sun[1]
    if direct > 0.05:
        depth = direct / (direct + light.ambient)
        factor *= 1 - depth / 255 * _shade(view, things, movers)[top:].astype(np.float32)
    one = np.ones_like(factor)
    cv2.multiply(part, cv2.merge([factor, factor, factor, one]), dst=part, dtype=cv2.CV_8U)


def _grain(view: View, top: int) -> np.ndarray:
    """Return the texture of the ground as a factor (rows, columns) float32 around 1."""
    camera = view.canvas.camera
    rows = np.arange(top, camera.height) - camera.horizon + 0.5
    z = np.minimum(camera.focal * camera.eye / rows, 150.0)
    columns = np.arange(camera.width) - camera.center
    shift = view.u - view.bend(view.s + z)
    u = (z / camera.focal)[:, None] * columns + shift[:, None]
    s = np.broadcast_to(z[:, None] + view.s % 12.8, u.shape)
    grain = cv2.remap(scene_textures.ground(), (u * 40).astype(np.float32),
                      (s * 40).astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    weight = (1 / (1 + z / 9.0)).astype(np.float32)[:, None]
    return 1 + (grain - 1) * weight


def _shade(view: View, things: List, movers: List[Tuple]) -> np.ndarray:
    """Return how dark the shade on the ground is, (2 H, 2 W) uint8."""
    camera, to_sun = view.canvas.camera, view.light.to_sun
    mask = np.zeros((camera.height, camera.width), np.uint8)
    offset = np.array([-to_sun[0], 0, -to_sun[2]]) / max(to_sun[1], 0.12)
    for thing in things:
        if isinstance(thing, scene_layout.House):
            _cast(view, mask, np.array([thing.u, thing.u + thing.side * 9]),
                  np.array([thing.start, thing.end]), offset * thing.height)
        elif isinstance(thing, scene_layout.Plant) and thing.kind != 'bush':
            _dapple(view, mask, thing, offset)
        elif isinstance(thing, scene_layout.Parked):
            scene_cars.draw_shade(view.canvas, thing.vehicle.shape,
                                  view.at(thing.u, thing.s)[0], thing.yaw, mask, offset)
    for shape, place, yaw in movers:
        scene_cars.draw_shade(view.canvas, shape, place, yaw, mask, offset)
    return cv2.blur(mask, (7, 5))


def _cast(view: View, mask: np.ndarray, u: np.ndarray, s: np.ndarray, offset: np.ndarray):
    """Draw the shadow of a block that stands on [u] x [s] and falls by an offset (3,), m."""
    foot = view.at(np.repeat(u, 2), np.tile(np.maximum(s, view.s + NEAR), 2))
    points = np.concatenate([foot, foot + offset])
    points[:, 2] = np.maximum(points[:, 2], NEAR)
    hull = cv2.convexHull(view.canvas.camera.project(points).astype(np.float32))[:, 0]
    cv2.fillPoly(mask, [fixed_point(hull)], 255, 8, 3)


def _dapple(view: View, mask: np.ndarray, tree: scene_layout.Plant, offset: np.ndarray):
    """Draw the patchy shadow of a crown."""
    rng = np.random.RandomState([tree.variant, int(tree.height * 1000), 3])
    foot = view.at(tree.u, tree.s)[0]
    high = rng.uniform(0.45, 0.95, 14) * tree.height
    spots = foot + offset * high[:, None] + rng.uniform(-0.35, 0.35, (14, 1)) * tree.width * \
        np.array([1.0, 0, 0])
    spots = spots[spots[:, 2] > 1.5]
    for spot in spots:
        center = view.canvas.camera.project(spot[None])[0]
        size = 0.13 * tree.width * view.canvas.camera.focal / spot[2]
        flat = max(1.0, size * view.canvas.camera.eye / spot[2])
        if abs(center[0]) < 1e4 and size < 4000:
            cv2.ellipse(mask, (int(center[0]), int(center[1])), (int(size), int(flat)), 0, 0, 360,
                        190, -1)
