# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The saved state of a training run: arrays in an npz file, no pickle."""

import json
from pathlib import Path
from typing import Dict, NamedTuple

import numpy as np
import torch

from lsnet_ros.errors import LsnetError, one_line
from lsnet_ros.files import replacing
from lsnet_ros.limits.archives import read_arrays
from lsnet_ros.limits.bounds import FormatError, MODEL_FILE
from lsnet_ros.limits.json_text import parse_json_object
from lsnet_ros.limits.regular_files import read_bytes

Arrays = Dict[str, np.ndarray]
KINDS = ('weights', 'optimizer', 'average')  # of the arrays of a checkpoint


class CheckpointError(LsnetError, ValueError):
    """A checkpoint cannot be read or does not belong to the run."""


class Checkpoint(NamedTuple):
    """Everything that a run must remember."""

    weights: Arrays        # with buffers
    optimizer: Arrays      # state of the optimiser by kind and weight: 'exp_avg/stem.0.weight'
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
                                  one_line(error, 200))) from error


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
    return parse_checkpoint(read_bytes(path, MODEL_FILE), path)


def parse_checkpoint(content: bytes, path: Path) -> Checkpoint:
    """
    Make a checkpoint of the bytes of its file.

    :param path: of the file, for the error
    :raises CheckpointError: if they are not those of a checkpoint
    """
    try:
        parts = read_arrays(content)
        if 'state' not in parts:
            raise FormatError('it has no array "state"')
        state = parse_json_object(str(parts.pop('state')))
    except FormatError as error:
        raise CheckpointError('{}: is not a readable checkpoint ({}); delete it to start anew, or '
                              'restore it'.format(path, error)) from error
    split = {kind: {} for kind in KINDS}
    for name, value in parts.items():
        kind, _, key = name.partition('/')
        if kind == 'momentum':  # as runs were written when SGD was the only optimiser
            kind, key = 'optimizer', 'momentum_buffer/' + key
        if kind not in split:
            raise CheckpointError('{}: holds an array {!r}, expected one of {}: delete it to '
                                  'start anew, or restore it'.format(
                                      path, name, ', '.join(KINDS)))
        split[kind][key] = value
    return Checkpoint(state=state, **split)


def optimizer_arrays(network: torch.nn.Module, optimizer: torch.optim.Optimizer) -> Arrays:
    """Copy the optimiser's state of each parameter, by kind and by the parameter's name."""
    return {'{}/{}'.format(kind, name): value.detach().cpu().contiguous().numpy().copy()
            for name, parameter in network.named_parameters()
            for kind, value in optimizer.state[parameter].items()
            if isinstance(value, torch.Tensor)}


def load_optimizer(network: torch.nn.Module, optimizer: torch.optim.Optimizer,
                   found: Arrays) -> None:
    """
    Restore the arrays of `optimizer_arrays`.

    :raises CheckpointError: if it is the state of another network
    """
    parameters = dict(network.named_parameters())
    for key, value in found.items():
        kind, _, name = key.partition('/')
        if name not in parameters or value.shape not in ((), parameters[name].shape):
            raise CheckpointError('the checkpoint has a state {!r} of shape {}, the network has '
                                  'no such weight: give the network and options it was trained '
                                  'with, or another folder'.format(key, value.shape))
        tensor = torch.from_numpy(value)
        if value.shape:  # or else a count of steps, which stays on the CPU
            tensor = torch.empty_like(parameters[name]).copy_(tensor)  # device, memory format
        optimizer.state[parameters[name]][kind] = tensor
