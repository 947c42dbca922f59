# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""labelme: a JSON file beside each image, with shapes and perhaps the image itself."""

import base64
import binascii
from collections import Counter
from functools import partial
import io
import math
from pathlib import Path
from typing import Any, Dict, List

import numpy as np

from lsnet_ros.datasets.exports.export import (
    BACKGROUND_REMARK,
    Export,
    ExportError,
    fill,
    find_inside,
    find_split,
    index_images,
    is_points,
    Labelled,
    list_classes,
    number_classes,
    read_json,
    Size,
    take,
    tell_left_out,
    tell_names,
)
from lsnet_ros.frames.image_files import check_pixels, MAX_PIXELS
from lsnet_ros.frames.image_headers import read_size
from lsnet_ros.labels.label_sets import IGNORE_INDEX

IGNORED = '__ignore__'  # labelme's name for pixels of no class
WITHOUT_AREA = ('line', 'linestrip', 'point', 'points')


def read_labelme(source: Path) -> Export:
    """Read a folder of labelme's JSON files, in any subfolders; later shapes lie on top."""
    paths = [path for path in sorted(source.rglob('*.json')) if not path.name.startswith('._')]
    if not paths:
        raise ExportError('{}: found no JSON files, expected those of labelme'.format(source))
    left_out: 'Counter[str]' = Counter()
    shapes = {path: _read_shapes(path, left_out) for path in paths}
    ids = number_classes(sorted({shape['label'] for found in shapes.values() for shape in found}
                                - {IGNORED}))
    items, used = [], set()
    for path in paths:
        item = _describe(path, shapes[path], ids, source)
        used.add(item.image.resolve())
        items.append(item)
    unused = [str(image.relative_to(source)) for images in index_images(source).values()
              for image in images if image.resolve() not in used]
    return Export(list_classes(ids), items, [BACKGROUND_REMARK] + tell_left_out(
        left_out, 'shapes without an area are left out') + tell_names(
            unused, 'images have no JSON file and are left out'), [])


def _read_shapes(path: Path, left_out: 'Counter[str]') -> List[Dict[str, Any]]:
    """Return the shapes of a file that have an area; count the others."""
    found = []
    for shape in take(read_json(path), 'shapes', list, path):
        label, points = take(shape, 'label', str, path), take(shape, 'points', list, path)
        kind = shape.get('shape_type') or 'polygon'
        least = 3 if kind == 'polygon' else 2
        if kind in WITHOUT_AREA:
            left_out[kind] += 1
        elif kind not in DRAWERS or not is_points(points, least):
            raise ExportError('{}: the shape {} {!r} has no area that is known: correct it in '
                              'labelme'.format(path, kind, label))
        else:
            found.append({'label': label, 'kind': kind, 'points': points,
                          'mask': shape.get('mask')})
    return found


def _describe(path: Path, shapes: List[Dict[str, Any]], ids: Dict[str, int],
              source: Path) -> Labelled:
    """Return the image of a JSON file: the file that it names, else the one that it holds."""
    content = read_json(path)
    image = find_inside(path.parent, take(content, 'imagePath', str, path), source, path)
    name = str(path.relative_to(source).with_suffix(''))
    draw = partial(_draw, path, shapes, ids)
    split = find_split(path, source)
    if image.is_file():
        return Labelled(image, name, split, draw)
    if not isinstance(content.get('imageData'), str):
        raise ExportError('{}: names the image {}, which is missing, and holds none: copy it '
                          'there'.format(path, image))
    return Labelled(image, name, split, draw, partial(_load, path))


def _load(path: Path) -> bytes:
    """Return the image that a JSON file holds."""
    return _decode(take(read_json(path), 'imageData', str, path), path)


def _decode(text: str, path: Path) -> bytes:
    """Return bytes of base64."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ExportError('{}: holds an image that is no base64: export it again'.format(
            path)) from error


def _draw(path: Path, shapes: List[Dict[str, Any]], ids: Dict[str, int],
          size: Size) -> np.ndarray:
    """Return the class ids of an image."""
    class_ids = np.zeros(size, np.uint8)
    for shape in shapes:
        label = shape['label']
        class_ids[DRAWERS[shape['kind']](shape, size, path)] = (
            IGNORE_INDEX if label == IGNORED else ids[label])
    return class_ids


def _draw_circle(shape: Dict[str, Any], size: Size, path: Path) -> np.ndarray:
    """Return the pixels of a circle, whose points are its centre and one of its edge."""
    (x, y), edge = shape['points'][:2]
    radius = math.hypot(edge[0] - x, edge[1] - y)
    return fill('ellipse', [[x - radius, y - radius], [x + radius, y + radius]], size)


def _draw_mask(shape: Dict[str, Any], size: Size, path: Path) -> np.ndarray:
    """Return the pixels of a mask, a PNG in a box."""
    from PIL import Image, UnidentifiedImageError
    data = _decode(shape['mask'] if isinstance(shape['mask'], str) else '', path)
    (left, top), (right, bottom) = ([round(part) for part in point]
                                    for point in shape['points'][:2])
    found = read_size(data)
    if found != (right - left + 1, bottom - top + 1) or left < 0 or top < 0:
        raise ExportError('{}: a mask of {} px does not fit its box: correct it in labelme'.format(
            path, found))
    check_pixels(*found, MAX_PIXELS)
    try:
        mask = np.asarray(Image.open(io.BytesIO(data)).convert('L')) > 0
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise ExportError('{}: holds a damaged mask: correct it in labelme'.format(
            path)) from error
    pixels = np.zeros(size, bool)
    part = pixels[top:bottom + 1, left:right + 1]
    part[...] = mask[:part.shape[0], :part.shape[1]]
    return pixels


DRAWERS = {
    'polygon': lambda shape, size, path: fill('polygon', shape['points'], size),
    'rectangle': lambda shape, size, path: fill('rectangle', shape['points'][:2], size),
    'circle': _draw_circle,
    'mask': _draw_mask,
}
"""Functions (shape, size, path of the JSON file) -> pixels (H, W) bool by kind of shape."""
