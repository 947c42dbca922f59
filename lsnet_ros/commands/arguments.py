# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Command-line arguments and parsers of values that several commands share."""

import argparse
from pathlib import Path
import re
import sys
from typing import Any, List, Optional, Tuple

from lsnet_ros.backends import BACKENDS
from lsnet_ros.datasets import DATASETS
from lsnet_ros.labels.groups import list_groups
from lsnet_ros.labels.target_values import parse_values, TargetValueError


def add_model(parser: argparse.ArgumentParser) -> None:
    """Declare the required argument ``--model``."""
    parser.add_argument('--model', required=True, help='name of a model, or a model folder')


class RenamedOption(argparse.Action):
    """Stores the value of an option that was given by its old name, and says the new one."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace,
                 values: Any, option_string: Optional[str] = None) -> None:
        """Store the value."""
        print('lsnet: {} is now {}; the old name will go'.format(option_string, self.const),
              file=sys.stderr)
        setattr(namespace, self.dest, values)


def add_renamed(parser: Any, name: str, old_name: str, **options: Any) -> None:
    """
    Declare an option that had another name, which is still taken.

    :param options: as those of ``add_argument``
    """
    action = parser.add_argument(name, **options)
    parser.add_argument(old_name, dest=action.dest, const=name, action=RenamedOption,
                        type=options['type'], default=argparse.SUPPRESS, help=argparse.SUPPRESS)


def add_backend(parser: argparse.ArgumentParser) -> None:
    """Declare the argument ``--backend``."""
    parser.add_argument('--backend', default='auto', choices=['auto'] + sorted(BACKENDS),
                        help='runtime of the network (default: auto, the fastest that works)')


def describe_choice(name: str, choice: Any, is_verbose: bool) -> str:
    """
    Return which backend was used, or the whole reason for it: ``--verbose``.

    :param name: of the backend
    :param choice: a Backend, or a report of one: its ``reason`` and ``device``
    """
    return choice.reason if is_verbose else '{} ({})'.format(name, choice.device)


def add_dataset(parser: Any, required: bool = False) -> None:
    """Declare the argument ``--dataset``."""
    parser.add_argument('--dataset', required=required, metavar='NAME|PATH',
                        help='{}, or the path of a folder with a dataset.yaml'.format(
                            ', '.join(sorted(DATASETS))))


def add_groups(parser: argparse.ArgumentParser) -> None:
    """Declare the argument ``--groups``."""
    parser.add_argument('--groups', metavar='NAME|FILE',
                        help='groups of classes in place of the classes: {}, or a YAML '
                             'file'.format(', '.join(list_groups())))


def add_target_values(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments ``--ignore`` and ``--map``."""
    parser.add_argument('--ignore', type=_parse_values, default=[], metavar='VALUE,...',
                        help='values of the targets that mean no class, besides 255')
    parser.add_argument('--map', type=Path, metavar='FILE',
                        help='YAML file, value of the targets -> class name (default: class ids)')


def _parse_values(text: str) -> List[int]:
    """Parse values of label images, such as 0,11."""
    try:
        return parse_values(text)
    except TargetValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def parse_names(text: str) -> List[str]:
    """Parse names separated by commas."""
    return [name.strip() for name in text.split(',')]


def parse_size(text: str) -> Tuple[int, int]:
    """Parse HEIGHTxWIDTH; returns (height, width) in px."""
    match = re.match(r'([1-9][0-9]{0,4})x([1-9][0-9]{0,4})$', text)
    if not match:
        raise argparse.ArgumentTypeError(
            '{!r} is not a size: give HEIGHTxWIDTH in pixels such as 1024x2048'.format(text))
    return (int(match.group(1)), int(match.group(2)))


def parse_count(text: str) -> int:
    """Parse a whole number above 0."""
    if not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError('{!r} is not a whole number above 0'.format(text))
    return int(text)


def parse_positive(text: str) -> float:
    """Parse a number above 0."""
    return _parse_above_0(text, 'not a number above 0')


def parse_duration(text: str) -> float:
    """Parse a time above 0, ms."""
    return _parse_above_0(text, 'not a time in milliseconds above 0')


def _parse_above_0(text: str, problem: str) -> float:
    """Parse a number above 0; ``problem`` describes any other text."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.0 < value < 1e6:
        raise argparse.ArgumentTypeError('{!r} is {}'.format(text, problem))
    return value
