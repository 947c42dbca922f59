# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""``lsnet expand``: grow LPS-Net to a target latency on this machine."""

import argparse
from pathlib import Path
from typing import Any, Callable, Dict, List, Tuple

from lsnet_ros.commands.arguments import (
    add_backend,
    describe_choice,
    parse_count,
    parse_duration,
    parse_size,
)
from lsnet_ros.commands.progress import progress
from lsnet_ros.commands.tables import percent, table
from lsnet_ros.datasets import open_split, RENDERED

SUMMARY = 'grow LPS-Net to a target latency on this machine; the same command again resumes'
RECIPE = 'lps-net-0-street-scenes'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument('--target-ms', type=parse_duration, required=True, metavar='MS',
                        help='greatest latency of the network, without preprocessing and decode; '
                             'may change when resuming')
    parser.add_argument('--size', type=parse_size, metavar='HxW',
                        help='size of the network\'s input (default: the recipe\'s)')
    add_backend(parser)
    parser.add_argument('--dataset', metavar='NAME|PATH',
                        help='labelled frames to train on (default: the recipe\'s)')
    parser.add_argument('--root', type=Path, metavar='DIR',
                        help='folder of the dataset (not for {})'.format(', '.join(RENDERED)))
    parser.add_argument('--recipe', default=RECIPE, metavar='NAME',
                        help='training of the candidates: name of a recipe for an LPS-Net, or a '
                             'YAML file (default: {})'.format(RECIPE))
    parser.add_argument('--iterations', type=parse_count, metavar='N',
                        help='training iterations of each candidate (default: the recipe\'s)')
    parser.add_argument('--output', type=Path, required=True, metavar='DIR',
                        help='folder for the journal, the trainings, path.png and the model')


def run(args: argparse.Namespace) -> Dict[str, Any]:
    """
    Expand the tiny network step by step and write the best one as a model folder.

    :returns: target_ms, backend, device, the path of networks, the steps with their candidates,
        and model: its point of the path, its folder and metrics
    """
    from lsnet_ros.expansion.algorithm import expand
    from lsnet_ros.expansion.journal import Journal
    from lsnet_ros.expansion.outcome import path_of, steps_as_json
    from lsnet_ros.expansion.plot import plot
    from lsnet_ros.expansion.stopwatch import Latencies, Stopwatch
    from lsnet_ros.expansion.trainings import Trainings
    from lsnet_ros.networks.lps_net import EXPANSIONS
    tiny = EXPANSIONS[0]
    recipe, splits, data = _open_training_data(args)
    stopwatch = Stopwatch(recipe.input_size, args.backend, splits[1].label_set, recipe.options)
    backend = stopwatch.open_parent(tiny).backend
    print(describe_choice(backend.name, backend, args.verbose))
    journal = Journal(args.output / 'journal.jsonl', dict(
        recipe._asdict(), backend=backend.name, device=backend.device))
    trainings = Trainings(recipe, args.output / 'trainings', data, journal)
    latency, accuracy = _announce(journal, Latencies(stopwatch, journal), trainings)
    steps = []
    for step in expand(tiny, latency, accuracy, args.target_ms):
        steps.append(step)
        _print_step(len(steps), step)
    start = (latency(tiny, tiny), accuracy(tiny))
    plot(args.output / 'path.png', start, steps, args.target_ms)
    path = path_of(tiny, start, steps)
    _print_path(path)
    report = {'target_ms': args.target_ms, 'backend': backend.name, 'device': backend.device,
              'path': [point.as_json() for point in path], 'steps': steps_as_json(steps)}
    return dict(report, model=_save(args.output, trainings.best, splits[1], path, report))


def _open_training_data(args: argparse.Namespace) -> tuple:
    """Return the recipe, the datasets (train, val), and the data of the trainings."""
    from lsnet_ros.datasets.cached import cache_if_small
    from lsnet_ros.expansion.trainings import common_recipe
    from lsnet_ros.training.data import Data, open_scenes
    from lsnet_ros.training.recipe_files import read_recipe
    recipe = common_recipe(read_recipe(args.recipe), dataset=args.dataset,
                           input_size=args.size, iterations=args.iterations)
    splits = tuple(open_split(recipe.dataset, args.root, split) for split in ('train', 'val'))
    train, val = map(cache_if_small, splits)
    return recipe, splits, Data(splits[0].label_set, train, val, open_scenes(recipe))


def _announce(journal: Any, latency: Callable, accuracy: Callable) -> Tuple[Callable, Callable]:
    """Return both functions with a printed line for each result that is not in the journal."""
    def announced_latency(parent, network):
        is_new = journal.latency_ms(parent, network) is None
        milliseconds = latency(parent, network)
        if is_new:
            print('{} ms: {}'.format(_ms(milliseconds), _describe(network)), flush=True)
        return milliseconds

    def announced_accuracy(network):
        if journal.miou(network) is None:
            print('training {}'.format(_describe(network)), flush=True)
        return accuracy(network)
    return announced_latency, announced_accuracy


def _describe(network: Any) -> str:
    """Return the depths, widths and ratios of a network on one line."""
    return ', '.join('{} {}'.format(name, ' '.join(map(str, values)))
                     for name, values in network._asdict().items())


def _save(output: Path, read_best: Callable, val: Any, path: List[Any],
          report: Dict[str, Any]) -> Dict[str, Any]:
    """Write the model of the best network on the path, evaluated on the validation split."""
    from lsnet_ros.evaluation.measure import measure
    from lsnet_ros.expansion.outcome import best_of, save_best
    from lsnet_ros.segmenter import Segmenter
    point = best_of(path)
    best = read_best(point.network)
    found = {name: report[name] for name in ('target_ms', 'backend', 'device', 'path')}
    arguments = (output / 'model', output.resolve().name, best, val.label_set)
    model = save_best(*arguments, metrics={}, expansion=found)
    scores = measure(Segmenter(model, 'onnx'), val, progress).scores(val.label_set.class_names)
    metrics = {best.recipe.dataset + '-val': dict(scores.as_json(), backend='onnx')}
    save_best(*arguments, metrics=metrics, expansion=found)
    print('{}: {} ms, mIoU {} %; wrote {}'.format(
        point.name, _ms(point.latency_ms), percent(scores.miou), model.folder))
    return dict(point.as_json(), folder=str(model.folder), metrics=metrics)


def _print_step(number: int, step: Any) -> None:
    """Print the candidates of a step and mark the chosen one."""
    print('step {}, from {} ms to about {} ms'.format(
        number, _ms(step.parent_ms), _ms(step.target_ms)))
    print(table(('candidate', 'ms', 'mIoU %', ''), [
        (each.name, _ms(each.latency_ms), percent(each.miou),
         'chosen' if each is step.chosen else '') for each in step.candidates]))


def _print_path(path: List[Any]) -> None:
    """Print the networks of the path, the tiny one first."""
    print(table(('step', 'expanded', 'depths', 'widths', 'ratios', 'ms', 'mIoU %'), [
        [number, point.name] + [','.join(map(str, values)) for values in point.network]
        + [_ms(point.latency_ms), percent(point.miou)]
        for number, point in enumerate(path)]))


def _ms(milliseconds: float) -> str:
    """Format a time with three or more significant digits."""
    return '{:.3f}'.format(milliseconds) if milliseconds < 10 else '{:.2f}'.format(milliseconds)
