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
"""The saved state of a training run: arrays in an npz file, no pickle."""

import io
import json
from pathlib import Path
from typing import Dict, NamedTuple
import zipfile
import zlib

import numpy as np
import torch

from lsnet_ros.errors import LsnetError
from lsnet_ros.files import replacing

Arrays = Dict[str, np.ndarray]
KINDS = ('weights', 'momentum', 'average')  # of the arrays of a checkpoint


class CheckpointError(LsnetError, ValueError):
    """A checkpoint cannot be read or does not belong to the run."""


class Checkpoint(NamedTuple):
    """Everything that a run must remember."""

    weights: Arrays        # with buffers
    momentum: Arrays       # of each weight
    state: dict            # JSON: iteration, seconds, best_miou, recipe
    average: Arrays = {}   # of the weights, with buffers; empty where none is taken


def arrays(module: torch.nn.Module) -> Arrays:
    """Copy a module's parameters and buffers by name, float32 or int64, contiguous."""
    return {name: value.detach().cpu().contiguous().numpy().copy()
            for name, value in module.state_dict().items()}


def load_arrays(module: torch.nn.Module, weights: Arrays) -> None:
    """
    Put arrays back into a module.

    :raises CheckpointError: if a name or shape is not the module's
    """
    try:
        module.load_state_dict({name: torch.from_numpy(value) for name, value in weights.items()})
    except RuntimeError as error:
        raise CheckpointError('the checkpoint is of another network ({}): give the network and '
                              'options it was trained with, or another folder'.format(
                                  ' '.join(str(error).split())[:200])) from error


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Write a checkpoint in place of the one that was there."""
    parts = {'{}/{}'.format(kind, name): value for kind in KINDS
             for name, value in getattr(checkpoint, kind).items()}
    parts['state'] = np.array(json.dumps(checkpoint.state))
    with replacing(path) as file:
        np.savez(file, **parts)


def read_checkpoint(path: Path) -> Checkpoint:
    """
    Read a checkpoint.

    :raises CheckpointError: if the file is torn or not a checkpoint
    :raises OSError: if the file cannot be read
    """
    return parse_checkpoint(path.read_bytes(), path)


def parse_checkpoint(content: bytes, path: Path) -> Checkpoint:
    """
    Make a checkpoint of the bytes of its file.

    :param path: of the file, for the error
    :raises CheckpointError: if they are not those of a checkpoint
    """
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            parts = {name: file[name] for name in file.files}
        state = json.loads(str(parts.pop('state')))
    except (AttributeError, EOFError, KeyError, OSError, ValueError, zipfile.BadZipFile,
            zlib.error) as error:
        raise CheckpointError('{}: is not a readable checkpoint ({}); delete it to start anew, or '
                              'restore it'.format(path, error)) from error
    split = {kind: {} for kind in KINDS}
    for name, value in parts.items():
        kind, _, key = name.partition('/')
        split[kind][key] = value
    return Checkpoint(state=state, **split)


def momentum_arrays(network: torch.nn.Module, optimizer: torch.optim.Optimizer) -> Arrays:
    """Copy the momentum of each parameter that has one, by the parameter's name."""
    state = optimizer.state
    return {name: state[parameter]['momentum_buffer'].cpu().contiguous().numpy().copy()
            for name, parameter in network.named_parameters()
            if 'momentum_buffer' in state[parameter]}


def load_momentum(network: torch.nn.Module, optimizer: torch.optim.Optimizer,
                  momentum: Arrays) -> None:
    """Put the momentum of each parameter back."""
    for name, parameter in network.named_parameters():
        if name in momentum:
            buffer = torch.empty_like(parameter)  # on its device, in its memory format
            buffer.copy_(torch.from_numpy(momentum[name]))
            optimizer.state[parameter]['momentum_buffer'] = buffer
