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

import math
from typing import List, Sequence, Tuple

import cv2
import numpy as np

from lsnet_ros.datasets import scene_cars, scene_layout, scene_textures
from lsnet_ros.datasets.scene_canvas import (Canvas, Color, fixed_point, NEAR, OVERSAMPLING,
                                             PAVEMENT, ROAD, TREE)
from lsnet_ros.datasets.scene_light import Light

KERB = 0.12  # m
_NODES = np.geomspace(1.2, 900.0, 36)  # m ahead of the camera
_REACH = np.arange(-20.0, 901.0)  # m ahead of the camera where the road's middle is known
_UP = (0.0, 1.0, 0.0)


class View:
    """One frame being painted: the canvas, the light, and where the camera is on the road."""

    def __init__(self, canvas: Canvas, light: Light, bends: np.ndarray, place: Tuple[float, float],
                 street: scene_layout.Style, marks: int):
        """
        Start a frame.

        :param bends: (n, 3) amplitude (m), length (m) and phase of the waves that the road's
            middle follows
        :param place: u and s of the camera, m
        :param marks: chooses among surfaces and lane marks
        """
        self.canvas, self.light, self.style, self.marks = canvas, light, street, marks
        self.u, self.s = place
        amplitude, length, phase = np.asarray(bends).T[:, :, None]
        here, ahead = self.s / length + phase, (self.s + _REACH) / length + phase
        self.heading = float((amplitude / length * np.cos(here)).sum())  # of the road, as a slope
        # how far the road's middle lies to the right of the camera's axis, per metre ahead
        self._middle = (amplitude * (np.sin(ahead) - np.sin(here))).sum(axis=0) - \
            self.heading * _REACH - self.u
        self._middles = self._middle.tolist()

    def middle(self, s: np.ndarray) -> np.ndarray:
        """Return x (m) of the road's middle at s, which may be an array."""
        return np.interp(s - self.s, _REACH, self._middle)

    def spot(self, u: float, s: float, y: float = 0.0) -> np.ndarray:
        """Return the camera's coordinates (3,) of one place on the road."""
        ahead = s - self.s
        place = min(max(ahead - _REACH[0], 0.0), len(self._middles) - 1.001)
        whole = int(place)
        a, b = self._middles[whole:whole + 2]
        return np.array([u + a + (b - a) * (place - whole), y, ahead])

    def at(self, u, s, y=0.0) -> np.ndarray:
        """Return the camera's coordinates (N, 3) of places on the road, each (N,) or a number."""
        s = np.asarray(s, np.float64)
        points = np.empty((max(np.size(u), s.size, np.size(y)), 3))
        points[:, 0] = u + self.middle(s)
        points[:, 1] = y
        points[:, 2] = s - self.s
        return points

    def sees(self, place: np.ndarray, reach: float) -> bool:
        """Return whether something of a half width (m) at a place (3,) can be in the picture."""
        camera = self.canvas.camera
        return abs(place[0]) - reach < place[2] * 0.56 * camera.width / camera.focal

    def yaw(self, yaw: float, s: float) -> float:
        """Turn a heading with the road at s."""
        turn = self.spot(0.0, s + 1.0) - self.spot(0.0, s - 1.0)
        return yaw + math.atan2(turn[0], turn[2])

    def strip(self, left: Tuple[float, float], right: Tuple[float, float], color: Color,
              class_id: int, ends: Sequence[float] = (0.0, 900.0)):
        """Fill a band along the road between two (u, y), over a stretch ahead of the camera."""
        start, end = max(ends[0], NEAR + 1e-6), ends[1]
        if end <= start:
            return
        inner = _NODES[(_NODES > start) & (_NODES < end)]
        s = self.s + np.concatenate([[start], inner, [end]])
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
    _repairs(view, tone(np.asarray(asphalt) * 0.9), tone((70, 69, 68)))
    _marks(view, tone((214, 214, 208)), tone((190, 168, 80)))
    for side in (-1, 1):
        u = side * style.road
        view.strip((u, KERB), (side * edge, KERB), paved, PAVEMENT)
        _slabs(view, side, tone(np.asarray(slabs) * 0.86))
        view.strip((u, 0), (u, KERB), tone((96, 95, 93)), PAVEMENT)
        view.strip((u, KERB), (u + side * 0.14, KERB), tone((164, 162, 156)), PAVEMENT)
    for thing in things:
        if isinstance(thing, scene_layout.SideStreet):
            ends = max(0.0, thing.start - view.s), thing.end - view.s
            view.strip((thing.side * style.road, 0), (thing.side * 70, KERB), tone(asphalt), ROAD,
                       ends)


def _repairs(view: View, dark: Color, iron: Color):
    """Paint patches of newer asphalt and manhole covers."""
    road, look = view.style.road, view.marks >> 6
    starts = _every(view, 31.0 + look % 17, 60.0)
    left = -road + 0.4 + (look % 5) * 0.28 * road
    _bars(view, left, left + 1.1 + look % 3, starts, starts + 3 + look % 7, dark)
    for u, period in ((-0.45 * road, 23.0), (0.4 * road, 37.0)):
        starts = _every(view, period, 40.0)
        _bars(view, u, u + 0.55, starts, starts + 0.55, iron)


def _marks(view: View, white: Color, yellow: Color):
    """Paint lane marks: the middle line, edge lines, and now and then a crossing or stop line."""
    road = view.style.road
    period, length = ((6.0, 2.0), (9.0, 6.0), (6.0, 4.0), (0.0, 0.0))[view.marks % 4]
    if period:
        starts = (np.floor(view.s / period) + np.arange(int(110 / period))) * period - view.s
        _bars(view, -0.06, 0.06, starts, starts + length, white)
    else:
        view.strip((-0.06, 0), (0.06, 0), white, ROAD)
    if view.marks // 4 % 2:
        for u in (0.30, 0.50):
            for side in (-1, 1):
                view.strip((side * (road - u), 0), (side * (road - u - 0.09), 0), yellow, ROAD)
    starts = _every(view, 83.0 + view.marks % 40, 70.0)
    kind = view.marks // 8 % 3
    if kind == 0:  # zebra crossings
        for u in np.arange(-road + 0.3, road - 0.5, 1.1):
            _bars(view, u, u + 0.55, starts, starts + 2.6, white)
    elif kind == 1:  # stop lines
        _bars(view, -road + 0.2, -0.1, starts, starts + 0.35, white)
    else:
        _arrows(view, -scene_layout.lane_center(view.style), starts, white)


def _arrows(view: View, u: float, starts: np.ndarray, color: Color):
    """Paint arrows that point ahead."""
    _bars(view, u - 0.08, u + 0.08, starts, starts + 2.4, color)
    for s in view.s + starts[starts > 1.0]:
        head = view.at(np.array([u - 0.45, u + 0.45, u]), s + np.array([2.2, 2.2, 4.2]))
        view.canvas.polygon(head, color, ROAD)


def _bars(view: View, left: float, right: float, starts: np.ndarray, ends: np.ndarray,
          color: Color, height: float = 0.0, class_id: int = ROAD):
    """Fill rectangles on the ground between two u, each from start to end (N,) m ahead."""
    starts, ends = np.maximum(starts, NEAR) + view.s, ends + view.s
    keep = ends > starts
    if not keep.any():
        return
    a, b = starts[keep], ends[keep]
    corners = [view.at(left, a, height), view.at(right, a, height), view.at(right, b, height),
               view.at(left, b, height)]
    view.canvas.quads(np.stack(corners, axis=1), color, class_id)


def _every(view: View, period: float, reach: float) -> np.ndarray:
    """Return how far ahead (m) the marks that repeat along the road are."""
    starts = (np.floor(view.s / period) + np.arange(3)) * period - view.s
    return starts[starts < reach]


def _slabs(view: View, side: int, color: Color):
    """Draw the joints of paving slabs near the camera."""
    road, edge = view.style.road, view.style.road + view.style.pavement
    for u in np.arange(road + 0.75, edge, 0.75):
        view.strip((side * u, KERB), (side * (u + 0.03), KERB), color, PAVEMENT, (0, 25))
    s = np.ceil(view.s / 0.9) * 0.9 - view.s + 0.9 * np.arange(1, 18)
    _bars(view, side * (road + 0.16), side * edge, s, s + 0.03, color, KERB, PAVEMENT)


def shade_ground(view: View, things: List, vehicles: List[Tuple]):
    """
    Multiply the ground by its grain and by the shade of what stands on it.

    :param vehicles: shape, place (3,) and yaw of each
    """
    camera = view.canvas.camera
    top = int(np.clip(camera.horizon / OVERSAMPLING + 2, 0, camera.height // OVERSAMPLING - 1))
    factor, light = _grain(view, top), view.light
    factor *= 1 - 0.6 / 255 * _contact(view, vehicles)[top:].astype(np.float32)
    direct = light.sun * light.to_sun[1]
    if direct > 0.05:
        depth = direct / (direct + light.ambient)
        factor *= 1 - depth / 255 * _shade(view, things, vehicles)[top:].astype(np.float32)
    part = view.canvas.pixels[top * OVERSAMPLING:]
    levels = np.clip(factor * 128, 0, 255).astype(np.uint8)
    levels = cv2.resize(levels, (part.shape[1], part.shape[0]), interpolation=cv2.INTER_LINEAR)
    keep = np.full_like(levels, 128)
    cv2.multiply(part, cv2.merge([levels, levels, levels, keep]), dst=part, scale=1 / 128.0)


def _grain(view: View, top: int) -> np.ndarray:
    """Return the texture of the ground as a factor (rows, columns) float32 around 1."""
    camera = view.canvas.camera
    rows = np.arange(top, camera.height // OVERSAMPLING) - camera.horizon / OVERSAMPLING + 0.5
    z = np.minimum(camera.focal / OVERSAMPLING * camera.eye / rows, 150.0)
    columns = np.arange(camera.width // OVERSAMPLING) - camera.center / OVERSAMPLING
    scale, texels = (40 * OVERSAMPLING / camera.focal * z).astype(np.float32), np.float32(40)
    u = scale[:, None] * columns.astype(np.float32)
    u -= (40 * view.middle(view.s + z)).astype(np.float32)[:, None]
    s = np.repeat((z + view.s % 12.8).astype(np.float32)[:, None] * texels, len(columns), axis=1)
    grain = cv2.remap(scene_textures.ground(), u, s, cv2.INTER_LINEAR,
                      borderMode=cv2.BORDER_WRAP)
    weight = (1 / (1 + z / 9.0)).astype(np.float32)[:, None]
    worn = cv2.remap(_worn(view), u + 20 * np.float32(40), np.zeros_like(u), cv2.INTER_LINEAR,
                     borderMode=cv2.BORDER_REPLICATE)
    return (1 + (grain - 1) * weight) * worn


def _worn(view: View) -> np.ndarray:
    """Return how bright the ground is for u from -20 m to 20 m, 40 px/m, (1, 1600) float32."""
    u = np.linspace(-20, 20, 1600, dtype=np.float32)
    worn = np.ones_like(u)
    for lane in (-1, 1):
        middle = lane * scene_layout.lane_center(view.style)
        for wheel in (-0.75, 0.75):
            worn -= 0.09 * np.exp(-((u - middle - wheel) / 0.28) ** 2)
        worn += 0.05 * np.exp(-((u - middle) / 0.25) ** 2)
    gutter = np.abs(np.abs(u) - view.style.road)
    return (worn - 0.16 * np.exp(-(gutter / 0.18) ** 2)).astype(np.float32)[None]


def _shade(view: View, things: List, vehicles: List[Tuple]) -> np.ndarray:
    """Return how dark the shade on the ground is, (H, W) uint8."""
    camera, to_sun = view.canvas.camera, view.light.to_sun
    mask = np.zeros((camera.height // OVERSAMPLING, camera.width // OVERSAMPLING), np.uint8)
    offset = np.array([-to_sun[0], 0, -to_sun[2]]) / max(to_sun[1], 0.12)
    for thing in things:
        if isinstance(thing, scene_layout.House):
            _cast(view, mask, np.array([thing.u, thing.u + thing.side * 9]),
                  np.array([thing.start, thing.end]), offset * thing.height)
        elif isinstance(thing, scene_layout.Plant) and thing.kind != 'bush':
            _dapple(view, mask, thing, offset)
    for shape, place, yaw in vehicles:
        scene_cars.draw_shade(view.canvas, shape, place, yaw, mask, offset)
    return cv2.blur(mask, (5, 3))


def _contact(view: View, vehicles: List[Tuple]) -> np.ndarray:
    """Return how much of the sky vehicles hide from the ground beside them, (H, W) uint8."""
    camera = view.canvas.camera
    mask = np.zeros((camera.height // OVERSAMPLING, camera.width // OVERSAMPLING), np.uint8)
    for shape, place, yaw in vehicles:
        if place[2] < 40:
            scene_cars.draw_shade(view.canvas, shape, place, yaw, mask, np.zeros(3))
    size = mask.shape[1] // 30
    return cv2.blur(cv2.blur(mask, (size, size // 3)), (size, size // 3))


def _cast(view: View, mask: np.ndarray, u: np.ndarray, s: np.ndarray, offset: np.ndarray):
    """Draw the shadow of a block that stands on [u] x [s] and falls by an offset (3,), m."""
    foot = view.at(np.repeat(u, 2), np.tile(np.maximum(s, view.s + NEAR), 2))
    points = np.concatenate([foot, foot + offset])
    points[:, 2] = np.maximum(points[:, 2], NEAR)
    hull = cv2.convexHull(view.canvas.camera.project(points).astype(np.float32))[:, 0]
    cv2.fillPoly(mask, [fixed_point(hull / OVERSAMPLING)], 255, 8, 3)


def _dapple(view: View, mask: np.ndarray, tree: scene_layout.Plant, offset: np.ndarray):
    """Draw the patchy shadow of a crown."""
    rng = np.random.RandomState([tree.variant, int(tree.height * 1000), 3])
    foot = view.spot(tree.u, tree.s)
    high = rng.uniform(0.45, 0.95, 14) * tree.height
    spots = foot + offset * high[:, None] + rng.uniform(-0.35, 0.35, (14, 1)) * tree.width * \
        np.array([1.0, 0, 0])
    spots = spots[spots[:, 2] > 1.5]
    if not len(spots):
        return
    centers = view.canvas.camera.project(spots) / OVERSAMPLING
    sizes = 0.13 * tree.width * view.canvas.camera.focal / OVERSAMPLING / spots[:, 2]
    flats = np.maximum(1.0, sizes * view.canvas.camera.eye / spots[:, 2])
    inside = (np.abs(centers) < 8 * mask.shape[1]).all(axis=1) & (sizes < 2 * mask.shape[1])
    for center, size, flat in zip(centers[inside], sizes[inside], flats[inside]):
        cv2.ellipse(mask, (int(center[0]), int(center[1])), (int(size), int(flat)), 0, 0, 360,
                    190, -1)
