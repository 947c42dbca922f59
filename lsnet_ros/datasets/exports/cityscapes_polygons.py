# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The polygons of Cityscapes, and of tools that write its format."""

from functools import partial
from pathlib import Path
from typing import Any, Dict, List

import numpy as np

from lsnet_ros.datasets.exports.export import (
    Export,
    ExportError,
    fill,
    find_split,
    index_images,
    is_points,
    Labelled,
    read_json,
    Size,
    take,
    tell_names,
)
from lsnet_ros.labels.label_sets import IGNORE_INDEX, label_set

ENDINGS = ('_gtFine_polygons', '_gtCoarse_polygons', '_polygons')
IMAGE_ENDING = '_leftImg8bit'
GROUP = 'group'  # ending of a label that stands for several objects
NO_CLASS = {     # labels of Cityscapes outside of its 19 classes
    'unlabeled', 'ego vehicle', 'rectification border', 'out of roi', 'static', 'dynamic',
    'ground', 'parking', 'rail track', 'guard rail', 'bridge', 'tunnel', 'polegroup', 'caravan',
    'trailer', 'license plate'}
REMARK = ('pixels outside of all polygons, and labels such as static and ego vehicle, are of no '
          'class')


def read_cityscapes(source: Path) -> Export:
    """Read the polygons below a folder; labels that Cityscapes lacks follow its classes."""
    paths = [path for path in sorted(source.rglob('*.json')) if path.stem.endswith(ENDINGS)]
    if not paths:
        raise ExportError('{}: found no *_polygons.json, expected those of Cityscapes'.format(
            source))
    known = label_set('cityscapes')
    labels = {label for path in paths for label in _list_labels(path)}
    own = sorted(labels - NO_CLASS - set(known.class_names))
    classes: List[Any] = [(label.name, label.color) for label in known.classes]
    classes += [(name, None) for name in own]
    ids = {name: index for index, (name, _) in enumerate(classes)}
    images = {_strip(path.stem, (IMAGE_ENDING,)): path
              for found in index_images(source).values() for path in found
              if not path.stem.endswith(('labelIds', 'instanceIds', 'color', 'labelTrainIds'))}
    items, missing = [], []
    for path in paths:
        name = _strip(path.stem, ENDINGS)
        if name not in images:
            missing.append(name)
            continue
        items.append(Labelled(images[name], name, find_split(path.parent / 'x', source),
                              partial(_draw, path, ids)))
    return Export(classes, items, [REMARK] + tell_names(own, 'labels are added to Cityscapes\''),
                  tell_names(missing, 'images are missing in {}'.format(source)))


def _strip(stem: str, endings: Any) -> str:
    """Return a name without the first of some endings that it has."""
    return next((stem[:-len(ending)] for ending in endings if stem.endswith(ending)), stem)


def _read_objects(path: Path) -> List[Dict[str, Any]]:
    """Return the objects of a file that were not deleted."""
    objects = take(read_json(path), 'objects', list, path)
    return [entry for entry in objects
            if take(entry, 'label', str, path) and not entry.get('deleted')]


def _list_labels(path: Path) -> List[str]:
    """Return the labels of a file, those of groups as of one object."""
    return [_name(entry['label']) for entry in _read_objects(path)]


def _name(label: str) -> str:
    """Return the label of one object: 'cargroup' is 'car', 'polegroup' is a label of its own."""
    is_group = label.endswith(GROUP) and label not in NO_CLASS
    return label[:-len(GROUP)] if is_group else label


def _draw(path: Path, ids: Dict[str, int], size: Size) -> np.ndarray:
    """Return the class ids of an image; later polygons lie on top."""
    content = read_json(path)
    told = (content.get('imgHeight'), content.get('imgWidth'))
    if told != size:
        raise ExportError('{}: is of an image of {}, expected {} (height, width)'.format(
            path, list(told), list(size)))
    class_ids = np.full(size, IGNORE_INDEX, np.uint8)
    for entry in _read_objects(path):
        if not is_points(entry.get('polygon'), 3):
            raise ExportError('{}: the object {!r} has no polygon of 3 points or more'.format(
                path, entry['label']))
        class_ids[fill('polygon', entry['polygon'], size)] = ids.get(
            _name(entry['label']), IGNORE_INDEX)
    return class_ids
