# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""``lsnet frames``: frames worth labelling, from a bag, a video or a folder."""

import argparse
from pathlib import Path
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple

import numpy as np

from lsnet_ros.commands.arguments import add_backend, parse_count, parse_positive
from lsnet_ros.commands.progress import progress
from lsnet_ros.errors import LsnetError
from lsnet_ros.frames import Frame
from lsnet_ros.frames.image_files import write_png
from lsnet_ros.labels.drawing import colorize
from lsnet_ros.labels.label_sets import LabelSet
from lsnet_ros.models.folder import read_model
from lsnet_ros.segmenter import Segmenter
from lsnet_ros.sources import open_source, SourceError, SourceOptions
from lsnet_ros.sources.selection import Novelty, spread_over_time

SUMMARY = 'keep the frames of a bag, video or folder that are worth labelling'
DRAFTS = 'drafts'  # folder of the draft masks, in the layout of CVAT's "Segmentation mask 1.1"


class OutputError(LsnetError, ValueError):
    """The output folder is in use."""


class Choice(NamedTuple):
    """A frame that may be kept."""

    number: int            # in the source
    confidence: float      # mean of its pixels; 0 without a model


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument('source', metavar='BAG|VIDEO|FOLDER', help='where the frames come from')
    parser.add_argument('--topic', default='/image', metavar='TOPIC',
                        help='images of a bag (default: /image)')
    parser.add_argument('--every', type=parse_positive, default=1.0, metavar='SECONDS',
                        help='least time between two frames (default: 1)')
    parser.add_argument('--most', type=parse_count, metavar='N',
                        help='keep at most N frames: with --model those of the lowest confidence, '
                             'else those spread evenly')
    parser.add_argument('--model', help='model that says which frames it is unsure of')
    parser.add_argument('--prelabel', metavar='MODEL',
                        help='also write draft masks of this model, to be corrected in CVAT')
    parser.add_argument('--output', required=True, type=Path, metavar='DIR',
                        help='new folder for the frames')
    add_backend(parser)


def run(args: argparse.Namespace) -> Dict[str, Any]:
    """
    Write the frames, and draft masks if wanted.

    :returns: output, frames seen, unlike one another, and kept
    """
    if not Path(args.source).expanduser().exists():
        raise SourceError('{} does not exist: give a bag, a video or a folder of images'.format(
            args.source))
    if args.output.exists() and any(args.output.iterdir()):
        raise OutputError('{} is not empty: choose a new folder'.format(args.output))
    unsure = _open_segmenter(args.model, args.backend)
    drafts = _open_segmenter(args.prelabel, args.backend)
    choices = [Choice(number, _measure_confidence(unsure, frame))
               for number, frame in progress(_find_new(args), None, 'frames')]
    kept = {choice.number for choice in _choose(choices, args.most, bool(args.model))}
    names: List[str] = []
    for number, frame in progress(_read(args), None, 'frames'):
        if number not in kept:
            continue
        names.append(_name(args.source, number, frame))
        write_png(args.output / 'images' / (names[-1] + '.png'), frame.image)
        if drafts:
            palette = drafts.model.label_set.palette
            write_png(args.output / DRAFTS / 'SegmentationClass' / (names[-1] + '.png'),
                      colorize(drafts.segment(frame.image).class_ids, palette))
    if drafts:
        _write_lists(args.output / DRAFTS, names, drafts.model.label_set)
    print('{} frames kept in {}, of {} that are {:g} s apart and not alike'.format(
        len(names), args.output, len(choices), args.every))
    return {'output': str(args.output), 'candidates': len(choices), 'kept': len(names)}


def _open_segmenter(model: Optional[str], backend: str) -> Optional[Segmenter]:
    """Return a segmenter of a model, None without one."""
    return Segmenter(read_model(model), backend) if model else None


def _read(args: argparse.Namespace) -> Iterator[Tuple[int, Frame]]:
    """Yield the frames of the source that are far enough apart, with their numbers."""
    source = open_source(args.source, SourceOptions(image_topic=args.topic))
    return spread_over_time(source.frames, args.every)


def _find_new(args: argparse.Namespace) -> Iterator[Tuple[int, Frame]]:
    """Yield the frames that are unlike all before."""
    novelty = Novelty()
    return ((number, frame) for number, frame in _read(args) if novelty.is_new(frame.image))


def _measure_confidence(segmenter: Optional[Segmenter], frame: Frame) -> float:
    """Return the mean confidence of a frame's pixels, 0 to 1."""
    if segmenter is None:
        return 0.0
    return float(np.asarray(segmenter.segment(frame.image, True).confidence).mean()) / 255


def _choose(choices: List[Choice], most: Optional[int], by_confidence: bool) -> List[Choice]:
    """Return the frames to keep."""
    if most is None or most >= len(choices):
        return choices
    if by_confidence:
        return sorted(choices, key=lambda choice: choice.confidence)[:most]
    return [choices[place] for place in
            np.linspace(0, len(choices) - 1, most).round().astype(int)]


def _name(source: str, number: int, frame: Frame) -> str:
    """Return the name of a frame's file: that of its own, or of source and number."""
    stem = Path(source).resolve().stem
    return frame.name or '{}_{:06d}'.format(stem, number)


def _write_lists(folder: Path, names: List[str], labels: LabelSet) -> None:
    """Write the lists of classes and frames that CVAT reads beside the masks."""
    lines = ['# label:color_rgb:parts:actions', 'background:0,0,0::']
    lines += ['{}:{},{},{}::'.format(label.name, *label.color) for label in labels.classes]
    (folder / 'labelmap.txt').write_text('\n'.join(lines) + '\n')
    lists = folder / 'ImageSets' / 'Segmentation'
    lists.mkdir(parents=True)
    (lists / 'default.txt').write_text('\n'.join(names) + '\n')
