# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The view of one frame of a street scene: from road coordinates to camera coordinates."""

import math
from typing import Sequence, Tuple

import numpy as np

from lsnet_ros.scenes import layout
from lsnet_ros.scenes.canvas import Canvas, Color, NEAR
from lsnet_ros.scenes.light import Light

KERB = 0.12  # m
_NODES = np.geomspace(1.2, 900.0, 36)  # m ahead of the camera, corners of bands along the road
_REACH = np.arange(-20.0, 901.0)  # m ahead of the camera, nodes of the road's middle


class View:
    """The canvas, the light and the camera's place on the road of one frame."""

    def __init__(self, canvas: Canvas, light: Light, bends: np.ndarray, place: Tuple[float, float],
                 street: layout.Style, marks: int):
        """
        Compute the course of the road as the camera sees it.

        :param bends: (n, 3) amplitude (m), length (m) and phase of waves whose sum is the road's
            middle
        :param place: u and s of the camera, m
        :param marks: number of the variant of surfaces and lane marks
        """
        self.canvas, self.light, self.style, self.marks = canvas, light, street, marks
        self.u, self.s = place
        amplitude, length, phase = np.asarray(bends).T[:, :, None]
        here, ahead = self.s / length + phase, (self.s + _REACH) / length + phase
        self.heading = float((amplitude / length * np.cos(here)).sum())  # of the road, as a slope
        # The distance of the road's middle to the right of the camera's axis, at each of _REACH.
        self._middle = (amplitude * (np.sin(ahead) - np.sin(here))).sum(axis=0) - \
            self.heading * _REACH - self.u
        self._middles = self._middle.tolist()

    def middle(self, s: np.ndarray) -> np.ndarray:
        """Return x of the road's middle at s, m."""
        return np.interp(s - self.s, _REACH, self._middle)

    def spot(self, u: float, s: float, y: float = 0.0) -> np.ndarray:
        """Convert a place on the road to camera coordinates (3,), m."""
        ahead = s - self.s
        place = min(max(ahead - _REACH[0], 0.0), len(self._middles) - 1.001)
        whole = int(place)
        a, b = self._middles[whole:whole + 2]
        return np.array([u + a + (b - a) * (place - whole), y, ahead])

    def at(self, u, s, y=0.0) -> np.ndarray:
        """Convert places on the road, each (N,) or a number, to camera coordinates (N, 3), m."""
        s = np.asarray(s, np.float64)
        points = np.empty((max(np.size(u), s.size, np.size(y)), 3))
        points[:, 0] = u + self.middle(s)
        points[:, 1] = y
        points[:, 2] = s - self.s
        return points

    def sees(self, place: np.ndarray, reach: float) -> bool:
        """Tell whether a thing of half a width in metres at a place (3,) can be in the image."""
        camera = self.canvas.camera
        return abs(place[0]) - reach < place[2] * 0.56 * camera.width / camera.focal

    def yaw(self, yaw: float, s: float) -> float:
        """Return a heading relative to the road at s as one relative to the camera, radians."""
        turn = self.spot(0.0, s + 1.0) - self.spot(0.0, s - 1.0)
        return yaw + math.atan2(turn[0], turn[2])

    def paint_strip(self, left: Tuple[float, float], right: Tuple[float, float], color: Color,
                    class_id: int, ends: Sequence[float] = (0.0, 900.0)):
        """
        Fill a band along the road.

        :param left: u and y of one edge, m
        :param right: u and y of the other edge, m
        :param ends: m ahead of the camera
        """
        start, end = max(ends[0], NEAR + 1e-6), ends[1]
        if end <= start:
            return
        inner = _NODES[(_NODES > start) & (_NODES < end)]
        s = self.s + np.concatenate([[start], inner, [end]])
        a, b = self.at(left[0], s, left[1]), self.at(right[0], s, right[1])
        self.canvas.fill_polygon(np.concatenate([a, b[::-1]]), color, class_id)
