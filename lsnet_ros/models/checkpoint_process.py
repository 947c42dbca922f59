# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Read a checkpoint of PyTorch in a child process with a limit of memory.

A checkpoint is a pickle. ``torch.load`` with ``weights_only=True`` makes tensors and plain
containers of it, and refuses everything else.
"""

from pathlib import Path
import resource
import subprocess
import sys
import tempfile
from typing import Any, Dict

import numpy as np

from lsnet_ros.errors import one_line
from lsnet_ros.limits.children import module_command
from lsnet_ros.models.published import PublishedError

LARGEST_FILE = 1 << 30      # bytes; the published checkpoints have up to 30 MB
MOST_VALUES = 1 << 28       # numbers; LPS-Net-L has 9 million
MEMORY = 6 << 30            # bytes of address space, of which PyTorch's libraries take most
TIME_S = 120
WEIGHTS_KEYS = ('state_dict', 'model', 'net')  # under which trainings keep the weights


def read_checkpoint(path: Path) -> Dict[str, np.ndarray]:
    """
    Return the arrays of a checkpoint by the names that it has for them.

    :raises PublishedError: if the file is missing, too large, no checkpoint, or holds anything
        that is not a tensor or a plain container
    """
    if not path.is_file():
        raise PublishedError('{} is not a file: give the .pth file of the authors'.format(path))
    if path.stat().st_size > LARGEST_FILE:
        raise PublishedError('{} has {} bytes, expected {} at most: give the weights '
                             'alone'.format(path, path.stat().st_size, LARGEST_FILE))
    with tempfile.TemporaryDirectory() as folder:
        arrays_path = Path(folder) / 'arrays.npz'
        try:
            done = subprocess.run(
                module_command(__name__) + [str(path.resolve()), str(arrays_path)],
                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=TIME_S)
        except subprocess.TimeoutExpired as error:
            raise PublishedError('{} took more than {} s to read: it is no checkpoint of a '
                                 'network'.format(path, TIME_S)) from error
        if done.returncode:
            lines = done.stderr.decode('utf-8', 'replace').strip().splitlines()
            reason = lines[-1] if lines else 'ended with status {}'.format(done.returncode)
            raise PublishedError('{} is not a checkpoint of plain weights ({}): give the .pth '
                                 'file of the authors'.format(path, one_line(reason)))
        with np.load(str(arrays_path), allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}


def main(path: str, arrays_path: str) -> int:
    """Write the tensors of a checkpoint as an archive of arrays; returns the exit status."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    import torch
    try:
        arrays: Dict[str, Any] = _collect(torch.load(path, map_location='cpu', weights_only=True))
        np.savez(arrays_path, **arrays)
    except MemoryError:
        print('it needs more than {} GiB of memory'.format(MEMORY >> 30), file=sys.stderr)
        return 1
    except Exception as error:  # torch.load names no base class of what it raises
        # PyTorch's own text goes on to tell how to run the code of the file.
        first = str(error).strip().splitlines()[:1] or ['no text']
        print('{}: {}'.format(type(error).__name__, first[0].partition('.')[0]), file=sys.stderr)
        return 1
    return 0


def _collect(content: Any) -> Dict[str, np.ndarray]:
    """Return the tensors of a checkpoint as arrays."""
    import torch
    for key in WEIGHTS_KEYS:
        if isinstance(content, dict) and isinstance(content.get(key), dict):
            content = content[key]
            break
    if not isinstance(content, dict) or not content:
        raise ValueError('it holds no weights by name')
    if not all(isinstance(key, str) and isinstance(value, torch.Tensor)
               for key, value in content.items()):
        raise ValueError('it holds more than weights by name')
    count = sum(value.numel() for value in content.values())
    if count > MOST_VALUES:
        raise ValueError('it holds {} values, expected {} at most'.format(count, MOST_VALUES))
    return {key: value.float().numpy() if value.is_floating_point() else value.numpy()
            for key, value in content.items()}


if __name__ == '__main__':
    sys.exit(main(*sys.argv[1:]))
