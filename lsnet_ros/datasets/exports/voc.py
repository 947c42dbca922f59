# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Pascal VOC, and CVAT's "Segmentation mask 1.1", which has its folders and a labelmap.txt."""

from functools import partial
from pathlib import Path
from typing import Dict, List, Optional, Tuple

import numpy as np

from lsnet_ros.datasets.dataset_file import default_color
from lsnet_ros.datasets.exports.export import (
    Color,
    Export,
    ExportError,
    Labelled,
    Size,
    SPLITS,
    tell_names,
)
from lsnet_ros.frames.image_files import IMAGE_SUFFIXES, ImageError
from lsnet_ros.frames.label_files import read_label_values
from lsnet_ros.labels.label_sets import IGNORE_INDEX

VOC_NAMES = (
    'background', 'aeroplane', 'bicycle', 'bird', 'boat', 'bottle', 'bus', 'car', 'cat', 'chair',
    'cow', 'diningtable', 'dog', 'horse', 'motorbike', 'person', 'pottedplant', 'sheep', 'sofa',
    'train', 'tvmonitor')
BORDER = (224, 224, 192)     # around objects in VOC's masks, index 255 of the palette: no class
IMAGES, MASKS, LISTS = 'JPEGImages', 'SegmentationClass', 'ImageSets/Segmentation'
VOC_REMARK = 'the classes are those of Pascal VOC, for there is no labelmap.txt'


def read_cvat(source: Path) -> Export:
    """Read CVAT's "Segmentation mask 1.1"; background is a class as any other."""
    path = source / 'labelmap.txt'
    try:
        lines = path.read_text(encoding='utf-8-sig').splitlines()
    except (OSError, ValueError) as error:
        raise ExportError('{}: cannot be read, expected CVAT\'s "Segmentation mask 1.1": export '
                          'that'.format(path)) from error
    classes = [_read_line(line, path) for line in lines
               if line.strip() and not line.startswith('#')]
    return _read_folders(source, classes, [])


def read_voc(source: Path) -> Export:
    """Read Pascal VOC; the borders around objects are of no class."""
    if (source / 'labelmap.txt').is_file():
        return read_cvat(source)
    classes = [('background', (0, 0, 0))]
    for index, name in enumerate(VOC_NAMES[1:]):
        red, green, blue = default_color(index)
        classes.append((name, (red, green, blue)))
    return _read_folders(source, classes, [VOC_REMARK])


def _read_line(line: str, path: Path) -> Tuple[str, Color]:
    """Return a class of labelmap.txt, "name:r,g,b:parts:actions"."""
    name, _, rest = line.partition(':')
    parts = rest.partition(':')[0].split(',')
    if not name or len(parts) != 3 or not all(
            part.strip().isdigit() and int(part) < 256 for part in parts):
        raise ExportError('{}: found the line {!r}, expected "name:r,g,b::"'.format(path, line))
    red, green, blue = map(int, parts)
    return name, (red, green, blue)


def _read_folders(source: Path, classes: List[Tuple[str, Color]],
                  remarks: List[str]) -> Export:
    """Read the masks, each with its image."""
    splits = _read_lists(source)
    masks = sorted((source / MASKS).glob('*.png'))
    if not masks:
        raise ExportError('{}: found no PNG files, expected the masks of VOC\'s layout'.format(
            source / MASKS))
    images = {path.stem: path for path in sorted((source / IMAGES).glob('*'))
              if path.suffix.lower() in IMAGE_SUFFIXES}
    colors: Dict[int, int] = {_pack(color): index for index, (_, color) in enumerate(classes)}
    colors.setdefault(_pack(BORDER), IGNORE_INDEX)
    items = [Labelled(images[path.stem], path.stem, splits.get(path.stem, ''),
                      partial(_draw, path, colors)) for path in masks if path.stem in images]
    names = {path.stem for path in masks}
    return Export(
        list(classes), items,
        remarks + tell_names([name for name in images if name not in names],
                             'images have no mask and are left out'),
        tell_names([path.name for path in masks if path.stem not in images],
                   'masks have no image in {}: export with images'.format(source / IMAGES)))


def _read_lists(source: Path) -> Dict[str, str]:
    """Return the split of each name in the lists that are named after one."""
    found = {}
    for path in sorted((source / LISTS).glob('*.txt')):
        split = SPLITS.get(path.stem.lower())
        if split:
            found.update(dict.fromkeys(path.read_text(encoding='utf-8').split(), split))
    return found


def _draw(path: Path, colors: Dict[int, int], size: Size) -> np.ndarray:
    """Return the class ids of a mask, which is coloured or has a palette."""
    values = _read_colors(path)
    packed = (values[..., 0].astype(np.int32) << 16 | values[..., 1].astype(np.int32) << 8
              | values[..., 2])
    found, places = np.unique(packed, return_inverse=True)
    unknown: Optional[int] = next((int(value) for value in found if int(value) not in colors),
                                  None)
    if unknown is not None:
        raise ExportError('{}: found the colour {}, which is of no class'.format(
            path, [unknown >> 16, unknown >> 8 & 255, unknown & 255]))
    table = np.array([colors[int(value)] for value in found], np.uint8)
    return table[places.reshape(packed.shape)]


def _read_colors(path: Path) -> np.ndarray:
    """Return the colours of a mask, (H, W, 3) uint8."""
    from PIL import Image
    try:
        values = read_label_values(path)  # which checks the file before it is decoded
        if values.ndim == 3:
            return values
        with Image.open(path) as image:
            return np.asarray(image.convert('RGB'))
    except (ImageError, OSError) as error:
        raise ExportError('{}: {}'.format(path, error)) from error


def _pack(color: Color) -> int:
    """Return a colour as one number."""
    return color[0] << 16 | color[1] << 8 | color[2]
