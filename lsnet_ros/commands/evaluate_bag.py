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
"""``lsnet evaluate-bag``: how right a model is on the frames of a rosbag that have a target."""

import argparse
from pathlib import Path
from typing import Any, Dict

from lsnet_ros.backends import BACKENDS
from lsnet_ros.commands.progress import progress
from lsnet_ros.commands.tables import iou_table
from lsnet_ros.errors import LsnetError
from lsnet_ros.metrics import ConfusionMatrix, MetricsError
from lsnet_ros.model_files import read_model
from lsnet_ros.segmenter import Segmenter

SUMMARY = 'measure the IoU of a model on a rosbag, frame by frame'


class TargetError(LsnetError, ValueError):
    """A target does not go with the model, or there is none."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument('bag', type=Path, metavar='BAG',
                        help='folder of a recording, sqlite3 or mcap')
    parser.add_argument('--model', required=True, help='name of a model, or a model folder')
    parser.add_argument('--image-topic', required=True, metavar='TOPIC',
                        help='sensor_msgs Image or CompressedImage')
    parser.add_argument('--target-topic', required=True, metavar='TOPIC',
                        help='sensor_msgs Image, mono8: class ids, 255 = ignore')
    parser.add_argument('--backend', default='auto', choices=['auto'] + sorted(BACKENDS))


def run(args: argparse.Namespace) -> Dict[str, Any]:
    """
    Segment each frame at its own size and compare it with the target of the same stamp.

    :returns: miou, iou by class name, pixel_accuracy (fractions), frames, frames_without_target
        (not counted), and what measured them
    """
    from lsnet_ros.bags import read_bag
    model = read_model(args.model)
    segmenter = Segmenter(model, args.backend)
    confusion = ConfusionMatrix(model.label_set.num_classes)
    without_target = 0
    frames = read_bag(args.bag, args.image_topic, args.target_topic)
    for frame in progress(frames, None, 'frames'):
        if frame.target is None:
            without_target += 1
            continue
        try:
            confusion.update(frame.target, segmenter.segment(frame.image).class_ids)
        except MetricsError as error:
            raise TargetError('the target at stamp {} ns cannot be counted: {}'.format(
                frame.stamp_ns, error)) from error
    if not confusion.frames:
        raise TargetError('topic {} of {} has no frames: there is nothing to evaluate'.format(
            args.image_topic, args.bag))
    report = confusion.report(model.label_set.class_names, model.label_set.categories)
    print(iou_table(report))
    if without_target:
        print('{} more frames have no target and were not counted'.format(without_target))
    print(segmenter.backend.reason)
    return dict(report, frames_without_target=without_target, model=model.name,
                bag=str(args.bag), backend=segmenter.backend.name)
