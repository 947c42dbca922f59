# Copyright 2026 The lsnet_ros authors
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.
"""``lsnet segment``: label images of an image, a folder of images, or a video."""

import argparse
from pathlib import Path
import sys
from typing import Any, Dict, Iterator, List, NamedTuple, Optional

import cv2
import numpy as np

from lsnet_ros.backends import BACKENDS
from lsnet_ros.commands.progress import progress
from lsnet_ros.drawing import overlay
from lsnet_ros.errors import LsnetError
from lsnet_ros.files import replacing
from lsnet_ros.image_files import read_rgb
from lsnet_ros.model_files import read_model
from lsnet_ros.segmenter import Segmenter

SUMMARY = 'label an image, a folder of images or a video'
IMAGE_SUFFIXES = ('.bmp', '.jpeg', '.jpg', '.png', '.ppm', '.tif', '.tiff', '.webp')
NAMED = 5  # files that cannot be read are named one by one, then 'and ... more'


class InputError(LsnetError, ValueError):
    """There is nothing to segment."""


class Frame(NamedTuple):
    """One picture to be segmented."""

    name: str                    # what the names of its results begin with
    source: str                  # name of the file it is from
    image: Optional[np.ndarray]  # (H, W, 3) uint8 RGB, None if unreadable


class Frames(NamedTuple):
    """What is to be segmented."""

    total: Optional[int]  # None where it is not known
    items: Iterator[Frame]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument('input', type=Path, metavar='IMAGE|FOLDER|VIDEO')
    parser.add_argument('--model', required=True, help='name of a model, or a model folder')
    parser.add_argument('--output', required=True, type=Path, metavar='DIR',
                        help='folder for NAME_mask.png (class ids) and NAME_overlay.png')
    parser.add_argument('--backend', default='auto', choices=['auto'] + sorted(BACKENDS))


def run(args: argparse.Namespace) -> Dict[str, Any]:
    """
    Write two pictures of each frame: its class ids, and their colours over the frame.

    What can be read is segmented even if some images cannot; those are named at the end.

    :returns: model, backend, output, frames, and the files that could not be read as failed
    """
    frames = open_frames(args.input)
    model = read_model(args.model)
    segmenter = Segmenter(model, args.backend)
    palette = model.label_set.palette
    done = 0
    failed: List[str] = []
    for name, source, image in progress(frames.items, frames.total, 'frames'):
        if image is None:
            failed.append(source)
            continue
        class_ids = segmenter.segment(image).class_ids
        write_png(args.output / (name + '_mask.png'), class_ids)
        write_png(args.output / (name + '_overlay.png'), overlay(image, class_ids, palette))
        done += 1
    print('{} frames segmented to {}\n{}'.format(done, args.output, segmenter.backend.reason))
    if failed:
        more = ' and {} more'.format(len(failed) - NAMED) if len(failed) > NAMED else ''
        print('lsnet: cannot be read as images: {}{}; replace or remove them'.format(
            ', '.join(failed[:NAMED]), more), file=sys.stderr)
    return {'model': model.name, 'backend': segmenter.backend.name, 'output': str(args.output),
            'frames': done, 'failed': failed}


def open_frames(path: Path) -> Frames:
    """
    Return the frames of an image, a folder of images in the order of their names, or a video.

    :raises InputError: if there is no such thing, or nothing in it
    """
    if path.is_dir():
        paths = sorted(p for p in path.iterdir() if p.suffix.lower() in IMAGE_SUFFIXES)
        if not paths:
            raise InputError('{} holds no image: expected files that end in {}'.format(
                path, ', '.join(IMAGE_SUFFIXES)))
        stems = [p.stem for p in paths]
        names = [p.stem if stems.count(p.stem) == 1 else p.name for p in paths]
        return Frames(len(paths), (
            Frame(name, p.name, read_rgb(p)) for name, p in zip(names, paths)))
    if not path.is_file():
        raise InputError('{} is not there: give an image, a folder of images or a video'.format(
            path))
    if path.suffix.lower() in IMAGE_SUFFIXES:
        return Frames(1, iter([Frame(path.stem, path.name, read_rgb(path))]))
    return _open_video(path)


def write_png(path: Path, image: np.ndarray) -> None:
    """Write (H, W) uint8, or (H, W, 3) uint8 RGB, as a PNG file."""
    _, content = cv2.imencode('.png', image if image.ndim == 2 else image[..., ::-1])
    with replacing(path) as file:
        file.write(content.tobytes())


def _silence_opencv() -> None:
    """Keep OpenCV 4 from saying in six lines what is wrong with a file, where it lets us."""
    logging = getattr(getattr(cv2, 'utils', cv2), 'logging', cv2)
    if hasattr(logging, 'setLogLevel'):
        logging.setLogLevel(0)


def _open_video(path: Path) -> Frames:
    """Return the frames of a video, numbered from 0."""
    _silence_opencv()
    video = cv2.VideoCapture(str(path))
    is_read, first = video.read()
    if not is_read:
        raise InputError('{} cannot be read as a video: expected one that OpenCV decodes, or an '
                         'image that ends in {}'.format(path, ', '.join(IMAGE_SUFFIXES)))

    def items():
        index, image = 0, first
        while image is not None:
            yield Frame('{}_{:06d}'.format(path.stem, index), path.name,
                        cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
            index += 1
            image = video.read()[1]
        video.release()

    total = int(video.get(cv2.CAP_PROP_FRAME_COUNT))
    return Frames(total if total > 0 else None, items())
