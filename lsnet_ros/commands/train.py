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

from lsnet_ros.errors import LsnetError

SUMMARY = 'train a network; the same command again resumes'
SCENES_SEED = 1
SCENES = 300


class RecipeError(LsnetError, ValueError):
    """What was asked for cannot be trained."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument('--network', required=True, help='name of the network, such as lps-net-s')
    parser.add_argument('--dataset', default='camvid', choices=['camvid'])
    parser.add_argument('--root', type=Path, required=True, help='folder of the dataset')
    parser.add_argument('--output', type=Path, required=True,
                        help='folder of the run: checkpoint, best weights, log')
    parser.add_argument('--iterations', type=int, help='in place of the recipe\'s number')
    parser.add_argument('--class-weights', action=argparse.BooleanOptionalAction,
                        help='weigh classes against their frequency')
    parser.add_argument('--loss', choices=['cross-entropy', 'hard-examples'])
    parser.add_argument('--workers', type=int, default=1, help='threads that make batches')


def run(args: argparse.Namespace) -> dict:
    """Train; returns iterations, hours and the validation figures of the best iteration."""
    from lsnet_ros.datasets.cached import Cached
    from lsnet_ros.datasets.camvid import CamVid
    from lsnet_ros.datasets.street_scene import StreetScenes
    from lsnet_ros.training.run_record import record_start
    from lsnet_ros.training.trainer import Trainer
    recipe = _recipe(args)
    scenes = Cached(StreetScenes(SCENES_SEED, SCENES)) if recipe.street_scenes else ()
    trainer = Trainer(recipe, args.output, CamVid.label_set.num_classes,
                      Cached(CamVid(args.root, 'train')), CamVid(args.root, 'val'), scenes)
    record_start(args.output, trainer.iteration)
    trainer.run(args.workers)
    print('best validation mIoU {:.1f} %'.format(100 * trainer.best_miou))
    return {'iterations': trainer.iteration, 'hours': trainer.seconds / 3600,
            'miou': trainer.best_miou}


def _recipe(args: argparse.Namespace):
    """Take the recipe of the network and dataset, changed by the arguments that were given."""
    from lsnet_ros.training.recipes import RECIPES
    key = (args.network, args.dataset)
    if key not in RECIPES:
        raise RecipeError('found no recipe for {} on {}: choose from {}'.format(
            *key, ', '.join(' on '.join(known) for known in RECIPES)))
    if args.iterations is not None and args.iterations < 1:
        raise RecipeError('--iterations is {}: give at least 1'.format(args.iterations))
    given = {name: getattr(args, name) for name in ('iterations', 'class_weights', 'loss')
             if getattr(args, name) is not None}
    return RECIPES[key]._replace(**given)
