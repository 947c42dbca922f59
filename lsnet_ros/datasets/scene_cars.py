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
"""Vehicles of street scenes: looks, drawing and shade."""

from typing import NamedTuple, Sequence

import cv2
import numpy as np

from lsnet_ros.datasets.scene_bodies import MATERIAL_IDS, MATERIALS, SHAPES, Shape, Solid, solid
from lsnet_ros.datasets.scene_canvas import CAR, Canvas, fixed_point, NEAR, ROAD
from lsnet_ros.datasets.scene_light import Light

PAINTS = [(24, 25, 28), (40, 42, 46), (166, 170, 175), (186, 190, 194), (226, 228, 230),
          (112, 22, 26), (160, 30, 30), (26, 44, 92), (36, 66, 132), (24, 58, 46),
          (128, 118, 92), (84, 88, 94), (58, 78, 96), (150, 106, 44)]

Vehicle = NamedTuple('Vehicle', [('shape', str), ('paint', Sequence[float]), ('braking', bool)])


def draw_vehicle(canvas: Canvas, light: Light, vehicle: Vehicle, place: np.ndarray, yaw: float):
    """
    Draw a vehicle.

    :param place: (3,) m, the ground under the middle of it
    :param yaw: radians, 0 heads away from the camera, positive to the right
    """
    shape = SHAPES[vehicle.shape]
    reach = shape.length / 2 * abs(np.cos(yaw)) + shape.width * abs(np.sin(yaw))
    if place[2] - reach < NEAR + 0.3:
        return
    body = solid(vehicle.shape)
    axes = _axes(yaw)
    eye = axes @ (np.array([0, canvas.camera.eye, 0]) - place)
    seen = ((eye - body.centers) * body.normals).sum(axis=1) > 0
    if canvas.camera.pixels_per_metre(place[2]) < 22:
        seen &= ~body.details
    colors = _colors(light, vehicle, body, axes, float(place[2]))
    corners = fixed_point(canvas.camera.project(body.points @ axes + place))
    _underside(canvas, light, shape, axes, place)
    for i in np.flatnonzero(seen):
        canvas.fill_fixed(corners[body.first[i]:body.first[i + 1]], colors[i], CAR)


def _axes(yaw: float) -> np.ndarray:
    """Return a vehicle's axes (right, up, ahead) in the camera's, as rows."""
    sine, cosine = np.sin(yaw), np.cos(yaw)
    return np.array([[cosine, 0, -sine], [0, 1, 0], [sine, 0, cosine]])


def _colors(light: Light, vehicle: Vehicle, body: Solid, axes: np.ndarray,
            depth: float) -> np.ndarray:
    """Return the colour of every face, (F, 3)."""
    base = np.array([color for _, color, _ in MATERIALS], np.float64)
    gloss = np.array([gloss for _, _, gloss in MATERIALS])
    paint = np.asarray(vehicle.paint, np.float64)
    base[:3] = paint, 0.5 * paint + 6, paint
    if light.lamps_on:
        base[MATERIAL_IDS['tail']] = 330, 40, 30
        base[MATERIAL_IDS['lamp']] = 500, 490, 440
    elif vehicle.braking:
        base[MATERIAL_IDS['tail']] = 300, 60, 40
    normals = body.normals @ axes
    lit = base[body.materials] * light.brightness_of(normals)
    share = gloss[body.materials] * (0.12 + 0.88 * np.maximum(normals[:, 1], 0))
    return light.hazed(lit + share[:, None] * light.haze, depth)


def _underside(canvas: Canvas, light: Light, shape: Shape, axes: np.ndarray, place: np.ndarray):
    """Darken the ground right under the vehicle."""
    x, z = shape.width / 2 + 0.02, shape.length / 2 - 0.02
    points = np.array([[-x, 0, -z], [x, 0, -z], [x, 0, z], [-x, 0, z]])
    color = light.hazed(np.array([15.0, 16.0, 17.0]) * light.ambient, float(place[2]))
    canvas.polygon(points @ axes + place, color, ROAD)


def draw_shade(canvas: Canvas, shape: str, place: np.ndarray, yaw: float, mask: np.ndarray,
               offset: np.ndarray):
    """
    Draw the shadow of a vehicle into the mask of shaded ground.

    :param mask: (h, w) uint8, the darkness of shade; any part of the canvas's size
    :param offset: (3,) m, where the shadow of a point 1 m over the ground falls
    """
    car = SHAPES[shape]
    x, z = car.width / 2 + 0.05, car.length / 2
    box = np.array([[-x, 0, -z], [x, 0, -z], [x, 0, z], [-x, 0, z]])
    foot = box @ _axes(yaw) + place
    points = np.concatenate([foot, foot + offset * 0.9 * max(y for _, y in car.cabin)])
    if (points[:, 2] < NEAR).any():
        return
    hull = cv2.convexHull(canvas.camera.project(points).astype(np.float32))[:, 0]
    cv2.fillPoly(mask, [fixed_point(hull * (mask.shape[1] / canvas.camera.width))], 255, 8, 3)
