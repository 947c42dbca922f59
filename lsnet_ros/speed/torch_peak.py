# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Peak loads in PyTorch, for a GPU or a precision that numpy lacks."""

from typing import Any, Callable, NamedTuple

from lsnet_ros.board.machine import available_cores
from lsnet_ros.errors import BackendError, one_line
from lsnet_ros.models.network import import_torch

PRODUCT_SIZE = {'cpu': 1024, 'cuda': 8192}         # side of the square matrices
COPIED_VALUES = {'cpu': 1 << 25, 'cuda': 1 << 28}  # float32, larger than the caches


class Operation(NamedTuple):
    """An operation to repeat, and its amount."""

    run: Callable[[], Any]  # blocks until the operation is finished
    amount: float           # floating-point operations, or bytes read and written


def prepare_product(device: str, precision: str) -> Operation:
    """
    Return the product of two square matrices.

    :param device: 'cpu' or 'cuda'
    :param precision: 'fp32', 'fp16' or 'bf16'; others have none
    :raises BackendError: if PyTorch is not installed, or fails at it
    """
    torch = import_torch()
    dtype = {'fp32': torch.float32, 'fp16': torch.float16, 'bf16': torch.bfloat16}.get(precision)
    if dtype is None:
        raise BackendError('PyTorch has no matrix product in {}'.format(precision))
    size = PRODUCT_SIZE[device]
    return _prepare(device, torch.mm, [
        lambda: torch.randn(size, size, device=device).to(dtype)] * 2, 2 * size ** 3)


def prepare_copy(device: str) -> Operation:
    """
    Return a large copy.

    :raises BackendError: if PyTorch is not installed, or fails at it
    """
    torch = import_torch()
    size = COPIED_VALUES[device]
    return _prepare(device, torch.Tensor.copy_, [
        lambda: torch.ones(size, device=device)] * 2, 8 * size)


def device_name(device: str) -> str:
    """Return the name of a GPU."""
    return import_torch().cuda.get_device_name(device)


def _prepare(device: str, operation: Callable, operands: Any, amount: float) -> Operation:
    """Create the operands and run the operation once."""
    torch = import_torch()
    if device == 'cpu':
        torch.set_num_threads(available_cores())
    try:
        tensors = [make() for make in operands]

        def run():
            operation(*tensors)
            if device == 'cuda':
                torch.cuda.synchronize()
        run()
    except (AssertionError, RuntimeError) as error:  # the former without CUDA
        raise BackendError('PyTorch failed: {}'.format(one_line(error))) from error
    return Operation(run, amount)
