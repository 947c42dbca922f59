# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""``lsnet evaluate-bag``: accuracy of a model on the labelled frames of rosbags."""

import argparse
import math
from pathlib import Path
import sys
from typing import Any, Dict, Iterator, List, Optional, Tuple, Union

from lsnet_ros.commands.arguments import (
    add_backend,
    add_groups,
    add_model,
    add_target_values,
    describe_choice,
    parse_count,
)
from lsnet_ros.commands.progress import progress
from lsnet_ros.commands.tables import percent, scores_table, table
from lsnet_ros.errors import describe, LsnetError
from lsnet_ros.evaluation.bag_score import (
    add_up,
    BagScore,
    BagTask,
    Evaluator,
    open_evaluator,
    TargetError,
)
from lsnet_ros.evaluation.fleet import Failure, local_cluster, remote_cluster, score_bags
from lsnet_ros.labels.flicker import Flicker

SUMMARY = 'measure the IoU of a model on rosbags, frame by frame'
Results = Iterator[Union[BagScore, Failure]]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument('bags', type=Path, nargs='+', metavar='BAG',
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
    fleet = parser.add_mutually_exclusive_group()
    fleet.add_argument('--processes', type=parse_count, default=1, metavar='N',
                       help='number of processes, which share the bags (default: 1; more '
                            'need dask.distributed)')
    fleet.add_argument('--scheduler', metavar='ADDRESS',
                       help='share the bags among the workers of a dask scheduler, such as '
                            'tcp://10.0.0.5:8786; they read bags and model by the same paths')


def run(args: argparse.Namespace) -> Dict[str, Any]:
    """
    Segment each frame at its own size and compare it with the target of the same stamp.

    :returns: the scores of all bags, flicker, frames_without_target (not counted), model,
        backend, bags: frames and miou of each, and failed: the bags without a score
    :raises TargetError: if no bag has a score, or one is given twice
    """
    _refuse_twice(args.bags)
    task = BagTask(args.image_topic, args.target_topic, args.model, args.backend, args.groups,
                   tuple(args.ignore), args.map)
    evaluator = open_evaluator(task)
    segmenter, labels = evaluator.segmenter, evaluator.segmenter.label_set
    is_local = args.processes == 1 and args.scheduler is None
    scores, failures = _collect(
        _score_here(evaluator, args.bags) if is_local
        else _share_out(task._replace(backend=segmenter.backend.name), args))
    if not scores:
        raise TargetError(failures[0].reason)
    confusion, flicker, without_target = add_up(scores, labels.num_classes)
    total = confusion.scores(labels.class_names, labels.categories)
    miou = {str(score.bag): _find_miou(score, labels.num_classes) for score in scores}
    print(scores_table(total))
    if len(args.bags) > 1:
        print(table(('bag', 'frames', 'mIoU %'), [
            (score.bag, score.frames, percent(miou[str(score.bag)])) for score in scores]))
    _print_rest(flicker, without_target, failures)
    print(describe_choice(segmenter.backend.name, segmenter.backend, args.verbose))
    return dict(total.as_json(), **flicker.as_json(), frames_without_target=without_target,
                model=segmenter.model.name, backend=segmenter.backend.name,
                bags={str(score.bag): {'frames': score.frames, 'miou': miou[str(score.bag)]}
                      for score in scores},
                failed=[str(failure.bag) for failure in failures])


def _refuse_twice(bags: List[Path]) -> None:
    """Raise a TargetError if a bag would be counted twice."""
    for index, bag in enumerate(bags):
        if bag.resolve() in [other.resolve() for other in bags[:index]]:
            raise TargetError('bag {} is given twice: give each once'.format(bag))


def _absolute(name: str) -> str:
    """Return a path as an absolute one, for processes of other folders; a name as it is."""
    return str(Path(name).resolve()) if Path(name).exists() else name


def _share_out(task: BagTask, args: argparse.Namespace) -> Results:
    """
    Yield the score of each bag, measured by the workers of a cluster, as they are done.

    :param task: with the name of a backend: "auto" might be another one for each worker
    """
    task = task._replace(
        model=_absolute(task.model), groups=task.groups and _absolute(task.groups),
        map=task.map and task.map.resolve())
    bags = [bag.resolve() for bag in args.bags]
    cluster = remote_cluster(args.scheduler) if args.scheduler else local_cluster(args.processes)
    with cluster as client:
        yield from progress(score_bags(client, task, bags), len(bags), 'bags')


def _score_here(evaluator: Evaluator, bags: List[Path]) -> Results:
    """Yield the scores of bags, measured by this process."""
    for bag in bags:
        try:
            yield evaluator.score(bag, lambda frames: progress(frames, None, 'frames'))
        except LsnetError as error:
            yield Failure(bag, describe(error))


def _collect(results: Results) -> Tuple[List[BagScore], List[Failure]]:
    """Return the scores and the failures, each sorted by the path of the bag."""
    scores, failures = [], []
    for result in results:
        if isinstance(result, Failure):
            failures.append(result)
        else:
            scores.append(result)
    return sorted(scores, key=lambda score: score.bag), sorted(failures)


def _find_miou(score: BagScore, num_classes: int) -> Optional[float]:
    """Return the mIoU of one bag, None if it has no labelled pixel."""
    confusion, _, _ = add_up([score], num_classes)
    miou = confusion.miou()
    return None if math.isnan(miou) else miou


def _print_rest(flicker: Flicker, without_target: int, failures: List[Failure]) -> None:
    """Print the flicker, and what was not counted."""
    if flicker.pixels:
        print('flicker {:.2%}: pixels that change class from frame to frame while their true '
              'class stays'.format(flicker.share()))
    if without_target:
        print('{} more frames have no target and were not counted'.format(without_target))
    for failure in failures:
        print('lsnet: {} is not counted: {}'.format(failure.bag, failure.reason), file=sys.stderr)
