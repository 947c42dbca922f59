# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""``lsnet demo``: rendered street scenes through the ROS 2 nodes, with IoU and pictures."""

import argparse
import contextlib
import json
from pathlib import Path
from typing import Any, Dict, Iterator, List

import cv2
import numpy as np

from lsnet_ros.commands.progress import progress
from lsnet_ros.commands.tables import scores_table
from lsnet_ros.frames.image_files import write_png
from lsnet_ros.labels.drawing import add_legend, colorize, contact_sheet, overlay
from lsnet_ros.labels.label_sets import LabelSet
from lsnet_ros.labels.metrics import Scores
from lsnet_ros.launching.processes import (
    NodeError,
    running,
    RunningNode,
    set_environment,
    wait_until,
)
from lsnet_ros.models.folder import DEFAULT_MODEL, read_model

SUMMARY = 'segment rendered street scenes with ROS 2 nodes'
STREETS = (11, 12, 13, 14)  # seeds
FRAMES = 20                 # per street
PICTURES = 2                # per street
TITLES = ('camera', 'truth', 'prediction')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument('--model', default=DEFAULT_MODEL,
                        help='name of a model, or a model folder (default: fpn-lite0-camvid)')
    parser.add_argument('--output', default=Path('demo'), type=Path, metavar='DIR',
                        help='folder for pictures and logs (default: demo)')


def run(args: argparse.Namespace) -> Dict[str, Any]:
    """
    Send the frames of some streets through real nodes, each in its own process.

    :returns: the scores, frames_per_s, and segment_ms, the median per frame in segmentation_node
    """
    model = read_model(args.model)
    set_environment()
    report_path = args.output / 'evaluation.json'
    args.output.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        report_path.unlink()
    with _open_collector() as collector, contextlib.ExitStack() as nodes:
        started = [
            nodes.enter_context(running(args.output, 'segmentation_node', model=model.folder)),
            nodes.enter_context(running(args.output, 'evaluation_node', model=model.folder,
                                        report_path=report_path.resolve()))]
        masks = _drive(collector, started, args.output)
        for _ in progress(masks, len(STREETS) * FRAMES, 'frames'):
            pass
    report = json.loads(report_path.read_text())
    print(scores_table(Scores(*map(report.get, Scores._fields))))
    rate = (len(collector.times) - 1) / (collector.times[-1] - collector.times[0])
    segment_ms = float(np.median(collector.segment_ms)) if collector.segment_ms else None
    print('{:.1f} frames/s from rendering to IoU; {:.0f} ms a frame in segmentation_node'.format(
        rate, segment_ms or float('nan')))
    _write_pictures(args.output, collector.kept, model.label_set)
    return dict(report, model=model.name, frames_per_s=rate, segment_ms=segment_ms)


def _open_collector() -> Any:
    """Return the context of a node of this process that collects frames and masks."""
    try:
        from lsnet_ros.launching.frame_collector import collecting
    except ImportError as error:
        raise NodeError('ROS 2 is not installed or not sourced ({}): source it, or run "make '
                        'demo" in the sources, which installs it'.format(error)) from error
    return collecting(FRAMES // PICTURES)


def _drive(collector: Any, nodes: List[RunningNode], folder: Path) -> Iterator[int]:
    """
    Send the frames of all streets through the nodes; yields once per mask.

    :raises NodeError: if a node fails, or no mask arrives for a while
    """
    wait_until(collector.is_expected, nodes, collector.spin_once)
    for seed in STREETS:
        with running(folder, 'source_node', source='street_scene:{}'.format(seed), frames=FRAMES,
                     lockstep='true') as source:
            while source.process.poll() is None:
                seen = len(collector.times)
                _wait_for_mask(collector, source, nodes)
                yield from range(seen, len(collector.times))
    if not collector.kept:
        raise NodeError('{} masks arrived, but none with its frame and truth: "lsnet doctor" '
                        'checks the transport, and the logs are in {}'.format(
                            len(collector.times), folder))


def _wait_for_mask(collector: Any, source: RunningNode, nodes: List[RunningNode]) -> None:
    """Wait until another mask arrives or the source ends."""
    seen = len(collector.times)
    wait_until(lambda: len(collector.times) > seen or source.process.poll() is not None, nodes,
               collector.spin_once)


def _write_pictures(folder: Path, predictions: List[Any], label_set: LabelSet) -> None:
    """Write an overlay of each frame, and a contact sheet with target and prediction."""
    palette = label_set.palette
    pictures = [_draw_title(text, predictions[0].frame.image.shape[1]) for text in TITLES]
    for number, (frame, class_ids) in enumerate(predictions):
        write_png(folder / 'overlay_{:02d}.png'.format(number),
                  overlay(frame.image, class_ids, palette))
        pictures += [frame.image, colorize(frame.target, palette), colorize(class_ids, palette)]
    sheet = np.vstack([contact_sheet(pictures[:3], 3), contact_sheet(pictures[3:], 3)])
    write_png(folder / 'contact_sheet.png', add_legend(sheet, label_set.class_names, palette))
    print('{} overlays and contact_sheet.png are in {}'.format(len(predictions), folder))


def _draw_title(text: str, width: int) -> np.ndarray:
    """Return a white strip with a text."""
    strip = np.full((32, width, 3), 255, np.uint8)
    return cv2.putText(strip, text, (8, 23), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (20, 20, 20), 1,
                       cv2.LINE_AA)
