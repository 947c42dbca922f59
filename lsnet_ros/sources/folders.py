# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Frames of a folder of images, with targets if a folder of annotations lies beside it."""

from pathlib import Path
from typing import Iterable, Sequence

import numpy as np

from lsnet_ros.frames import Frame
from lsnet_ros.frames.image_files import (
    IMAGE_SUFFIXES,
    ImageError,
    list_images,
    read_labels,
    read_rgb,
)
from lsnet_ros.sources.source import DEFAULT_RATE, read_ahead, Source, SourceError, SourceOptions


def open_folder(text: str, _: SourceOptions) -> Source:
    """
    Return the images of a folder in the order of their names.

    The targets of a folder NAME are in a folder NAMEannot beside it: class ids in images of the
    same names.

    :raises SourceError: if there is no image, or an image or its target cannot be read
    :raises DatasetError: if the folder is a split of CamVid and a file does not fit
    """
    folder = Path(text).resolve()
    annotations = folder.with_name(folder.name + 'annot')
    if annotations.is_dir():
        return Source(read_ahead(_read_labelled(folder, annotations)), DEFAULT_RATE,
                      has_truth=True)
    frames = (Frame(path.stem, _read_image(path)) for path in _find_images(folder))
    return Source(read_ahead(frames), DEFAULT_RATE)


def _read_labelled(folder: Path, annotations: Path) -> Iterable[Frame]:
    """Return images and their targets; CamVid's splits have 11 for unlabelled pixels."""
    from lsnet_ros.datasets.camvid import CamVid, SPLITS
    if folder.name in SPLITS:
        dataset = CamVid(folder.parent, folder.name)
        return (dataset[index]._replace(stamp_ns=None) for index in range(len(dataset)))
    return (Frame(path.stem, _read_image(path), _read_target(annotations / (path.stem + '.png')))
            for path in _find_images(folder))


def _find_images(folder: Path) -> Sequence[Path]:
    """Return the paths of the images in a folder, or raise a SourceError."""
    paths = list_images(folder)
    if not paths:
        below = sorted(path.name for path in folder.iterdir() if path.is_dir())
        raise SourceError('folder {} holds no image{}: expected files that end in {}, or a '
                          'rosbag with its metadata.yaml'.format(
                              folder, ' but the folders ' + ', '.join(below[:5]) if below else '',
                              ', '.join(IMAGE_SUFFIXES)))
    return paths


def _read_image(path: Path) -> np.ndarray:
    """Return an image file as (H, W, 3) uint8 RGB, or raise a SourceError."""
    try:
        return read_rgb(path)
    except ImageError as error:
        raise SourceError('{} {}: replace or remove it'.format(path, error)) from error


def _read_target(path: Path) -> np.ndarray:
    """Return an image file of class ids as (H, W) uint8, or raise a SourceError."""
    try:
        target = read_labels(path)
    except FileNotFoundError as error:
        raise SourceError('{} is not there: each image of the folder beside needs class '
                          'ids'.format(path)) from error
    except ImageError as error:
        raise SourceError('{} {}: replace it'.format(path, error)) from error
    if target.dtype != np.uint8 or target.ndim != 2:
        raise SourceError('{} is {} of shape {}: expected an 8-bit image of class ids'.format(
            path, target.dtype, target.shape))
    return target
