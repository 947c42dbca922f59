# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""``lsnet train``: train a network on a dataset; the same command again resumes."""

import argparse
from functools import partial
from pathlib import Path
from typing import Any, Dict, Optional

from lsnet_ros.commands.arguments import add_dataset, parse_count, parse_positive
from lsnet_ros.datasets import DATASETS, is_dataset, open_split
from lsnet_ros.datasets.check import require_sound

SUMMARY = 'train a network by a recipe; the same command again resumes'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's arguments."""
    parser.add_argument('--recipe', metavar='NAME',
                        help='name of a recipe in params/recipes, or a YAML file of that form '
                             '(default: one that fits the data, see RUN/recipe.yaml)')
    parser.add_argument('--network', metavar='NAME',
                        help='network to train without --recipe, such as fpn-lite0')
    add_dataset(parser)
    parser.add_argument('--root', type=Path, metavar='DIR',
                        help='folder of the dataset (not for rendered scenes)')
    parser.add_argument('--output', type=Path, required=True, metavar='DIR',
                        help='folder of the run: checkpoint, best weights, log, report.html')
    parser.add_argument('--iterations', type=int, metavar='N',
                        help='number of iterations (default: the recipe\'s); may change when '
                             'resuming')
    parser.add_argument('--hours', type=parse_positive, metavar='H',
                        help='time of the training, in place of a number of iterations, which '
                             'follows the pace')
    parser.add_argument('--initial', metavar='MODEL',
                        help='model or run of the same network, whose weights to start from')
    parser.add_argument('--teacher', metavar='MODEL',
                        help='model or run whose soft labels are learnt besides (default: the '
                             'recipe\'s)')
    parser.add_argument('--learning-curve', action='store_true',
                        help='afterwards train with a half and with a quarter of the frames too, '
                             'to see whether more frames would help (three times the work; '
                             '--hours is for all)')
    parser.add_argument('--workers', type=parse_count, default=1, metavar='N',
                        help='threads that prepare batches (default: 1)')


def run(args: argparse.Namespace) -> Dict[str, Any]:
    """Train; returns iterations, hours and the best validation mIoU."""
    from lsnet_ros.commands.progress import progress
    from lsnet_ros.evaluation.run_report import write_run_report
    from lsnet_ros.training import distributed
    from lsnet_ros.training.data import open_data
    from lsnet_ros.training.planning import write_recipe
    recipe = _read_recipe(args)
    with distributed.joined():
        if args.recipe and not _is_begun(args.output):  # else the data were looked at before
            _require_sound(recipe.dataset)
        data = open_data(recipe, args.root, args.output, progress)
        report = partial(write_run_report, args.output, data.val)
        trainer = _open_trainer(args, recipe, data)
        trainer.run(args.workers, report)
        if args.hours and distributed.rank() == 0:
            write_recipe(args.output, trainer.recipe)
        if args.learning_curve:
            _train_parts(args, trainer.recipe, data)
            if distributed.rank() == 0:
                report()
        if distributed.rank() == 0:
            print('best validation mIoU {:.1f} %, see {}'.format(
                100 * trainer.best_miou, args.output / 'report.html'))
    return {'iterations': trainer.iteration, 'hours': trainer.seconds / 3600,
            'miou': trainer.best_miou}


def _open_trainer(args: argparse.Namespace, recipe: Any, data: Any) -> Any:
    """Open the run, at its last checkpoint if it has one."""
    from lsnet_ros.training import distributed
    from lsnet_ros.training.planning import write_recipe
    from lsnet_ros.training.run_record import record_start
    from lsnet_ros.training.trainer import Trainer
    is_new = not _is_begun(args.output)
    time_limit = _limit_time(args)
    if time_limit and is_new:
        recipe = _fit_hours(args, recipe, data)
    trainer = Trainer(recipe, args.output, data, _read_initial(args), time_limit)
    if distributed.rank() == 0:
        record_start(args.output, trainer.iteration)
        if is_new and (args.hours or not args.recipe):
            write_recipe(args.output, recipe)
    return trainer


def _train_parts(args: argparse.Namespace, recipe: Any, data: Any) -> None:
    """Train with parts of the frames, each in a folder of its own."""
    from lsnet_ros.training.learning_curve import part_folder, PARTS, take_part
    from lsnet_ros.training.trainer import Trainer
    for part in PARTS:
        Trainer(recipe, part_folder(args.output, part), take_part(data, part, recipe.seed),
                _read_initial(args), _limit_time(args)).run(args.workers)


def _limit_time(args: argparse.Namespace) -> Any:
    """Return the time limit of one training, None without --hours."""
    from lsnet_ros.training.distributed import world_size
    from lsnet_ros.training.recipes import RecipeError
    from lsnet_ros.training.time_limit import TimeLimit
    if not args.hours:
        return None
    if world_size() > 1:
        raise RecipeError('--hours is for one process: give --iterations with torchrun')
    return TimeLimit(3600 * args.hours / _count_trainings(args))


def _count_trainings(args: argparse.Namespace) -> int:
    """Return how many trainings share --hours."""
    from lsnet_ros.training.learning_curve import PARTS
    return 1 + len(PARTS) if args.learning_curve else 1


def _read_initial(args: argparse.Namespace) -> Any:
    """Read the weights to start from, None for random ones."""
    from lsnet_ros.training.initial import read_initial
    return read_initial(args.initial) if args.initial else None


def _require_sound(dataset: str) -> None:
    """Raise a DatasetError if the dataset is one's own and has faults."""
    from lsnet_ros.commands.progress import progress
    if dataset not in DATASETS and is_dataset(dataset):
        require_sound(Path(dataset), progress)


def _is_begun(folder: Path) -> bool:
    """Say whether there is a run to resume in a folder."""
    return (folder / 'checkpoint.npz').exists()


def _fit_hours(args: argparse.Namespace, recipe: Any, data: Any) -> Any:
    """Return the recipe with the number of iterations for which there is time."""
    from lsnet_ros.training.planning import fit_hours
    trainings = _count_trainings(args)
    recipe = fit_hours(recipe, data, args.hours / trainings)
    print('{} iterations{} in {:g} hours at the pace of the first ones'.format(
        recipe.iterations, ', {} times,'.format(trainings) if trainings > 1 else '',
        args.hours))
    return recipe


def _read_recipe(args: argparse.Namespace) -> Any:
    """Read or choose the recipe; options that were given replace its fields."""
    from lsnet_ros.training.planning import FILE
    from lsnet_ros.training.recipe_files import check_choices, check_crop, read_recipe
    from lsnet_ros.training.recipes import RecipeError
    if args.iterations is not None and args.iterations < 1:
        raise RecipeError('--iterations is {}: give at least 1'.format(args.iterations))
    if args.iterations and args.hours:
        raise RecipeError('--iterations and --hours both say how long: give one of them')
    if args.recipe and args.network:
        raise RecipeError('--recipe names the network too: leave out --network')
    dataset = args.dataset
    if dataset and dataset not in DATASETS and is_dataset(dataset):
        dataset = str(Path(dataset).expanduser().resolve())
    noted = args.output / FILE
    if _is_begun(args.output) and noted.is_file() and (args.hours or not args.recipe):
        recipe = read_recipe(noted)
    else:
        recipe = read_recipe(args.recipe) if args.recipe else _plan(args, dataset)
    given = {'iterations': args.iterations, 'teacher': args.teacher, 'dataset': dataset,
             'network': args.network}
    recipe = recipe._replace(**{name: value for name, value in given.items()
                                if value is not None})
    check_choices(recipe)
    if not _is_begun(args.output):
        check_crop(recipe)
    return recipe


def _plan(args: argparse.Namespace, dataset: Optional[str]) -> Any:
    """Choose a recipe that fits the data."""
    from lsnet_ros.training.planning import plan_recipe
    from lsnet_ros.training.recipes import RecipeError
    if not args.network or not dataset:
        raise RecipeError('there is no recipe: give one with --recipe, or --network and --dataset')
    _require_sound(dataset)
    recipe = plan_recipe(args.network, dataset, open_split(dataset, args.root, 'train'),
                         args.initial is not None)
    print('input {}x{}, crops of {}x{} (height x width), batches of {}: chosen for the '
          'frames'.format(*recipe.input_size, *recipe.crop, recipe.batch_size))
    return recipe
