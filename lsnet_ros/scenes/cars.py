# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Vehicles of street scenes: looks, drawing and shade."""

from typing import NamedTuple, Sequence

import cv2
import numpy as np

from lsnet_ros.scenes.bodies import build_solid, MATERIAL_IDS, MATERIALS, Shape, SHAPES, Solid
from lsnet_ros.scenes.canvas import Canvas, CAR, fixed_point, NEAR, ROAD
from lsnet_ros.scenes.light import Light

PAINTS = [(24, 25, 28), (40, 42, 46), (166, 170, 175), (186, 190, 194), (226, 228, 230),
          (112, 22, 26), (160, 30, 30), (26, 44, 92), (36, 66, 132), (24, 58, 46),
          (128, 118, 92), (84, 88, 94), (58, 78, 96), (150, 106, 44)]

Vehicle = NamedTuple('Vehicle', [('shape', str), ('paint', Sequence[float]), ('braking', bool)])


def draw_vehicle(canvas: Canvas, light: Light, vehicle: Vehicle, place: np.ndarray, yaw: float):
    """
    Draw a vehicle.

    :param place: (3,) m, the ground under its middle
    :param yaw: heading in radians, 0 away from the camera, positive to the right
    """
    shape = SHAPES[vehicle.shape]
    reach = shape.length / 2 * abs(np.cos(yaw)) + shape.width * abs(np.sin(yaw))
    if place[2] - reach < NEAR + 0.3:
        return
    body = build_solid(vehicle.shape)
    axes = _rotation(yaw)
    eye = axes @ (np.array([0, canvas.camera.eye, 0]) - place)
    seen = ((eye - body.centers) * body.normals).sum(axis=1) > 0
    if canvas.camera.pixels_per_metre(place[2]) < 22:
        seen &= ~body.details
    colors = _color_faces(light, vehicle, body, axes, float(place[2]))
    corners = fixed_point(canvas.camera.project(body.points @ axes + place))
    _draw_underside(canvas, light, shape, axes, place)
    for i in np.flatnonzero(seen):
        canvas.fill_fixed(corners[body.first[i]:body.first[i + 1]], colors[i], CAR)


def _rotation(yaw: float) -> np.ndarray:
    """Return a vehicle's axes (right, up, ahead) in the camera's, as rows."""
    sine, cosine = np.sin(yaw), np.cos(yaw)
    return np.array([[cosine, 0, -sine], [0, 1, 0], [sine, 0, cosine]])


def _color_faces(light: Light, vehicle: Vehicle, body: Solid, axes: np.ndarray,
                 depth: float) -> np.ndarray:
    """Compute the colour of each face, (F, 3)."""
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
    return light.add_haze(lit + share[:, None] * light.haze, depth)


def _draw_underside(canvas: Canvas, light: Light, shape: Shape, axes: np.ndarray,
                    place: np.ndarray):
    """Darken the ground under the vehicle."""
    x, z = shape.width / 2 + 0.02, shape.length / 2 - 0.02
    points = np.array([[-x, 0, -z], [x, 0, -z], [x, 0, z], [-x, 0, z]])
    color = light.add_haze(np.array([15.0, 16.0, 17.0]) * light.ambient, float(place[2]))
    canvas.fill_polygon(points @ axes + place, color, ROAD)


def draw_shade(canvas: Canvas, shape: str, place: np.ndarray, yaw: float, mask: np.ndarray,
               offset: np.ndarray):
    """
    Draw the shadow of a vehicle into a mask.

    :param mask: (h, w) uint8, 255 in the shadow; may be smaller than the canvas
    :param offset: (3,) m from a point 1 m above the ground to its shadow
    """
    car = SHAPES[shape]
    x, z = car.width / 2 + 0.05, car.length / 2
    box = np.array([[-x, 0, -z], [x, 0, -z], [x, 0, z], [-x, 0, z]])
    foot = box @ _rotation(yaw) + place
    points = np.concatenate([foot, foot + offset * 0.9 * max(y for _, y in car.cabin)])
    if (points[:, 2] < NEAR).any():
        return
    hull = cv2.convexHull(canvas.camera.project(points).astype(np.float32))[:, 0]
    cv2.fillPoly(mask, [fixed_point(hull * (mask.shape[1] / canvas.camera.width))], 255, 8, 3)
