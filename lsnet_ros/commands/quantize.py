# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""``lsnet quantize``: a model's network in 8-bit integers, beside the one in float32."""

import argparse
from pathlib import Path
import shutil
import tempfile
from typing import Any, Dict, Iterator, NamedTuple, Tuple

import numpy as np

from lsnet_ros.commands.arguments import add_dataset, add_model
from lsnet_ros.commands.progress import progress
from lsnet_ros.commands.tables import number, percent, table
from lsnet_ros.datasets import open_split
from lsnet_ros.datasets.unlabelled import UnlabelledFrames
from lsnet_ros.errors import LsnetError
from lsnet_ros.evaluation.precisions import compare_precisions, PrecisionComparison
from lsnet_ros.frames.image_files import list_images
from lsnet_ros.frames.spread import choose_evenly
from lsnet_ros.models.card import INT8, Model
from lsnet_ros.models.folder import add_int8, read_model, read_onnx
from lsnet_ros.models.parity import INT8_LIMITS
from lsnet_ros.segmenter import Segmenter
from lsnet_ros.stages.preprocessing import Preprocessor

SUMMARY = 'add a network in 8-bit integers to a model: faster on many processors'
CALIBRATION_FRAMES = 32   # ranges of values hardly grow with more
COMPARED_FRAMES = 32      # of a folder of images; of a dataset, the whole split
FEWEST = 8                # images of a folder to calibrate on, and as many to compare
LEAST_AGREEMENT = INT8_LIMITS.agreement  # with the class ids of float32, mean of the frames
MOST_LOST = 0.005                        # mIoU


class QuantizationError(LsnetError, ValueError):
    """The frames are too few, or the network finds too many other classes in 8-bit integers."""


class QuantizationFrames(NamedTuple):
    """Frames to find the ranges of values on, and others to compare the class ids on."""

    calibration: Any  # sequence of frames
    compared: Any     # sequence of frames, with targets of 255 where there are no labels
    name: str         # of the calibration frames, for the card


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    add_model(parser)
    frames = parser.add_mutually_exclusive_group(required=True)
    add_dataset(frames)
    frames.add_argument('--frames', type=Path, metavar='DIR',
                        help='folder of images of the camera, {} at least: half of them for '
                             'calibration, half to compare the classes'.format(2 * FEWEST))
    parser.add_argument('--root', type=Path, metavar='DIR',
                        help='folder of the dataset: split train calibrates, split val compares')
    parser.add_argument('--overwrite', action='store_true',
                        help='replace the {} that the model has'.format(INT8))


def run(args: argparse.Namespace) -> Dict[str, Any]:
    """
    Quantize a model, compare it with itself in float32, and keep it if its classes stay.

    :returns: model, and the fields of the comparison
    """
    from lsnet_ros.models.quantize import quantize_onnx
    model = read_model(args.model)
    if model.is_quantized and not args.overwrite:
        raise QuantizationError('{} has {}: give --overwrite to replace it'.format(
            model.folder, INT8))
    frames = _open_dataset(args) if args.dataset else _open_folder(args.frames)
    content = quantize_onnx(read_onnx(model), _read_inputs(model, frames.calibration))
    comparison = _compare(model, content, frames)
    _print_comparison(comparison)
    _check(comparison)
    about = dict({'calibration': '{} ({} frames)'.format(frames.name, len(frames.calibration))},
                 **comparison.as_json())
    add_int8(model, content, about)
    print('wrote {}'.format(model.folder / INT8))
    return dict(about, model=model.name, network_ms=comparison.network_ms,
                fp32_network_ms=comparison.reference_ms)


def _open_dataset(args: argparse.Namespace) -> QuantizationFrames:
    """Open the splits of a dataset."""
    train, val = (open_split(args.dataset, args.root, split) for split in ('train', 'val'))
    chosen = choose_evenly(len(train), CALIBRATION_FRAMES)
    return QuantizationFrames([train[index] for index in chosen], val,
                              '{}, split train'.format(train.label_set.name))


def _open_folder(folder: Path) -> QuantizationFrames:
    """Share out the images of a folder: every second one calibrates, the others compare."""
    paths = list_images(folder)
    if len(paths) < 2 * FEWEST:
        raise QuantizationError('{} has {} images, expected at least {}: give more frames of the '
                                'camera'.format(folder, len(paths), 2 * FEWEST))
    calibration, compared = (
        UnlabelledFrames([part[index] for index in choose_evenly(len(part), most)])
        for part, most in ((paths[0::2], CALIBRATION_FRAMES), (paths[1::2], COMPARED_FRAMES)))
    return QuantizationFrames(calibration, compared, 'images of the user')


def _read_inputs(model: Model, frames: Any) -> Iterator[Tuple[np.ndarray, ...]]:
    """Yield the network's inputs of each frame."""
    preprocessor = Preprocessor(model.spec)
    for index in progress(range(len(frames)), len(frames), 'frames to calibrate'):
        yield tuple(x.copy() for x in preprocessor(frames[index].image))


def _compare(model: Model, content: bytes, frames: QuantizationFrames) -> PrecisionComparison:
    """Compare the quantized network with the model, in a copy of its folder."""
    with tempfile.TemporaryDirectory() as folder:
        copied = Path(folder) / model.folder.resolve().name
        shutil.copytree(str(model.folder), str(copied))
        quantized = add_int8(read_model(copied), content, {})
        reference, candidate = (Segmenter(quantized, name) for name in ('onnx', 'onnx-int8'))
        return compare_precisions(reference, candidate, frames.compared, progress)


def _print_comparison(comparison: PrecisionComparison) -> None:
    """Print the IoU of both precisions, if there are targets, and the agreement."""
    scores, reference = comparison.scores, comparison.reference
    if comparison.miou is not None:
        rows = [(name, percent(reference.iou[name]), percent(iou))
                for name, iou in scores.iou.items()]
        rows.append(('mean', percent(reference.miou), percent(scores.miou)))
        print(table(('IoU, %', 'float32', '8 bits'), rows))
    print('{} % of the class ids are those of float32, {} % in the worst of {} frames'.format(
        percent(comparison.agreement), percent(comparison.worst_agreement), comparison.frames))
    print('network {} ms in float32, {} ms in 8-bit integers (ONNX Runtime)'.format(
        number(comparison.reference_ms, 1), number(comparison.network_ms, 1)))


def _check(comparison: PrecisionComparison) -> None:
    """Raise a QuantizationError if too much was lost."""
    if comparison.agreement < LEAST_AGREEMENT:
        raise QuantizationError(
            '{} % of the class ids are those of float32, expected at least {:.0f}: nothing was '
            'written; calibrate on frames that resemble the camera\'s'.format(
                percent(comparison.agreement), 100 * LEAST_AGREEMENT))
    if comparison.miou is None:
        return
    lost = comparison.miou[1] - comparison.miou[0]
    if lost > MOST_LOST:
        raise QuantizationError(
            '{} points of mIoU were lost, at most {} were expected: nothing was written; '
            'calibrate on frames that resemble the camera\'s'.format(
                number(lost, 2, 100), number(MOST_LOST, 1, 100)))
