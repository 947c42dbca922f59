# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""People, bicyclists and street furniture: tubes, discs and boards in three dimensions."""

from typing import List, NamedTuple, Sequence, Tuple

import numpy as np

from lsnet_ros.scenes.bodies import Points
from lsnet_ros.scenes.canvas import (
    BICYCLIST,
    Canvas,
    Color,
    FENCE,
    fixed_point,
    NEAR,
    PEDESTRIAN,
    POLE,
    SIGN,
)
from lsnet_ros.scenes.light import Light

Person = NamedTuple('Person', [
    ('height', float), ('coat', Color), ('trousers', Color), ('skin', Color), ('hair', Color),
    ('long_coat', bool),
])

CLOTHES = [(28, 28, 32), (44, 42, 46), (30, 36, 56), (66, 58, 50), (96, 92, 88), (120, 30, 34),
           (46, 66, 96), (54, 70, 54), (150, 142, 128), (24, 24, 26), (70, 44, 60)]
HIGH_VISIBILITY = (206, 226, 50)


class _Figure:
    """
    Tubes, boards and balls that are drawn together.

    Points are metres from the figure's foot: to the right, up and ahead.
    """

    def __init__(self, class_id: int):
        self.class_id = class_id
        self._points: List[Sequence[float]] = []
        self._colors: List[Sequence[float]] = []
        self._parts: List[Tuple[str, int, float, int]] = []
        self._glows: List[int] = []

    def _add(self, form: str, points: Points, radius: float, color: Color, share: float):
        self._points.extend(points)
        self._colors.append([share * level for level in color])
        self._parts.append((form, len(points), radius, self.class_id))

    def add_tube(self, points: Points, radius: float, color: Color, share: float = 1.0):
        self._add('tube', points, radius, color, share)

    def add_board(self, points: Points, color: Color, share: float = 1.0):
        self._add('board', points, 0.0, color, share)

    def add_ball(self, point: Points, radius: float, color: Color, share: float = 1.0):
        self._add('ball', [point], radius, color, share)

    def add_glow(self, point: Points, radius: float, color: Color):
        """Add a ball that shines, whatever the light."""
        self._glows.append(len(self._parts))
        self._add('ball', [point], radius, color, 1.0)

    def draw(self, canvas: Canvas, light: Light, place: np.ndarray, yaw: float):
        """Draw the figure with its foot at a place (3,) m, turned by a yaw in radians."""
        sine, cosine = np.sin(yaw), np.cos(yaw)
        axes = np.array([[cosine, 0, -sine], [0, 1, 0], [sine, 0, cosine]])
        world = np.array(self._points) @ axes + place
        if world[:, 2].min() < NEAR:
            return
        corners = fixed_point(canvas.camera.project(world))
        colors = light.illuminate(np.array(self._colors), float(place[2]))
        for index in self._glows:
            colors[index] = self._colors[index]
        scale, first = canvas.camera.focal / float(place[2]), 0
        for (form, count, radius, class_id), color in zip(self._parts, colors):
            points = corners[first:first + count]
            first += count
            canvas.draw_shape(form, points, radius * scale, color, class_id)


def draw_pedestrian(canvas: Canvas, light: Light, person: Person, place: np.ndarray, yaw: float,
                    stride: float):
    """
    Draw a person who walks or stands.

    :param place: (3,) m, the ground between the feet
    :param stride: phase of the walk in radians; its sine swings legs and arms
    """
    figure = _Figure(PEDESTRIAN)
    h, swing = person.height / 1.75, np.sin(stride) * 0.30
    for side in (-1, 1):
        x, step = 0.09 * side * h, side * swing * h
        lift = 0.05 * max(0.0, side * np.cos(stride))
        knee = (x, 0.48 * h, step * 0.6 + 0.04)
        figure.add_tube([(x, 0.88 * h, 0), knee, (x, 0.06 + lift, step)], 0.075 * h,
                        person.trousers, 1.0 if side > 0 else 0.8)
        figure.add_tube([(x, 0.05 + lift, step - 0.04), (x, 0.04 + lift, step + 0.14)], 0.045 * h,
                        (26, 24, 24))
    _add_torso(figure, person, h, 0.62 if person.long_coat else 0.84, 0.0)
    for side in (-1, 1):
        x, reach = 0.235 * side * h, -side * swing * 0.8 * h
        figure.add_tube([(x, 1.38 * h, 0), (x * 1.08, 1.1 * h, reach * 0.4),
                         (x * 1.05, 0.86 * h, reach + 0.05)], 0.055 * h, person.coat, 0.85)
        figure.add_ball((x * 1.05, 0.84 * h, reach + 0.05), 0.05 * h, person.skin)
    _add_head(figure, person, np.array([0, 1.62 * h, 0.02]), h, np.cos(yaw))
    figure.draw(canvas, light, place, yaw)


def _add_torso(figure: _Figure, person: Person, h: float, hem: float, lean: float):
    figure.add_tube([(0, (hem + 0.1) * h, 0), (0, 1.34 * h, lean)], 0.15 * h, person.coat)
    figure.add_board([(-0.17 * h, hem * h, 0), (0.17 * h, hem * h, 0), (0.23 * h, 1.36 * h, lean),
                      (0.12 * h, 1.46 * h, lean), (-0.12 * h, 1.46 * h, lean),
                      (-0.23 * h, 1.36 * h, lean)], person.coat)
    figure.add_board([(0.02 * h, hem * h, 0), (0.17 * h, hem * h, 0), (0.23 * h, 1.36 * h, lean),
                      (0.05 * h, 1.44 * h, lean)], person.coat, 0.82)


def _add_head(figure: _Figure, person: Person, at: np.ndarray, h: float, ahead: float):
    figure.add_tube([at - (0, 0.2 * h, 0), at], 0.055 * h, person.skin, 0.8)
    figure.add_ball(at, 0.105 * h, person.skin)
    if ahead > -0.3:
        figure.add_ball(at + (0, 0.02 * h, -0.03), 0.108 * h, person.hair)
    else:  # the face shows
        figure.add_ball(at + (0, 0.065 * h, 0), 0.085 * h, person.hair)


def draw_bicyclist(canvas: Canvas, light: Light, person: Person, place: np.ndarray, yaw: float,
                   crank: float):
    """
    Draw a person who rides a bicycle.

    :param place: (3,) m, the ground under the pedals
    :param crank: angle of the pedals, radians
    """
    figure = _Figure(BICYCLIST)
    turn = np.linspace(0, 2 * np.pi, 21)
    for hub in (-0.52, 0.54):
        rim = np.stack([np.zeros(21), 0.34 + 0.33 * np.cos(turn), hub + 0.33 * np.sin(turn)], 1)
        figure.add_tube(rim, 0.022, (24, 24, 26))
    steel = (96, 98, 104)
    for tube in ([(0, .34, -.52), (0, .62, -.2), (0, .86, .36), (0, .34, .54)],
                 [(0, .34, -.52), (0, .32, -.08), (0, .82, .36)],
                 [(0, .32, -.08), (0, .92, -.24)],
                 [(-.26, 1.02, .34), (0, .98, .40), (.26, 1.02, .34)]):
        figure.add_tube(tube, 0.018, steel)
    h = person.height / 1.75
    hip, shoulder = np.array([0, 0.98, -0.22]), np.array([0, 1.48 * h, 0.12])
    for side in (-1, 1):
        angle = crank + (np.pi if side > 0 else 0)
        foot = np.array([0.09 * side, 0.32 + 0.16 * np.cos(angle), -0.08 + 0.16 * np.sin(angle)])
        knee = (hip + foot) / 2 + (0.03 * side, 0.06, 0.24)
        figure.add_tube([hip + (0.08 * side, 0, 0), knee, foot], 0.07, person.trousers,
                        1.0 if side > 0 else 0.8)
        figure.add_tube([foot - (0, 0, 0.06), foot + (0, 0, 0.14)], 0.04, (24, 22, 22))
    figure.add_tube([hip, shoulder - (0, 0.1, 0)], 0.15, person.coat)
    figure.add_board([hip + (-.15, 0, 0), hip + (.15, 0, 0), shoulder + (.22, -.08, 0),
                      shoulder + (.1, .02, 0), shoulder + (-.1, .02, 0),
                      shoulder + (-.22, -.08, 0)], person.coat)
    for side in (-1, 1):
        figure.add_tube([shoulder + (.2 * side, -.08, 0), (.24 * side, 1.18, .22),
                         (.22 * side, 1.03, .34)], 0.05, person.coat, 0.85)
    _add_head(figure, person, shoulder + (0, 0.2, 0.06), h, np.cos(yaw))
    figure.draw(canvas, light, place, yaw)


def draw_post(canvas: Canvas, light: Light, kind: str, place: np.ndarray, toward_road: float,
              look: int):
    """
    Draw a lamp, a sign or another post of the street.

    :param kind: one of ``POSTS``
    :param place: (3,) m, its foot
    :param toward_road: +1 if the road is on its right, else -1
    :param look: number of its variant
    """
    figure = _Figure(POLE)
    POSTS[kind](figure, toward_road, look)
    if kind == 'lamp' and light.lamps_on:
        figure.add_glow((1.5 * toward_road, 5.75 + 0.9 * (look % 4), -0.05), 0.16, (255, 236, 190))
    figure.draw(canvas, light, place, 0.0)


def _add_lamp(figure: _Figure, toward: float, look: int):
    steel = [(92, 96, 100), (60, 72, 66), (130, 132, 132)][look % 3]
    high = 5.5 + 0.9 * (look % 4)
    figure.add_tube([(0, 0, 0), (0, 1.2, 0)], 0.085, steel, 0.9)
    figure.add_tube([(0, 1.2, 0), (0, high, 0)], 0.055, steel)
    figure.add_tube([(0, high, 0), (0.5 * toward, high + 0.25, 0), (1.4 * toward, high + 0.3, 0)],
                    0.04, steel)
    figure.add_tube([(1.2 * toward, high + 0.28, 0), (1.75 * toward, high + 0.28, 0)], 0.09,
                    (150, 150, 146))


def _add_pole(figure: _Figure, toward: float, look: int):
    figure.add_tube([(0, 0, 0), (0, 6.0 + look % 3, 0)], 0.1, (84, 70, 56))
    figure.add_tube([(-0.5, 5.7, 0), (0.5, 5.7, 0)], 0.05, (70, 60, 50))


def _add_bollard(figure: _Figure, toward: float, look: int):
    figure.add_tube([(0, 0, 0), (0, 0.9, 0)], 0.07, [(36, 36, 38), (70, 62, 54)][look % 2])
    figure.add_tube([(0, 0.72, 0), (0, 0.76, 0)], 0.075, (196, 196, 190))


def _add_sign(figure: _Figure, toward: float, look: int):
    high = 2.3 + 0.12 * (look % 4)
    figure.add_tube([(0, 0, 0), (0, high + 0.3, 0)], 0.04, (120, 122, 124))
    figure.class_id = SIGN
    _BOARDS[look % len(_BOARDS)](figure, high)


def _make_disc(outer: Color, inner: Color):
    def draw(figure, high):
        figure.add_ball((0, high, -0.06), 0.34, outer)
        figure.add_ball((0, high, -0.07), 0.25, inner)
        figure.add_board(
            [(-.12, high - .07, -.08), (.12, high - .07, -.08), (.12, high + .07, -.08),
             (-.12, high + .07, -.08)], (40, 40, 44) if sum(inner) > 500 else (235,) * 3)
    return draw


def _add_triangle(figure: _Figure, high: float):
    for size, color in ((0.42, (186, 26, 30)), (0.27, (238, 238, 234))):
        figure.add_board([(-size, high - size * .6, -.06), (size, high - size * .6, -.06),
                          (0, high + size, -.06)], color)
    figure.add_tube([(0, high - .08, -.07), (0, high + .08, -.07)], 0.03, (30, 30, 30))


def _make_panel(color: Color, width: float, height: float):
    def draw(figure, high):
        low = high - height / 2
        figure.add_board([(-width, low, -.06), (width, low, -.06), (width, low + height, -.06),
                          (-width, low + height, -.06)], color)
        for row in (0.3, 0.6):
            figure.add_tube([(-width * .7, low + height * row, -.07),
                             (width * .6, low + height * row, -.07)], 0.035,
                            (236, 236, 230) if sum(color) < 500 else (40, 40, 40))
    return draw


_BOARDS = [_make_disc((186, 24, 28), (240, 240, 238)), _add_triangle,
           _make_disc((24, 70, 150), (30, 80, 170)),
           _make_panel((24, 74, 160), 0.5, 0.9), _make_panel((24, 96, 60), 0.9, 0.7),
           _make_panel((230, 228, 220), 0.35, 0.5), _make_panel((70, 84, 96), 0.45, 1.5),
           _make_disc((190, 24, 28), (190, 24, 28))]


def _add_traffic_light(figure: _Figure, toward: float, look: int):
    figure.add_tube([(0, 0, 0), (0, 3.3, 0)], 0.06, (64, 66, 66))
    figure.class_id = SIGN
    figure.add_board([(-.22, 2.25, -.1), (.22, 2.25, -.1), (.22, 3.4, -.1), (-.22, 3.4, -.1)],
                     (22, 23, 24))
    lamps = [((255, 50, 40), (60, 14, 12)), ((255, 180, 40), (60, 44, 12)),
             ((60, 255, 150), (10, 52, 34))]
    for i, (bright, dark) in enumerate(lamps):
        at = (0, 3.17 - 0.36 * i, -.12)
        if i == look % 3:
            figure.add_glow(at, 0.125, bright)
        else:
            figure.add_ball(at, 0.125, dark)


def draw_railing(canvas: Canvas, light: Light, points: np.ndarray, height: float, wood: bool):
    """
    Draw a fence along the ground; its class covers the gaps too.

    :param points: (N, 3) m, its foot, from far to near
    :param wood: whether it is of closed boards, else it is an iron railing
    """
    up = np.array([0, height, 0])
    outline = np.concatenate([points, points[::-1] + up])
    depth = float(points[:, 2].mean())
    if wood:
        canvas.fill_polygon(outline, light.illuminate((112, 88, 62), depth), FENCE)
    else:
        canvas.set_class(outline, FENCE)
    color = light.illuminate((84, 66, 48) if wood else (34, 38, 38), depth)
    feet, heads = canvas.camera.project(points), canvas.camera.project(points + up)
    scale = canvas.camera.focal / depth
    for share in (0.12, 0.95):
        canvas.draw_shape('tube', fixed_point(feet + share * (heads - feet)), 0.035 * scale, color,
                          FENCE)
    bars = fixed_point(np.stack([feet, heads], axis=1).reshape(-1, 2)).reshape(-1, 2, 2)
    canvas.draw_lines(bars, (0.012 if wood else 0.018) * scale, color, FENCE)


POSTS = {'bollard': _add_bollard, 'lamp': _add_lamp, 'pole': _add_pole, 'sign': _add_sign,
         'traffic_light': _add_traffic_light}
