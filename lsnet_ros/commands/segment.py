# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""``lsnet segment``: segment images, folders of images, and videos."""

import argparse
import contextlib
from pathlib import Path
import sys
from typing import Any, Dict, List, Tuple

from lsnet_ros.commands.arguments import add_backend, add_groups, describe_choice, parse_names
from lsnet_ros.commands.progress import progress
from lsnet_ros.commands.segment_input import Frames, InputError, open_frames
from lsnet_ros.commands.segment_live import show
from lsnet_ros.commands.segment_output import Folder, Painter, SUFFIXES
from lsnet_ros.frames.image_files import IMAGE_SUFFIXES, ImageError
from lsnet_ros.frames.video_file import has_h264, SUFFIX, WITHOUT_PYAV, writing_video
from lsnet_ros.labels.groups import read_groups
from lsnet_ros.models.folder import DEFAULT_MODEL, read_model
from lsnet_ros.segmenter import Segmenter

SUMMARY = 'segment images, folders of images, and videos'
NAMED = 5  # most files of a kind that are listed by name


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument('inputs', type=Path, nargs='+', metavar='IMAGE|FOLDER|VIDEO',
                        help='files to segment, or folders to segment with their subfolders')
    parser.add_argument('--model', default=DEFAULT_MODEL,
                        help='name of a model, or a model folder (default: {})'.format(
                            DEFAULT_MODEL))
    parser.add_argument('--output', default=Path('segmented'), type=Path, metavar='DIR',
                        help='folder for NAME_mask.png (class ids) and NAME_overlay.png (colours) '
                             'of each picture, NAME_overlay.mp4 of a video (default: segmented)')
    add_backend(parser)
    add_groups(parser)
    parser.add_argument('--classes', type=parse_names, default=[], metavar='NAME,...',
                        help='classes, or groups, to show in place of all: masks have 255 for '
                             'them and 0 for all else')
    parser.add_argument('--masks', action='store_true',
                        help='of a video: also write NAME_NUMBER_mask.png of each frame')
    parser.add_argument('--confidence', action='store_true',
                        help='also write NAME_confidence.png: the calibrated probability of each '
                             'pixel\'s class, 255 is certain')
    parser.add_argument('--polygons', action='store_true',
                        help='also write NAME_polygons.json: the regions of each class as '
                             'polygons, in the form of GeoJSON')
    parser.add_argument('--show', action='store_true',
                        help='show the overlays in a window and write nothing; the one input may '
                             'also be a camera (/dev/video0), a pipeline, a rosbag, or '
                             'street_scene')
    parser.add_argument('--overwrite', action='store_true',
                        help='replace files of these names that are in DIR already')


def run(args: argparse.Namespace) -> Dict[str, Any]:
    """
    Write mask and overlay of each picture, or the overlay of a video; name what was left out.

    :returns: model, backend, output, frames, and failed: the names of the files left out
    """
    if args.show and len(args.inputs) > 1:
        raise InputError('--show has {} inputs: give one'.format(len(args.inputs)))
    inputs = [] if args.show else [open_frames(path, args.output) for path in args.inputs]
    model = read_model(args.model)
    groups = read_groups(args.groups, model.label_set) if args.groups else None
    segmenter = Segmenter(model, args.backend, groups=groups)
    painter, folder = Painter(segmenter, args.classes), Folder(args.output, args.overwrite)
    if args.show:
        return _show(painter, segmenter, args)
    done, failed, torn = 0, [], []
    for path, frames in zip(args.inputs, inputs):
        count, unreadable = _segment_input(painter, folder, path, frames, args)
        done += count
        failed += unreadable
        if 0 < count < frames.announced:
            torn.append((path.name, frames.announced - count, frames.announced))
    is_mpeg4 = any(frames.video for frames in inputs) and not has_h264()
    print('{} frame{} segmented to {}{}\n{}'.format(
        done, '' if done == 1 else 's', args.output, ' ' + WITHOUT_PYAV if is_mpeg4 else '',
        describe_choice(segmenter.backend.name, segmenter.backend, args.verbose)))
    skipped = [name for frames in inputs for name in frames.skipped]
    _report_left_out(folder, failed, skipped, torn)
    return {'model': model.name, 'backend': segmenter.backend.name, 'output': str(args.output),
            'frames': done,
            'failed': [name for name, _ in failed] + folder.kept + folder.clashes + skipped
            + [name for name, _, _ in torn]}


def _show(painter: Painter, segmenter: Segmenter, args: argparse.Namespace) -> Dict[str, Any]:
    """Show the overlays of the one input; returns model, backend, frames, and no failures."""
    frames = show(painter, str(args.inputs[0]))
    print('{} frame{} shown\n{}'.format(frames, '' if frames == 1 else 's', describe_choice(
        segmenter.backend.name, segmenter.backend, args.verbose)))
    return {'model': segmenter.model.name, 'backend': segmenter.backend.name, 'frames': frames,
            'failed': []}


def _segment_input(painter: Painter, folder: Folder, path: Path, frames: Frames,
                   args: argparse.Namespace) -> Tuple[int, List[Tuple[str, ImageError]]]:
    """
    Write the files of each frame of an input, and the overlays of a video as a video.

    :returns: number of segmented frames; names of unreadable files, and why
    """
    suffixes = {kind: SUFFIXES[kind] for kind, is_wanted in (
        ('mask', args.masks or not frames.video), ('overlay', not frames.video),
        ('confidence', args.confidence), ('polygons', args.polygons)) if is_wanted}
    done, failed, add_overlay = 0, [], None
    with contextlib.ExitStack() as stack:
        if frames.video:
            paths = folder.take(path.stem, ['_overlay' + SUFFIX])
            if not paths:
                return 0, []
            if not frames.video.tells_rate:
                _report([path.name], ': its file tells no frame rate, {} has {:.0f} a '
                        'second'.format(paths[0].name, frames.video.rate))
            add_overlay = stack.enter_context(
                writing_video(paths[0], frames.video.rate, frames.video.size))
        for file_name, frame in progress(frames.items, frames.total, 'frames'):
            if isinstance(frame, ImageError):
                failed.append((file_name, frame))
                continue
            paths = folder.take(frame.name, list(suffixes.values()))
            if not paths and add_overlay is None:
                continue
            content = painter.segment(frame.image, args.confidence)
            if add_overlay is not None:
                add_overlay(painter.draw(content))
            for kind, target in zip(suffixes, paths):
                painter.write(kind, target, content)
            done += 1
    return done, failed


def _report_left_out(folder: Folder, failed: List[Tuple[str, ImageError]], skipped: List[str],
                     torn: List[Tuple[str, int, int]]) -> None:
    """Print the names of the files that were left out, and what to do."""
    _report(['{} {}'.format(*pair) for pair in failed], '; replace or remove them')
    _report(folder.kept, ' in {} are not overwritten: choose another --output, or give '
            '--overwrite'.format(folder.path))
    _report(folder.clashes, ' would be written twice: segment inputs of one name to folders of '
            'their own, by --output')
    _report(skipped, ' not read, expected {}: convert them'.format(', '.join(IMAGE_SUFFIXES)))
    for name, lost, announced in torn:
        _report([name], ': {} of {} frames cannot be decoded; copy or convert it again'.format(
            lost, announced))


def _report(names: List[str], text: str) -> None:
    """Print the first names and a text about them, if there are any."""
    if names:
        more = ' and {} more'.format(len(names) - NAMED) if len(names) > NAMED else ''
        print('lsnet: ' + ', '.join(names[:NAMED]) + more + text, file=sys.stderr)
