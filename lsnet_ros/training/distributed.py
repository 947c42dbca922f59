# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""One run on several processes: each takes its part of the batch, all keep the same weights."""

import contextlib
import os
from typing import Iterator

import numpy as np
import torch
from torch import distributed, nn

from lsnet_ros.errors import LsnetError
from lsnet_ros.training.joint_batch_norm import JointBatchNorm


class DistributedError(LsnetError, ValueError):
    """The processes cannot share the work as they were started."""


@contextlib.contextmanager
def joined() -> Iterator[None]:
    """
    Join the other processes that ``torchrun`` started, if it did; leave them at the end.

    :raises DistributedError: if the machine has fewer GPUs than processes
    """
    if int(os.environ.get('WORLD_SIZE', 1)) == 1:
        yield
        return
    if torch.cuda.is_available():
        place, count = int(os.environ['LOCAL_RANK']), torch.cuda.device_count()
        if place >= count:
            raise DistributedError('this machine has {} GPUs and more processes: give '
                                   '"--nproc-per-node {}" to torchrun'.format(count, count))
        torch.cuda.set_device(place)
    distributed.init_process_group('nccl' if torch.cuda.is_available() else 'gloo')
    try:
        yield
    finally:
        distributed.destroy_process_group()


def rank() -> int:
    """Return the number of this process among those of the run."""
    return distributed.get_rank() if distributed.is_initialized() else 0


def world_size() -> int:
    """Return how many processes the run has."""
    return distributed.get_world_size() if distributed.is_initialized() else 1


def total(part: torch.Tensor) -> torch.Tensor:
    """Sum a tensor over the processes, without a gradient."""
    if world_size() == 1:
        return part.detach()
    whole = part.detach().clone()
    distributed.all_reduce(whole)
    return whole


def total_counts(part: np.ndarray) -> np.ndarray:
    """Sum an integer array over the processes."""
    return total(torch.from_numpy(part).to(_device())).cpu().numpy()


def in_any(flag: bool) -> bool:
    """Say whether the flag is set in any of the processes."""
    return bool(total_counts(np.array([flag], np.int64))[0])


def from_first(content: bytes) -> bytes:
    """Return the bytes that the first process was given, in every process."""
    if world_size() == 1:
        return content
    size = torch.tensor([len(content)], device=_device())
    distributed.broadcast(size, 0)
    shared = torch.empty(int(size), dtype=torch.uint8, device=_device())
    if rank() == 0:
        shared.copy_(torch.from_numpy(np.frombuffer(content, np.uint8).copy()))
    distributed.broadcast(shared, 0)
    return shared.cpu().numpy().tobytes()


def _device() -> torch.device:
    """Return where the processes exchange tensors."""
    is_gpu = distributed.is_initialized() and distributed.get_backend() == 'nccl'
    return torch.device('cuda' if is_gpu else 'cpu')


def kth_largest(values: torch.Tensor, k: int) -> torch.Tensor:
    """
    Return the k-th largest value that any of the processes holds.

    :param values: (n,), n may differ from one process to another and be 0
    :param k: at most as many as there are in all
    """
    largest = values.topk(min(k, values.numel())).values
    if world_size() > 1:
        padded = values.new_full((k,), -float('inf'))
        padded[:largest.numel()] = largest
        everyones = [torch.empty_like(padded) for _ in range(world_size())]
        distributed.all_gather(everyones, padded)
        largest = torch.cat(everyones).topk(k).values
    return largest[-1]


def parallel(module: nn.Module) -> nn.Module:
    """Return the same module, with gradients that are the mean of those of all processes."""
    if world_size() == 1:
        return module
    return nn.parallel.DistributedDataParallel(module)


def with_joint_batch_norms(network: nn.Module) -> nn.Module:
    """
    Let every batch norm take its statistics from the parts of all processes.

    PyTorch's own does so on GPUs only; on CPUs it is ours, which computes the same.
    """
    if world_size() == 1:
        return network
    if torch.cuda.is_available():
        return nn.SyncBatchNorm.convert_sync_batchnorm(network)
    for module in list(network.modules()):
        for name, child in list(module.named_children()):
            if isinstance(child, nn.BatchNorm2d):
                setattr(module, name, JointBatchNorm.of(child))
    return network
