# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The command line ``lsnet``: imports a command's module, runs it and writes its report."""

import argparse
import contextlib
import importlib
import os
from pathlib import Path
import sys
from typing import Any, Iterable, Iterator, List, Optional

import lsnet_ros
from lsnet_ros import ament_prefix
from lsnet_ros.commands.progress import without_progress
from lsnet_ros.commands.signals import Ending
from lsnet_ros.commands.terminal import safe_output
from lsnet_ros.errors import LsnetError, missing_module, not_known, one_line
from lsnet_ros.files import expand_home, format_json, write_json

COMMANDS = {
    'demo': 'demo',
    'models': 'models',
    'networks': 'networks',
    'segment': 'segment',
    'evaluate': 'evaluate',
    'evaluate-bag': 'evaluate_bag',
    'frames': 'frames',
    'dataset': 'dataset',
    'train': 'train',
    'export': 'export',
    'import': 'import_model',
    'quantize': 'quantize',
    'build-engine': 'build_engine',
    'benchmark': 'benchmark',
    'expand': 'expand',
    'doctor': 'doctor',
}  # name on the command line: module of lsnet_ros.commands
GROUPS = (
    ('Try it', ('demo', 'segment', 'models', 'doctor'), 'lsnet segment street.png'),
    ('Measure it', ('evaluate', 'evaluate-bag', 'benchmark', 'networks'),
     'lsnet benchmark --model fpn-lite0-camvid'),
    ('Own classes', ('frames', 'dataset', 'train', 'export', 'import'),
     'lsnet train --dataset mine --network fpn-lite0 --output runs/mine'),
    ('On a device', ('quantize', 'build-engine', 'expand'),
     'lsnet build-engine --model fpn-lite0-camvid'),
)
"""Tasks: their commands, and an example."""
COMPLETION = '_ARGCOMPLETE'  # variable by which a shell asks argcomplete for words, not for a run


def main(arguments: Optional[List[str]] = None) -> int:
    """
    Run one command; it fails if its report has a true value under ``failed``.

    Nothing that it prints can steer the terminal.

    :param arguments: words that follow ``lsnet`` on the command line, by default this process's
    :returns: exit status: 0 done, 1 failed, 130 interrupted, 143 terminated; wrong usage exits
        with 2
    """
    with safe_output(), Ending() as ending:
        try:
            status = _run(sys.argv[1:] if arguments is None else arguments)
        except Exception:
            if not ending.signal:  # else what was interrupted says so in its own way
                raise
            status = 1
    return ending.status(status)


def _run(arguments: List[str]) -> int:
    """Run one command; returns the exit status."""
    ament_prefix.register()
    try:
        if not arguments and COMPLETION not in os.environ:
            _print_overview()
            return 0
        args = _parse(arguments)
        for name, value in vars(args).items():
            setattr(args, name, _expand(value))
        with _printing(args):
            report = args.run(args)
        if args.json == '-':
            print(format_json(report), end='')
        elif args.json:
            write_json(args.json, report)
        sys.stdout.flush()
        return 1 if report.get('failed') else 0
    except BrokenPipeError:  # the reader, such as "head", has closed the pipe
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1 if '--json' in arguments else 0
    except KeyboardInterrupt:
        return 130
    except ModuleNotFoundError as error:
        if error.name and error.name.startswith('lsnet_ros'):
            raise
        return _fail(missing_module(error))
    except (LsnetError, OSError) as error:
        return _fail(error)


@contextlib.contextmanager
def _printing(args: argparse.Namespace) -> Iterator[None]:
    """Send all that a command prints to standard error if its report needs standard output."""
    with contextlib.ExitStack() as stack:
        if args.quiet:
            stack.enter_context(without_progress())
            nowhere = stack.enter_context(open(os.devnull, 'w'))
            stack.enter_context(contextlib.redirect_stdout(nowhere))
        elif args.json == '-':
            stack.enter_context(contextlib.redirect_stdout(sys.stderr))
        yield


def _expand(value: Any) -> Any:
    """Return a value in which the ~ of a path, or of each path of a list, is the home folder."""
    if isinstance(value, list):
        return [_expand(item) for item in value]
    return expand_home(value) if isinstance(value, Path) else value


def _parse(arguments: List[str]) -> argparse.Namespace:
    """Return the parsed command line; wrong usage exits with 2."""
    if COMPLETION in os.environ:
        from lsnet_ros.commands.completion import complete
        complete(_parser(COMMANDS))
    first = arguments[0]
    if first in COMMANDS:
        return _parser([first]).parse_args(arguments)
    parser = _parser(COMMANDS)
    if not first.startswith('-'):
        parser.error('{}: "lsnet --help" lists them'.format(
            not_known('command', one_line(first), COMMANDS)))
    return parser.parse_args(arguments)


def _print_overview() -> None:
    """Print the commands by task, with an example of each task."""
    print('lsnet {}: lightweight semantic segmentation for ROS 2\n'.format(lsnet_ros.__version__))
    for task, names, example in GROUPS:
        print('{:<12} {}\n{:<12} {}\n'.format(task, ', '.join(names), '', example))
    print('"lsnet --help" says what each does, "lsnet COMMAND --help" how.')


def _fail(reason: object) -> int:
    """Print the reason of a failure on one line; returns the exit status."""
    print('lsnet: {}'.format(one_line(reason, None)), file=sys.stderr)
    return 1


def _parser(names: Iterable[str]) -> argparse.ArgumentParser:
    """Return the parser of some commands; only their modules are imported."""
    parser = argparse.ArgumentParser(
        prog='lsnet', description='Lightweight semantic segmentation for ROS 2.')
    parser.add_argument('--version', action='version', version='lsnet ' + lsnet_ros.__version__)
    commands = parser.add_subparsers(metavar='COMMAND', dest='command')
    commands.required = True  # the argument of that name is Python 3.7
    for name in names:
        module = importlib.import_module('lsnet_ros.commands.' + COMMANDS[name])
        command = commands.add_parser(name, help=module.SUMMARY, description=module.SUMMARY)
        module.add_arguments(command)
        command.add_argument('--json', metavar='FILE',
                             help='file to write the report to, - for standard output')
        command.add_argument('-v', '--verbose', action='store_true',
                             help='also say why this backend was taken and others were not')
        command.add_argument('-q', '--quiet', action='store_true',
                             help='print errors alone')
        command.set_defaults(run=module.run)
    return parser


if __name__ == '__main__':
    sys.exit(main())
