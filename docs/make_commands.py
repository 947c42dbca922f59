# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Print docs/commands.md, made from the parsers of the command line."""

import argparse
from typing import Iterator

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

The option `--json FILE` of every command writes its report as JSON; `--json -` prints it, and all
other text goes to standard error.
'''


def make_page() -> str:
    """Return the page."""
    parser = cli._parser(cli.COMMANDS)
    commands, = [action.choices for action in parser._actions
                 if isinstance(action, argparse._SubParsersAction)]
    parts = [HEAD]
    for task, names, example in cli.GROUPS:
        parts.append('## {}\n\n```sh\n{}\n```\n'.format(task, example))
        parts += ['\n'.join(describe_command(name, commands[name])) + '\n' for name in names]
    return '\n'.join(parts)


def describe_command(name: str, parser: argparse.ArgumentParser) -> Iterator[str]:
    """Yield the lines about a command: its summary and a table of its arguments."""
    summary = str(parser.description)
    yield '### lsnet {}\n\n{}.\n'.format(name, summary[0].upper() + summary[1:])
    rows = [(name_argument(action), describe_argument(action)) for action in parser._actions
            if action.dest not in ('help', 'json')]
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
