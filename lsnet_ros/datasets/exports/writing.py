# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Write an export as a folder with a ``dataset.yaml``."""

import io
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, List, Set

import numpy as np
import yaml

from lsnet_ros.datasets.dataset_file import default_color, NAME
from lsnet_ros.datasets.exports.export import BACKGROUND, Export, ExportError, Labelled
from lsnet_ros.errors import one_line
from lsnet_ros.files import replacing
from lsnet_ros.frames.image_files import check_pixels, IMAGE_SUFFIXES, ImageError, MAX_PIXELS
from lsnet_ros.frames.image_headers import read_size
from lsnet_ros.labels.label_sets import IGNORE_INDEX

VAL_SHARE = 0.2
NO_CLASS = (255, 255, 255)  # RGB in the palettes
Progress = Callable[[Iterable, int, str], Iterable]


def write_dataset(export: Export, output: Path, progress: Progress) -> List[str]:
    """
    Copy the images, draw their class ids as palette PNGs, and write ``dataset.yaml`` last.

    :param output: new or empty folder
    :returns: the faults of single images, which are left out
    :raises ExportError: if the folder is in use, or there is nothing to write
    :raises OSError: if a file cannot be written
    """
    if output.exists() and (not output.is_dir() or any(output.iterdir())):
        raise ExportError('{} is not empty: give a new folder'.format(output))
    if not export.items:
        raise ExportError('no image has labels: {}'.format(
            '; '.join(export.faults) or 'export again'))
    has_splits = {'train', 'val'} <= {item.split for item in export.items}
    classes: List[Any] = [
        {'name': name, 'color': list(color or _default(name, index)), 'ids': index}
        for index, (name, color) in enumerate(export.classes)]
    palette = np.full((256, 3), NO_CLASS, np.uint8)
    palette[:len(classes)] = [entry['color'] for entry in classes]
    faults: List[str] = []
    names: Set[str] = set()
    for item in progress(export.items, len(export.items), 'images'):
        folder = (item.split or 'train') if has_splits else ''
        try:
            _write_pair(output, folder, item, palette, names)
        except (ExportError, ImageError) as error:
            faults.append(str(error))
    if names:
        _write_description(output, classes, has_splits)
    return faults


def _default(name: str, index: int) -> Any:
    """Return the colour of a class that has none: black for the background."""
    return (0, 0, 0) if name == BACKGROUND else default_color(index)


def _write_pair(output: Path, folder: str, item: Labelled, palette: np.ndarray,
                names: Set[str]) -> None:
    """Write an image and its class ids under a name of their own."""
    from PIL import Image
    try:
        content = item.load() if item.load else item.image.read_bytes()
    except OSError as error:
        raise ExportError('{}: cannot be read ({})'.format(
            item.image, one_line(error))) from error
    size = read_size(content)
    if size is None or item.image.suffix.lower() not in IMAGE_SUFFIXES:
        raise ExportError('{}: is no image that ends in {}: convert it'.format(
            item.image, ', '.join(IMAGE_SUFFIXES)))
    try:
        check_pixels(*size, MAX_PIXELS)
    except ImageError as error:
        raise ExportError('{}: {}'.format(item.image, error)) from error
    class_ids = item.draw((size[1], size[0]))
    if class_ids.shape != (size[1], size[0]):
        raise ExportError('{}: has {}x{} px, its labels {}x{} (width x height)'.format(
            item.image, *size, *class_ids.shape[::-1]))
    name = _choose_name(item.name, folder, names)
    picture = Image.fromarray(class_ids)
    picture.putpalette(palette.ravel().tolist())
    encoded = io.BytesIO()
    picture.save(encoded, 'PNG', optimize=False)
    for kind, suffix, data in (('images', item.image.suffix, content),
                               ('labels', '.png', encoded.getvalue())):
        with replacing(output / kind / folder / (name + suffix)) as file:
            file.write(data)


def _choose_name(name: str, folder: str, names: Set[str]) -> str:
    """Return a file name for an image of an export that no other image has."""
    flat = ''.join('_' if mark in '/\\' or ord(mark) < 32 else mark for mark in name)
    wanted, number = flat, 1
    while '{}/{}'.format(folder, wanted).lower() in names:
        number += 1
        wanted = '{}_{}'.format(flat, number)
    names.add('{}/{}'.format(folder, wanted).lower())
    return wanted


def _write_description(output: Path, classes: List[Dict[str, Any]], has_splits: bool) -> None:
    """Write dataset.yaml."""
    content = {'classes': classes, 'ignore': [IGNORE_INDEX]}
    if has_splits:
        content.update(images='images/{split}/*', targets='labels/{split}/*.png')
    else:
        content.update(images='images/*', targets='labels/*.png',
                       splits={'val': VAL_SHARE, 'seed': 0})
    text = yaml.safe_dump(content, sort_keys=False, allow_unicode=True, default_flow_style=None)
    with replacing(output / NAME) as file:
        file.write(text.encode('utf-8'))
