# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""COCO: one JSON file for many images, with polygons and run-length codes."""

from functools import partial
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional

import numpy as np

from lsnet_ros.datasets.exports.export import (
    BACKGROUND_REMARK,
    Export,
    ExportError,
    find_inside,
    find_split,
    index_images,
    Labelled,
    list_classes,
    number_classes,
    read_json,
    Size,
    take,
    tell_names,
)

KEYS = ('images', 'annotations', 'categories')
OVERLAPS = 'where objects overlap, the smaller one lies on top'


def read_coco(source: Path) -> Export:
    """Read all COCO files of a folder; categories of the same name are one class."""
    files = {path: content for path, content in
             ((path, read_json(path)) for path in sorted(source.rglob('*.json')))
             if isinstance(content, dict) and all(
                 isinstance(content.get(key), list) for key in KEYS)}
    if not files:
        raise ExportError('{}: found no JSON file with {}, expected those of COCO'.format(
            source, ', '.join(KEYS)))
    ids = number_classes(
        take(category, 'name', str, path) for path, content in files.items()
        for category in sorted(content['categories'], key=lambda entry: take(
            entry, 'id', int, path)))
    images = _Images(source, index_images(source))
    found = _Found([], [], [])
    for path, content in files.items():
        _add_items(found, path, content, ids, images)
    return Export(list_classes(ids), found.items, [BACKGROUND_REMARK, OVERLAPS] + tell_names(
        found.empty, 'images have no annotation and are all background'), tell_names(
            found.missing, 'images are missing in {}'.format(source)))


class _Images(NamedTuple):
    """The images of an export."""

    source: Path
    by_name: Dict[str, List[Path]]


class _Found(NamedTuple):
    """Images with labels, and the names of those that are all background or not there."""

    items: List[Labelled]
    empty: List[str]
    missing: List[str]


def _add_items(found: _Found, path: Path, content: Dict[str, Any], ids: Dict[str, int],
               images: _Images) -> None:
    """Add the images of one file."""
    class_of = {category['id']: ids[category['name']] for category in content['categories']}
    annotations: Dict[Any, List[Dict[str, Any]]] = {}
    for entry in content['annotations']:
        if take(entry, 'category_id', int, path) not in class_of:
            raise ExportError('{}: annotation {} has the category {}, which is not listed'.format(
                path, entry.get('id'), entry['category_id']))
        annotations.setdefault(entry.get('image_id'), []).append(entry)
    for entry in content['images']:
        name = take(entry, 'file_name', str, path)
        image = _find_image(path, name, images)
        if image is None:
            found.missing.append(name)
            continue
        objects, root = annotations.get(entry.get('id'), []), images.source.resolve()
        if not objects:
            found.empty.append(name)
        split = find_split(path, images.source) or find_split(image, root)
        found.items.append(Labelled(image, str(image.relative_to(root).with_suffix('')), split,
                                    partial(_draw, path, objects, class_of)))


def _find_image(path: Path, name: str, images: _Images) -> Optional[Path]:
    """Return an image: beside the JSON file, below the source, or the only one of its name."""
    for folder in (path.parent, images.source, images.source / 'images'):
        candidate = find_inside(folder, name, images.source, path)
        if candidate.is_file():
            return candidate.resolve()
    found = images.by_name.get(Path(name).name, [])
    if len(found) > 1:
        raise ExportError('{}: names {}, of which there are {}: keep the folders of the '
                          'export'.format(path, name, len(found)))
    return found[0].resolve() if found else None


def _draw(path: Path, annotations: List[Dict[str, Any]], class_of: Dict[int, int],
          size: Size) -> np.ndarray:
    """Return the class ids of an image, the largest objects drawn first."""
    class_ids = np.zeros(size, np.uint8)
    masks = [(_decode(path, entry, size), class_of[entry['category_id']])
             for entry in annotations]
    for mask, class_id in sorted(masks, key=lambda pair: -int(pair[0].sum())):
        class_ids[mask] = class_id
    return class_ids


def _decode(path: Path, entry: Dict[str, Any], size: Size) -> np.ndarray:
    """Return the pixels (H, W) bool of an annotation."""
    from pycocotools import mask as coder
    shape: Any = entry.get('segmentation')
    text = '{}: annotation {} '.format(path, entry.get('id'))
    if isinstance(shape, list):
        if not shape or not all(
                isinstance(ring, list) and len(ring) >= 6 and len(ring) % 2 == 0
                and all(isinstance(part, (int, float)) and abs(part) < 1e6 for part in ring)
                for ring in shape):
            raise ExportError(text + 'has no polygons of 3 points or more: correct it')
        return coder.decode(coder.merge(coder.frPyObjects(shape, *size))).astype(bool)
    if not isinstance(shape, dict) or shape.get('size') != list(size):
        raise ExportError(text + 'is of an image of {}, expected {} (height, width): export it '
                          'again'.format(shape.get('size') if isinstance(shape, dict) else None,
                                         list(size)))
    counts = shape.get('counts')
    if isinstance(counts, str):
        code = {'size': list(size), 'counts': counts.encode('ascii', 'replace')}
    elif isinstance(counts, list) and all(isinstance(run, int) and run >= 0 for run in counts) \
            and sum(counts) == size[0] * size[1]:
        code = coder.frPyObjects(shape, *size)
    else:
        raise ExportError(text + 'has runs that do not fill its image: export it again')
    try:
        return coder.decode(code).astype(bool)
    except ValueError as error:
        raise ExportError(text + 'has runs that do not fill its image: export it '
                          'again') from error
