# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Bodies of cars, vans and buses: solids lofted from an outline and a width."""

import functools
from typing import Callable, Dict, List, NamedTuple, Sequence, Tuple, Union

import numpy as np

Points = Union[Sequence, np.ndarray]
# Outlines go from the rear bumper to the front one: metres along the vehicle and up from the
# ground. `cabin` is the outline of roof and windows above the body.
Shape = NamedTuple('Shape', [
    ('width', float), ('length', float),  # m
    ('wheel', float),                     # radius, m
    ('taper', float),                     # width of the roof over that of the belt
    ('body', Sequence[Tuple[float, float]]), ('cabin', Sequence[Tuple[float, float]]),
    ('axles', Tuple[float, float]),       # m from the rear
    ('panes', Sequence[float]),           # edges of the side windows, as shares of their length
])

SHAPES = {
    'hatchback': Shape(1.70, 3.9, 0.30, 0.80,
                       [(.10, .26), (.0, .42), (.02, .66), (.14, .93), (1.0, .95), (2.85, .93),
                        (3.62, .80), (3.86, .62), (3.9, .42), (3.78, .26)],
                       [(.16, .90), (.34, 1.16), (.56, 1.40), (1.2, 1.47), (2.0, 1.45),
                        (2.95, .90)], (0.66, 3.2), (.0, .46, 1.0)),
    'saloon': Shape(1.76, 4.5, 0.31, 0.78,
                    [(.12, .28), (.0, .44), (.02, .74), (.12, .97), (.9, .99), (3.2, .95),
                     (4.2, .82), (4.46, .62), (4.5, .42), (4.36, .26)],
                    [(.62, .95), (1.24, 1.36), (1.7, 1.43), (2.4, 1.42), (3.32, .92)],
                    (0.9, 3.6), (.0, .48, 1.0)),
    'estate': Shape(1.76, 4.6, 0.31, 0.82,
                    [(.10, .28), (.0, .44), (.02, .7), (.08, .94), (1.2, .97), (3.3, .95),
                     (4.3, .82), (4.56, .62), (4.6, .42), (4.46, .26)],
                    [(.12, .92), (.26, 1.2), (.46, 1.44), (1.5, 1.49), (2.5, 1.46), (3.42, .92)],
                    (0.9, 3.7), (.0, .30, .64, 1.0)),
    'suv': Shape(1.86, 4.4, 0.36, 0.84,
                 [(.10, .36), (.0, .52), (.02, .84), (.08, 1.08), (1.0, 1.12), (3.0, 1.1),
                  (4.1, 1.0), (4.36, .8), (4.4, .5), (4.26, .36)],
                 [(.1, 1.06), (.2, 1.4), (.4, 1.66), (1.4, 1.73), (2.3, 1.7), (3.15, 1.06)],
                 (0.84, 3.5), (.0, .28, .64, 1.0)),
    'van': Shape(1.95, 5.0, 0.34, 0.92,
                 [(.05, .34), (.0, .5), (.0, 1.2), (4.1, 1.2), (4.76, 1.02), (4.96, .72),
                  (5.0, .46), (4.9, .3)],
                 [(.01, 1.16), (.04, 1.9), (.12, 2.18), (1.0, 2.24), (3.2, 2.2), (4.25, 1.16)],
                 (0.95, 4.1), (.7, 1.0)),
    'bus': Shape(2.5, 10.5, 0.48, 0.97,
                 [(.1, .34), (.0, .5), (.0, 1.3), (10.5, 1.3), (10.5, .5), (10.4, .34)],
                 [(.0, 1.26), (.04, 2.8), (.3, 3.05), (10.1, 3.05), (10.42, 2.8),
                  (10.5, 1.26)], (2.4, 7.9), (.0, .16, .32, .48, .64, .8, 1.0)),
}

# Materials of faces: name, colour, and share of the sky that they mirror. Each vehicle has its
# own colours of the first three.
MATERIALS = [
    ('paint', (0, 0, 0), 0.20), ('sill', (0, 0, 0), 0.02), ('roof', (0, 0, 0), 0.22),
    ('glass', (20, 24, 28), 0.24), ('inside', (52, 56, 58), 0.10), ('rubber', (19, 19, 21), 0.0),
    ('arch', (9, 9, 10), 0.0), ('rim', (122, 124, 128), 0.1), ('hub', (58, 58, 60), 0.0),
    ('trim', (32, 32, 34), 0.03), ('tail', (150, 18, 18), 0.05), ('lamp', (218, 222, 226), 0.1),
    ('plate_rear', (206, 176, 40), 0.0), ('plate_front', (220, 220, 214), 0.0),
]
MATERIAL_IDS: Dict[str, int] = {name: i for i, (name, _, _) in enumerate(MATERIALS)}

Solid = NamedTuple('Solid', [
    ('points', np.ndarray),     # (N, 3) m: right, up, ahead, from the ground under the middle
    ('first', List[int]),       # index of each face's first point, and N
    ('centers', np.ndarray),    # (F, 3) m
    ('normals', np.ndarray),    # (F, 3), unit, outward
    ('materials', np.ndarray),  # (F,)
    ('details', np.ndarray),    # (F,) bool: left out when the solid is small
])


class _SolidBuilder:
    """Collects the faces of a solid in painting order."""

    def __init__(self) -> None:
        self.faces: List[Tuple[np.ndarray, np.ndarray, int, bool]] = []

    def add_face(self, points: Points, normal: Points, material: str, detail: bool = False):
        """Add a face of points (N, 3); one with a normal (3,) of length 0 is left out."""
        direction = np.asarray(normal, np.float64)
        length = np.linalg.norm(direction)
        if length > 1e-9:
            self.faces.append((np.asarray(points, np.float64), direction / length,
                               MATERIAL_IDS[material], detail))

    def add_quad(self, corners: Points, material: str, side: float):
        """Add a face (4, 3) with the normal of its diagonals, turned by the sign of ``side``."""
        a, b, c, d = np.asarray(corners, np.float64)
        self.add_face([a, b, c, d], side * np.cross(c - a, d - b), material)

    def build(self) -> Solid:
        """Return the solid of all faces added."""
        points = [face[0] for face in self.faces]
        first = np.concatenate([[0], np.cumsum([len(p) for p in points])])
        return Solid(np.concatenate(points), [int(i) for i in first],
                     np.array([p.mean(axis=0) for p in points]),
                     np.array([face[1] for face in self.faces]),
                     np.array([face[2] for face in self.faces]),
                     np.array([face[3] for face in self.faces]))


@functools.lru_cache(maxsize=None)
def build_solid(name: str) -> Solid:
    """Build the faces of a shape; the same for the same name."""
    shape = SHAPES[name]
    builder = _SolidBuilder()
    _add_tyres(builder, shape)
    _add_body(builder, shape)
    _add_ends(builder, shape, name == 'bus')
    _add_cabin(builder, shape)
    _add_wheels(builder, shape)
    return builder.build()


def _round_corners(outline: Points) -> np.ndarray:
    """Cut the corners of an open outline, (N, 2), by Chaikin's algorithm."""
    points = np.asarray(outline, np.float64)
    found = [points[0]]
    for p, q in zip(points[:-1], points[1:]):
        cut = min(0.2, 0.2 / float(np.linalg.norm(q - p))) * (q - p)  # at most 0.2 m
        found.extend([p + cut, q - cut])
    return np.array(found + [points[-1]])


def _half_width(shape: Shape, z: float, y: float) -> float:
    """Return half of the body's width at a place: less at both ends, the sill and the belt."""
    end = max(0.0, 1.0 - min(z, shape.length - z) / 0.42)
    belt = shape.body[len(shape.body) // 2][1]
    section = 1.0 - 0.05 * ((y / belt - 0.6) / 0.4) ** 2
    return shape.width / 2 * (1 - 0.13 * end ** 2) * section


def _add_body(builder: _SolidBuilder, shape: Shape):
    """Add the body: the outline extruded from side to side, then both flanks."""
    outline, middle = _round_corners(shape.body), shape.length / 2
    for (z0, y0), (z1, y1) in zip(outline[:-1], outline[1:]):
        a, b = _half_width(shape, z0, y0), _half_width(shape, z1, y1)
        builder.add_face([(-a, y0, z0 - middle), (a, y0, z0 - middle), (b, y1, z1 - middle),
                          (-b, y1, z1 - middle)], (0.0, z1 - z0, y0 - y1),
                         'sill' if max(y0, y1) < 0.42 else 'paint')
    top = outline[outline[:, 1] > 0.6 * outline[:, 1].max()]
    stations = np.concatenate([[0.0, 0.12, 0.3], np.linspace(0.6, shape.length - 0.6, 7),
                               shape.length - np.array([0.3, 0.12, 0.0])])
    heights = np.interp(stations, top[:, 0], top[:, 1])
    levels = (0.0, 0.14, 0.45, 0.8, 1.0)
    for side in (-1, 1):
        for i in range(len(stations) - 1):
            for low, high in zip(levels[:-1], levels[1:]):
                corners = []
                for j, share in ((i, low), (i + 1, low), (i + 1, high), (i, high)):
                    y = 0.26 + share * (heights[j] - 0.26)
                    corners.append((side * _half_width(shape, stations[j], y), y,
                                    stations[j] - middle))
                builder.add_quad(corners, 'sill' if low == 0 else 'paint', -side)


def _add_ends(builder: _SolidBuilder, shape: Shape, tall: bool):
    """Add lights, number plates, bumpers and grille to the rear and the front."""
    half = shape.width / 2 * 0.87
    rear, front = -shape.length / 2 - 0.01, shape.length / 2 + 0.01
    belt = 1.0 if tall else shape.body[3][1]

    def add_box(left, right, low, high, z, material):
        builder.add_face([(left, low, z), (right, low, z), (right, high, z), (left, high, z)],
                         (0.0, 0.0, -1.0 if z < 0 else 1.0), material, True)

    add_box(-half, half, 0.27, 0.38, rear, 'trim')
    add_box(-half, half, 0.50, 0.515, rear, 'trim')
    add_box(-0.26, 0.26, 0.55, 0.66, rear, 'plate_rear')
    add_box(-half, half, 0.27, 0.36, front, 'trim')
    add_box(-0.26, 0.26, 0.38, 0.48, front, 'plate_front')
    add_box(-0.42, 0.42, 0.54, 0.66, front, 'trim')
    for side in (-1, 1):
        for inner, low, high, z, material in ((0.76, belt - 0.32, belt - 0.04, rear, 'tail'),
                                              (0.56, 0.55, 0.70, front, 'lamp')):
            edges = sorted((side * half * inner, side * half))
            add_box(edges[0], edges[1], low, high, z, material)


def _add_cabin(builder: _SolidBuilder, shape: Shape):
    """Add roof, pillars and windows."""
    outline, middle = np.asarray(shape.cabin, np.float64), shape.length / 2
    base, roof = outline[:, 1].min(), outline[:, 1].max()

    def half(y):
        return shape.width / 2 * (0.95 + (shape.taper - 0.95) * (y - base) / (roof - base))

    def add_strip(p, q, inset, material):
        a, b = half(p[1]) - inset, half(q[1]) - inset
        builder.add_face([(-a, p[1], p[0] - middle), (a, p[1], p[0] - middle),
                          (b, q[1], q[0] - middle), (-b, q[1], q[0] - middle)],
                         (0.0, q[0] - p[0], p[1] - q[1]), material)

    rise, run = np.diff(outline[:, 1]), np.diff(outline[:, 0])
    rear = int(np.argmax(rise < 0.45 * run))  # the point between rear window and roof
    for p, q in zip(outline[:-1], outline[1:]):
        add_strip(p, q, 0.0, 'roof')
    for p, q in ((outline[0], outline[rear]), (outline[-2], outline[-1])):
        add_strip(p + 0.08 * (q - p), q + 0.08 * (p - q), 0.09, 'glass')
        low, high = (p, q) if p[1] < q[1] else (q, p)
        a, b = low + 0.4 * (high - low), low + 0.86 * (high - low)
        add_strip(*((a, b) if p[1] < q[1] else (b, a)), 0.3, 'inside')
    for side in (-1, 1):
        lean = (0.95 - shape.taper) * shape.width / 2 / (roof - base)
        normal = (float(side), lean, 0.0)
        builder.add_face([(side * half(y), y, z - middle) for z, y in outline], normal, 'paint')
        _add_side_panes(builder, shape, half, side, normal)


def _add_side_panes(builder: _SolidBuilder, shape: Shape, half: Callable[[float], float],
                    side: int, normal: Points):
    """
    Add the windows of one flank, with pillars between them.

    :param half: half of the cabin's width at a height, m
    """
    outline, middle = np.asarray(shape.cabin, np.float64), shape.length / 2
    roof = outline[:, 1].max()
    low, high = outline[0, 1] + 0.05, roof - 0.1
    peak = int(outline[:, 1].argmax())
    rear = np.interp([low, high], outline[:peak + 1, 1], outline[:peak + 1, 0]) + 0.1
    fall = outline[peak:][::-1]
    front = np.interp([low, high], fall[:, 1], fall[:, 0]) - 0.1
    for a, b in zip(shape.panes[:-1], shape.panes[1:]):
        z = [rear[k] + (front[k] - rear[k]) * share + gap
             for k in (0, 1) for share, gap in ((a, 0.03), (b, -0.03))]
        corners = [(z[0], low), (z[1], low), (z[3], high), (z[2], high)]
        builder.add_face([(side * half(y), y, z - middle) for z, y in corners], normal, 'glass')


def _add_tyres(builder: _SolidBuilder, shape: Shape):
    """Add the tyres as seen from the front and the rear, under the bumpers."""
    for side in (-1, 1):
        outer, inner = side * shape.width / 2 * 0.95, side * (shape.width / 2 * 0.95 - 0.19)
        for axle in shape.axles:
            for end in (-1, 1):
                z = axle - shape.length / 2 + end * shape.wheel
                builder.add_face(
                    [(inner, 0, z), (outer, 0, z), (outer, 0.45, z), (inner, 0.45, z)],
                    (0.0, 0.0, float(end)), 'rubber')


def _add_wheels(builder: _SolidBuilder, shape: Shape):
    """Add arches, tyres and rims on both flanks."""
    turn = np.linspace(0, 2 * np.pi, 18, endpoint=False)
    circle = np.stack([np.zeros(18), np.cos(turn), np.sin(turn)], axis=1)
    for side in (-1, 1):
        for axle in shape.axles:
            hub = np.array([side * shape.width / 2, shape.wheel, axle - shape.length / 2])
            for radius, material, detail in ((1.17, 'arch', True), (1.0, 'rubber', False),
                                             (0.64, 'rim', True), (0.2, 'hub', True)):
                ring = hub + circle * (shape.wheel * radius)
                ring[:, 1] = np.maximum(ring[:, 1], 0.0)
                builder.add_face(ring, (float(side), 0.0, 0.0), material, detail)
