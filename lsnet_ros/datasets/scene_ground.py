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
"""The ground of street scenes: road, lane marks, kerbs, pavements and the plots beside."""

from typing import List

import numpy as np

from lsnet_ros.datasets import scene_layout
from lsnet_ros.datasets.scene_canvas import Color, NEAR, PAVEMENT, ROAD, TREE
from lsnet_ros.datasets.scene_view import KERB, View


def paint_ground(view: View, things: List):
    """Paint all that lies on the ground, without shade and grain."""
    style, light = view.style, view.light
    wash = light.brightness((0.0, 1.0, 0.0))

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
