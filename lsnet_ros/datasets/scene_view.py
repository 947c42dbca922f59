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
"""The point of view of one frame of a street scene: road coordinates to the camera's."""

import math
from typing import Sequence, Tuple

import numpy as np

from lsnet_ros.datasets import scene_layout
from lsnet_ros.datasets.scene_canvas import Canvas, Color, NEAR
from lsnet_ros.datasets.scene_light import Light

KERB = 0.12  # m
_NODES = np.geomspace(1.2, 900.0, 36)  # m ahead of the camera, where bands may bend
_REACH = np.arange(-20.0, 901.0)  # m ahead of the camera where the road's middle is known


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
