# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Print docs/commands.md, made from the parsers of the command line."""

import argparse
from typing import Dict, Iterator, List

from lsnet_ros import cli

HEAD = '''\
# Commands

After this page, you can call every command of `lsnet` with its options. The script
`docs/make_commands.py` writes this page; `lsnet COMMAND --help` prints the same text.

| exit status | meaning |
|---|---|
| 0 | done |
| 1 | failed, or some of the input was left out: the last lines say why |
| 2 | wrong usage |
| 130, 143 | Ctrl+C or SIGTERM ended the command; saved files stay |

Every command has these options:

| option | meaning |
|---|---|
| `--json FILE` | writes the report as JSON; `-` prints it, and all else goes to standard error |
| `--verbose` | also says why this backend was taken and others were not |
| `--quiet` | prints errors alone |
'''

SHARED = {
    '--backend': 'runtime that computes the network',
    '--dataset': 'labelled frames: name of a published dataset, or a folder with a dataset.yaml',
    '--frames': 'folder of images of your camera, without labels',
    '--groups': 'groups of classes in place of the classes',
    '--ignore': 'values of the targets that mean no class',
    '--image-topic': 'topic of the images of a bag',
    '--iterations': 'number of training steps',
    '--map': 'YAML file with the class of each value of the targets',
    '--markdown': 'prints a page of the documentation',
    '--model': 'name of a model (lsnet models), or a model folder',
    '--network': 'name of a network (lsnet networks)',
    '--output': 'folder for the results',
    '--overwrite': 'replaces results of an earlier call, which are kept otherwise',
    '--recipe': 'name of a recipe in params/recipes, or a YAML file of that form',
    '--root': 'folder of a published dataset, as it was downloaded',
    '--size': 'height and width in px, as in 1024x2048',
}
"""Meaning of the options that several commands have."""


def make_page() -> str:
    """Return the page."""
    parser = cli._parser(cli.COMMANDS)
    commands, = [action.choices for action in parser._actions
                 if isinstance(action, argparse._SubParsersAction)]
    parts = [HEAD]
    for task, names, example in cli.GROUPS:
        parts.append('## {}\n\n```sh\n{}\n```\n'.format(task, example))
        parts += ['\n'.join(describe_command(name, commands[name])) + '\n' for name in names]
    parts += ['## Options of several commands\n', '\n'.join(list_shared(commands)) + '\n']
    return '\n'.join(parts)


def list_shared(commands: Dict[str, argparse.ArgumentParser]) -> Iterator[str]:
    """Yield the lines of a table of the options that several commands have."""
    users: Dict[str, List[str]] = {}
    for name, parser in commands.items():
        for action in list_arguments(parser):
            if action.option_strings:
                users.setdefault(action.option_strings[-1], []).append(name)
    yield 'One name means one thing, wherever it stands.\n'
    yield '| option | meaning | commands |'
    yield '|---|---|---|'
    yield from ('| `{}` | {} | {} |'.format(option, SHARED[option], ', '.join(users[option]))
                for option in sorted(users) if len(users[option]) > 1)


def list_arguments(parser: argparse.ArgumentParser) -> List[argparse.Action]:
    """Return the arguments of a command, without those that all have and old names."""
    return [action for action in parser._actions if action.help != argparse.SUPPRESS
            and action.dest not in ('help', 'json', 'quiet', 'verbose')]


def describe_command(name: str, parser: argparse.ArgumentParser) -> Iterator[str]:
    """Yield the lines about a command: its summary and a table of its arguments."""
    summary = str(parser.description)
    yield '### lsnet {}\n\n{}.\n'.format(name, summary[0].upper() + summary[1:])
    rows = [(name_argument(action), describe_argument(action))
            for action in list_arguments(parser)]
    if rows:
        yield '| argument | meaning |'
        yield '|---|---|'
        yield from ('| `{}` | {} |'.format(*(text.replace('|', '\\|') for text in row))
                    for row in rows)


def name_argument(action: argparse.Action) -> str:
    """Return an argument as it is typed."""
    metavar = action.metavar or (
        '{' + ','.join(map(str, action.choices)) + '}' if action.choices else action.dest.upper())
    if not action.option_strings:
        return str(metavar)
    value = '' if action.nargs == 0 else ' ' + str(metavar)
    return action.option_strings[-1] + value


def describe_argument(action: argparse.Action) -> str:
    """Return the help of an argument."""
    text = str(action.help) % dict(vars(action), prog='lsnet')
    return text + (' (required)' if action.required and action.option_strings else '')


if __name__ == '__main__':
    print(make_page(), end='')
