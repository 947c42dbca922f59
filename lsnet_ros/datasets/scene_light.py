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
Light of a street scene: sun, sky, haze, and what the camera makes of them.

Colours on the canvas are the surface's own times the light that falls on it; exposure, contrast,
vignetting, blur and noise come with the camera, after the picture has been shrunk.
"""

import math
from typing import NamedTuple, Tuple

import cv2
import numpy as np

from lsnet_ros.datasets import scene_textures
from lsnet_ros.datasets.scene_canvas import Canvas, Color

_Regime = NamedTuple('_Regime', [
    ('weight', float),
    ('sun', Tuple[float, float]),        # strength of direct light
    ('ambient', Tuple[float, float]),    # strength of the sky's light
    ('elevation', Tuple[float, float]),  # degrees
    ('sun_tint', Color),
    ('zenith', Color),                   # colour of the sky overhead
    ('horizon', Color),                  # and at the horizon
    ('clouds', Tuple[float, float]),     # part of the sky that they cover
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
    """Everything about light and lens that stays the same in one drive."""

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
        """Return the light (3,), about 0.3 to 1.3, that a surface with a unit normal gets."""
        x, y, z = self._to_sun
        facing = max(0.0, x * normal[0] + y * normal[1] + z * normal[2])
        return self._tint * (self.sun * facing) + self.ambient * (0.82 + 0.18 * normal[1])

    def brightness_of(self, normals: np.ndarray) -> np.ndarray:
        """Return the light (N, 3) that surfaces with normals (N, 3) get."""
        facing = np.maximum(normals @ self.to_sun, 0.0)
        sky = self.ambient * (0.82 + 0.18 * normals[:, 1])
        return sky[:, None] + facing[:, None] * (self.sun * self._tint)

    def lit(self, color: Color, depth: float, normal: Color = (0.0, 0.4, -0.9)) -> np.ndarray:
        """Return the colours (..., 3) of surfaces as seen at a depth in metres."""
        return self.hazed(np.asarray(color, np.float64) * self.brightness(normal), depth)

    def hazed(self, color: np.ndarray, depth: float) -> np.ndarray:
        """Mix colours (..., 3) with the haze in front of them."""
        clear = math.exp(-depth / self.haze_range)
        return np.minimum(color * clear + self.haze * (1 - clear), 255.0)

    def relight(self, texture: np.ndarray, depth: float, normal: Color,
                tint: Color) -> np.ndarray:
        """
        Return a texture as it is seen, lit, at a depth in metres.

        :param texture: (h, w, 4) uint8, colours and class; the class stays
        :param tint: factor of each colour; up to 1.25
        """
        clear = math.exp(-depth / self.haze_range)
        gain, haze = np.full(4, 128.0), np.zeros(4)
        gain[:3] = np.minimum(128.0 * clear * self.brightness(normal) * tint, 255.0)
        haze[:3] = self.haze * (1 - clear)
        lit = cv2.multiply(texture, _plain(texture.shape, gain), scale=1 / 128.0)
        return cv2.add(lit, _plain(texture.shape, haze))

    def paint_sky(self, canvas: Canvas, heading: float):
        """
        Paint gradient, clouds and glare above the horizon.

        :param heading: how far the camera has turned to the right, as a slope; moves the clouds
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
        cover = self._cloud_cover(up, aside + np.float32(heading))
        shade = 1.0 - 0.22 * np.clip(cover - 0.55, 0, 1) * (self.sun < 0.3)
        sky = sky * (1 - cover) + np.asarray(self.regime.cloud_tint, np.float32) * cover * shade
        sky = np.minimum(sky + self._glare(up, aside), 255)
        top = canvas.pixels[:min(rows * 4, camera.height)]
        whole = np.zeros((rows, columns, 4), np.uint8)
        whole[..., :3] = sky
        top[:] = cv2.resize(whole, (columns * 4, rows * 4))[:len(top), :top.shape[1]]

    def _cloud_cover(self, up: np.ndarray, aside: np.ndarray) -> np.ndarray:
        """Return how much of the sky a cloud hides (h, w, 1): a flat layer in perspective."""
        distance = 60.0 / (up + 0.12)
        column = aside[None] * distance * 0.55 + self.cloud_place[0]
        row = np.broadcast_to(distance + self.cloud_place[1], column.shape)
        noise = cv2.remap(scene_textures.clouds(), np.ascontiguousarray(column, np.float32),
                          np.ascontiguousarray(row, np.float32), cv2.INTER_LINEAR,
                          borderMode=cv2.BORDER_WRAP)
        cover = (noise - (1.0 - self.clouds)) * 3.2 + 0.4 * self.clouds
        return np.clip(cover, 0, 1)[..., None]

    def _glare(self, up: np.ndarray, aside: np.ndarray) -> np.ndarray:
        """Return the light that the sun adds to the sky around it, (h, w, 1)."""
        length = np.sqrt(1 + up ** 2 + aside[None] ** 2)
        cosine = (aside[None] * self.to_sun[0] + up * self.to_sun[1] + self.to_sun[2]) / length
        return (220 * self.sun * np.maximum(cosine, 0) ** 24)[..., None].astype(np.float32)

    def develop(self, image: np.ndarray, rng: np.random.RandomState) -> np.ndarray:
        """
        Return what the camera records: lens, exposure, contrast and noise.

        :param image: (H, W, 3) uint8
        :param rng: of this frame; moves the noise
        """
        sigma = self.blur * (image.shape[1] / 480.0) ** 0.4  # px; lenses follow the sensor
        if sigma > 0.3:
            image = cv2.GaussianBlur(image, (0, 0), sigma)
        image = cv2.LUT(image, self._tone())
        image = cv2.transform(image, self._color_matrix())
        return self._sensor(image, rng)

    def _tone(self) -> np.ndarray:
        """Return the camera's response per channel, (256, 1, 3) uint8."""
        level = np.arange(256)[:, None] / 255.0 * self.exposure * self.temperature
        level = np.clip(level, 0, 2) ** self.gamma
        shoulder = np.where(level > 0.7, 0.7 + 0.3 * np.tanh((level - 0.7) / 0.3), level)
        return np.rint(np.clip(shoulder, 0, 1) * 255).astype(np.uint8)[:, None]

    def _color_matrix(self) -> np.ndarray:
        gray = np.array([[0.3, 0.59, 0.11]] * 3)
        return self.saturation * np.eye(3) + (1 - self.saturation) * gray

    def _sensor(self, image: np.ndarray, rng: np.random.RandomState) -> np.ndarray:
        """Add vignetting and noise."""
        height, width = image.shape[:2]
        noise = scene_textures.sensor_noise(height, width)
        top, left = rng.randint(0, scene_textures.NOISE_MARGIN, size=2)
        noise = noise[top:top + height, left:left + width]
        y = np.linspace(-1, 1, height, dtype=np.float32)[:, None] ** 2
        x = np.linspace(-1, 1, width, dtype=np.float32)[None] ** 2
        shade = (1 - self.vignette / 2 * (x + y)).astype(np.float32)
        image = cv2.multiply(image, cv2.merge([shade] * 3), dtype=cv2.CV_16S)
        return cv2.addWeighted(image, 1.0, noise, float(self.noise) / 32, 0, dtype=cv2.CV_8U)


def _plain(shape: Tuple[int, ...], color: np.ndarray) -> np.ndarray:
    """Return an image (h, w, 4) uint8 of one colour, fast: four bytes at a time."""
    packed = np.rint(color).astype(np.uint8).view(np.uint32)
    return np.full(shape[:2], packed[0], np.uint32).view(np.uint8).reshape(shape)
