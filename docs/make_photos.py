# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Write docs/photos.jpg: photos of places unlike CamVid, beside the default model's overlays.

The photos are samples of OpenCV (Apache-2.0), in Debian's package opencv-doc:

    apt-get download opencv-doc && dpkg-deb -x opencv-doc_*.deb opencv-doc
    python3 docs/make_photos.py opencv-doc/usr/share/doc/opencv-doc/examples/data
"""

import argparse
from pathlib import Path

import cv2

from lsnet_ros import open_model
from lsnet_ros.files import replacing
from lsnet_ros.frames.image_files import read_rgb
from lsnet_ros.labels.drawing import add_legend, contact_sheet, overlay
from lsnet_ros.models.folder import DEFAULT_MODEL

PHOTOS = ('leuvenB.jpg', 'home.jpg')  # a street of another town; a palace, seen from below
WIDTH = 420      # px, of a tile
QUALITY = 85     # of JPEG


def main() -> None:
    """Write the picture."""
    parser = argparse.ArgumentParser(description=__doc__.strip().partition('\n')[0])
    parser.add_argument('folder', type=Path, help='folder of the photos')
    folder = parser.parse_args().folder
    model = open_model(DEFAULT_MODEL)
    names, palette = model.label_set.class_names, model.label_set.palette
    tiles = []
    for name in PHOTOS:
        photo = read_rgb(folder / name)
        for tile in photo, overlay(photo, model.segment(photo).class_ids, palette):
            size = (WIDTH, round(WIDTH * tile.shape[0] / tile.shape[1]))
            tiles.append(cv2.resize(tile, size, interpolation=cv2.INTER_AREA))
    sheet = add_legend(contact_sheet(tiles, 2), names, palette)
    _, content = cv2.imencode('.jpg', sheet[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    with replacing(Path(__file__).with_name('photos.jpg')) as file:
        file.write(content.tobytes())


if __name__ == '__main__':
    main()
