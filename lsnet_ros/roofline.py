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
"""
The most that a processor can do, and the least time that a network can take on it.

Williams, Waterman and Patterson, "Roofline: An Insightful Visual Performance Model for Multicore
Architectures", Communications of the ACM 52(4), 2009. For one image::

    t >= max(2 multiply-adds / P, bytes / B)

P is the arithmetic per second and B the bandwidth of the memory. On a Jetson both are those of its
GPU by its clocks; elsewhere a matrix product and a large copy say what can be reached. The bytes
are those of ``networks.values_moved``. A network may come above the roof where the processor's
caches hold what is counted as memory, or where its convolutions are computed with fewer
multiply-adds than they have (Winograd).
"""

from concurrent.futures import ThreadPoolExecutor
import json
import os
from pathlib import Path
import re
import subprocess
import sys
import time
from typing import Any, Callable, Dict, List, NamedTuple, Optional

import numpy as np

from lsnet_ros.backends.backend import available_cores, Backend, BackendError
from lsnet_ros.machine import processor
from lsnet_ros.power import Board

SECONDS, FEWEST = 1.0, 3   # that a matrix product and a copy are each repeated, and how often
PRODUCT_SIZES = (512, 1024, 2048)  # of square matrices: the best of them counts
COPIED_BYTES = 128 << 20   # more than caches hold
MEASURED = 'measured'
VALUE_BYTES = {'fp32': 4, 'fp16': 2, 'bf16': 2}
THREADS_VARIABLES = ('OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS')


class Roof(NamedTuple):
    """The most that a processor can do."""

    processor: str             # for people
    gflops: Dict[str, float]   # GFLOP/s by precision; a multiply-add is two
    gb_per_s: float            # of the memory
    source: str                # MEASURED, or where the figures are from


class Bound(NamedTuple):
    """The least time that a network can take for an image."""

    milliseconds: float
    by: str  # 'arithmetic' or 'memory'


class BoardMode(NamedTuple):
    """A Jetson in one of its power modes."""

    name: str
    model: str         # pattern of what its device tree calls it
    mode: str          # pattern of what nvpmodel calls the mode
    gpu_mhz: float
    fp32_gflops: float  # cores x 2 x clock
    fp16_gflops: float  # of the tensor cores where it has them
    gb_per_s: float


# By NVIDIA's clocks; where the memory has a range, its upper end. A board's fastest mode is first.
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


def roof_of_board(facts: Dict[str, Any]) -> Optional[Roof]:
    """
    Return the roof of the GPU of the board at hand, in the power mode that it is in.

    :param facts: what ``power.Board.facts`` gives
    :returns: None where this is none of the boards listed, or in none of the modes; where the
        mode cannot be asked for it is taken to be the fastest
    """
    rows = [row for row in BOARD_MODES if re.search(row.model, facts['model'] or '')]
    mode = facts['power_mode']
    if rows and mode is None:
        roof = board_roof(rows[0])
        return roof._replace(source=roof.source + '; its power mode is taken to be that, as '
                             'nvpmodel does not say')
    return next((board_roof(row) for row in rows if re.search(row.mode, mode)), None)


def bound(roof: Roof, precision: str, multiply_adds: int,
          values_moved: int) -> Optional[Bound]:
    """
    Return the least time for an image; None where nothing is known of the precision.

    :param precision: one of ``VALUE_BYTES``
    :param multiply_adds: of the network for one image
    :param values_moved: numbers that it has to read or write for one image
    """
    if precision not in roof.gflops:
        return None
    arithmetic_ms = 2e-6 * multiply_adds / roof.gflops[precision]
    memory_ms = 1e-6 * values_moved * VALUE_BYTES[precision] / roof.gb_per_s
    return max(Bound(arithmetic_ms, 'arithmetic'), Bound(memory_ms, 'memory'))


class Roofs:
    """Finds the roof of the processor that a backend computes on; measures nothing twice."""

    def __init__(self) -> None:
        self._known: Dict[bool, Optional[Roof]] = {}  # by whether it is that of the GPU

    def __call__(self, backend: Backend) -> Optional[Roof]:
        """Return a backend's roof, None where it can be neither looked up nor measured."""
        if backend.on_gpu not in self._known:
            self._known[backend.on_gpu] = _gpu_roof() if backend.on_gpu else measure_cpu()
        roof = self._known[backend.on_gpu]
        if roof and roof.source == MEASURED and backend.precision not in roof.gflops:
            roof = _with_product(roof, 'cuda' if backend.on_gpu else 'cpu', backend.precision)
            self._known[backend.on_gpu] = roof
        return roof

    def known(self) -> List[Roof]:
        """Return the roofs that were looked up or measured."""
        return [roof for _, roof in sorted(self._known.items()) if roof]


def measure_cpu(seconds: float = SECONDS) -> Roof:
    """
    Measure the cores that this process may run on, in a process of their own.

    :param seconds: for the matrix product, and for the copy
    """
    # A BLAS takes its number of threads when it is loaded.
    environment = dict(os.environ, PYTHONPATH=os.pathsep.join(
        [str(Path(__file__).resolve().parents[1])]
        + [path for path in [os.environ.get('PYTHONPATH')] if path]))
    environment.update((name, str(available_cores())) for name in THREADS_VARIABLES)
    figures = json.loads(subprocess.check_output(
        [sys.executable, '-m', 'lsnet_ros.roofline', str(seconds)], env=environment,
        universal_newlines=True))
    return Roof('{} x {}'.format(available_cores(), processor()), {'fp32': figures['gflops']},
                figures['gb_per_s'], MEASURED)


def fastest(action: Callable[[], Any], seconds: float = SECONDS) -> float:
    """Repeat something for a while, a few times at least; returns the least time it took, s."""
    times, until = [], time.perf_counter() + seconds
    while len(times) < FEWEST or time.perf_counter() < until:
        started = time.perf_counter()
        action()
        times.append(time.perf_counter() - started)
    return min(times)


def product_gflops(size: int, seconds: float) -> float:
    """Measure the product of two square matrices in float32, GFLOP/s."""
    rng = np.random.RandomState(0)
    a, b = (rng.standard_normal((size, size)).astype(np.float32) for _ in range(2))
    c = np.empty_like(a)
    return 2e-9 * size ** 3 / fastest(lambda: np.dot(a, b, out=c), seconds)


def copy_gb_per_s(size: int, seconds: float) -> float:
    """Measure a copy that every core does a part of, GB/s; each byte is read and written."""
    threads = available_cores()
    parts = [(np.ones(size // threads, np.uint8), np.ones(size // threads, np.uint8))
             for _ in range(threads)]
    with ThreadPoolExecutor(threads) as pool:
        return 2e-9 * size / fastest(
            lambda: list(pool.map(lambda part: np.copyto(*part), parts)), seconds)


def _gpu_roof() -> Optional[Roof]:
    """Return the roof of the GPU, looked up or, but for its arithmetic, measured."""
    from lsnet_ros.backends import torch_peak
    board = Board()
    try:
        listed = roof_of_board(board.facts())
    finally:
        board.close()
    if listed:
        return listed
    try:
        copy = torch_peak.copy('cuda')
    except BackendError:
        return None
    return Roof(torch_peak.device_name('cuda'), {}, 1e-9 * copy.amount / fastest(copy.run),
                MEASURED)


def _with_product(roof: Roof, device: str, precision: str) -> Roof:
    """Return a roof with what PyTorch's matrix product reaches in a precision, if it can."""
    from lsnet_ros.backends import torch_peak
    try:
        product = torch_peak.product(device, precision)
    except BackendError:
        return roof
    return roof._replace(gflops=dict(
        roof.gflops, **{precision: 1e-9 * product.amount / fastest(product.run)}))


def _main(seconds: float) -> None:
    """Measure this process for ``measure_cpu``."""
    print(json.dumps({
        'gflops': max(product_gflops(n, seconds / len(PRODUCT_SIZES)) for n in PRODUCT_SIZES),
        'gb_per_s': copy_gb_per_s(COPIED_BYTES, seconds)}))


if __name__ == '__main__':
    _main(float(sys.argv[1]))
