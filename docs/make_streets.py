# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Write docs/streets.webp: a rendered drive, the camera's frames beside their overlays.

    python3 docs/make_streets.py
"""

import argparse
import io
from pathlib import Path

import numpy as np
from PIL import Image

from lsnet_ros import open_model
from lsnet_ros.datasets.street_scene import StreetScene
from lsnet_ros.files import replacing
from lsnet_ros.labels.drawing import add_legend, overlay
from lsnet_ros.models.folder import DEFAULT_MODEL

SEED = 3
RATE = 10.0          # Hz
QUALITY = 60         # of WebP, 0 to 100


def make_picture(frames: int) -> bytes:
    """Return the moving picture as a WebP file."""
    model, scene = open_model(DEFAULT_MODEL), StreetScene(SEED)
    names, palette = model.label_set.class_names, model.label_set.palette
    pages = []
    for index in range(frames):
        image = scene.frame(index, RATE).image
        drawn = overlay(image, model.segment(image).class_ids, palette)
        pages.append(Image.fromarray(add_legend(np.hstack((image, drawn)), names, palette)))
    buffer = io.BytesIO()
    pages[0].save(buffer, 'WEBP', save_all=True, append_images=pages[1:], quality=QUALITY,
                  method=6, duration=round(1000 / RATE), loop=0)
    return buffer.getvalue()


def main() -> None:
    """Write the picture."""
    parser = argparse.ArgumentParser(description=__doc__.strip().partition('\n')[0])
    parser.add_argument('--frames', type=int, default=60)
    parser.add_argument('--output', type=Path, default=Path(__file__).with_name('streets.webp'))
    options = parser.parse_args()
    with replacing(options.output) as file:
        file.write(make_picture(options.frames))


if __name__ == '__main__':
    main()
