# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Roboflow's semantic segmentation masks: NAME_mask.png beside each image, _classes.csv."""

import csv
from functools import partial
from pathlib import Path
from typing import Dict, List

import numpy as np

from lsnet_ros.datasets.exports.export import (
    Export,
    ExportError,
    find_split,
    index_images,
    Labelled,
    Size,
    tell_names,
)
from lsnet_ros.frames.image_files import ImageError
from lsnet_ros.frames.label_files import read_label_values

LIST = '_classes.csv'
MASK = '_mask.png'


def read_roboflow(source: Path) -> Export:
    """Read the folders of the splits; all have to list the same classes."""
    lists = sorted(source.rglob(LIST))
    if not lists:
        raise ExportError('{}: found no {}, expected Roboflow\'s "Semantic Segmentation '
                          'Masks"'.format(source, LIST))
    classes = [_read_classes(path) for path in lists]
    for path, found in zip(lists, classes):
        if found != classes[0]:
            raise ExportError('{}: lists other classes than {}'.format(path, lists[0]))
    names = list(classes[0].values())
    table = np.full(256, -1, np.int16)
    for class_id, value in enumerate(classes[0]):
        table[value] = class_id
    items, without = [], []
    for images in index_images(source).values():
        for image in images:
            mask = image.with_name(image.stem + MASK)
            if image.name.endswith(MASK):
                continue
            if not mask.is_file():
                without.append(str(image.relative_to(source)))
                continue
            items.append(Labelled(image, str(image.relative_to(source).with_suffix('')),
                                  find_split(image, source), partial(_draw, mask, table)))
    return Export([(name, None) for name in names], items, tell_names(
        without, 'images have no mask and are left out'), [])


def _read_classes(path: Path) -> Dict[int, str]:
    """Return the class name of each value of the masks."""
    found: Dict[int, str] = {}
    with path.open(encoding='utf-8-sig', newline='') as file:
        rows: List[List[str]] = [[cell.strip() for cell in row] for row in csv.reader(file) if row]
    for row in rows[1:]:
        if len(row) != 2 or not row[0].isdigit() or int(row[0]) > 255 or not row[1]:
            raise ExportError('{}: found the row {}, expected "Pixel Value, Class"'.format(
                path, row))
        found[int(row[0])] = row[1]
    return dict(sorted(found.items()))


def _draw(path: Path, table: np.ndarray, size: Size) -> np.ndarray:
    """Return the class ids of a mask."""
    try:
        values = read_label_values(path)
    except (ImageError, OSError) as error:
        raise ExportError('{}: {}'.format(path, error)) from error
    if values.ndim != 2 or values.dtype != np.uint8:
        raise ExportError('{}: holds colours or 16 bits, expected the values of {}'.format(
            path, LIST))
    class_ids = table[values]
    if class_ids.min() < 0:
        raise ExportError('{}: found the value {}, which {} does not list'.format(
            path, values[class_ids < 0][0], LIST))
    return class_ids.astype(np.uint8)
