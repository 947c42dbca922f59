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
"""lsnet expand: grow LPS-Net to the latency that this machine affords."""

import argparse
from pathlib import Path
from typing import Any, Callable, Dict, List, Tuple

from lsnet_ros.backends import BACKENDS
from lsnet_ros.commands.arguments import count, duration, size
from lsnet_ros.commands.tables import percent, table
from lsnet_ros.datasets import DATASETS, RENDERED

SUMMARY = 'grow LPS-Net to the latency that this machine affords; the same command again resumes'
RECIPE = 'lps-net-0-street-scenes'
SCENES_SEED, SCENES = 1, 300  # mixed into the training, where the recipe says so


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument('--target-ms', type=duration, required=True, metavar='MS',
                        help='the slowest that the network may be, without preprocessing and '
                             'decode; may change when resuming')
    parser.add_argument('--size', type=size, metavar='HxW',
                        help='of the network\'s input (default: the recipe\'s)')
    parser.add_argument('--backend', default='auto', choices=['auto'] + sorted(BACKENDS))
    parser.add_argument('--dataset', choices=sorted(DATASETS), help='default: the recipe\'s')
    parser.add_argument('--root', type=Path, metavar='DIR',
                        help='folder of the dataset (not for {})'.format(', '.join(RENDERED)))
    parser.add_argument('--recipe', default=RECIPE, metavar='NAME',
                        help='how candidates are trained: name of a recipe for an LPS-Net, or a '
                             'YAML file (default: {})'.format(RECIPE))
    parser.add_argument('--iterations', type=count, metavar='N',
                        help='to train each candidate (default: the recipe\'s)')
    parser.add_argument('--output', type=Path, required=True, metavar='DIR',
                        help='folder for the journal, the trainings, path.png and the model')


def run(args: argparse.Namespace) -> Dict[str, Any]:
    """
    Expand; leaves a model folder.

    :returns: target_ms, backend and device, the path of networks, the steps with all their
        candidates, and the model: the point of the path that it is, its folder and metrics
    """
    from lsnet_ros.expansion.algorithm import expand
    from lsnet_ros.expansion.journal import Journal
    from lsnet_ros.expansion.outcome import path_of, steps_of
    from lsnet_ros.expansion.plot import plot
    from lsnet_ros.expansion.stopwatch import Latencies, Stopwatch
    from lsnet_ros.expansion.trainings import Trainings
    from lsnet_ros.networks.lps_net import EXPANSIONS
    tiny = EXPANSIONS[0]
    recipe, splits, data = _training_data(args)
    stopwatch = Stopwatch(recipe.input_size, args.backend, splits[1].label_set, recipe.options)
    backend = stopwatch.opened_parent(tiny).backend
    print(backend.reason)
    journal = Journal(args.output / 'journal.jsonl', dict(
        recipe._asdict(), backend=backend.name, device=backend.device))
    trainings = Trainings(recipe, args.output / 'trainings', data, journal)
    latency, accuracy = _announced(journal, Latencies(stopwatch, journal), trainings)
    steps = []
    for step in expand(tiny, latency, accuracy, args.target_ms):
        steps.append(step)
        _print_step(len(steps), step)
    start = (latency(tiny, tiny), accuracy(tiny))
    plot(args.output / 'path.png', start, steps, args.target_ms)
    path = path_of(tiny, start, steps)
    _print_path(path)
    report = {'target_ms': args.target_ms, 'backend': backend.name, 'device': backend.device,
              'path': path, 'steps': steps_of(steps)}
    return dict(report, model=_save(args.output, trainings, splits[1], report))


def _training_data(args: argparse.Namespace) -> tuple:
    """Return the recipe, the datasets (train, val), and what of them the trainings take."""
    from lsnet_ros.datasets.cached import Cached, cached_if_small
    from lsnet_ros.datasets.street_scene import StreetScenes
    from lsnet_ros.expansion.algorithm import ExpansionError
    from lsnet_ros.expansion.trainings import common_recipe, Data
    from lsnet_ros.training.recipes import read_recipe
    recipe = common_recipe(read_recipe(args.recipe), dataset=args.dataset,
                           input_size=args.size, iterations=args.iterations)
    if recipe.dataset not in DATASETS:
        raise ExpansionError('dataset {!r} of the recipe is not known: choose from {}'.format(
            recipe.dataset, ', '.join(sorted(DATASETS))))
    if args.root is None and recipe.dataset not in RENDERED:
        raise ExpansionError('dataset {!r} is read from files: give its folder with '
                             '--root'.format(recipe.dataset))
    splits = tuple(DATASETS[recipe.dataset](args.root, split) for split in ('train', 'val'))
    scenes = Cached(StreetScenes(SCENES_SEED, SCENES)) if recipe.street_scenes else ()
    return recipe, splits, Data(splits[0].label_set.num_classes,
                                *map(cached_if_small, splits), scenes)


def _announced(journal: Any, latency: Callable, accuracy: Callable) -> Tuple[Callable, Callable]:
    """Return the same two functions; they tell what they do where the journal does not know it."""
    def told_latency(parent, network):
        is_new = journal.latency_ms(parent, network) is None
        milliseconds = latency(parent, network)
        if is_new:
            print('{} ms: {}'.format(_ms(milliseconds), _in_words(network)), flush=True)
        return milliseconds

    def told_accuracy(network):
        if journal.miou(network) is None:
            print('training {}'.format(_in_words(network)), flush=True)
        return accuracy(network)
    return told_latency, told_accuracy


def _in_words(network: Any) -> str:
    """Tell what a network is on one line."""
    return ', '.join('{} {}'.format(name, ' '.join(map(str, values)))
                     for name, values in network._asdict().items())


def _save(output: Path, trainings: Any, val: Any, report: Dict[str, Any]) -> Dict[str, Any]:
    """Write the model of the best network on the path, measured on the validation split."""
    from lsnet_ros.commands.evaluate import measure
    from lsnet_ros.expansion.outcome import best_of, network_of, write_model
    from lsnet_ros.segmenter import Segmenter
    point = best_of(report['path'])
    best = trainings.best(network_of(point))
    found = {name: report[name] for name in ('target_ms', 'backend', 'device', 'path')}
    arguments = (output / 'model', output.resolve().name, best, val.label_set)
    model = write_model(*arguments, metrics={}, expansion=found)
    figures = measure(Segmenter(model, 'onnx'), val).report(val.label_set.class_names)
    metrics = {best.recipe.dataset + '-val': dict(figures, backend='onnx')}
    write_model(*arguments, metrics=metrics, expansion=found)
    print('{}: {} ms, mIoU {} %; wrote {}'.format(
        point['name'], _ms(point['latency_ms']), percent(figures['miou']), model.folder))
    return dict(point, folder=str(model.folder), metrics=metrics)


def _print_step(number: int, step: Any) -> None:
    """Print what a step could have chosen from, and what it chose."""
    print('step {}, from {} ms to about {} ms'.format(
        number, _ms(step.parent_ms), _ms(step.target_ms)))
    print(table(('candidate', 'ms', 'mIoU %', ''), [
        (each.name, _ms(each.latency_ms), percent(each.miou),
         'chosen' if each is step.chosen else '') for each in step.candidates]))


def _print_path(path: List[Dict[str, Any]]) -> None:
    """Print the networks from the tiny one to the last."""
    print(table(('step', 'expanded', 'depths', 'widths', 'ratios', 'ms', 'mIoU %'), [
        [number, point['name']] + [
            ','.join(map(str, point[name])) for name in ('depths', 'widths', 'ratios')]
        + [_ms(point['latency_ms']), percent(point['miou'])]
        for number, point in enumerate(path)]))


def _ms(milliseconds: float) -> str:
    """Return a duration with the digits that matter."""
    return '{:.3f}'.format(milliseconds) if milliseconds < 10 else '{:.2f}'.format(milliseconds)
