# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""``lsnet dataset``: a look at one's own labelled frames before they are trained on."""

import argparse
from pathlib import Path
from typing import Any, Dict, List

import numpy as np

from lsnet_ros.commands.progress import progress
from lsnet_ros.commands.tables import number, table
from lsnet_ros.datasets.check import check_dataset, DatasetReport, SplitReport
from lsnet_ros.datasets.exports import FORMATS, read_export
from lsnet_ros.datasets.exports.export import ExportError
from lsnet_ros.datasets.exports.writing import write_dataset
from lsnet_ros.datasets.own_data import OwnData
from lsnet_ros.errors import visible
from lsnet_ros.frames.image_files import write_png
from lsnet_ros.frames.spread import choose_evenly
from lsnet_ros.labels.drawing import add_legend, contact_sheet, overlay

SUMMARY = 'check labelled frames of your own: files, classes, sizes'
SHOWN = 20      # faults of a kind on the terminal; --json has all
EXAMPLES = 6    # frames on the contact sheet
WIDTH = 480     # px, of a frame there


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument('path', type=Path, metavar='PATH',
                        help='folder with a dataset.yaml (docs/own-data.md), or that file; with '
                             '--from, the folder of an export')
    parser.add_argument('--from', dest='export', choices=sorted(FORMATS), metavar='FORMAT',
                        help='first write the export of an annotation tool as such a folder: '
                             + ', '.join(sorted(FORMATS)))
    parser.add_argument('--output', type=Path, metavar='DIR', help='new folder, with --from')
    parser.add_argument('--picture', type=Path, metavar='FILE',
                        help='PNG file for some frames with their labels and a legend')


def run(args: argparse.Namespace) -> Dict[str, Any]:
    """
    Read every file; print a table of each split and all faults.

    An export is written as a dataset first.

    :returns: the splits by name, faults and remarks; failed if there are faults
    """
    if bool(args.export) != bool(args.output):
        raise ExportError('--from and --output belong together: give both or neither')
    found = _convert(args) if args.export else []
    path = args.output or args.path
    report = check_dataset(path, progress)
    report = report._replace(faults=found + report.faults)
    for name, split in report.splits.items():
        print(_format_split(name, split, report.class_names) + '\n')
    for text in report.remarks:
        print('note: {}'.format(visible(text)))
    _print_faults(report.faults)
    if args.picture and not report.faults:
        _write_picture(args.picture, OwnData(path, 'train'))
        print('frames with their labels are in {}'.format(args.picture))
    return dict(_as_json(report), failed=bool(report.faults))


def _convert(args: argparse.Namespace) -> List[str]:
    """Write an export as a dataset; returns its faults."""
    export = read_export(args.export, args.path)
    faults = export.faults + write_dataset(export, args.output, progress)
    for text in export.remarks:
        print('note: {}'.format(text))
    print('{} of {} images are in {}'.format(
        len(export.items) - len(faults) + len(export.faults), len(export.items), args.output))
    return faults


def _format_split(name: str, split: SplitReport, class_names: List[str]) -> str:
    """Return the sizes and the table of the classes of a split."""
    labelled = sum(split.pixels)
    rows = [(class_name, count, number(pixels / max(labelled, 1), 2, 100))
            for class_name, count, pixels in
            zip(class_names, split.frames_with, split.pixels)]
    sizes = ', '.join('{}x{} ({})'.format(*size, count)
                      for size, count in list(split.sizes.items())[:SHOWN])
    return '{}: {} frames of {} px; {} % of the pixels are of no class\n{}'.format(
        name, split.frames, sizes or 'no', number(
            split.ignored / max(labelled + split.ignored, 1), 1, 100),
        table(('class', 'frames', 'pixels %'), rows))


def _print_faults(faults: List[str]) -> None:
    """Print the faults, and how many more there are."""
    for text in faults[:SHOWN]:
        print('fault: {}'.format(visible(text)))
    if len(faults) > SHOWN:
        print('and {} faults more (--json FILE lists all)'.format(len(faults) - SHOWN))
    print('{} faults: correct them before training'.format(len(faults)) if faults else
          'no faults found')


def _as_json(report: DatasetReport) -> Dict[str, Any]:
    """Return a report in the types of JSON."""
    return {
        'splits': {name: {
            'frames': split.frames,
            'sizes': {'{}x{}'.format(*size): count for size, count in split.sizes.items()},
            'pixels': dict(zip(report.class_names, split.pixels)),
            'frames_with': dict(zip(report.class_names, split.frames_with)),
            'ignored_pixels': split.ignored} for name, split in report.splits.items()},
        'faults': report.faults, 'remarks': report.remarks}


def _write_picture(path: Path, dataset: OwnData) -> None:
    """Write frames spread over a split with the colours of their targets, and a legend."""
    import cv2
    palette = dataset.label_set.palette
    pictures = []
    for index in choose_evenly(len(dataset), EXAMPLES):
        frame = dataset[index]
        height = max(1, round(frame.image.shape[0] * WIDTH / frame.image.shape[1]))
        picture = overlay(frame.image, np.asarray(frame.target), palette)
        pictures.append(cv2.resize(picture, (WIDTH, height), interpolation=cv2.INTER_AREA))
    write_png(path, add_legend(contact_sheet(pictures, 2), dataset.label_set.class_names, palette))
