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
"""Cars, vans and buses of street scenes: solids made of an outline and a width."""

from typing import NamedTuple, Sequence, Tuple

import cv2
import numpy as np

from lsnet_ros.datasets.scene_canvas import CAR, Canvas, fixed_point, NEAR, ROAD
from lsnet_ros.datasets.scene_light import Light

# Outlines from the rear bumper to the front one: metres along the car and up from the ground.
# `belt` is the lower edge of the glass, `cabin` the outline of roof and windows over it.
Shape = NamedTuple('Shape', [
    ('width', float), ('length', float), ('belt', float), ('wheel', float),
    ('body', Sequence[Tuple[float, float]]), ('cabin', Sequence[Tuple[float, float]]),
    ('taper', float),  # how much narrower the roof is than the belt
    ('axles', Tuple[float, float]),
])

SHAPES = {
    'hatchback': Shape(1.68, 3.9, 0.92, 0.30,
                       [(0, .3), (0, .62), (.08, .95), (2.9, .95), (3.7, .78), (3.9, .58),
                        (3.9, .3)],
                       [(.12, .92), (.5, 1.42), (1.9, 1.45), (2.85, .92)], 0.80, (0.65, 3.2)),
    'saloon': Shape(1.76, 4.5, 0.92, 0.31,
                    [(0, .32), (0, .7), (.1, .98), (1.0, .96), (3.2, .95), (4.3, .8), (4.5, .6),
                     (4.5, .3)],
                    [(.55, .95), (1.25, 1.4), (2.5, 1.42), (3.3, .94)], 0.78, (0.85, 3.6)),
    'estate': Shape(1.76, 4.6, 0.94, 0.31,
                    [(0, .32), (0, .68), (.06, .96), (3.3, .96), (4.4, .8), (4.6, .6), (4.6, .3)],
                    [(.1, .94), (.45, 1.44), (2.6, 1.47), (3.4, .94)], 0.82, (0.85, 3.7)),
    'suv': Shape(1.84, 4.4, 1.08, 0.37,
                 [(0, .42), (0, .8), (.06, 1.1), (3.0, 1.12), (4.2, 1.0), (4.4, .8), (4.4, .4)],
                 [(.1, 1.08), (.35, 1.66), (2.3, 1.7), (3.1, 1.1)], 0.84, (0.8, 3.5)),
    'van': Shape(1.95, 5.0, 1.25, 0.34,
                 [(0, .35), (0, 1.25), (4.0, 1.25), (4.8, 1.0), (5.0, .7), (5.0, .35)],
                 [(.0, 1.25), (.06, 2.15), (3.3, 2.2), (4.1, 1.25)], 0.92, (0.9, 4.1)),
    'bus': Shape(2.5, 10.5, 1.35, 0.48,
                 [(0, .35), (0, 1.35), (10.5, 1.35), (10.5, .35)],
                 [(.0, 1.35), (.05, 2.9), (.3, 3.05), (10.2, 3.05), (10.45, 2.9), (10.5, 1.35)],
                 0.97, (2.4, 7.9)),
}

PAINTS = [(24, 25, 28), (40, 42, 46), (166, 170, 175), (186, 190, 194), (226, 228, 230),
          (112, 22, 26), (160, 30, 30), (26, 44, 92), (36, 66, 132), (24, 58, 46),
          (128, 118, 92), (84, 88, 94), (58, 78, 96), (150, 106, 44)]

Vehicle = NamedTuple('Vehicle', [('shape', str), ('paint', Sequence[float]), ('braking', bool)])

_GLASS = np.array([26.0, 31.0, 36.0])


class _Car:
    """One vehicle while it is drawn: its frame and the light on its faces."""

    def __init__(self, canvas: Canvas, light: Light, vehicle: Vehicle, place: np.ndarray,
                 yaw: float):
        self.canvas, self.light, self.vehicle = canvas, light, vehicle
        self.shape = SHAPES[vehicle.shape]
        sine, cosine = np.sin(yaw), np.cos(yaw)
        # car axes (right, up, ahead) in world axes, as rows
        self.axes = np.array([[cosine, 0, -sine], [0, 1, 0], [sine, 0, cosine]])
        self.place = place
        self.depth = float(place[2])
        self.eye = self.axes @ (np.array([0, canvas.camera.eye, 0]) - place)

    def face(self, points: Sequence, color: np.ndarray, normal: Sequence[float],
             gloss: float = 0.0):
        """Fill a face, points (N, 3) and outward normal in car axes, if it can be seen."""
        points = np.asarray(points, np.float64)
        normal = np.asarray(normal, np.float64)
        if np.dot(self.eye - points.mean(axis=0), normal) <= 0:
            return
        lit = self.light.brightness(normal @ self.axes)
        mirror = gloss * max(0.0, normal[1]) * self.light.haze
        color = self.light.hazed(np.asarray(color) * lit + mirror, self.depth)
        self.canvas.polygon(points @ self.axes + self.place, color, CAR)

    def plate(self, points: Sequence, color: Sequence[float], normal: Sequence[float]):
        """Fill a small part that lies on a face."""
        self.face(points, np.asarray(color, np.float64), normal)


def draw_vehicle(canvas: Canvas, light: Light, vehicle: Vehicle, place: np.ndarray, yaw: float):
    """
    Draw a vehicle.

    :param place: (3,) m, the ground under the middle of it
    :param yaw: radians, 0 heads away from the camera, positive to the right
    """
    car = _Car(canvas, light, vehicle, place, yaw)
    reach = car.shape.length / 2 * abs(np.cos(yaw)) + car.shape.width * abs(np.sin(yaw))
    if place[2] - reach < NEAR + 0.3:
        return
    _shadow(car)
    _wheels(car, far=True)
    paint = np.asarray(vehicle.paint, np.float64)
    body = _rounded(car.shape.body)
    _strips(car, body, (1.0, 1.0), lambda normal: paint, 0.25)
    _sides(car, body, paint)
    _cabin(car, paint)
    _ends(car)
    _wheels(car, far=False)


def draw_shade(canvas: Canvas, shape: str, place: np.ndarray, yaw: float, mask: np.ndarray,
               offset: np.ndarray):
    """
    Draw the shadow of a vehicle into the mask of shaded ground.

    :param mask: (2 H, 2 W) uint8, the darkness of shade on the ground
    :param offset: (3,) m, where the shadow of a point 1 m over the ground falls
    """
    car = SHAPES[shape]
    half, length = car.width / 2 + 0.05, car.length / 2
    sine, cosine = np.sin(yaw), np.cos(yaw)
    box = np.array([[-half, -length], [half, -length], [half, length], [-half, length]])
    foot = np.stack([box[:, 0] * cosine + box[:, 1] * sine, np.zeros(4),
                     -box[:, 0] * sine + box[:, 1] * cosine], axis=1) + place
    top = foot + offset * (car.cabin[1][1] * 0.9)
    points = np.concatenate([foot, top])
    if (points[:, 2] < NEAR).any():
        return
    hull = cv2.convexHull(canvas.camera.project(points).astype(np.float32))[:, 0]
    cv2.fillPoly(mask, [fixed_point(hull)], 255, 8, 3)


def _shadow(car: _Car):
    """Darken the ground right under the vehicle."""
    half, length = car.shape.width / 2 - 0.02, car.shape.length / 2
    points = np.array([[-half, 0.02, -length], [half, 0.02, -length], [half, 0.02, length],
                       [-half, 0.02, length]])
    color = car.light.hazed(np.array([16.0, 17.0, 18.0]) * car.light.ambient, car.depth)
    car.canvas.polygon(points @ car.axes + car.place, color, ROAD)


def _rounded(outline: Sequence) -> np.ndarray:
    """Return an open outline with its corners cut (Chaikin), (N, 2)."""
    points = np.asarray(outline, np.float64)
    cut = [points[:1]]
    cut.extend(np.stack([0.82 * p + 0.18 * q, 0.18 * p + 0.82 * q])
               for p, q in zip(points[:-1], points[1:]))
    cut.append(points[-1:])
    return np.concatenate(cut)


def _strips(car: _Car, outline: np.ndarray, widths: Tuple[float, float], color, gloss: float):
    """Draw what an outline sweeps from side to side; its width goes from low to high."""
    middle = car.shape.length / 2
    low, high = outline[:, 1].min(), outline[:, 1].max()
    half = car.shape.width / 2 * (widths[0] + (widths[1] - widths[0]) *
                                  (outline[:, 1] - low) / (high - low))
    for i in range(len(outline) - 1):
        (z0, y0), (z1, y1) = outline[i], outline[i + 1]
        normal = np.array([0.0, z1 - z0, y0 - y1])
        length = np.hypot(normal[1], normal[2])
        if length < 1e-6:
            continue
        points = [(-half[i], y0, z0 - middle), (half[i], y0, z0 - middle),
                  (half[i + 1], y1, z1 - middle), (-half[i + 1], y1, z1 - middle)]
        car.face(points, color(normal / length), normal / length, gloss)


def _sides(car: _Car, outline: np.ndarray, paint: np.ndarray):
    """Draw both flanks with a darker sill and a crease that catches the light."""
    middle, half = car.shape.length / 2, car.shape.width / 2
    for side in (-1, 1):
        normal = (float(side), 0.0, 0.0)
        flank = [(side * half, y, z - middle) for z, y in outline]
        car.face(flank, paint, normal)
        ends = -middle + 0.08, middle - 0.08
        for low, high, tone in ((0.24, 0.40, 0.45), (0.70, 0.75, 1.22), (0.40, 0.52, 0.86)):
            band = [(side * half, low, ends[0]), (side * half, low, ends[1]),
                    (side * half, high, ends[1]), (side * half, high, ends[0])]
            car.face(band, np.minimum(paint * tone + 4, 255), normal)


def _cabin(car: _Car, paint: np.ndarray):
    """Draw roof, pillars and windows."""
    shape, middle = car.shape, car.shape.length / 2
    outline = np.asarray(shape.cabin, np.float64)
    _strips(car, outline, (0.97, shape.taper),
            lambda normal: paint if normal[1] > 0.93 else _GLASS, 0.3)
    base, roof = outline[:, 1].min(), outline[:, 1].max()
    inward = np.array([1.0, (0.97 - shape.taper) * shape.width / 2 / (roof - base), 0.0])
    inward /= np.linalg.norm(inward)
    for side in (-1, 1):
        def at(z, y):
            share = (y - base) / (roof - base)
            half = shape.width / 2 * (0.97 + (shape.taper - 0.97) * share)
            return side * half, y, z - middle
        normal = (side * inward[0], inward[1], 0.0)
        car.face([at(z, y) for z, y in outline], paint, normal)
        _side_windows(car, outline, at, normal)


def _side_windows(car: _Car, outline: np.ndarray, at, normal: Sequence[float]):
    """Draw the glass of one side: the cabin's outline shrunk, cut by pillars."""
    low, high = outline[0, 1] + 0.05, outline[:, 1].max() - 0.1
    rise = np.maximum.accumulate(outline[:, 1])
    rear = np.interp([low, high], rise[:2], outline[:2, 0]) + 0.12
    front = np.interp([low, high], outline[:-3:-1, 1], outline[:-3:-1, 0]) - 0.12
    count = 6 if car.vehicle.shape == 'bus' else 2
    first = 1 if car.vehicle.shape == 'van' else 0
    shares = np.linspace(0.55 if first else 0.0, 1.0, count - first + 1)
    for a, b in zip(shares[:-1], shares[1:]):
        bottom = rear[0] + (front[0] - rear[0]) * np.array([a, b]) + (0.03, -0.03)
        top = rear[1] + (front[1] - rear[1]) * np.array([a, b]) + (0.03, -0.03)
        car.face([at(bottom[0], low), at(bottom[1], low), at(top[1], high), at(top[0], high)],
                 _GLASS, normal, 0.5)


def _ends(car: _Car):
    """Draw lights, plates, bumpers and grille on the rear and the front."""
    shape, half = car.shape, car.shape.width / 2
    rear, front = -shape.length / 2 - 0.01, shape.length / 2 + 0.01
    red = (255, 40, 30) if car.vehicle.braking else (150, 20, 20)
    light_top = min(shape.belt - 0.06, 0.95)

    def box(left, right, low, high, z, color):
        car.plate([(left, low, z), (right, low, z), (right, high, z), (left, high, z)], color,
                  (0.0, 0.0, -1.0 if z < 0 else 1.0))

    box(-half, half, 0.28, 0.46, rear, (34, 34, 36))
    box(-half, half, 0.28, 0.44, front, (34, 34, 36))
    box(-0.26, 0.26, 0.50, 0.62, rear, (206, 176, 40))
    box(-0.26, 0.26, 0.38, 0.49, front, (220, 220, 214))
    box(-0.4, 0.4, 0.56, 0.68, front, (24, 24, 26))
    for side in (-1, 1):
        inner, outer = side * half * 0.72, side * half * 0.98
        box(min(inner, outer), max(inner, outer), light_top - 0.26, light_top, rear, red)
        inner = side * half * 0.58
        box(min(inner, outer), max(inner, outer), 0.55, 0.71, front, (214, 218, 222))


def _wheels(car: _Car, far: bool):
    """Draw the wheels of the flank that can be seen, or first the others' tyres."""
    shape, middle = car.shape, car.shape.length / 2
    turn = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    circle = np.stack([np.zeros(16), np.cos(turn), np.sin(turn)], axis=1)
    rubber = np.array([20.0, 20.0, 22.0])
    for side in (-1, 1):
        for axle in shape.axles:
            hub = np.array([side * (shape.width / 2 + 0.01), shape.wheel, axle - middle])
            if far:
                inner = hub[0] - side * 0.2
                for z, normal in ((-shape.wheel, (0, 0, -1.0)), (shape.wheel, (0, 0, 1.0))):
                    car.face([(inner, 0, hub[2] + z), (hub[0], 0, hub[2] + z),
                              (hub[0], 0.45, hub[2] + z), (inner, 0.45, hub[2] + z)],
                             rubber, normal)
                continue
            normal = (float(side), 0.0, 0.0)
            car.face(hub + circle * (shape.wheel + 0.05), rubber * 0.6, normal)
            car.face(hub + circle * shape.wheel, rubber, normal)
            car.face(hub + circle * shape.wheel * 0.62, (118, 120, 124), normal)
            car.face(hub + circle * shape.wheel * 0.2, (60, 60, 62), normal)
