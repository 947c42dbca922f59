# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""What a training run was started with, for the card of the model that comes out of it."""

from pathlib import Path
import shlex
import shutil
import subprocess
import sys
from typing import Callable, Dict, List

import torch

from lsnet_ros.board.machine import available_cores, describe_processor
from lsnet_ros.files import write_json
from lsnet_ros.limits.bounds import FormatError, TEXT_FILE
from lsnet_ros.limits.json_text import parse_json
from lsnet_ros.limits.regular_files import read_bytes
from lsnet_ros.training.checkpoint import CheckpointError
from lsnet_ros.training.distributed import world_size

RECORD = 'run.json'
PATH_OPTIONS: Dict[str, Callable[[str], str]] = {
    '--root': lambda path: 'DIR',
    '--output': lambda path: 'DIR',
    '--initial': lambda path: Path(path).name,
    '--teacher': lambda path: Path(path).name,
    '--recipe': lambda path: Path(path).name,
    '--json': lambda path: Path(path).name,
}
"""What is told of the path that follows an option."""


def record_start(folder: Path, iteration: int) -> None:
    """
    Note one start of the program in the folder of its run.

    A start that would repeat the last entry but for the iteration is a plain resume and is
    not noted.
    """
    start = {'command': _command(), 'commit': _commit(),
             'hardware': _hardware(), 'torch': torch.__version__}
    starts = read_starts(folder)
    if not starts or {key: starts[-1].get(key) for key in start} != start:
        starts.append(dict(start, iteration=iteration))
    write_json(folder / RECORD, starts)


def read_starts(folder: Path) -> List[Dict[str, object]]:
    """
    Return the starts noted in a run's folder, from the first.

    :raises CheckpointError: if the record is not one
    """
    try:
        starts = parse_json(read_bytes(folder / RECORD, TEXT_FILE))
        if not isinstance(starts, list) or not all(isinstance(start, dict) for start in starts):
            raise FormatError('it is no list of starts')
        return starts
    except FileNotFoundError:
        return []
    except FormatError as error:
        raise CheckpointError('{}: is not readable ({}); restore it or delete it'.format(
            folder / RECORD, error)) from error


def _command() -> str:
    """Return the command line; where the user keeps things stays with the user."""
    words = ['lsnet'] + sys.argv[1:]
    for index, word in enumerate(words):
        option, equals, value = word.partition('=')
        if words[index - 1] in PATH_OPTIONS:
            words[index] = PATH_OPTIONS[words[index - 1]](word)
        elif equals and option in PATH_OPTIONS:
            words[index] = option + '=' + PATH_OPTIONS[option](value)
    return shlex.join(words)


def _commit() -> str:
    """Return the commit of the sources in use, 'unknown' outside a repository."""
    answer = subprocess.run(
        [shutil.which('git') or 'git', '-C', str(Path(__file__).parent), 'rev-parse', 'HEAD'],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, universal_newlines=True)
    return answer.stdout.strip() or 'unknown'


def _hardware() -> str:
    """Name the processors that train."""
    if not torch.cuda.is_available():
        return describe_processor(available_cores())
    name, count = torch.cuda.get_device_name(), world_size()
    return name if count == 1 else '{} x {}'.format(count, name)
