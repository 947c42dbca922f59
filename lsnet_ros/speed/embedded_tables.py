# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
The papers' tables of embedded boards, and the same networks measured on this machine.

The networks have random weights, which do not change their time. They do change the time of the
decode, which depends on the size of the regions of one class; it enters the end-to-end time only.
"""

import contextlib
import os
from pathlib import Path
import tempfile
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Set, Tuple

from lsnet_ros.labels.label_sets import label_set
from lsnet_ros.models.folder import Model
from lsnet_ros.segmenter import Segmenter
from lsnet_ros.speed.contenders import (
    BenchmarkError,
    measure,
    ours,
    Percentiles,
    scene_images,
    stages_as_json,
)
from lsnet_ros.speed.roofline import board_roof, Bound, bound, NANO, Roof, Roofs, TX2
from lsnet_ros.stages.preprocessing import InputSpec


class EmbeddedTable(NamedTuple):
    """A table of a paper, and the conditions under which to measure its own network."""

    title: str
    conditions: str
    network: str                          # one of ``networks.CONFIGURATIONS``
    labels: str                           # label set with the number of classes
    size: Tuple[int, int]                 # (height, width), px
    one_core: bool
    unit: str                             # of the published speeds, 'FPS' or 'ms'
    published: Tuple[Tuple[Roof, float], ...]  # of its own network: roof of a board, ms on it
    columns: Tuple[str, ...]
    rows: Tuple[Tuple[str, ...], ...]     # as published; the last is the paper's own network


class Speed(NamedTuple):
    """One speed of a network beside the roofline of its processor."""

    of: str                      # 'published'; measured here: 'network' or 'end to end'
    milliseconds: float
    precision: str
    roof: Optional[Roof]
    bound: Optional[Bound]       # None without a roof

    @property
    def share(self) -> Optional[float]:
        """Share of the roofline that the network reaches, 1 at the roofline."""
        return self.bound.milliseconds / self.milliseconds if self.bound else None

    def as_json(self) -> Dict[str, Any]:
        """Return the speed with the fields of roof and bound, None where they are unknown."""
        roof, least = self.roof, self.bound
        return {'of': self.of, 'ms': self.milliseconds, 'share': self.share,
                'processor': roof and roof.processor, 'roof': roof and roof.source,
                'gflops': roof and roof.gflops.get(self.precision),
                'gb_per_s': roof and roof.gb_per_s, 'bound_ms': least and least.milliseconds,
                'bound_by': least and least.by}


class TableSpeed(NamedTuple):
    """The network of a table, measured here."""

    stages: Dict[str, Percentiles]  # by ``contenders.STAGES``
    multiply_adds: int
    values_moved: int
    backend: str
    device: str
    precision: str
    reason: str                     # why this backend
    speeds: List[Speed]             # published ones first

    def as_json(self) -> Dict[str, Any]:
        """Return the stages beside the other fields."""
        fields = dict(self._asdict(), speeds=[speed.as_json() for speed in self.speeds])
        del fields['stages']
        return dict(fields, **stages_as_json(self.stages))


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
"""By name; '-' stands for figures that are not published or not available."""


def measure_table(name: str, backend: str, frames: int) -> TableSpeed:
    """
    Measure the network of a table here.

    :param name: one of ``TABLES``
    :param backend: one of ``BACKENDS``, or 'auto'
    :param frames: number of timed frames, after warm-up
    :raises BenchmarkError: if the table asks for one core and the system cannot grant it
    """
    from lsnet_ros.networks import build_network, multiply_adds, values_moved
    row = TABLES[name]
    with contextlib.ExitStack() as stack:
        if row.one_core:
            stack.enter_context(one_core())
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        segmenter = Segmenter(save_random_model(Path(folder) / name, row), backend)
        segmenter.warm_up()
        stages, = measure([ours(segmenter)], scene_images(*row.size), frames)
        roof = Roofs()(segmenter.backend)
    used = segmenter.backend
    network = build_network(row.network, label_set(row.labels).num_classes)
    measured = TableSpeed(stages, multiply_adds(network, *row.size),
                          values_moved(network, *row.size), used.name, used.device,
                          used.precision, used.reason, [])
    return measured._replace(speeds=_list_speeds(row, roof, measured))


def save_random_model(folder: Path, row: EmbeddedTable) -> Model:
    """Write a model folder of the network of a table with random weights."""
    from lsnet_ros.models.export import save_model, TrainedModel
    from lsnet_ros.networks import CONFIGURATIONS, random_network
    labels = label_set(row.labels)
    network: Any = random_network(row.network, labels.num_classes)
    configuration = CONFIGURATIONS[row.network]
    spec = InputSpec(*row.size, tuple(network.input_sizes(*row.size)))
    return save_model(folder, TrainedModel(
        row.network, configuration.network, configuration.options, network, labels, spec,
        training={'command': 'weights drawn at random'}, metrics={}))


@contextlib.contextmanager
def one_core() -> Iterator[None]:
    """
    Pin all threads of this process, present and future, to one core.

    :raises BenchmarkError: if the system cannot
    """
    if not hasattr(os, 'sched_setaffinity'):
        raise BenchmarkError('a process cannot be kept to one core here: measure on Linux')
    before = os.sched_getaffinity(0)
    _pin_to({max(before)})  # the first core tends to serve the interrupts
    try:
        yield
    finally:
        _pin_to(before)


def _pin_to(cores: Set[int]) -> None:
    """Pin all threads of this process, present and future, to these cores."""
    for thread in os.listdir('/proc/self/task'):
        with contextlib.suppress(ProcessLookupError):
            os.sched_setaffinity(int(thread), cores)


def _list_speeds(row: EmbeddedTable, roof: Optional[Roof], measured: TableSpeed) -> List[Speed]:
    """Return the published speeds of a table's network and the measured ones, with bounds."""
    speeds = [Speed('published', milliseconds, 'fp32', board, None)
              for board, milliseconds in row.published]
    speeds += [Speed(of, measured.stages[stage].p50, measured.precision, roof, None)
               for of, stage in (('network', 'network_ms'), ('end to end', 'total_ms'))]
    return [speed._replace(bound=speed.roof and bound(
        speed.roof, speed.precision, measured.multiply_adds, measured.values_moved))
        for speed in speeds]
