# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""``lsnet evaluate-bag``: accuracy of a model on the labelled frames of a rosbag."""

import argparse
from pathlib import Path
from typing import Any, Dict

from lsnet_ros.commands.arguments import (
    add_backend,
    add_groups,
    add_model,
    add_target_values,
    describe_choice,
)
from lsnet_ros.commands.progress import progress
from lsnet_ros.commands.tables import scores_table
from lsnet_ros.errors import LsnetError
from lsnet_ros.labels.flicker import Flicker
from lsnet_ros.labels.groups import read_groups
from lsnet_ros.labels.metrics import ConfusionMatrix, MetricsError
from lsnet_ros.labels.target_values import read_target_values, TargetValueError
from lsnet_ros.models.folder import read_model
from lsnet_ros.segmenter import Segmenter

SUMMARY = 'measure the IoU of a model on a rosbag, frame by frame'


class TargetError(LsnetError, ValueError):
    """The targets do not match the model, or there are none."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument('bag', type=Path, metavar='BAG',
                        help='folder or file of a bag, sqlite3 or mcap, compressed by zstd or not')
    add_model(parser)
    parser.add_argument('--image-topic', required=True, metavar='TOPIC',
                        help='topic of the frames, sensor_msgs Image or CompressedImage')
    parser.add_argument('--target-topic', required=True, metavar='TOPIC',
                        help='topic of the targets, sensor_msgs Image, mono8: class ids, '
                             '255 = ignore')
    add_target_values(parser)
    add_groups(parser)
    add_backend(parser)


def run(args: argparse.Namespace) -> Dict[str, Any]:
    """
    Segment each frame at its own size and compare it with the target of the same stamp.

    :returns: the scores, flicker, frames_without_target (not counted), model, bag and backend
    """
    from lsnet_ros.bags import read_bag
    model = read_model(args.model)
    groups = read_groups(args.groups, model.label_set) if args.groups else None
    values = read_target_values(model.label_set, range(model.label_set.num_classes), args.ignore,
                                args.map)
    segmenter = Segmenter(model, args.backend, groups=groups)
    labels = segmenter.label_set
    confusion, flicker = ConfusionMatrix(labels.num_classes), Flicker()
    without_target = 0
    frames = read_bag(args.bag, args.image_topic, args.target_topic)
    for frame in progress(frames, None, 'frames'):
        if frame.target is None:
            without_target += 1
            continue
        try:
            target = values.apply(frame.target)
            target = groups.apply(target) if groups else target
            class_ids = segmenter.segment(frame.image).class_ids
            confusion.update(target, class_ids)
            flicker.update(target, class_ids)
        except (MetricsError, TargetValueError) as error:
            raise TargetError('the target at stamp {} ns cannot be counted: {}'.format(
                frame.stamp_ns, error)) from error
    if not confusion.frames:
        raise TargetError('topic {} of {} has no frames: there is nothing to evaluate'.format(
            args.image_topic, args.bag))
    scores = confusion.scores(labels.class_names, labels.categories)
    print(scores_table(scores))
    if flicker.pixels:
        print('flicker {:.2%}: pixels that change class from frame to frame while their true '
              'class stays'.format(flicker.share()))
    if without_target:
        print('{} more frames have no target and were not counted'.format(without_target))
    print(describe_choice(segmenter.backend.name, segmenter.backend, args.verbose))
    return dict(scores.as_json(), **flicker.as_json(), frames_without_target=without_target,
                model=model.name, bag=str(args.bag), backend=segmenter.backend.name)
