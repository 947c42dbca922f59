# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The ground of street scenes: road, lane marks, kerbs, pavements and adjacent plots."""

from typing import List, Tuple

import numpy as np

from lsnet_ros.scenes import layout
from lsnet_ros.scenes.canvas import Color, NEAR, PAVEMENT, ROAD, TREE
from lsnet_ros.scenes.view import KERB, View


def paint_ground(view: View, things: List):
    """Paint everything on the ground, without shade and grain."""
    style, light = view.style, view.light
    wash = light.brightness((0.0, 1.0, 0.0))

    def tone(color):
        return light.add_haze(np.asarray(color, np.float64) * wash, 12.0)

    edge = style.road + style.pavement
    kind = view.marks % 3
    asphalt = [(92, 94, 98), (106, 106, 106), (84, 86, 92)][kind]
    slabs = [(128, 124, 118), (112, 112, 114), (140, 132, 124)][view.marks // 3 % 3]
    paved = tone(slabs)
    for side in (-1, 1):
        view.paint_strip((side * edge, KERB), (side * 400, KERB), paved, PAVEMENT)
    for thing in things:
        if isinstance(thing, layout.Plot) and thing.grass:
            ends = max(0.0, thing.start - view.s), thing.end - view.s
            view.paint_strip((thing.side * edge, KERB), (thing.side * 60, KERB),
                             tone((92, 108, 58)), TREE, ends)
    view.paint_strip((-style.road, 0), (style.road, 0), tone(asphalt), ROAD)
    _paint_repairs(view, tone(np.asarray(asphalt) * 0.9), tone((70, 69, 68)))
    _paint_marks(view, tone((214, 214, 208)), tone((190, 168, 80)))
    for side in (-1, 1):
        u = side * style.road
        view.paint_strip((u, KERB), (side * edge, KERB), paved, PAVEMENT)
        _paint_slabs(view, side, tone(np.asarray(slabs) * 0.86))
        view.paint_strip((u, 0), (u, KERB), tone((96, 95, 93)), PAVEMENT)
        view.paint_strip((u, KERB), (u + side * 0.14, KERB), tone((164, 162, 156)), PAVEMENT)
    for thing in things:
        if isinstance(thing, layout.SideStreet):
            ends = max(0.0, thing.start - view.s), thing.end - view.s
            view.paint_strip((thing.side * style.road, 0), (thing.side * 70, KERB), tone(asphalt),
                             ROAD, ends)


def _paint_repairs(view: View, dark: Color, iron: Color):
    """Paint patches of newer asphalt and manhole covers."""
    road, look = view.style.road, view.marks >> 6
    starts = _find_starts(view, 31.0 + look % 17, 60.0)
    left = -road + 0.4 + (look % 5) * 0.28 * road
    _paint_bars(view, (left, left + 1.1 + look % 3), (starts, starts + 3 + look % 7), dark)
    for u, period in ((-0.45 * road, 23.0), (0.4 * road, 37.0)):
        starts = _find_starts(view, period, 40.0)
        _paint_bars(view, (u, u + 0.55), (starts, starts + 0.55), iron)


def _paint_marks(view: View, white: Color, yellow: Color):
    """Paint lane marks: the middle line, edge lines, and crossings, stop lines or arrows."""
    road = view.style.road
    period, length = ((6.0, 2.0), (9.0, 6.0), (6.0, 4.0), (0.0, 0.0))[view.marks % 4]
    if period:
        starts = (np.floor(view.s / period) + np.arange(int(110 / period))) * period - view.s
        _paint_bars(view, (-0.06, 0.06), (starts, starts + length), white)
    else:
        view.paint_strip((-0.06, 0), (0.06, 0), white, ROAD)
    if view.marks // 4 % 2:
        for u in (0.30, 0.50):
            for side in (-1, 1):
                view.paint_strip((side * (road - u), 0), (side * (road - u - 0.09), 0), yellow,
                                 ROAD)
    starts = _find_starts(view, 83.0 + view.marks % 40, 70.0)
    kind = view.marks // 8 % 3
    if kind == 0:  # zebra crossings
        for u in np.arange(-road + 0.3, road - 0.5, 1.1):
            _paint_bars(view, (u, u + 0.55), (starts, starts + 2.6), white)
    elif kind == 1:  # stop lines
        _paint_bars(view, (-road + 0.2, -0.1), (starts, starts + 0.35), white)
    else:
        _paint_arrows(view, -layout.lane_center(view.style), starts, white)


def _paint_arrows(view: View, u: float, starts: np.ndarray, color: Color):
    """Paint arrows that point away from the camera."""
    _paint_bars(view, (u - 0.08, u + 0.08), (starts, starts + 2.4), color)
    for s in view.s + starts[starts > 1.0]:
        head = view.at(np.array([u - 0.45, u + 0.45, u]), s + np.array([2.2, 2.2, 4.2]))
        view.canvas.fill_polygon(head, color, ROAD)


def _paint_bars(view: View, across: Tuple[float, float], along: Tuple[np.ndarray, np.ndarray],
                color: Color, height: float = 0.0, class_id: int = ROAD):
    """
    Fill rectangles on the ground.

    :param across: u of their left and right edges, m
    :param along: their starts and ends, each (N,) m ahead of the camera
    """
    left, right = across
    starts, ends = np.maximum(along[0], NEAR) + view.s, along[1] + view.s
    keep = ends > starts
    if not keep.any():
        return
    a, b = starts[keep], ends[keep]
    corners = [view.at(left, a, height), view.at(right, a, height), view.at(right, b, height),
               view.at(left, b, height)]
    view.canvas.fill_quads(np.stack(corners, axis=1), color, class_id)


def _find_starts(view: View, period: float, reach: float) -> np.ndarray:
    """Find the next marks that repeat along the road, as distances ahead of the camera, m."""
    starts = (np.floor(view.s / period) + np.arange(3)) * period - view.s
    return starts[starts < reach]


def _paint_slabs(view: View, side: int, color: Color):
    """Paint the joints of paving slabs near the camera."""
    road, edge = view.style.road, view.style.road + view.style.pavement
    for u in np.arange(road + 0.75, edge, 0.75):
        view.paint_strip((side * u, KERB), (side * (u + 0.03), KERB), color, PAVEMENT, (0, 25))
    s = np.ceil(view.s / 0.9) * 0.9 - view.s + 0.9 * np.arange(1, 18)
    _paint_bars(view, (side * (road + 0.16), side * edge), (s, s + 0.03), color, KERB, PAVEMENT)
