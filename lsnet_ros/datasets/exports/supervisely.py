# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Supervisely: meta.json, and in each dataset the folders img and ann."""

import base64
import binascii
from collections import Counter
from functools import partial
import io
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Tuple
import zlib

import numpy as np

from lsnet_ros.datasets.exports.export import (
    BACKGROUND_REMARK,
    Color,
    Export,
    ExportError,
    fill,
    find_split,
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

LARGEST_BITMAP = 1 << 26  # bytes of the PNG of one object


def read_supervisely(source: Path) -> Export:
    """Read all datasets of a project; later objects lie on top."""
    meta_path = source / 'meta.json'
    entries = take(read_json(meta_path), 'classes', list, meta_path)
    ids = number_classes(take(entry, 'title', str, meta_path) for entry in entries)
    left_out: 'Counter[str]' = Counter()
    items, missing = [], []
    for path in sorted(source.rglob('ann/*.json')):
        image = path.parent.parent / 'img' / path.stem
        if not image.is_file():
            missing.append(str(image.relative_to(source)))
            continue
        objects = take(read_json(path), 'objects', list, path)
        drawn = [entry for entry in objects if take(entry, 'geometryType', str, path) in DRAWERS]
        left_out.update(entry['geometryType'] for entry in objects if entry not in drawn)
        for entry in drawn:
            if take(entry, 'classTitle', str, path) not in ids:
                raise ExportError('{}: has the class {!r}, which meta.json does not list'.format(
                    path, entry['classTitle']))
        items.append(Labelled(image, str(image.relative_to(source).with_suffix('')),
                              find_split(image, source), partial(_draw, path, ids)))
    if not items:
        raise ExportError('{}: found no images with a file in ann, expected a project of '
                          'Supervisely'.format(source))
    colors = {entry['title']: _read_color(entry.get('color')) for entry in entries}
    classes = [(name, colors.get(name)) for name, _ in list_classes(ids)]
    return Export(classes, items, [BACKGROUND_REMARK] + tell_left_out(
        left_out, 'objects without an area are left out'), tell_names(
            missing, 'images are missing'))


def _read_color(text: Any) -> Optional[Color]:
    """Return a colour such as '#FF8000', None for anything else."""
    try:
        red, green, blue = bytes.fromhex(text[1:])
    except (TypeError, ValueError):
        return None
    return red, green, blue


def _draw(path: Path, ids: Dict[str, int], size: Size) -> np.ndarray:
    """Return the class ids of an image."""
    content = read_json(path)
    told = content.get('size', {})
    if (told.get('height'), told.get('width')) != size:
        raise ExportError('{}: is of an image of {}, expected {} (height, width)'.format(
            path, [told.get('height'), told.get('width')], list(size)))
    class_ids = np.zeros(size, np.uint8)
    for entry in content['objects']:
        drawer = DRAWERS.get(entry['geometryType'])
        if drawer:
            class_ids[drawer(entry, size, path)] = ids[entry['classTitle']]
    return class_ids


def _read_points(entry: Dict[str, Any], least: int, path: Path,
                 ) -> Tuple[List[List[float]], List[List[List[float]]]]:
    """Return the points of an object's outline and of its holes."""
    points = take(entry, 'points', dict, path)
    outline, holes = points.get('exterior'), points.get('interior', [])
    if not is_points(outline, least) or not isinstance(holes, list) or not all(
            is_points(hole, 3) for hole in holes):
        raise ExportError('{}: an object of {} has no outline: correct it'.format(
            path, entry['classTitle']))
    return outline, holes


def _draw_polygon(entry: Dict[str, Any], size: Size, path: Path) -> np.ndarray:
    """Return the pixels of a polygon without its holes."""
    outline, holes = _read_points(entry, 3, path)
    pixels = fill('polygon', outline, size).copy()
    for hole in holes:
        pixels &= ~fill('polygon', hole, size)
    return pixels


def _draw_rectangle(entry: Dict[str, Any], size: Size, path: Path) -> np.ndarray:
    """Return the pixels of a rectangle."""
    return fill('rectangle', _read_points(entry, 2, path)[0][:2], size)


def _draw_bitmap(entry: Dict[str, Any], size: Size, path: Path) -> np.ndarray:
    """Return the pixels of a bitmap: a PNG, compressed by zlib, with its corner."""
    from PIL import Image, UnidentifiedImageError
    bitmap = take(entry, 'bitmap', dict, path)
    if not is_points([bitmap.get('origin')], 1):
        raise ExportError('{}: a bitmap has no origin: export it again'.format(path))
    left, top = (int(part) for part in bitmap['origin'])
    try:
        packed = base64.b64decode(take(bitmap, 'data', str, path), validate=True)
        data = zlib.decompressobj().decompress(packed, LARGEST_BITMAP)
        found = read_size(data)
        if found is None or left < 0 or top < 0:
            raise ValueError('no image in its place')
        check_pixels(*found, MAX_PIXELS)
        image = Image.open(io.BytesIO(data))
        mask = np.asarray(image.convert('RGBA').getchannel('A') if 'A' in image.getbands()
                          or 'transparency' in image.info else image.convert('L')) > 0
    except (binascii.Error, zlib.error, UnidentifiedImageError, OSError, SyntaxError,
            ValueError) as error:
        raise ExportError('{}: holds a damaged bitmap ({}): export it again'.format(
            path, error)) from error
    pixels = np.zeros(size, bool)
    part = pixels[top:top + mask.shape[0], left:left + mask.shape[1]]
    part[...] = mask[:part.shape[0], :part.shape[1]]
    return pixels


DRAWERS: Dict[str, Callable[[Dict[str, Any], Size, Path], np.ndarray]] = {
    'polygon': _draw_polygon, 'rectangle': _draw_rectangle, 'bitmap': _draw_bitmap}
"""Functions (object, size, path of the file) -> pixels (H, W) bool by kind of geometry."""
