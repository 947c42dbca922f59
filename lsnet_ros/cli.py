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
"""The command ``lsnet``: finds the command's module, runs it, and writes what it reports."""

import argparse
import importlib
import json
import os
import sys
from typing import Any, Dict, Iterable, List, Optional

from lsnet_ros import ament_prefix
from lsnet_ros.errors import LsnetError
from lsnet_ros.files import replacing

COMMANDS = {
    'demo': 'demo',
    'models': 'models',
    'networks': 'networks',
    'segment': 'segment',
    'evaluate': 'evaluate',
    'evaluate-bag': 'evaluate_bag',
    'train': 'train',
    'export': 'export',
    'build-engine': 'build_engine',
    'benchmark': 'benchmark',
    'expand': 'expand',
    'doctor': 'doctor',
}  # name on the command line: module of lsnet_ros.commands


def main(arguments: Optional[List[str]] = None) -> int:
    """
    Run one command; a report with a true value under ``failed`` counts as failed.

    :param arguments: what follows ``lsnet`` on the command line, by default this process's
    :returns: exit status: 0 done, 1 failed, 130 interrupted; wrong usage exits with 2
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    ament_prefix.register()
    known = arguments[:1] if arguments and arguments[0] in COMMANDS else COMMANDS
    try:
        args = _parser(known).parse_args(arguments)
        report = args.run(args)
        if args.json:
            write_json(args.json, report)
        sys.stdout.flush()
        return 1 if report.get('failed') else 0
    except BrokenPipeError:  # the reader, such as "head", has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130
    except ModuleNotFoundError as error:
        if error.name.startswith('lsnet_ros'):
            raise
        return _fail('the Python module {} is not installed: "make train" in the sources installs '
                     'what training and export need, "rosdep install" the rest'.format(error.name))
    except (LsnetError, OSError) as error:
        return _fail(error)


def write_json(path: str, report: Dict[str, Any]) -> None:
    """
    Write a report; a file of that name stays as it was unless all of it can be written.

    :raises OSError: if the file cannot be written
    """
    text = json.dumps(report, indent=2, allow_nan=False)
    with replacing(path) as file:
        file.write(text.encode('utf-8') + b'\n')


def _fail(reason: object) -> int:
    """Tell the user on one line what went wrong; returns the exit status."""
    print('lsnet: {}'.format(' '.join(str(reason).split())), file=sys.stderr)
    return 1


def _parser(names: Iterable[str]) -> argparse.ArgumentParser:
    """Return the parser of some of the commands; only their modules are imported."""
    parser = argparse.ArgumentParser(
        prog='lsnet', description='Lightweight semantic segmentation for ROS 2.')
    commands = parser.add_subparsers(metavar='COMMAND', dest='command')
    commands.required = True  # the argument of that name is Python 3.7
    for name in names:
        module = importlib.import_module('lsnet_ros.commands.' + COMMANDS[name])
        command = commands.add_parser(name, help=module.SUMMARY, description=module.SUMMARY)
        module.add_arguments(command)
        command.add_argument('--json', metavar='FILE', help='write the report to this file too')
        command.set_defaults(run=module.run)
    return parser


if __name__ == '__main__':
    sys.exit(main())
