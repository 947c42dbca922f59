# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Light of a street scene: sun, sky, haze and camera.

Colours on the canvas are those of surfaces times their light. The camera adds exposure, contrast,
vignetting, blur and noise once the canvas has been shrunk.
"""

import math
from typing import NamedTuple, Tuple

import cv2
import numpy as np

from lsnet_ros.scenes import textures
from lsnet_ros.scenes.canvas import Canvas, Color

_Regime = NamedTuple('_Regime', [
    ('weight', float),
    ('sun', Tuple[float, float]),        # strength of direct light
    ('ambient', Tuple[float, float]),    # strength of the sky's light
    ('elevation', Tuple[float, float]),  # degrees
    ('sun_tint', Color),
    ('zenith', Color),                   # colour of the sky overhead
    ('horizon', Color),                  # and at the horizon
    ('clouds', Tuple[float, float]),     # share of the sky
    ('cloud_tint', Color),
    ('exposure', Tuple[float, float]),
])

_REGIMES = {
    'clear': _Regime(0.28, (0.55, 0.85), (0.45, 0.62), (22, 60), (1.06, 1.0, 0.9),
                     (96, 156, 226), (206, 226, 244), (0.05, 0.45), (250, 250, 252), (1.0, 1.35)),
    'hazy': _Regime(0.27, (0.3, 0.5), (0.5, 0.65), (18, 45), (1.05, 1.0, 0.93),
                    (226, 238, 250), (252, 253, 255), (0.2, 0.7), (254, 254, 255), (1.0, 1.35)),
    'overcast': _Regime(0.27, (0.0, 0.08), (0.68, 0.85), (40, 70), (1.0, 1.0, 1.0),
                        (224, 230, 236), (248, 250, 252), (0.7, 1.0), (238, 241, 244),
                        (1.0, 1.35)),
    'evening': _Regime(0.09, (0.5, 0.8), (0.46, 0.58), (10, 18), (1.18, 0.96, 0.7),
                       (122, 152, 204), (252, 226, 190), (0.15, 0.6), (250, 214, 186),
                       (1.0, 1.3)),
    'dusk': _Regime(0.09, (0.0, 0.03), (0.46, 0.56), (20, 40), (0.95, 0.98, 1.05),
                    (112, 130, 150), (190, 200, 206), (0.6, 1.0), (126, 140, 152), (0.6, 1.0)),
}


class Light:
    """The light and the lens of one drive."""

    def __init__(self, rng: np.random.RandomState):
        """Choose the light of a drive."""
        names = sorted(_REGIMES)
        weights = np.array([_REGIMES[name].weight for name in names])
        regime = _REGIMES[names[rng.choice(len(names), p=weights / weights.sum())]]
        self.regime = regime
        self.lamps_on = regime is _REGIMES['dusk']
        self._tint = np.array(regime.sun_tint)
        self.sun = rng.uniform(*regime.sun)
        self.ambient = rng.uniform(*regime.ambient)
        azimuth = rng.uniform(-np.pi, np.pi)
        elevation = np.deg2rad(rng.uniform(*regime.elevation))
        self.to_sun = np.array([np.cos(elevation) * np.sin(azimuth), np.sin(elevation),
                                np.cos(elevation) * np.cos(azimuth)])
        self._to_sun = tuple(self.to_sun.tolist())
        self.haze_range = np.exp(rng.uniform(np.log(220), np.log(2500)))  # m
        self.haze = 0.92 * np.array(regime.horizon, np.float32)
        self.temperature = np.array([1, 1, 1]) + rng.uniform(-0.06, 0.06) * np.array([1, 0, -1])
        self.exposure = rng.uniform(*regime.exposure)
        self.gamma = rng.uniform(0.9, 1.25)
        self.saturation = rng.uniform(0.7, 1.1)
        self.blur = rng.uniform(0.25, 0.75)     # px at 480 columns
        self.noise = rng.uniform(0.8, 3.4) * (1.4 if self.exposure < 0.7 else 1.0)
        self.vignette = rng.uniform(0.0, 0.28)
        self.clouds = rng.uniform(*regime.clouds)
        self.cloud_place = rng.uniform(0, 512, size=2)

    def brightness(self, normal: Color) -> np.ndarray:
        """Return the light (3,) on a surface with a unit normal, about 0.3 to 1.3."""
        x, y, z = self._to_sun
        facing = max(0.0, x * normal[0] + y * normal[1] + z * normal[2])
        return self._tint * (self.sun * facing) + self.ambient * (0.82 + 0.18 * normal[1])

    def brightness_of(self, normals: np.ndarray) -> np.ndarray:
        """Return the light (N, 3) on surfaces with unit normals (N, 3)."""
        facing = np.maximum(normals @ self.to_sun, 0.0)
        sky = self.ambient * (0.82 + 0.18 * normals[:, 1])
        return sky[:, None] + facing[:, None] * (self.sun * self._tint)

    def illuminate(self, color: Color, depth: float,
                   normal: Color = (0.0, 0.4, -0.9)) -> np.ndarray:
        """Apply light and haze to the colours (..., 3) of surfaces at a depth in metres."""
        return self.add_haze(np.asarray(color, np.float64) * self.brightness(normal), depth)

    def add_haze(self, color: np.ndarray, depth: float) -> np.ndarray:
        """Mix colours (..., 3) at a depth in metres with the haze in front of them."""
        clear = math.exp(-depth / self.haze_range)
        return np.minimum(color * clear + self.haze * (1 - clear), 255.0)

    def relight(self, texture: np.ndarray, depth: float, normal: Color,
                tint: Color) -> np.ndarray:
        """
        Apply light and haze to a texture at a depth in metres.

        :param texture: (h, w, 4) uint8: colours and class id, which stays
        :param tint: factor of each colour, up to 1.25
        """
        clear = math.exp(-depth / self.haze_range)
        gain, haze = np.full(4, 128.0), np.zeros(4)
        gain[:3] = np.minimum(128.0 * clear * self.brightness(normal) * tint, 255.0)
        haze[:3] = self.haze * (1 - clear)
        lit = cv2.multiply(texture, _fill_plain(texture.shape, gain), scale=1 / 128.0)
        return cv2.add(lit, _fill_plain(texture.shape, haze))

    def paint_sky(self, canvas: Canvas, heading: float):
        """
        Paint the sky above the horizon: gradient, clouds and glare.

        :param heading: turn of the camera to the right, as a slope; moves the clouds
        """
        camera = canvas.camera
        rows = int(np.clip(camera.horizon + 3, 1, camera.height)) // 4 + 1
        columns = camera.width // 4 + 1
        up = (camera.horizon - 4 * (np.arange(rows, dtype=np.float32) + 0.5)) / camera.focal
        aside = (4 * (np.arange(columns, dtype=np.float32) + 0.5) - camera.center) / camera.focal
        up = np.maximum(up, 0.004)[:, None]
        height = np.minimum(up / 0.75, 1.0)[..., None] ** 0.7
        sky = (np.asarray(self.regime.horizon, np.float32) * (1 - height) +
               np.asarray(self.regime.zenith, np.float32) * height)
        cover = self._compute_cloud_cover(up, aside + np.float32(heading))
        shade = 1.0 - 0.22 * np.clip(cover - 0.55, 0, 1) * (self.sun < 0.3)
        sky = sky * (1 - cover) + np.asarray(self.regime.cloud_tint, np.float32) * cover * shade
        sky = np.minimum(sky + self._compute_glare(up, aside), 255)
        top = canvas.pixels[:min(rows * 4, camera.height)]
        whole = np.zeros((rows, columns, 4), np.uint8)
        whole[..., :3] = sky
        top[:] = cv2.resize(whole, (columns * 4, rows * 4))[:len(top), :top.shape[1]]

    def _compute_cloud_cover(self, up: np.ndarray, aside: np.ndarray) -> np.ndarray:
        """Compute the share of the sky behind clouds (h, w, 1), a flat layer in perspective."""
        distance = 60.0 / (up + 0.12)
        column = aside[None] * distance * 0.55 + self.cloud_place[0]
        row = np.broadcast_to(distance + self.cloud_place[1], column.shape)
        noise = cv2.remap(textures.make_clouds(), np.ascontiguousarray(column, np.float32),
                          np.ascontiguousarray(row, np.float32), cv2.INTER_LINEAR,
                          borderMode=cv2.BORDER_WRAP)
        cover = (noise - (1.0 - self.clouds)) * 3.2 + 0.4 * self.clouds
        return np.clip(cover, 0, 1)[..., None]

    def _compute_glare(self, up: np.ndarray, aside: np.ndarray) -> np.ndarray:
        """Return the light that the sun adds to the sky around it, (h, w, 1)."""
        length = np.sqrt(1 + up ** 2 + aside[None] ** 2)
        cosine = (aside[None] * self.to_sun[0] + up * self.to_sun[1] + self.to_sun[2]) / length
        return (220 * self.sun * np.maximum(cosine, 0) ** 24)[..., None].astype(np.float32)

    def develop(self, image: np.ndarray, rng: np.random.RandomState) -> np.ndarray:
        """
        Apply the camera to an image: lens, exposure, contrast and noise.

        :param image: (H, W, 3) uint8
        :param rng: of this frame, for its noise
        """
        sigma = self.blur * (image.shape[1] / 480.0) ** 0.4  # px; lenses follow the sensor
        if sigma > 0.3:
            image = cv2.GaussianBlur(image, (0, 0), sigma)
        image = cv2.LUT(image, self._tone_curve())
        image = cv2.transform(image, self._color_matrix())
        return self._add_noise(image, rng)

    def _tone_curve(self) -> np.ndarray:
        """Return the camera's response curve of each channel, (256, 1, 3) uint8."""
        level = np.arange(256)[:, None] / 255.0 * self.exposure * self.temperature
        level = np.clip(level, 0, 2) ** self.gamma
        shoulder = np.where(level > 0.7, 0.7 + 0.3 * np.tanh((level - 0.7) / 0.3), level)
        return np.rint(np.clip(shoulder, 0, 1) * 255).astype(np.uint8)[:, None]

    def _color_matrix(self) -> np.ndarray:
        gray = np.array([[0.3, 0.59, 0.11]] * 3)
        return self.saturation * np.eye(3) + (1 - self.saturation) * gray

    def _add_noise(self, image: np.ndarray, rng: np.random.RandomState) -> np.ndarray:
        """Add vignetting and noise."""
        height, width = image.shape[:2]
        noise = textures.make_sensor_noise(height, width)
        top, left = rng.randint(0, textures.NOISE_MARGIN, size=2)
        noise = noise[top:top + height, left:left + width]
        y = np.linspace(-1, 1, height, dtype=np.float32)[:, None] ** 2
        x = np.linspace(-1, 1, width, dtype=np.float32)[None] ** 2
        shade = (1 - self.vignette / 2 * (x + y)).astype(np.float32)
        image = cv2.multiply(image, cv2.merge([shade] * 3), dtype=cv2.CV_16S)
        return cv2.addWeighted(image, 1.0, noise, float(self.noise) / 32, 0, dtype=cv2.CV_8U)


def _fill_plain(shape: Tuple[int, ...], color: np.ndarray) -> np.ndarray:
    """Return an image (h, w, 4) uint8 of one colour; written in words of 4 bytes for speed."""
    packed = np.rint(color).astype(np.uint8).view(np.uint32)
    return np.full(shape[:2], packed[0], np.uint32).view(np.uint8).reshape(shape)
