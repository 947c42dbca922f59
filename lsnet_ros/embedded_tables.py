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
The papers' tables of embedded boards: what they print, and the same network measured here.

The networks have random weights: how long they take does not depend on them. The decode does
depend on how large the regions of one class are, so it is a part of the end-to-end time only.
"""

import contextlib
import os
from pathlib import Path
import tempfile
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Set, Tuple

from lsnet_ros.benchmark import BenchmarkError, measure, ours
from lsnet_ros.datasets.street_scene import StreetScene
from lsnet_ros.labels import label_set
from lsnet_ros.model_files import Model
from lsnet_ros.preprocessing import InputSpec
from lsnet_ros.roofline import board_roof, Bound, bound, NANO, Roof, Roofs, TX2
from lsnet_ros.segmenter import Segmenter

SCENE, SCENE_FRAMES = 1, 4  # seed of the drive that is shown, frames of it


class EmbeddedTable(NamedTuple):
    """A table of a paper, and how to measure its own network the same way."""

    title: str
    conditions: str
    network: str                          # one of ``networks.CONFIGURATIONS``
    labels: str                           # label set with as many classes
    size: Tuple[int, int]                 # (height, width), px
    one_core: bool
    unit: str                             # of what it prints of speed: 'FPS' or 'ms'
    published: Tuple[Tuple[Roof, float], ...]  # of its own network: roof of a board, ms there
    columns: Tuple[str, ...]
    rows: Tuple[Tuple[str, ...], ...]     # as printed; that of its own network comes last


class Line(NamedTuple):
    """One speed of a network beside the roofline of what it ran on."""

    of: str                      # 'published', or of what is measured: 'network' or 'end to end'
    milliseconds: float
    precision: str
    roof: Optional[Roof]
    bound: Optional[Bound]       # None where there is no roof

    @property
    def share(self) -> Optional[float]:
        """Share of the roofline that is reached; 1 is all of it."""
        return self.bound.milliseconds / self.milliseconds if self.bound else None


TABLES = {
    'lps-net-8': EmbeddedTable(
        'LPS-Net, Table 8', 'TensorRT, FP32, batch 1, Cityscapes', 'lps-net-s', 'cityscapes',
        (1024, 2048), False, 'FPS',
        ((board_roof(NANO), 1e3 / 10.0), (board_roof(TX2), 1e3 / 25.6)),
        ('network', 'input HxW', 'val mIoU %', 'test mIoU %', 'Nano FPS', 'TX2 FPS'),
        (('DF1-Seg-d8', '1024x2048', '72.4', '71.4', '3.2', '7.7'),
         ('FasterSeg', '1024x2048', '73.1', '71.5', '4.0', '10.1'),
         ('BiSeNetV2', '512x1024', '73.4', '72.6', '4.3', '10.3'),
         ('STDC1Seg-50', '512x1024', '72.2', '71.9', '7.1', '17.1'),
         ('LPS-Net-S', '1024x2048', '73.9', '73.4', '10.0', '25.6'))),
    'lsnet-6': EmbeddedTable(
        'LSNet, Table 6', 'TNN, one thread, 512x512, batch 1, ADE20K', 'lsnet-150-classes',
        'ade20k', (512, 512), True, 'ms', (),
        ('network', 'parameters', 'GFLOPs', 'mIoU %', 'Snapdragon 865 ms'),
        (('PSPNet', '-', '-', '-', '1065'),
         ('FCN-8s', '-', '-', '-', '1015'),
         ('Semantic FPN', '-', '-', '-', '777'),
         ('SegFormer-B0', '-', '-', '-', '770'),
         ('Lite-ASPP', '-', '-', '-', '235'),
         ('R-ASPP', '-', '-', '-', '177'),
         ('LR-ASPP', '-', '-', '-', '126'),
         ('LSNet', '0.65 M', '3.8', '36.4', '224'))),
}
"""By name; only what could be had of each is in it, '-' stands for the rest."""


def measure_table(name: str, backend: str, frames: int) -> Dict[str, Any]:
    """
    Measure the network of a table here.

    :param name: one of ``TABLES``
    :param backend: one of ``BACKENDS``, or 'auto'
    :param frames: to time, after warm-up
    :returns: network_ms and total_ms (p50, p95 and p99 each) and the other stages; multiply_adds
        and values_moved (see ``networks``), backend, device, precision, reason, and lines, a list
        of ``Line``: published ones first
    :raises BenchmarkError: if the table asks for one core and the system cannot grant it
    """
    from lsnet_ros.networks import build_network, multiply_adds, values_moved
    row = TABLES[name]
    with contextlib.ExitStack() as stack:
        if row.one_core:
            stack.enter_context(one_core())
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        segmenter = Segmenter(random_model(Path(folder) / name, row), backend)
        segmenter.warm_up()
        scene = StreetScene(SCENE, *row.size)
        images = [scene.frame(index).image for index in range(SCENE_FRAMES)]
        stages, = measure([ours(segmenter)], images, frames)
        roof = Roofs()(segmenter.backend)
    network = build_network(row.network, label_set(row.labels).num_classes)
    counts = {'multiply_adds': multiply_adds(network, *row.size),
              'values_moved': values_moved(network, *row.size)}
    return dict(stages, lines=_lines(row, roof, segmenter.backend.precision, counts, stages),
                backend=segmenter.backend.name, device=segmenter.backend.device,
                precision=segmenter.backend.precision, reason=segmenter.backend.reason, **counts)


def random_model(folder: Path, row: EmbeddedTable) -> Model:
    """Write a model folder of the network of a table, its weights drawn at random."""
    from lsnet_ros.export import save_model
    from lsnet_ros.networks import CONFIGURATIONS, random_network
    labels = label_set(row.labels)
    network = random_network(row.network, labels.num_classes)
    configuration = CONFIGURATIONS[row.network]
    spec = InputSpec(*row.size, tuple(network.input_sizes(*row.size)))
    return save_model(folder, row.network, configuration.network, configuration.options, network,
                      labels, spec, {'command': 'weights drawn at random'}, {})


@contextlib.contextmanager
def one_core() -> Iterator[None]:
    """
    Keep this process to one core, so that whatever threads it has and starts share that.

    :raises BenchmarkError: if the system cannot
    """
    if not hasattr(os, 'sched_setaffinity'):
        raise BenchmarkError('a process cannot be kept to one core here: measure on Linux')
    before = os.sched_getaffinity(0)
    _keep_to({max(before)})  # interrupts tend to be served by the first
    try:
        yield
    finally:
        _keep_to(before)


def _keep_to(cores: Set[int]) -> None:
    """Let all threads of this process, and those to come, run on these cores only."""
    for thread in os.listdir('/proc/self/task'):
        with contextlib.suppress(ProcessLookupError):
            os.sched_setaffinity(int(thread), cores)


def _lines(row: EmbeddedTable, roof: Optional[Roof], precision: str, counts: Dict[str, int],
           stages: Dict[str, Dict[str, float]]) -> List[Line]:
    """Return the published speeds of a table's network and those measured, beside rooflines."""
    speeds = [('published', milliseconds, 'fp32', board) for board, milliseconds in row.published]
    speeds += [(of, stages[stage]['p50'], precision, roof)
               for of, stage in (('network', 'network_ms'), ('end to end', 'total_ms'))]
    return [Line(of, milliseconds, at, board, board and bound(
        board, at, counts['multiply_adds'], counts['values_moved']))
        for of, milliseconds, at, board in speeds]
