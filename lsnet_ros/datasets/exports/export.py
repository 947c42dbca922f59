# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The common form of all exports: classes, images, and functions that draw their class ids."""

from collections import Counter
import json
from pathlib import Path
from typing import Any, Callable, Dict, Iterable, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from lsnet_ros.errors import LsnetError, one_line
from lsnet_ros.frames.image_files import IMAGE_SUFFIXES
from lsnet_ros.labels.label_sets import IGNORE_INDEX

Size = Tuple[int, int]           # (height, width), px
Color = Tuple[int, int, int]     # RGB
BACKGROUND = 'background'
BACKGROUND_NAMES = (BACKGROUND, '_background_')
SPLITS = {'train': 'train', 'training': 'train', 'val': 'val', 'valid': 'val',
          'validation': 'val', 'test': 'test'}   # names in exports: ours
MOST_CLASSES = IGNORE_INDEX      # with the background
LARGEST_JSON = 1 << 30           # bytes
SHOWN = 5                        # names in a message


class ExportError(LsnetError, ValueError):
    """A folder is not in the format, or one of its files is damaged; the text names it."""


class Labelled(NamedTuple):
    """An image and the way to its class ids."""

    image: Path                            # the file, or the one that holds it
    name: str                              # of the image in the export, without suffix
    split: str                             # train, val or test; '' if the export has none
    draw: Callable[[Size], np.ndarray]     # size of the image -> (H, W) uint8, 255 is no class
    load: Optional[Callable[[], bytes]] = None  # the image, if it is not a file of its own


class Export(NamedTuple):
    """Content of an export."""

    classes: List[Tuple[str, Optional[Color]]]  # by class id; colour None for a default one
    items: List[Labelled]
    remarks: List[str]           # left out, and the choices that were made
    faults: List[str]            # damaged or missing


def read_json(path: Path) -> Any:
    """Return the content of a JSON file; raise an ExportError that names it if it is none."""
    try:
        if path.stat().st_size > LARGEST_JSON:
            raise ExportError('{}: has more than {} bytes'.format(path, LARGEST_JSON))
        return json.loads(path.read_text(encoding='utf-8-sig'))
    except (OSError, ValueError, RecursionError) as error:
        raise ExportError('{}: is no JSON ({}): export it again'.format(
            path, one_line(error))) from error


def take(content: Any, key: str, kind: type, path: Path) -> Any:
    """Return an entry of a JSON object; raise an ExportError that names the file and the key."""
    if not isinstance(content, dict) or not isinstance(content.get(key), kind):
        raise ExportError('{}: found no {} that is {}: export it again'.format(
            path, key, {list: 'a list', str: 'text', dict: 'an object', int: 'a whole number'}.get(
                kind, kind.__name__)))
    return content[key]


def find_inside(folder: Path, name: str, source: Path, named_by: Path) -> Path:
    """
    Return the file of a name that an export gives, below ``folder``.

    :param source: the folder of the export, which the file has to be in
    :param named_by: the file that gives the name
    :raises ExportError: if it is elsewhere
    """
    path = folder / name.replace('\\', '/')
    if source.resolve() not in path.resolve().parents:
        raise ExportError('{}: names {}, which is outside of {}: move the images into the '
                          'export'.format(named_by, path, source))
    return path


def index_images(source: Path) -> Dict[str, List[Path]]:
    """Return the images below a folder by file name, sorted."""
    found: Dict[str, List[Path]] = {}
    for path in sorted(source.rglob('*')):
        if path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith('._'):
            found.setdefault(path.name, []).append(path)
    return found


def find_split(path: Path, source: Path) -> str:
    """Return the split that the names of a path's folders, or of the file, tell; '' for none."""
    parts = [*path.relative_to(source).parent.parts, *path.stem.split('_')]
    return next((SPLITS[part.lower()] for part in parts if part.lower() in SPLITS), '')


def number_classes(names: Iterable[str]) -> Dict[str, int]:
    """Return class ids by name, in order, behind the background."""
    found = dict.fromkeys(name for name in names if name not in BACKGROUND_NAMES)
    if len(found) >= MOST_CLASSES:
        raise ExportError('found {} classes, expected {} at most: merge some'.format(
            len(found), MOST_CLASSES - 1))
    ids = {name: index for index, name in enumerate(found, 1)}
    return dict(dict.fromkeys(BACKGROUND_NAMES, 0), **ids)


def list_classes(ids: Dict[str, int]) -> List[Tuple[str, Optional[Color]]]:
    """Return the classes of ``number_classes``, without colours."""
    return [(name, None) for name in ids if name != BACKGROUND_NAMES[1]]


BACKGROUND_REMARK = (
    'pixels outside of all shapes are of the class background, 0: to ignore them, list 0 under '
    'ignore in dataset.yaml in place of that class')


def tell_left_out(left_out: 'Counter[str]', text: str) -> List[str]:
    """Return the remark on shapes that were left out, by kind; none if none were."""
    kinds = ', '.join('{} ({})'.format(name, count) for name, count in sorted(left_out.items()))
    return ['{}: {}'.format(text, kinds)] if kinds else []


def tell_names(names: Sequence[str], text: str) -> List[str]:
    """Return a text about the first names and how many there are; none if there are none."""
    more = ' and {} more'.format(len(names) - SHOWN) if len(names) > SHOWN else ''
    shown = ', '.join(names[:SHOWN]) + more
    return ['{} {}: {}'.format(len(names), text, shown)] if names else []


def is_points(value: Any, least: int) -> bool:
    """Say whether a value of JSON is a list of at least so many (x, y)."""
    return isinstance(value, list) and len(value) >= least and all(
        isinstance(point, list) and len(point) == 2
        and all(isinstance(part, (int, float)) and abs(part) < 1e6 for part in point)
        for point in value)


def fill(shape: str, points: List[List[float]], size: Size) -> np.ndarray:
    """
    Return the pixels (H, W) bool of a polygon, rectangle or ellipse with its outline, as Pillow.

    labelme and Cityscapes' own scripts draw with Pillow too.

    :param shape: method of ``ImageDraw``: 'polygon', 'rectangle' or 'ellipse'
    :param points: (x, y), px; of a rectangle or ellipse two corners
    """
    from PIL import Image, ImageDraw
    canvas = Image.new('1', size[::-1])
    corners = [tuple(point) for point in points]
    if shape != 'polygon':
        xs, ys = zip(*corners)
        corners = [(min(xs), min(ys)), (max(xs), max(ys))]
    getattr(ImageDraw.Draw(canvas), shape)(corners, fill=1, outline=1)
    return np.asarray(canvas)
