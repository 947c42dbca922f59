# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Roofline: the peak performance of a processor, and the least time of a network on it.

Williams, Waterman and Patterson, "Roofline: An Insightful Visual Performance Model for Multicore
Architectures", Communications of the ACM 52(4), 2009. For one image::

    t >= max(2 multiply-adds / P, bytes / B)

P is the arithmetic throughput and B the memory bandwidth. On a Jetson both follow from the clocks
of the GPU; elsewhere a matrix product and a large copy measure them. The bytes are those of
``networks.values_moved``. A network can exceed the roof if the caches hold data that is counted
as memory traffic, or if its convolutions take fewer multiply-adds than counted (Winograd).
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
import json
import os
import re
import subprocess
import sys
import time
from typing import Any, Callable, Dict, List, NamedTuple, Optional

import numpy as np

from lsnet_ros.backends.backend import Backend
from lsnet_ros.board.board import Board
from lsnet_ros.board.machine import available_cores, describe_processor
from lsnet_ros.errors import BackendError
from lsnet_ros.limits.children import module_command

SECONDS, FEWEST = 1.0, 3   # least time and repetitions of a measured product or copy
PRODUCT_SIZES = (512, 1024, 2048)  # of square matrices; the fastest counts
COPIED_BYTES = 128 << 20   # larger than the caches
MEASURED = 'measured'
VALUE_BYTES = {'fp32': 4, 'fp16': 2, 'bf16': 2}
THREADS_VARIABLES = ('OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS')


class Roof(NamedTuple):
    """Peak performance of a processor."""

    processor: str             # for people
    gflops: Dict[str, float]   # GFLOP/s by precision; a multiply-add is two
    gb_per_s: float            # of the memory
    source: str                # MEASURED, or the origin of the figures


class Bound(NamedTuple):
    """Least time of a network for an image."""

    milliseconds: float
    by: str  # 'arithmetic' or 'memory'


class BoardMode(NamedTuple):
    """A Jetson in one of its power modes."""

    name: str
    model: str         # pattern of the model in its device tree
    mode: str          # pattern of the mode's name in nvpmodel
    gpu_mhz: float
    fp32_gflops: float  # cores x 2 x clock
    fp16_gflops: float  # of the tensor cores where it has them
    gb_per_s: float


# From NVIDIA's clocks, with the upper end of a range. A board's fastest mode comes first.
BOARD_MODES = (
    BoardMode('Jetson Nano, MAXN', 'Jetson Nano', 'MAXN|10W', 921.6, 236, 472, 25.6),
    BoardMode('Jetson Nano, 5W', 'Jetson Nano', '^5W', 640, 164, 328, 25.6),
    BoardMode('Jetson TX2, Max-N', 'TX2(?! NX)|quill', 'MAXN', 1300, 666, 1331, 59.7),
    BoardMode('Jetson TX2, Max-P', 'TX2(?! NX)|quill', 'MAXP', 1122, 574, 1149, 51.2),
    BoardMode('Jetson TX2, Max-Q', 'TX2(?! NX)|quill', 'MAXQ', 854, 437, 875, 42.6),
    BoardMode('Jetson Xavier NX, 15W or 20W', 'Xavier NX', '15W|20W', 1100, 845, 6800, 59.7),
    BoardMode('Jetson Xavier NX, 10W', 'Xavier NX', '10W', 800, 614, 4900, 51.2),
    BoardMode('Jetson Orin Nano 8GB, 25W or MAXN', 'Orin Nano', '25W|MAXN', 1020, 2089, 16700,
              102),
    BoardMode('Jetson Orin Nano 8GB, 15W', 'Orin Nano', '15W', 625, 1280, 10000, 68),
)
NANO, TX2 = BOARD_MODES[0], BOARD_MODES[2]


def board_roof(row: BoardMode) -> Roof:
    """Return the roof of the GPU of a board."""
    return Roof(row.name, {'fp32': row.fp32_gflops, 'fp16': row.fp16_gflops}, row.gb_per_s,
                'by its clocks, GPU {:g} MHz'.format(row.gpu_mhz))


def roof_of_board(model: Optional[str], power_mode: Optional[str]) -> Optional[Roof]:
    """
    Return the roof of a board's GPU in a power mode.

    :param model: of the board, as its device tree calls it
    :param power_mode: as nvpmodel calls it; None, if unknown, stands for the fastest
    :returns: None for a board or a mode that is not in ``BOARD_MODES``
    """
    rows = [row for row in BOARD_MODES if re.search(row.model, model or '')]
    if rows and power_mode is None:
        roof = board_roof(rows[0])
        return roof._replace(source=roof.source + '; the power mode is unknown and assumed to be '
                             'this one')
    return next((board_roof(row) for row in rows if re.search(row.mode, power_mode or '')), None)


def bound(roof: Roof, precision: str, multiply_adds: int,
          values_moved: int) -> Optional[Bound]:
    """
    Return the least time for an image; None if the roof lacks the precision.

    :param precision: one of ``VALUE_BYTES``
    :param multiply_adds: of the network for one image
    :param values_moved: numbers that the network reads or writes for one image
    """
    if precision not in roof.gflops:
        return None
    arithmetic_ms = 2e-6 * multiply_adds / roof.gflops[precision]
    memory_ms = 1e-6 * values_moved * VALUE_BYTES[precision] / roof.gb_per_s
    return max(Bound(arithmetic_ms, 'arithmetic'), Bound(memory_ms, 'memory'))


class Roofs:
    """Roofs of the processors of backends; each is measured only once."""

    def __init__(self) -> None:
        self._known: Dict[bool, Optional[Roof]] = {}  # by Backend.on_gpu

    def __call__(self, backend: Backend) -> Optional[Roof]:
        """Return the roof of a backend's processor; None if neither listed nor measurable."""
        if backend.on_gpu not in self._known:
            self._known[backend.on_gpu] = _find_gpu_roof() if backend.on_gpu else measure_cpu()
        roof = self._known[backend.on_gpu]
        if roof and roof.source == MEASURED and backend.precision not in roof.gflops:
            roof = _add_product(roof, 'cuda' if backend.on_gpu else 'cpu', backend.precision)
            self._known[backend.on_gpu] = roof
        return roof

    def known(self) -> List[Roof]:
        """Return the roofs found so far."""
        return [roof for _, roof in sorted(self._known.items()) if roof]


def measure_cpu(seconds: float = SECONDS) -> Roof:
    """
    Measure the cores that this process may run on, in a new process.

    :param seconds: for the matrix product, and again for the copy
    """
    # The BLAS library reads its number of threads when it is loaded, hence the new process.
    environment = dict(os.environ, **{name: str(available_cores()) for name in THREADS_VARIABLES})
    figures = json.loads(subprocess.check_output(
        module_command('lsnet_ros.speed.roofline') + [str(seconds)], env=environment,
        universal_newlines=True))
    return Roof(describe_processor(available_cores()), {'fp32': figures['gflops']},
                figures['gb_per_s'], MEASURED)


def time_fastest(action: Callable[[], Any], seconds: float = SECONDS) -> float:
    """Repeat an action for some seconds, at least ``FEWEST`` times; returns its least time, s."""
    times: List[float] = []
    until = time.perf_counter() + seconds
    while len(times) < FEWEST or time.perf_counter() < until:
        started = time.perf_counter()
        action()
        times.append(time.perf_counter() - started)
    return min(times)


def measure_product(size: int, seconds: float) -> float:
    """Return the speed of the product of two square float32 matrices, GFLOP/s."""
    rng = np.random.RandomState(0)
    a, b = (rng.standard_normal((size, size)).astype(np.float32) for _ in range(2))
    c = np.empty_like(a)
    return 2e-9 * size ** 3 / time_fastest(lambda: np.dot(a, b, out=c), seconds)


def measure_copy(size: int, seconds: float) -> float:
    """Return the speed of a copy shared by all cores, GB/s read and written."""
    threads = available_cores()
    parts = [(np.ones(size // threads, np.uint8), np.ones(size // threads, np.uint8))
             for _ in range(threads)]
    with ThreadPoolExecutor(threads) as pool:
        return 2e-9 * size / time_fastest(
            lambda: list(pool.map(lambda part: np.copyto(*part), parts)), seconds)


def _find_gpu_roof() -> Optional[Roof]:
    """Return the listed roof of the board's GPU, else its measured bandwidth; None without one."""
    from lsnet_ros.speed import torch_peak
    with closing(Board()) as board:
        facts = board.facts()
    listed = roof_of_board(facts.model, facts.power_mode)
    if listed:
        return listed
    try:
        copy = torch_peak.prepare_copy('cuda')
    except BackendError:
        return None
    return Roof(torch_peak.device_name('cuda'), {}, 1e-9 * copy.amount / time_fastest(copy.run),
                MEASURED)


def _add_product(roof: Roof, device: str, precision: str) -> Roof:
    """Add the measured speed of PyTorch's matrix product in a precision, if it has one."""
    from lsnet_ros.speed import torch_peak
    try:
        product = torch_peak.prepare_product(device, precision)
    except BackendError:
        return roof
    return roof._replace(gflops=dict(
        roof.gflops, **{precision: 1e-9 * product.amount / time_fastest(product.run)}))


def _main(seconds: float) -> None:
    """Print the figures of this process for ``measure_cpu`` as JSON."""
    print(json.dumps({
        'gflops': max(measure_product(n, seconds / len(PRODUCT_SIZES)) for n in PRODUCT_SIZES),
        'gb_per_s': measure_copy(COPIED_BYTES, seconds)}))


if __name__ == '__main__':
    _main(float(sys.argv[1]))
