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
"""
Diagrams as SVG for a page and as PNG, drawn from the same shapes.

matplotlib is not on a robot, and does not get onto one easily; numpy and OpenCV are.
"""

import html
import math
from typing import List, NamedTuple, Sequence, Tuple, Union

import cv2
import numpy as np

Point = Tuple[float, float]

INK, PALE = '#333333', '#dddddd'
COLORS = ('#4477aa', '#ee6677', '#228833', '#ccbb44', '#66ccee', '#aa3377', '#bbbbbb', '#882255',
          '#44aa99', '#999933')  # to be told apart by the colour-blind too (Paul Tol)
FONT_PX = 12
PNG_SCALE = 2   # of a screen with small pixels
FRACTION = 4    # bits of OpenCV's coordinates behind the point
TICK_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


class Line(NamedTuple):
    """A line through points, px."""

    points: Sequence[Point]
    color: str
    width: float = 1.2
    is_dashed: bool = False


class Area(NamedTuple):
    """A filled polygon, px."""

    points: Sequence[Point]
    color: str


class Text(NamedTuple):
    """A text that begins, ends or has its middle at a place, px; ``y`` is its base line."""

    x: float
    y: float
    text: str
    anchor: str = 'start'  # middle, end
    color: str = INK


Shape = Union[Line, Area, Text]


class Chart(NamedTuple):
    """A drawing."""

    width: int   # px
    height: int  # px
    title: str   # what it shows, for who cannot see it
    shapes: List[Shape]

    def svg(self) -> str:
        """Return it as an element of an HTML page."""
        return (
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {1}" width="{0}" '
            'height="{1}" role="img" font-family="sans-serif" font-size="{2}">'
            '<title>{3}</title>{4}</svg>').format(
                self.width, self.height, FONT_PX, html.escape(self.title),
                ''.join(_SVG[type(shape)](shape) for shape in self.shapes))

    def png(self) -> bytes:
        """Return it as a PNG file of twice the pixels."""
        canvas = np.full((PNG_SCALE * self.height, PNG_SCALE * self.width, 3), 255, np.uint8)
        for shape in self.shapes:
            _PNG[type(shape)](canvas, shape)
        return cv2.imencode('.png', canvas, [cv2.IMWRITE_PNG_COMPRESSION, 6])[1].tobytes()


class Axes:
    """
    A rectangle of a chart with values from left to right and from bottom to top.

    :param chart: what to draw on
    :param box: left, top, right and bottom, px
    :param x_range: values at the left and at the right edge
    :param y_range: values at the bottom and at the top edge
    """

    def __init__(self, chart: Chart, box: Tuple[float, float, float, float],
                 x_range: Tuple[float, float], y_range: Tuple[float, float]) -> None:
        self._shapes = chart.shapes
        self.left, self.top, self.right, self.bottom = box
        self._x_range, self._y_range = _wide(x_range), _wide(y_range)

    def place(self, x: float, y: float) -> Point:
        """Return where values are on the chart, px."""
        (x0, x1), (y0, y1) = self._x_range, self._y_range
        return (self.left + (x - x0) / (x1 - x0) * (self.right - self.left),
                self.bottom - (y - y0) / (y1 - y0) * (self.bottom - self.top))

    def frame(self, title: str, x_label: str, y_label: str) -> None:
        """Draw title, grid and numbers; to be called before anything is drawn on the grid."""
        add = self._shapes.append
        add(Text(self.left, self.top - 24, title))
        add(Text(self.left - 8, self.top - 8, y_label, 'end'))
        add(Text(self.right, self.bottom + 32, x_label, 'end'))
        for value in ticks(*self._y_range):
            y = self.place(0.0, value)[1]
            add(Line([(self.left, y), (self.right, y)], PALE, 1.0))
            add(Text(self.left - 8, y + 4, number(value), 'end'))
        for value in ticks(*self._x_range):
            x = self.place(value, 0.0)[0]
            add(Line([(x, self.bottom), (x, self.bottom + 4)], INK, 1.0))
            add(Text(x, self.bottom + 17, number(value), 'middle'))
        add(Line([(self.left, self.bottom), (self.right, self.bottom)], INK, 1.0))

    def line(self, xs: Sequence[float], ys: Sequence[float], color: str, width: float = 1.2,
             is_dashed: bool = False) -> None:
        """Draw a line through values; a NaN interrupts it."""
        part: List[Point] = []
        for x, y in list(zip(xs, ys)) + [(0.0, math.nan)]:
            if not math.isnan(y):
                part.append(self.place(x, y))
            elif part:
                if len(part) == 1:  # a value between two gaps is to be seen too
                    part.append((part[0][0] + 1.0, part[0][1]))
                self._shapes.append(Line(part, color, width, is_dashed))
                part = []

    def area(self, xs: Sequence[float], lower: Sequence[float], upper: Sequence[float],
             color: str) -> None:
        """Fill what is between two lines."""
        points = [self.place(x, y) for x, y in zip(xs, upper)]
        points += [self.place(x, y) for x, y in zip(xs, lower)][::-1]
        self._shapes.append(Area(points, color))

    def legend(self, entries: Sequence[Tuple[str, str]]) -> None:
        """Name colours to the right of the axes, the first at the top."""
        for index, (name, color) in enumerate(entries):
            x, y = self.right + 14, self.top + 8 + 18 * index
            self._shapes.append(Area([(x, y - 5), (x + 12, y - 5), (x + 12, y + 5), (x, y + 5)],
                                     color))
            self._shapes.append(Text(x + 18, y + 4, name))

    def note(self, text: str) -> None:
        """Write into the middle."""
        self._shapes.append(Text((self.left + self.right) / 2, (self.top + self.bottom) / 2, text,
                                 'middle'))


def ticks(low: float, high: float, most: int = 6) -> List[float]:
    """Return round numbers from ``low`` to ``high``, no more than ``most`` and the two ends."""
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(step * power for step in TICK_STEPS if step * power >= rough * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    count = int(math.floor(high / step + 1e-9)) - first + 1
    return [(first + index) * step for index in range(count)]


def number(value: float) -> str:
    """Return a number for people, of four digits or as many as it has before its point."""
    text = '{:.4g}'.format(value) if abs(value) < 1e4 else '{:.0f}'.format(value)
    return '0' if text == '-0' else text


def _wide(ends: Tuple[float, float]) -> Tuple[float, float]:
    """Return a range that is not empty."""
    low, high = ends
    return (low, high) if high > low else (low, low + 1.0)


def _places(points: Sequence[Point]) -> str:
    return ' '.join('{:.1f},{:.1f}'.format(x, y) for x, y in points)


def _svg_line(line: Line) -> str:
    return '<polyline fill="none" stroke="{}" stroke-width="{}"{} points="{}"/>'.format(
        line.color, line.width, ' stroke-dasharray="6 4"' if line.is_dashed else '',
        _places(line.points))


def _svg_area(area: Area) -> str:
    return '<polygon fill="{}" points="{}"/>'.format(area.color, _places(area.points))


def _svg_text(text: Text) -> str:
    return '<text x="{:.1f}" y="{:.1f}" text-anchor="{}" fill="{}">{}</text>'.format(
        text.x, text.y, text.anchor, text.color, html.escape(text.text))


def _bgr(color: str) -> Tuple[int, int, int]:
    """Return #rrggbb as OpenCV has it."""
    return int(color[5:7], 16), int(color[3:5], 16), int(color[1:3], 16)


def _fixed(points: Sequence[Point]) -> np.ndarray:
    """Return points as OpenCV has them, with fractions of a pixel."""
    return np.round(np.array(points) * PNG_SCALE * 2 ** FRACTION).astype(np.int32)


def _png_line(canvas: np.ndarray, line: Line) -> None:
    parts = _dashes(line.points) if line.is_dashed else [line.points]
    cv2.polylines(canvas, [_fixed(part) for part in parts], False, _bgr(line.color),
                  max(1, int(round(PNG_SCALE * line.width))), cv2.LINE_AA, FRACTION)


def _dashes(points: Sequence[Point]) -> List[List[Point]]:
    """Return the dashes of a straight line, 6 px with 4 px between."""
    (x0, y0), (x1, y1) = points[0], points[-1]
    length = math.hypot(x1 - x0, y1 - y0) or 1.0

    def point(along):
        share = min(along / length, 1.0)
        return (x0 + share * (x1 - x0), y0 + share * (y1 - y0))
    return [[point(start), point(start + 6.0)] for start in np.arange(0.0, length, 10.0)]


def _png_area(canvas: np.ndarray, area: Area) -> None:
    cv2.fillPoly(canvas, [_fixed(area.points)], _bgr(area.color), cv2.LINE_AA, FRACTION)


def _png_text(canvas: np.ndarray, text: Text) -> None:
    """Write in OpenCV's own letters: it has no others everywhere."""
    words = text.text.encode('ascii', 'replace').decode('ascii')
    scale = 0.36 * PNG_SCALE
    (width, _), _ = cv2.getTextSize(words, cv2.FONT_HERSHEY_SIMPLEX, scale, 1)
    shift = {'start': 0.0, 'middle': 0.5, 'end': 1.0}[text.anchor] * width
    cv2.putText(canvas, words, (int(PNG_SCALE * text.x - shift), int(PNG_SCALE * text.y)),
                cv2.FONT_HERSHEY_SIMPLEX, scale, _bgr(text.color), 1, cv2.LINE_AA)


_SVG = {Line: _svg_line, Area: _svg_area, Text: _svg_text}
_PNG = {Line: _png_line, Area: _png_area, Text: _png_text}
