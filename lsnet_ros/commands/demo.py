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
"""``lsnet demo``: rendered street scenes through the three nodes, with IoU and pictures."""

import argparse
import contextlib
import json
from pathlib import Path
from typing import Any, Dict, Iterator, List

import cv2
from lsnet_ros.commands.progress import progress
from lsnet_ros.commands.segment import write_png
from lsnet_ros.commands.tables import iou_table
from lsnet_ros.drawing import colorize, contact_sheet, legend, overlay
from lsnet_ros.labels import LabelSet
from lsnet_ros.model_files import read_model
from lsnet_ros.nodes.processes import NodeError, running, RunningNode, set_environment, wait_until
import numpy as np

SUMMARY = 'segment rendered street scenes with ROS 2 nodes'
STREETS = (11, 12, 13, 14)  # seeds
FRAMES = 20                 # of each street
PICTURES = 2                # of each street
TITLES = ('camera', 'truth', 'prediction')


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument('--model', default='lps-net-s-camvid',
                        help='name of a model, or a model folder (default: lps-net-s-camvid)')
    parser.add_argument('--output', default=Path('demo'), type=Path, metavar='DIR',
                        help='folder for pictures and logs (default: demo)')


def run(args: argparse.Namespace) -> Dict[str, Any]:
    """
    Drive down some streets, each frame of them through real nodes in processes of their own.

    :returns: miou, iou by class name, pixel_accuracy (fractions), frames, frames_per_s, and
        segment_ms, the median of a frame in segmentation_node
    """
    model = read_model(args.model)
    set_environment()
    report_path = args.output / 'evaluation.json'
    args.output.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        report_path.unlink()
    with _collecting() as collector, contextlib.ExitStack() as nodes:
        started = [
            nodes.enter_context(running(args.output, 'segmentation_node', model=model.folder)),
            nodes.enter_context(running(args.output, 'evaluation_node', model=model.folder,
                                        report_path=report_path.resolve()))]
        masks = _drive(collector, started, args.output)
        for _ in progress(masks, len(STREETS) * FRAMES, 'frames'):
            pass
    report = json.loads(report_path.read_text())
    print(iou_table(report))
    rate = (len(collector.times) - 1) / (collector.times[-1] - collector.times[0])
    segment_ms = float(np.median(collector.segment_ms)) if collector.segment_ms else None
    print('{:.1f} frames/s from rendering to IoU; {:.0f} ms a frame in segmentation_node'.format(
        rate, segment_ms or float('nan')))
    _write_pictures(args.output, collector.kept, model.label_set)
    return dict(report, model=model.name, frames_per_s=rate, segment_ms=segment_ms)


def _collecting() -> Any:
    """Return a context with a node of this process that looks on."""
    try:
        from lsnet_ros.nodes.frame_collector import collecting
    except ImportError as error:
        raise NodeError('there is no ROS 2 ({}): source one, or run "make demo" in the sources, '
                        'which installs one'.format(error)) from error
    return collecting(FRAMES // PICTURES)


def _drive(collector: Any, nodes: List[RunningNode], folder: Path) -> Iterator[int]:
    """
    Send the frames of all streets through the nodes; yields once for each mask.

    :raises NodeError: if a node fails, or nothing happens for a while
    """
    wait_until(collector.is_expected, nodes, collector.spin_once)
    for seed in STREETS:
        with running(folder, 'source_node', source='street_scene:{}'.format(seed), frames=FRAMES,
                     lockstep='true') as source:
            while source.process.poll() is None:
                seen = len(collector.times)
                wait_until(lambda: len(collector.times) > seen
                           or source.process.poll() is not None, nodes, collector.spin_once)
                for count in range(seen, len(collector.times)):
                    yield count
    if not collector.kept:
        raise NodeError('{} masks arrived, but none with its frame and truth: "lsnet doctor" '
                        'checks the transport, and the logs are in {}'.format(
                            len(collector.times), folder))


def _write_pictures(folder: Path, triples: List[Any], label_set: LabelSet) -> None:
    """Write an overlay of each frame, and all frames beside truth and prediction."""
    palette = label_set.palette
    pictures = [_title(text, triples[0].image.shape[1]) for text in TITLES]
    for number, triple in enumerate(triples):
        write_png(folder / 'overlay_{:02d}.png'.format(number),
                  overlay(triple.image, triple.class_ids, palette))
        pictures += [triple.image, colorize(triple.target, palette),
                     colorize(triple.class_ids, palette)]
    sheet = np.vstack([contact_sheet(pictures[:3], 3), contact_sheet(pictures[3:], 3)])
    classes = legend(label_set.class_names, palette)
    margin = np.full((len(sheet), classes.shape[1], 3), 255, np.uint8)
    margin[:len(classes)] = classes
    write_png(folder / 'contact_sheet.png', np.hstack([sheet, margin]))
    print('{} overlays and contact_sheet.png are in {}'.format(len(triples), folder))


def _title(text: str, width: int) -> np.ndarray:
    """Return a white strip with a word on it."""
    strip = np.full((32, width, 3), 255, np.uint8)
    return cv2.putText(strip, text, (8, 23), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (20, 20, 20), 1,
                       cv2.LINE_AA)
