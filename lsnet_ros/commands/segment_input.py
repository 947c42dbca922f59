# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The frames that ``lsnet segment`` reads: of a picture, a folder of pictures, or a video."""

import os
from pathlib import Path
from typing import Iterator, List, NamedTuple, Optional, Tuple, Union

import cv2

from lsnet_ros.errors import LsnetError
from lsnet_ros.frames import Frame
from lsnet_ros.frames.image_files import (
    IMAGE_SUFFIXES,
    ImageError,
    list_images,
    OTHER_SUFFIXES,
    read_rgb,
)
from lsnet_ros.sources.captures import count_announced, read_rate, tells_rate


class InputError(LsnetError, ValueError):
    """The input is missing, empty or unreadable."""


class Video(NamedTuple):
    """Form of the frames of a video."""

    rate: float            # frames per second
    tells_rate: bool       # whether the file tells it
    size: Tuple[int, int]  # (height, width), px


class Frames(NamedTuple):
    """The frames of an input."""

    total: Optional[int]  # None if unknown
    items: Iterator[Tuple[str, Union[Frame, ImageError]]]  # file name; why it is unreadable
    skipped: List[str] = []  # names of photos in other formats
    announced: int = 0       # frames that a video's container counts, 0 if it does not
    video: Optional[Video] = None  # None for pictures


def open_frames(path: Path, output: Path) -> Frames:
    """
    Open an image, a folder of images with its subfolders, or a video.

    :param output: folder to leave out, which has the results of an earlier call
    :raises InputError: if the input is missing, empty or unreadable
    """
    if path.is_dir():
        return _open_folder(path, output)
    if not path.is_file():
        raise InputError('{} does not exist: give an image, a folder of images or a video'.format(
            path))
    if path.suffix.lower() in IMAGE_SUFFIXES:
        return Frames(1, map(_read_frame, [path.stem], [path]))
    return _open_video(path)


def _open_folder(path: Path, output: Path) -> Frames:
    """Open the images of a folder and its subfolders, each named by its path below the folder."""
    names, paths, skipped = [], [], []
    for folder in _walk(path, output):
        found = list_images(folder)
        stems = [image.stem for image in found]
        below = folder.relative_to(path)
        names += [str(below / (image.stem if stems.count(image.stem) == 1 else image.name))
                  for image in found]
        paths += found
        skipped += sorted(str(below / file.name) for file in folder.iterdir()
                          if file.suffix.lower() in OTHER_SUFFIXES)
    if not paths:
        raise InputError('{} holds no images: expected files that end in {}'.format(
            path, ', '.join(IMAGE_SUFFIXES)))
    return Frames(len(paths), map(_read_frame, names, paths), skipped)


def _walk(path: Path, left_out: Path) -> Iterator[Path]:
    """
    Yield a folder and its subfolders in the order of their names, without hidden ones.

    :raises OSError: if one cannot be read
    """
    def fail(error: OSError) -> None:
        raise error

    left_out = left_out.resolve()
    for folder, subfolders, _ in os.walk(str(path), onerror=fail):
        subfolders[:] = sorted(name for name in subfolders if not name.startswith('.')
                               and (Path(folder) / name).resolve() != left_out)
        yield Path(folder)


def _read_frame(name: str, path: Path) -> Tuple[str, Union[Frame, ImageError]]:
    """Return a file's name and its frame, or why it cannot be read."""
    file_name = str(Path(name).with_name(path.name))
    try:
        return file_name, Frame(name, read_rgb(path))
    except ImageError as error:
        return file_name, error
    except OSError as error:
        return file_name, ImageError('cannot be read ({})'.format(error.strerror))


def _silence_opencv() -> None:
    """Keep OpenCV 4 from printing six lines about an unreadable file, if its version can."""
    logging = getattr(getattr(cv2, 'utils', cv2), 'logging', cv2)
    if hasattr(logging, 'setLogLevel'):
        logging.setLogLevel(0)


def _open_video(path: Path) -> Frames:
    """Open a video, its frames numbered from 0."""
    _silence_opencv()
    video = cv2.VideoCapture(str(path))
    is_read, first = video.read()
    if not is_read:
        raise InputError('{} cannot be read as a video: expected one that OpenCV decodes, or an '
                         'image that ends in {}'.format(path, ', '.join(IMAGE_SUFFIXES)))

    def items():
        index, image = 0, first
        while image is not None:
            yield path.name, Frame('{}_{:06d}'.format(path.stem, index),
                                   cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
            index += 1
            image = video.read()[1]
        video.release()

    total = int(video.get(cv2.CAP_PROP_FRAME_COUNT))
    return Frames(total if total > 0 else None, items(), announced=count_announced(video, path),
                  video=Video(read_rate(video), tells_rate(video), first.shape[:2]))
