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
"""What keeps a processor busiest in PyTorch: for a GPU, or a precision that numpy lacks."""

from typing import Any, Callable, NamedTuple

from lsnet_ros.backends.backend import available_cores, BackendError
from lsnet_ros.backends.torch_backend import import_torch
from lsnet_ros.model_card import one_line

PRODUCT_SIZE = {'cpu': 1024, 'cuda': 8192}       # of square matrices
COPIED_VALUES = {'cpu': 1 << 25, 'cuda': 1 << 28}  # float32, more than caches hold


class Load(NamedTuple):
    """Something to repeat, and how much it is."""

    run: Callable[[], Any]  # returns when it is done
    amount: float           # floating-point operations, or bytes read and written


def product(device: str, precision: str) -> Load:
    """
    Return the product of two square matrices.

    :param device: 'cpu' or 'cuda'
    :param precision: 'fp32', 'fp16' or 'bf16'; there is none in others
    :raises BackendError: if PyTorch is not installed or cannot do that here
    """
    torch = import_torch()
    dtype = {'fp32': torch.float32, 'fp16': torch.float16, 'bf16': torch.bfloat16}.get(precision)
    if dtype is None:
        raise BackendError('PyTorch has no matrix product in {}'.format(precision))
    size = PRODUCT_SIZE[device]
    return _prepared(device, torch.mm, [
        lambda: torch.randn(size, size, device=device).to(dtype)] * 2, 2 * size ** 3)


def copy(device: str) -> Load:
    """
    Return a large copy.

    :raises BackendError: if PyTorch is not installed or cannot do that here
    """
    torch = import_torch()
    size = COPIED_VALUES[device]
    return _prepared(device, torch.Tensor.copy_, [
        lambda: torch.ones(size, device=device)] * 2, 8 * size)


def device_name(device: str) -> str:
    """Return what a GPU calls itself."""
    return import_torch().cuda.get_device_name(device)


def _prepared(device: str, operation: Callable, operands: Any, amount: float) -> Load:
    """Make the operands, and run the operation once."""
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
    return Load(run, amount)
