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
"""What a training run was started with, for the card of the model that comes out of it."""

import json
import os
from pathlib import Path
import shlex
import subprocess
import sys
from typing import Callable, Dict, List

import torch

from lsnet_ros.files import replacing
from lsnet_ros.training.checkpoint import CheckpointError
from lsnet_ros.training.distributed import world_size

RECORD = 'run.json'
PATH_OPTIONS: Dict[str, Callable[[str], str]] = {
    '--root': lambda path: 'DIR',
    '--output': lambda path: 'DIR',
    '--initial': lambda path: 'DIR',
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
    with replacing(folder / RECORD) as file:
        file.write(json.dumps(starts, indent=2).encode())


def read_starts(folder: Path) -> List[Dict[str, object]]:
    """
    Return the starts noted in a run's folder, from the first.

    :raises CheckpointError: if the record is not one
    """
    try:
        return json.loads((folder / RECORD).read_text())
    except FileNotFoundError:
        return []
    except ValueError as error:
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
        ['git', '-C', str(Path(__file__).parent), 'rev-parse', 'HEAD'],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, universal_newlines=True)
    return answer.stdout.strip() or 'unknown'


def processor() -> str:
    """Name the processor of this machine and how many of it there are: '2 x AMD EPYC'."""
    with open('/proc/cpuinfo') as file:
        models = [line.partition(':')[2].strip() for line in file if line.startswith('model name')]
    return '{} x {}'.format(os.cpu_count(), models[0] if models else 'CPU')


def _hardware() -> str:
    """Name the processors that train."""
    if not torch.cuda.is_available():
        return processor()
    name, count = torch.cuda.get_device_name(), world_size()
    return name if count == 1 else '{} x {}'.format(count, name)
