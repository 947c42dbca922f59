# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Completion of the command line in a shell, by argcomplete."""

import argparse
from typing import Any, Callable, Dict, Iterable

from lsnet_ros.datasets import DATASETS
from lsnet_ros.labels.groups import list_groups
from lsnet_ros.models.folder import list_models


def _list_recipes() -> Iterable[str]:
    from lsnet_ros.training.recipe_files import list_recipes
    return list_recipes()


NAMES: Dict[str, Callable[[], Iterable[str]]] = {
    'dataset': lambda: DATASETS,
    'groups': list_groups,
    'initial': list_models,
    'model': list_models,
    'prelabel': list_models,
    'recipe': _list_recipes,
    'teacher': list_models,
}
"""By option, the names that it takes besides paths."""


def complete(parser: argparse.ArgumentParser) -> None:
    """
    Print the completions that the shell asks for, and end the program.

    :param parser: of all commands
    :raises ModuleNotFoundError: if argcomplete is not installed
    """
    import argcomplete
    from argcomplete.completers import FilesCompleter
    files = FilesCompleter()
    for command in _list_commands(parser):
        for action in command._actions:
            names = NAMES.get(action.dest)
            if names and not action.choices:
                action.completer = _complete_names(names, files)  # type: ignore[attr-defined]
    argcomplete.autocomplete(parser)


def _list_commands(parser: argparse.ArgumentParser) -> Iterable[argparse.ArgumentParser]:
    """Return the parsers of the commands."""
    return [command for action in parser._actions
            if isinstance(action, argparse._SubParsersAction)
            for command in action.choices.values()]


def _complete_names(names: Callable[[], Iterable[str]],
                    files: Callable[..., Any]) -> Callable[..., Iterable[str]]:
    """Return a completer of names, and of files where a path may stand."""
    def find(prefix: str, **_: Any) -> Iterable[str]:
        known = [name for name in names() if name.startswith(prefix)]
        return known or files(prefix)
    return find
