# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""``lsnet segment``: segment an image, a folder of images, or a video."""

import argparse
from pathlib import Path
import sys
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple, Union

import cv2
import numpy as np

from lsnet_ros.commands.arguments import add_backend, add_groups
from lsnet_ros.commands.progress import progress
from lsnet_ros.errors import LsnetError
from lsnet_ros.files import replacing
from lsnet_ros.frames import Frame
from lsnet_ros.frames.image_files import (
    IMAGE_SUFFIXES,
    ImageError,
    list_images,
    OTHER_SUFFIXES,
    read_rgb,
)
from lsnet_ros.labels.drawing import overlay
from lsnet_ros.labels.groups import read_groups
from lsnet_ros.models.folder import DEFAULT_MODEL, read_model
from lsnet_ros.segmenter import Segmenter
from lsnet_ros.sources.captures import count_announced

SUMMARY = 'segment an image, a folder of images or a video'
NAMED = 5  # most files of a kind that are listed by name
OUTPUTS = ('mask', 'overlay', 'confidence')


class InputError(LsnetError, ValueError):
    """The input is missing, empty or unreadable."""


class Frames(NamedTuple):
    """The frames of an input."""

    total: Optional[int]  # None if unknown
    items: Iterator[Tuple[str, Union[Frame, ImageError]]]  # file name; why it is unreadable
    skipped: List[str] = []  # names of photos in other formats
    announced: int = 0       # frames that a video's container counts, 0 if it does not


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument('input', type=Path, metavar='IMAGE|FOLDER|VIDEO',
                        help='file or folder to segment')
    parser.add_argument('--model', default=DEFAULT_MODEL,
                        help='name of a model, or a model folder (default: {})'.format(
                            DEFAULT_MODEL))
    parser.add_argument('--output', default=Path('segmented'), type=Path, metavar='DIR',
                        help='folder for NAME_mask.png (class ids) and NAME_overlay.png (colours) '
                             '(default: segmented)')
    add_backend(parser)
    add_groups(parser)
    parser.add_argument('--confidence', action='store_true',
                        help='also write NAME_confidence.png: the calibrated probability of each '
                             'pixel\'s class, 255 is certain')
    parser.add_argument('--overwrite', action='store_true',
                        help='replace files of these names that are in DIR already')


def run(args: argparse.Namespace) -> Dict[str, Any]:
    """
    Write the mask and the overlay of each frame; frames left out are named at the end.

    :returns: model, backend, output, frames, and failed: the names of the files left out
    """
    frames = open_frames(args.input)
    model = read_model(args.model)
    groups = read_groups(args.groups, model.label_set) if args.groups else None
    segmenter = Segmenter(model, args.backend, groups=groups)
    done = 0
    failed: List[Tuple[str, ImageError]] = []
    kept: List[str] = []  # names of outputs that exist
    for file_name, frame in progress(frames.items, frames.total, 'frames'):
        if isinstance(frame, ImageError):
            failed.append((file_name, frame))
            continue
        paths = _output_paths(args.output, frame.name, args.confidence)
        existing = [] if args.overwrite else [path.name for path in paths if path.exists()]
        if existing:
            kept.append(existing[0])
            continue
        _write_results(segmenter, frame.image, paths)
        done += 1
    print('{} frame{} segmented to {}\n{}'.format(
        done, '' if done == 1 else 's', args.output, segmenter.backend.reason))
    _report(['{} {}'.format(*pair) for pair in failed], '; replace or remove them')
    _report(kept, ' in {} are not overwritten: choose another --output, or give '
            '--overwrite'.format(args.output))
    _report(frames.skipped, ' not read, expected {}: convert them'.format(
        ', '.join(IMAGE_SUFFIXES)))
    lost = frames.announced - done - len(kept)
    torn = [args.input.name] if lost > 0 else []
    _report(torn, ': {} of {} frames cannot be decoded; copy or convert it again'.format(
        lost, frames.announced))
    return {'model': model.name, 'backend': segmenter.backend.name, 'output': str(args.output),
            'frames': done,
            'failed': [file_name for file_name, _ in failed] + kept + frames.skipped + torn}


def _write_results(segmenter: Segmenter, image: np.ndarray, paths: List[Path]) -> None:
    """Write mask, overlay and, if there is a third path, confidence of a frame."""
    class_ids, confidence, _ = segmenter.segment(image, len(paths) > 2)
    pictures = [class_ids, overlay(image, class_ids, segmenter.label_set.palette)]
    pictures += [] if confidence is None else [confidence]
    for path, picture in zip(paths, pictures):
        write_png(path, picture)


def _output_paths(folder: Path, name: str, has_confidence: bool) -> List[Path]:
    """Return the paths of a frame's mask, overlay and, if wanted, confidence."""
    kinds = OUTPUTS if has_confidence else OUTPUTS[:2]
    return [folder / '{}_{}.png'.format(name, kind) for kind in kinds]


def _report(names: List[str], text: str) -> None:
    """Print the first names and a text about them, if there are any."""
    if names:
        more = ' and {} more'.format(len(names) - NAMED) if len(names) > NAMED else ''
        print('lsnet: ' + ', '.join(names[:NAMED]) + more + text, file=sys.stderr)


def open_frames(path: Path) -> Frames:
    """
    Open an image, a folder of images in the order of their names, or a video.

    :raises InputError: if the input is missing, empty or unreadable
    """
    if path.is_dir():
        paths = list_images(path)
        if not paths:
            raise InputError('{} holds no images: expected files that end in {}'.format(
                path, ', '.join(IMAGE_SUFFIXES)))
        stems = [p.stem for p in paths]
        names = [p.stem if stems.count(p.stem) == 1 else p.name for p in paths]
        return Frames(len(paths), map(_read_frame, names, paths),
                      sorted(p.name for p in path.iterdir() if p.suffix.lower() in OTHER_SUFFIXES))
    if not path.is_file():
        raise InputError('{} does not exist: give an image, a folder of images or a video'.format(
            path))
    if path.suffix.lower() in IMAGE_SUFFIXES:
        return Frames(1, map(_read_frame, [path.stem], [path]))
    return _open_video(path)


def _read_frame(name: str, path: Path) -> Tuple[str, Union[Frame, ImageError]]:
    """Return a file's name and its frame, or why it cannot be read."""
    try:
        return path.name, Frame(name, read_rgb(path))
    except ImageError as error:
        return path.name, error
    except OSError as error:
        return path.name, ImageError('cannot be read ({})'.format(error.strerror))


def write_png(path: Path, image: np.ndarray) -> None:
    """Write (H, W) uint8, or (H, W, 3) uint8 RGB, as a PNG file."""
    _, content = cv2.imencode('.png', image if image.ndim == 2 else image[..., ::-1])
    with replacing(path) as file:
        file.write(content.tobytes())


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
    return Frames(total if total > 0 else None, items(), announced=count_announced(video, path))
