# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
The canvas of street scenes: colours and class ids in one array.

The canvas has twice the resolution of the image, and its fourth channel holds class ids. Each
drawing writes both at once, so image and target have the same geometry. At the end the colours
are shrunk by area, which smooths their edges, and the class ids are sampled.
"""

from typing import Callable, Iterable, NamedTuple, Optional, Sequence, Tuple, Union

import cv2
import numpy as np

SKY, BUILDING, POLE, ROAD, PAVEMENT, TREE, SIGN, FENCE, CAR, PEDESTRIAN, BICYCLIST = range(11)
OVERSAMPLING = 2
NEAR = 0.6  # m; nothing closer to the camera is drawn
_SHIFT = 3  # fractional bits of polygon coordinates
_LIMIT = 160000.0  # eighths of a pixel; OpenCV's fixed point overflows beyond

Color = Union[Sequence[float], np.ndarray]


class Camera(NamedTuple('Camera', [
        ('height', int), ('width', int), ('focal', float), ('horizon', float),
        ('center', float), ('eye', float)])):
    """
    A pinhole camera that looks along +z, parallel to the ground; lengths in canvas pixels.

    ``horizon`` is the row of points at infinity, ``center`` the column straight ahead, and
    ``eye`` the height above the ground in metres.
    """

    def project(self, points: np.ndarray) -> np.ndarray:
        """
        Project points to the canvas.

        :param points: (N, 3) m: x to the right, y up from the ground, z > 0 ahead
        :returns: (N, 2) float64, column and row
        """
        scale = self.focal / points[:, 2]
        found = np.empty((len(points), 2))
        found[:, 0] = self.center + points[:, 0] * scale
        found[:, 1] = self.horizon + (self.eye - points[:, 1]) * scale
        return found

    def pixels_per_metre(self, depth: float) -> float:
        """Return the size of 1 m at a depth in metres, canvas pixels."""
        return self.focal / max(depth, NEAR)


def clip_near(points: np.ndarray) -> np.ndarray:
    """Clip a polygon (N, 3) at the plane z = ``NEAR``; (0, 3) if all of it is nearer."""
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
    Colours and class ids of an image, drawn from far to near.

    ``pixels`` is (2 H, 2 W, 4) uint8: red, green, blue, class id.
    """

    def __init__(self, camera: Camera):
        """Create an empty canvas for a camera."""
        self.camera = camera
        self.pixels = np.zeros((camera.height, camera.width, 4), np.uint8)

    def fill_polygon(self, points: np.ndarray, color: Color, class_id: int):
        """Fill a polygon given in metres, (N, 3)."""
        points = clip_near(points)
        if len(points) > 2:
            self.fill(self.camera.project(points), color, class_id)

    def fill_quads(self, points: np.ndarray, color: Color, class_id: int):
        """Fill quadrilaterals (N, 4, 3) m that do not overlap, except those nearer than NEAR."""
        points = points[(points[:, :, 2] >= NEAR).all(axis=1)]
        if len(points):
            corners = fixed_point(self.camera.project(points.reshape(-1, 3)))
            cv2.fillPoly(self.pixels, list(corners.reshape(-1, 4, 2)),
                         _pixel_value(color, class_id), 8, _SHIFT)

    def fill(self, points: np.ndarray, color: Color, class_id: int):
        """Fill a polygon given in canvas pixels, (N, 2)."""
        cv2.fillPoly(self.pixels, [fixed_point(points)], _pixel_value(color, class_id), 8, _SHIFT)

    def fill_fixed(self, points: np.ndarray, color: Color, class_id: int):
        """Fill a polygon (N, 2) from ``fixed_point``."""
        cv2.fillPoly(self.pixels, [points], _pixel_value(color, class_id), 8, _SHIFT)

    def draw_shape(self, form: str, points: np.ndarray, radius: float, color: Color,
                   class_id: int):
        """
        Draw a board (a polygon), a tube along points, or a ball around a point.

        :param form: 'board', 'tube' or 'ball'
        :param points: (N, 2) int32 from ``fixed_point``
        :param radius: canvas pixels; tubes are at least 1 pixel wide
        """
        if form == 'board':
            cv2.fillPoly(self.pixels, [points], _pixel_value(color, class_id), 8, _SHIFT)
        elif form == 'tube':
            self.draw_lines([points], radius, color, class_id)
        else:
            center = (int(points[0, 0]), int(points[0, 1]))
            cv2.circle(self.pixels, center, max(4, int(radius * 2 ** _SHIFT)),
                       _pixel_value(color, class_id), -1, 8, _SHIFT)

    def draw_lines(self, lines: Iterable[np.ndarray], radius: float, color: Color, class_id: int):
        """Draw tubes with round ends along lines, each of points (N, 2) from ``fixed_point``."""
        cv2.polylines(self.pixels, list(lines), False, _pixel_value(color, class_id),
                      max(1, int(2 * radius + 0.5)), 8, _SHIFT)

    def set_class(self, points: np.ndarray, class_id: int):
        """Set the class id but not the colour inside a polygon given in metres, (N, 3)."""
        points = clip_near(points)
        if len(points) < 3:
            return
        corners = self.camera.project(points)
        window = self.find_window(corners)
        if window is None:
            return
        rows, columns = window
        mask = np.zeros((rows.stop - rows.start, columns.stop - columns.start), np.uint8)
        cv2.fillPoly(mask, [fixed_point(corners - (columns.start, rows.start))], 1, 8, _SHIFT)
        self.pixels[rows, columns, 3][mask > 0] = class_id

    def draw_texture(self, corners: np.ndarray, texture: np.ndarray):
        """
        Draw a texture on a flat quadrilateral.

        :param corners: (4, 3) m, ahead of the camera: top left, top right, bottom right, bottom
            left of the texture
        :param texture: (h, w, 4) uint8, the class id in the fourth channel
        """
        target = self.camera.project(corners)
        window = self.find_window(target)
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

    def draw_sprite(self, foot: np.ndarray, size: Tuple[float, float], sprite: np.ndarray,
                    mask: np.ndarray, veil: Optional[np.ndarray],
                    relight: Callable[[np.ndarray], np.ndarray]):
        """
        Draw a flat cut-out that stands on the ground and faces the camera.

        :param foot: (3,) m, the middle of its lower edge
        :param size: height and width, m
        :param sprite: (h, w, 4) uint8: colours and class id
        :param mask: (h, w) uint8, 255 where the sprite is opaque
        :param veil: (h, w) uint8, 255 where the class id is set also in transparent gaps, or None
        :param relight: applies light to the colours
        """
        scale = self.camera.focal / foot[2]
        left, bottom = self.camera.project(foot[None])[0] - (size[1] * scale / 2, 0)
        box = np.array([[left, bottom - size[0] * scale], [left + size[1] * scale, bottom]])
        window = self.find_window(box)
        if window is None:
            return
        rows, columns = window
        warp = np.array([[sprite.shape[1] / (size[1] * scale), 0, 0],
                         [0, sprite.shape[0] / (size[0] * scale), 0]])
        warp[:, 2] = warp[:, :2] @ ((columns.start, rows.start) - box[0])
        shape = (columns.stop - columns.start, rows.stop - rows.start)
        flags = cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP  # shrinking the canvas smooths edges
        part = self.pixels[rows, columns]
        if veil is not None:
            through = part.copy()
            through[..., 3] = sprite[0, 0, 3]
            cv2.copyTo(through, cv2.warpAffine(veil, warp, shape, flags=flags), part)
        cv2.copyTo(relight(cv2.warpAffine(sprite, warp, shape, flags=flags)),
                   cv2.warpAffine(mask, warp, shape, flags=flags), part)

    def find_window(self, points: np.ndarray):
        """Return the slices of rows and columns around points (N, 2), None if they are outside."""
        low = np.floor(points.min(axis=0)).astype(int)
        high = np.ceil(points.max(axis=0)).astype(int) + 1
        left, top = np.maximum(low, 0)
        right, bottom = np.minimum(high, (self.camera.width, self.camera.height))
        if left >= right or top >= bottom:
            return None
        return slice(top, bottom), slice(left, right)

    def shrink(self) -> Tuple[np.ndarray, np.ndarray]:
        """Return the image (H, W, 3) and the target (H, W), both uint8, at half the size."""
        size = (self.camera.width // OVERSAMPLING, self.camera.height // OVERSAMPLING)
        small = cv2.resize(self.pixels, size, interpolation=cv2.INTER_AREA)
        target = self.pixels[1::OVERSAMPLING, 1::OVERSAMPLING, 3]
        return cv2.cvtColor(small, cv2.COLOR_RGBA2RGB), np.ascontiguousarray(target)


def fixed_point(points: np.ndarray) -> np.ndarray:
    """Convert positions (N, 2) to OpenCV's fixed-point numbers, int32."""
    points = points * float(2 ** _SHIFT)
    np.minimum(points, _LIMIT, out=points)
    np.maximum(points, -_LIMIT, out=points)
    return np.rint(points, out=points).astype(np.int32)


def _pixel_value(color: Color, class_id: int) -> Tuple[float, ...]:
    return (float(color[0]), float(color[1]), float(color[2]), float(class_id))
