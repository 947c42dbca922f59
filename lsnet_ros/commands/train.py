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
"""``lsnet train``: fit a network to a dataset; killed and started again, it goes on."""

import argparse
from pathlib import Path

SUMMARY = 'train a network by a recipe; the same command again resumes'
SCENES_SEED = 1
SCENES = 300


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument('--recipe', required=True, metavar='NAME',
                        help='name of a recipe of params/recipes, or a YAML file like those')
    parser.add_argument('--root', type=Path, metavar='DIR',
                        help='folder of the dataset (not for rendered scenes)')
    parser.add_argument('--output', type=Path, required=True, metavar='DIR',
                        help='folder of the run: checkpoint, best weights, log')
    parser.add_argument('--iterations', type=int, metavar='N',
                        help='in place of the recipe\'s number; may change when resuming')
    parser.add_argument('--initial', type=Path, metavar='DIR',
                        help='begin at the best weights of this run, of the same network')
    parser.add_argument('--workers', type=int, default=1, metavar='N',
                        help='threads that make batches (default: 1)')


def run(args: argparse.Namespace) -> dict:
    """Train; returns iterations, hours and the validation figures of the best iteration."""
    from lsnet_ros.training import distributed
    recipe = _recipe(args)
    with distributed.joined():
        trainer = _trainer(args, recipe)
        trainer.run(args.workers)
        if distributed.rank() == 0:
            print('best validation mIoU {:.1f} %'.format(100 * trainer.best_miou))
    return {'iterations': trainer.iteration, 'hours': trainer.seconds / 3600,
            'miou': trainer.best_miou}


def _trainer(args: argparse.Namespace, recipe):
    """Open the data, and the run where it stands."""
    from lsnet_ros.datasets import DATASETS, RENDERED
    from lsnet_ros.datasets.cached import Cached, cached_if_small
    from lsnet_ros.datasets.street_scene import StreetScenes
    from lsnet_ros.training import distributed
    from lsnet_ros.training.best import read_best
    from lsnet_ros.training.recipes import RecipeError
    from lsnet_ros.training.run_record import record_start
    from lsnet_ros.training.trainer import Trainer
    if args.root is None and recipe.dataset not in RENDERED:
        raise RecipeError('dataset {!r} is read from files: give its folder with --root'.format(
            recipe.dataset))
    train, val = (DATASETS[recipe.dataset](args.root, split) for split in ('train', 'val'))
    scenes = Cached(StreetScenes(SCENES_SEED, SCENES)) if recipe.street_scenes else ()
    trainer = Trainer(
        recipe, args.output, train.label_set.num_classes, cached_if_small(train),
        cached_if_small(val), scenes, read_best(args.initial) if args.initial else None)
    if distributed.rank() == 0:
        record_start(args.output, trainer.iteration)
    return trainer


def _recipe(args: argparse.Namespace):
    """Read the recipe, its number of iterations changed if that was given."""
    from lsnet_ros.training.recipes import read_recipe, RecipeError
    if args.iterations is not None and args.iterations < 1:
        raise RecipeError('--iterations is {}: give at least 1'.format(args.iterations))
    recipe = read_recipe(args.recipe)
    return recipe if args.iterations is None else recipe._replace(iterations=args.iterations)
