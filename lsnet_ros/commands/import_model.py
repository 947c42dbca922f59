# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""``lsnet import``: a model folder from a published checkpoint, or from any ONNX file."""

import argparse
import hashlib
from pathlib import Path
import tempfile
from typing import Any, Dict

import cv2
import numpy as np

from lsnet_ros.commands.arguments import parse_size
from lsnet_ros.errors import LsnetError
from lsnet_ros.files import utc_now
from lsnet_ros.labels.label_sets import label_set, LABEL_SETS, LabelSet
from lsnet_ros.limits.bounds import MODEL_FILE
from lsnet_ros.limits.regular_files import read_bytes
from lsnet_ros.models.folder import CARD, Model
from lsnet_ros.models.published import PUBLISHED
from lsnet_ros.stages.preprocessing import IMAGENET_MEAN, IMAGENET_STD, InputSpec

SUMMARY = 'make a model folder of a published checkpoint or of any ONNX file'
LEAST_AGREEMENT = 0.99   # of class ids, with the plain runtime; rounding decides ties


class ImportingError(LsnetError, ValueError):
    """The options contradict each other, or the model folder does not compute the same."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument('--checkpoint', type=Path, metavar='FILE',
                        help='the authors\' .pth file of --network')
    source.add_argument('--onnx', type=Path, metavar='FILE',
                        help='segmentation network with a float32 NCHW input, and logits or class '
                             'ids as output')
    parser.add_argument('--network', choices=sorted(PUBLISHED), help='network of the checkpoint')
    classes = parser.add_mutually_exclusive_group(required=True)
    classes.add_argument('--label-set', choices=sorted(LABEL_SETS), help='classes, in its order')
    classes.add_argument('--labels', type=Path, metavar='FILE',
                         help='classes: one name in each line, or a YAML list of name and color')
    parser.add_argument('--size', type=parse_size, metavar='HxW',
                        help='size at which the network reads the image (default for a '
                             'checkpoint: that of the authors)')
    for name, default in (('mean', IMAGENET_MEAN), ('std', IMAGENET_STD)):
        parser.add_argument('--' + name, type=float, nargs=3, metavar=('R', 'G', 'B'),
                            help='of RGB in 0..1, by which the image is normalised (default: '
                                 'that of the checkpoint\'s authors, else {} {} {})'.format(
                                     *default))
    parser.add_argument('--output', required=True, type=Path, metavar='DIR',
                        help='new model folder; its name becomes the name of the model')


def run(args: argparse.Namespace) -> Dict[str, Any]:
    """Write the model folder, and compare it with the plain network; returns a report."""
    if (args.output / CARD).exists():
        raise ImportingError('{} is a model already: give a new folder'.format(args.output))
    if args.onnx:
        return _import_onnx(args)
    return _import_checkpoint(args)


def _import_checkpoint(args: argparse.Namespace) -> Dict[str, Any]:
    """Write the model folder of a published checkpoint."""
    from lsnet_ros.models.checkpoint_process import read_checkpoint
    from lsnet_ros.models.export import save_model, TrainedModel
    from lsnet_ros.models.published import load_published
    if not args.network:
        raise ImportingError('--checkpoint needs --network: choose {}'.format(
            ', '.join(sorted(PUBLISHED))))
    labels, published = _read_labels(args), PUBLISHED[args.network]
    arrays = read_checkpoint(args.checkpoint)
    network, options = load_published(args.network, arrays, labels.num_classes)
    height, width = args.size or published.size
    spec = InputSpec(height, width, tuple(network.input_sizes(height, width)),
                     tuple(args.mean or published.mean), tuple(args.std or published.std))
    model = save_model(args.output, TrainedModel(
        args.output.resolve().name, args.network, options, network, labels, spec,
        _describe_origin(args.checkpoint), {}))
    print('wrote {}: all weights of {}, {} classes'.format(
        args.output, args.network, labels.num_classes))
    return {'model': model.name, 'network': model.network, 'classes': labels.class_names}


def _import_onnx(args: argparse.Namespace) -> Dict[str, Any]:
    """Write the model folder of an ONNX file."""
    from lsnet_ros.models.foreign import adapt_onnx, save_foreign
    if args.network or not args.size:
        raise ImportingError('--onnx needs --size, and no --network')
    labels = _read_labels(args)
    foreign = adapt_onnx(read_bytes(args.onnx, MODEL_FILE), labels.num_classes, args.size)
    height, width = args.size
    spec = InputSpec(height, width, ((height, width),), tuple(args.mean or IMAGENET_MEAN),
                     tuple(args.std or IMAGENET_STD))
    name, origin = args.output.resolve().name, _describe_origin(args.onnx)
    with tempfile.TemporaryDirectory() as folder:  # nothing is written that was not compared
        report = _compare(save_foreign(folder, name, foreign, labels, spec, origin),
                          foreign.original)
    save_foreign(args.output, name, foreign, labels, spec, origin)
    print('wrote {}: {} classes, from {}'.format(args.output, labels.num_classes, foreign.output))
    return dict(report, model=name, output=foreign.output, classes=labels.class_names)


def _read_labels(args: argparse.Namespace) -> LabelSet:
    """Return the classes."""
    from lsnet_ros.datasets.dataset_file import read_class_list
    return label_set(args.label_set) if args.label_set else read_class_list(args.labels)


def _describe_origin(path: Path) -> Dict[str, Any]:
    """Return the section of the card on the training."""
    digest = hashlib.sha256(read_bytes(path, MODEL_FILE)).hexdigest()
    return {'imported_from': path.name, 'sha256': digest, 'imported': utc_now()}


def _compare(model: Model, original: bytes) -> Dict[str, Any]:
    """Compare class ids and times of a model with those of the plain runtime; print them."""
    from lsnet_ros.datasets.street_scene import StreetScenes
    from lsnet_ros.models.foreign import run_plainly
    from lsnet_ros.segmenter import Segmenter
    spec = model.spec
    scenes = StreetScenes(0, 2)
    images = [cv2.resize(scenes[index].image, (spec.width, spec.height)) for index in range(2)]
    plain, size, plain_ms = run_plainly(original, images, spec)
    segmenter = Segmenter(model, 'onnx', '{1}x{0}'.format(*size))
    found = [segmenter.segment(image) for image in images]
    agreement = min(float(np.mean(result.class_ids == expected))
                    for result, expected in zip(found, plain))
    report = {'agreement': agreement, 'ms': found[-1].timings.total_ms, 'plain_ms': plain_ms}
    print('{:.2%} of the class ids equal those of the plain runtime on two rendered streets; '
          '{:.1f} ms a frame, plainly {:.1f} ms'.format(agreement, report['ms'], plain_ms))
    if agreement < LEAST_AGREEMENT:
        raise ImportingError('the model folder would not compute the same as the file: report it '
                             'with the file')
    return report
