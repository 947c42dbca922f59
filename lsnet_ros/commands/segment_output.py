# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The files that ``lsnet segment`` writes of a frame: mask, overlay, confidence, polygons."""

from pathlib import Path
from typing import Any, List, NamedTuple, Sequence, Set

import numpy as np

from lsnet_ros.errors import LsnetError, not_known
from lsnet_ros.files import write_json
from lsnet_ros.frames.image_files import write_png
from lsnet_ros.labels.drawing import overlay
from lsnet_ros.labels.label_sets import IGNORE_INDEX, LabelSet
from lsnet_ros.labels.polygons import find_polygons
from lsnet_ros.segmenter import Segmenter


class ClassError(LsnetError, ValueError):
    """A class is not one of the model."""


class Content(NamedTuple):
    """What is written of one frame."""

    image: np.ndarray       # (H, W, 3) uint8 RGB
    class_ids: np.ndarray   # (H, W) uint8; 255 where the class is not asked for
    confidence: Any         # (H, W) uint8; None unless it is asked for


class Painter:
    """
    Segments frames and writes the files of a frame.

    :param classes: names of the classes to show, in place of all; then a mask has 255 for them
        and 0 for all else
    :raises ClassError: if the model has no class of a name
    """

    def __init__(self, segmenter: Segmenter, classes: Sequence[str] = ()) -> None:
        self._segmenter = segmenter
        self._labels = segmenter.label_set
        self._shown = find_ids(self._labels, classes)

    def segment(self, image: np.ndarray, with_confidence: bool) -> Content:
        """Segment a frame, (H, W, 3) uint8 RGB."""
        class_ids, confidence, _ = self._segmenter.segment(image, with_confidence)
        if self._shown:
            class_ids = np.where(np.isin(class_ids, self._shown), class_ids,
                                 np.uint8(IGNORE_INDEX))
        return Content(image, class_ids, confidence)

    def draw(self, content: Content) -> np.ndarray:
        """Return the overlay of a frame, (H, W, 3) uint8 RGB."""
        return overlay(content.image, content.class_ids, self._labels.palette)

    def write(self, kind: str, path: Path, content: Content) -> None:
        """Write the file of a kind, one of ``SUFFIXES``."""
        WRITERS[kind](self, path, content)

    def _write_mask(self, path: Path, content: Content) -> None:
        mask = content.class_ids
        if self._shown:
            mask = np.where(mask == IGNORE_INDEX, 0, 255).astype(np.uint8)
        write_png(path, mask)

    def _write_overlay(self, path: Path, content: Content) -> None:
        write_png(path, self.draw(content))

    def _write_confidence(self, path: Path, content: Content) -> None:
        write_png(path, content.confidence)

    def _write_polygons(self, path: Path, content: Content) -> None:
        write_json(path, find_polygons(content.class_ids, self._labels.class_names))


WRITERS = {
    'mask': Painter._write_mask,
    'overlay': Painter._write_overlay,
    'confidence': Painter._write_confidence,
    'polygons': Painter._write_polygons,
}
SUFFIXES = {'mask': '_mask.png', 'overlay': '_overlay.png', 'confidence': '_confidence.png',
            'polygons': '_polygons.json'}


class Folder:
    """
    The folder of the results, in which each file is written once and none of before is lost.

    :param overwrite: whether files of earlier calls may be replaced
    """

    def __init__(self, path: Path, overwrite: bool) -> None:
        self.path = path
        self._overwrite = overwrite
        self._written: Set[Path] = set()
        self.kept: List[str] = []      # names that existed and stayed
        self.clashes: List[str] = []   # names that another input of this call has too

    def take(self, name: str, suffixes: Sequence[str]) -> List[Path]:
        """Return the paths of a frame's files; an empty list if one of them is there already."""
        paths = [self.path / (name + suffix) for suffix in suffixes]
        clashes = [path for path in paths if path in self._written]
        existing = [path for path in paths if not self._overwrite and path.exists()]
        if clashes:
            self.clashes.append(str(clashes[0].relative_to(self.path)))
        elif existing:
            self.kept.append(str(existing[0].relative_to(self.path)))
        else:
            self._written.update(paths)
            return paths
        return []


def find_ids(labels: LabelSet, classes: Sequence[str]) -> List[int]:
    """
    Return the ids of classes.

    :raises ClassError: if there is no class of a name
    """
    names = labels.class_names
    for name in classes:
        if name not in names:
            raise ClassError('{}: expected some of {}'.format(
                not_known('class', name, names), ', '.join(names)))
    return [names.index(name) for name in classes]

