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
The canvas that street scenes are painted on: colour and class in one array.

The canvas has twice the resolution of the picture, and its fourth channel holds the class. A
stroke writes both at once, so the labels cannot differ from the picture in geometry; the
antialiasing comes from shrinking the colours by area at the end, while the labels are sampled.
"""

from typing import Callable, NamedTuple, Optional, Sequence, Tuple

import cv2
import numpy as np

SKY, BUILDING, POLE, ROAD, PAVEMENT, TREE, SIGN, FENCE, CAR, PEDESTRIAN, BICYCLIST = range(11)
OVERSAMPLING = 2
NEAR = 0.6  # m; nothing closer to the camera is drawn
_SHIFT = 3  # fractional bits of polygon coordinates
_LIMIT = 160000.0  # eighths of a pixel; OpenCV's fixed point overflows beyond

Color = Sequence[float]


class Camera(NamedTuple('Camera', [
        ('height', int), ('width', int), ('focal', float), ('horizon', float),
        ('center', float), ('eye', float)])):
    """
    A pinhole that looks along +z, level with the ground; lengths in canvas pixels.

    ``horizon`` is the row of infinity, ``center`` the column of straight ahead and ``eye`` the
    height over the ground in metres.
    """

    def project(self, points: np.ndarray) -> np.ndarray:
        """
        Return the canvas position of points.

        :param points: (N, 3) x to the right, y up from the ground, z ahead; m; z > 0
        :returns: (N, 2) float64, column and row
        """
        scale = self.focal / points[:, 2]
        found = np.empty((len(points), 2))
        found[:, 0] = self.center + points[:, 0] * scale
        found[:, 1] = self.horizon + (self.eye - points[:, 1]) * scale
        return found

    def pixels_per_metre(self, depth: float) -> float:
        """Return the size on the canvas of 1 m at a depth in metres."""
        return self.focal / max(depth, NEAR)


def clip_near(points: np.ndarray) -> np.ndarray:
    """Cut away what of a polygon (N, 3) lies nearer than ``NEAR``; may leave (0, 3)."""
    depths = points[:, 2]
    if depths.min() >= NEAR:
        return points
    kept = []
    for i in range(len(points)):
        p, q = points[i - 1], points[i]
        if (p[2] >= NEAR) != (q[2] >= NEAR):
            kept.append(p + (q - p) * ((NEAR - p[2]) / (q[2] - p[2])))
        if q[2] >= NEAR:
            kept.append(q)
    return np.array(kept).reshape(-1, 3)


class Canvas:
    """
    Colours and classes of one picture while it is painted, far things first.

    ``pixels`` is (2 H, 2 W, 4) uint8: red, green, blue, class.
    """

    def __init__(self, camera: Camera):
        """Start an empty canvas for a camera."""
        self.camera = camera
        self.pixels = np.zeros((camera.height, camera.width, 4), np.uint8)

    def polygon(self, points: np.ndarray, color: Color, class_id: int):
        """Fill a polygon given in metres, (N, 3)."""
        points = clip_near(points)
        if len(points) > 2:
            self.fill(self.camera.project(points), color, class_id)

    def quads(self, points: np.ndarray, color: Color, class_id: int):
        """Fill quadrilaterals (N, 4, 3) m that do not overlap, those ahead of the camera."""
        points = points[(points[:, :, 2] >= NEAR).all(axis=1)]
        if len(points):
            corners = fixed_point(self.camera.project(points.reshape(-1, 3)))
            cv2.fillPoly(self.pixels, list(corners.reshape(-1, 4, 2)), _stroke(color, class_id),
                         8, _SHIFT)

    def fill(self, points: np.ndarray, color: Color, class_id: int):
        """Fill a polygon given in canvas pixels, (N, 2)."""
        cv2.fillPoly(self.pixels, [fixed_point(points)], _stroke(color, class_id), 8, _SHIFT)

    def fill_fixed(self, points: np.ndarray, color: Color, class_id: int):
        """Fill a polygon that ``fixed_point`` made."""
        cv2.fillPoly(self.pixels, [points], _stroke(color, class_id), 8, _SHIFT)

    def stroke(self, form: str, points: np.ndarray, radius: float, color: Color, class_id: int):
        """
        Draw a board (a polygon), a tube along points, or a ball around one point.

        :param form: 'board', 'tube' or 'ball'
        :param points: (N, 2) int32 from ``fixed_point``
        :param radius: canvas pixels; nothing gets thinner than one
        """
        if form == 'board':
            cv2.fillPoly(self.pixels, [points], _stroke(color, class_id), 8, _SHIFT)
        elif form == 'tube':
            self.lines([points], radius, color, class_id)
        else:
            center = (int(points[0, 0]), int(points[0, 1]))
            cv2.circle(self.pixels, center, max(4, int(radius * 2 ** _SHIFT)),
                       _stroke(color, class_id), -1, 8, _SHIFT)

    def lines(self, lines: Sequence, radius: float, color: Color, class_id: int):
        """Draw round-ended tubes of one radius along several lines of fixed-point points."""
        cv2.polylines(self.pixels, lines, False, _stroke(color, class_id),
                      max(1, int(2 * radius + 0.5)), 8, _SHIFT)

    def label(self, points: np.ndarray, class_id: int):
        """Set the class, not the colour, inside a polygon given in metres, (N, 3)."""
        points = clip_near(points)
        if len(points) < 3:
            return
        corners = self.camera.project(points)
        window = self.window(corners)
        if window is None:
            return
        rows, columns = window
        mask = np.zeros((rows.stop - rows.start, columns.stop - columns.start), np.uint8)
        cv2.fillPoly(mask, [fixed_point(corners - (columns.start, rows.start))], 1, 8, _SHIFT)
        self.pixels[rows, columns, 3][mask > 0] = class_id

    def texture(self, corners: np.ndarray, texture: np.ndarray):
        """
        Paint a texture on a flat quadrilateral.

        :param corners: (4, 3) m, in front of the camera: top left, top right, bottom right,
            bottom left of the texture
        :param texture: (h, w, 4) uint8, the class in the fourth channel
        """
        target = self.camera.project(corners)
        window = self.window(target)
        if window is None:
            return
        rows, columns = window
        height, width = texture.shape[:2]
        source = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32) - 0.5
        target = (target - (columns.start, rows.start)).astype(np.float32)
        warp = cv2.getPerspectiveTransform(source, target)
        part = self.pixels[rows, columns]
        mask = np.zeros(part.shape[:2], np.uint8)
        cv2.fillConvexPoly(mask, fixed_point(target), 255, 8, _SHIFT)
        painted = cv2.warpPerspective(texture, warp, (part.shape[1], part.shape[0]),
                                      flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        cv2.copyTo(painted, mask, part)

    def sprite(self, foot: np.ndarray, size: Tuple[float, float], sprite: np.ndarray,
               mask: np.ndarray, veil: Optional[np.ndarray],
               relight: Callable[[np.ndarray], np.ndarray]):
        """
        Stand a flat cut-out on a point, facing the camera.

        :param foot: (3,) m, the middle of its lower edge
        :param size: height and width, m
        :param sprite: (h, w, 4) uint8 colours and class
        :param mask: (h, w) uint8, 255 where it is opaque
        :param veil: (h, w) uint8, 255 where the class counts although one sees through, or None
        :param relight: gives the colours their light
        """
        scale = self.camera.focal / foot[2]
        left, bottom = self.camera.project(foot[None])[0] - (size[1] * scale / 2, 0)
        box = np.array([[left, bottom - size[0] * scale], [left + size[1] * scale, bottom]])
        window = self.window(box)
        if window is None:
            return
        rows, columns = window
        warp = np.array([[sprite.shape[1] / (size[1] * scale), 0, 0],
                         [0, sprite.shape[0] / (size[0] * scale), 0]])
        warp[:, 2] = warp[:, :2] @ ((columns.start, rows.start) - box[0])
        shape = (columns.stop - columns.start, rows.stop - rows.start)
        how = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP  # shrinking the canvas smooths it
        part = self.pixels[rows, columns]
        if veil is not None:
            through = part.copy()
            through[..., 3] = sprite[0, 0, 3]
            cv2.copyTo(through, cv2.warpAffine(veil, warp, shape, flags=how), part)
        cv2.copyTo(relight(cv2.warpAffine(sprite, warp, shape, flags=how)),
                   cv2.warpAffine(mask, warp, shape, flags=how), part)

    def window(self, points: np.ndarray):
        """Return the rows and columns (slices) that hold points (N, 2), None if outside."""
        low = np.floor(points.min(axis=0)).astype(int)
        high = np.ceil(points.max(axis=0)).astype(int) + 1
        left, top = np.maximum(low, 0)
        right, bottom = np.minimum(high, (self.camera.width, self.camera.height))
        if left >= right or top >= bottom:
            return None
        return slice(top, bottom), slice(left, right)

    def picture(self) -> Tuple[np.ndarray, np.ndarray]:
        """Return the colours (H, W, 3) and the classes (H, W), both uint8."""
        size = (self.camera.width // OVERSAMPLING, self.camera.height // OVERSAMPLING)
        small = cv2.resize(self.pixels, size, interpolation=cv2.INTER_AREA)
        target = self.pixels[1::OVERSAMPLING, 1::OVERSAMPLING, 3]
        return cv2.cvtColor(small, cv2.COLOR_RGBA2RGB), np.ascontiguousarray(target)


def fixed_point(points: np.ndarray) -> np.ndarray:
    """Return positions (N, 2) in the fixed point form that OpenCV draws from."""
    points = points * float(2 ** _SHIFT)
    np.minimum(points, _LIMIT, out=points)
    np.maximum(points, -_LIMIT, out=points)
    return np.rint(points, out=points).astype(np.int32)


def _stroke(color: Color, class_id: int) -> Tuple[float, ...]:
    return (float(color[0]), float(color[1]), float(color[2]), float(class_id))
