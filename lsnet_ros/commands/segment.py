# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""``lsnet segment``: segment an image, a folder of images, or a video."""

import argparse
import contextlib
from pathlib import Path
import sys
from typing import Any, ContextManager, Dict, List, NamedTuple, Tuple

import cv2
import numpy as np

from lsnet_ros.commands.arguments import add_backend, add_groups
from lsnet_ros.commands.progress import progress
from lsnet_ros.commands.segment_input import Frames, open_frames, Video
from lsnet_ros.errors import LsnetError
from lsnet_ros.files import replacing
from lsnet_ros.frames.image_files import IMAGE_SUFFIXES, ImageError
from lsnet_ros.frames.video_file import has_h264, SUFFIX, WITHOUT_PYAV, Write, writing_video
from lsnet_ros.labels.drawing import overlay
from lsnet_ros.labels.groups import read_groups
from lsnet_ros.models.folder import DEFAULT_MODEL, read_model
from lsnet_ros.segmenter import Segmenter

SUMMARY = 'segment an image, a folder of images or a video'
NAMED = 5  # most files of a kind that are listed by name


class OutputError(LsnetError, ValueError):
    """An output exists already."""


class Outcome(NamedTuple):
    """What became of the frames of an input."""

    done: int                              # frames that were segmented
    failed: List[Tuple[str, ImageError]]   # names of files, and why they are unreadable
    kept: List[str]                        # names of outputs that existed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument('input', type=Path, metavar='IMAGE|FOLDER|VIDEO',
                        help='file to segment, or folder to segment with its subfolders')
    parser.add_argument('--model', default=DEFAULT_MODEL,
                        help='name of a model, or a model folder (default: {})'.format(
                            DEFAULT_MODEL))
    parser.add_argument('--output', default=Path('segmented'), type=Path, metavar='DIR',
                        help='folder for NAME_mask.png (class ids) and NAME_overlay.png (colours) '
                             'of each picture, NAME_overlay.mp4 of a video (default: segmented)')
    add_backend(parser)
    add_groups(parser)
    parser.add_argument('--masks', action='store_true',
                        help='of a video: also write NAME_NUMBER_mask.png of each frame')
    parser.add_argument('--confidence', action='store_true',
                        help='also write NAME_confidence.png: the calibrated probability of each '
                             'pixel\'s class, 255 is certain')
    parser.add_argument('--overwrite', action='store_true',
                        help='replace files of these names that are in DIR already')


def run(args: argparse.Namespace) -> Dict[str, Any]:
    """
    Write mask and overlay of each picture, or the overlay of a video; name what was left out.

    :returns: model, backend, output, frames, and failed: the names of the files left out
    """
    frames = open_frames(args.input, args.output)
    model = read_model(args.model)
    groups = read_groups(args.groups, model.label_set) if args.groups else None
    segmenter = Segmenter(model, args.backend, groups=groups)
    done, failed, kept = _segment_all(segmenter, frames, args)
    print('{} frame{} segmented to {}{}\n{}'.format(
        done, '' if done == 1 else 's', args.output,
        '' if frames.video is None or has_h264() else ' ' + WITHOUT_PYAV,
        segmenter.backend.reason))
    _report(['{} {}'.format(*pair) for pair in failed], '; replace or remove them')
    _report(kept, ' in {} are not overwritten: choose another --output, or give '
            '--overwrite'.format(args.output))
    _report(frames.skipped, ' not read, expected {}: convert them'.format(
        ', '.join(IMAGE_SUFFIXES)))
    lost = frames.announced - done
    torn = [args.input.name] if lost > 0 else []
    _report(torn, ': {} of {} frames cannot be decoded; copy or convert it again'.format(
        lost, frames.announced))
    return {'model': model.name, 'backend': segmenter.backend.name, 'output': str(args.output),
            'frames': done,
            'failed': [file_name for file_name, _ in failed] + kept + frames.skipped + torn}


def _segment_all(segmenter: Segmenter, frames: Frames, args: argparse.Namespace) -> Outcome:
    """Write the pictures of each frame as PNG files, but the overlays of a video as a video."""
    done, failed, kept = 0, [], []
    kinds = ['mask'] * (args.masks or not frames.video) + ['overlay'] * (not frames.video)
    with contextlib.ExitStack() as stack:
        add_overlay = stack.enter_context(
            _open_overlay_video(frames.video, args)) if frames.video else None
        for file_name, frame in progress(frames.items, frames.total, 'frames'):
            if isinstance(frame, ImageError):
                failed.append((file_name, frame))
                continue
            paths = _output_paths(args.output, frame.name,
                                  kinds + ['confidence'] * args.confidence)
            existing = [] if args.overwrite else [
                path.name for path in paths.values() if path.exists()]
            if existing:
                kept.append(existing[0])
                paths = {}
            if not paths and add_overlay is None:
                continue
            pictures = _draw(segmenter, frame.image, args.confidence)
            if add_overlay is not None:
                add_overlay(pictures['overlay'])
            for kind, path in paths.items():
                write_png(path, pictures[kind])
            done += 1
    return Outcome(done, failed, kept)


def _open_overlay_video(video: Video, args: argparse.Namespace) -> ContextManager[Write]:
    """Open the video of the overlays."""
    path = args.output / '{}_overlay{}'.format(args.input.stem, SUFFIX)
    if path.exists() and not args.overwrite:
        raise OutputError('{} exists: choose another --output, or give --overwrite'.format(path))
    return writing_video(path, video.rate, video.size)


def _draw(segmenter: Segmenter, image: np.ndarray, with_confidence: bool) -> Dict[str, np.ndarray]:
    """Return mask, overlay and, if wanted, confidence of a frame."""
    class_ids, confidence, _ = segmenter.segment(image, with_confidence)
    pictures = {'mask': class_ids,
                'overlay': overlay(image, class_ids, segmenter.label_set.palette)}
    if confidence is not None:
        pictures['confidence'] = confidence
    return pictures


def _output_paths(folder: Path, name: str, kinds: List[str]) -> Dict[str, Path]:
    """Return the paths of a frame's pictures by their kind."""
    return {kind: folder / '{}_{}.png'.format(name, kind) for kind in kinds}


def _report(names: List[str], text: str) -> None:
    """Print the first names and a text about them, if there are any."""
    if names:
        more = ' and {} more'.format(len(names) - NAMED) if len(names) > NAMED else ''
        print('lsnet: ' + ', '.join(names[:NAMED]) + more + text, file=sys.stderr)


def write_png(path: Path, image: np.ndarray) -> None:
    """Write (H, W) uint8, or (H, W, 3) uint8 RGB, as a PNG file."""
    _, content = cv2.imencode('.png', image if image.ndim == 2 else image[..., ::-1])
    with replacing(path) as file:
        file.write(content.tobytes())
