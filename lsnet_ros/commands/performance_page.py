# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""``lsnet benchmark --all``: every model with every backend, as a table or as a page."""

from contextlib import closing
from itertools import groupby
import platform
import sys
from typing import Any, Dict, List, Tuple

from lsnet_ros.board.board import Board
from lsnet_ros.board.machine import available_cores, describe_processor, processor_features
from lsnet_ros.commands.progress import progress
from lsnet_ros.commands.tables import number, table
from lsnet_ros.models.folder import list_models, read_model
from lsnet_ros.speed.load import LoadMeter
from lsnet_ros.speed.performance import BackendSpeed, measure_at, ModelSpeed, sizes
from lsnet_ros.speed.roofline import Roof, Roofs

COLUMNS = ('model', 'input HxW', 'GMAC', 'backend', 'precision', 'network ms', 'p95',
           'end to end ms', 'p95', 'plain ms', 'times plain', 'same %', 'bound ms', 'roofline %')
PAGE = '''\
# Performance

This page is written by `lsnet benchmark --all --markdown > docs/performance.md`: every model that
is shipped, with every backend that works, at its own input size and at those of half and whole
Cityscapes. Measured on {machine}.

{table}

* **network** is the network alone, **end to end** is from the frame, RGB of the input's size, to
  the class id of each of its pixels: medians, and beside them the 95th percentiles, of {frames}
  frames of a rendered street. **plain** is the same weights as one would run them without this
  package: eager PyTorch, logits and argmax at full size; **times plain** is how many times longer
  that takes from end to end, and **same** how many pixels of one frame get the same class from
  both. All backends and the plain pipeline took turns.
* **GMAC** are the multiply-adds of the convolutions. **bound** is the least time that the roofline
  allows the network: twice its multiply-adds over the processor's arithmetic, or its weights,
  inputs and maps, each written once and read once, over the memory's bandwidth, whichever is
  longer. **roofline** is the share of it that is reached. More than 100 % can be: the bandwidth is
  that of the memory, and a map that stays in a cache does not need it; the arithmetic is that of a
  plain matrix product, and a convolution can do with fewer multiply-adds than it has (Winograd).
{notes}
'''


def run(as_markdown: bool) -> Dict[str, Any]:
    """
    Measure the installed models and print a table, or the page docs/performance.md.

    :returns: machine, roofs, and reports, the speeds of each model and size
    """
    models = [read_model(folder) for folder in list_models().values()]
    work = [(model, size) for model in models for size in sizes(model)]
    roofs, meter = Roofs(), LoadMeter()
    speeds: List[ModelSpeed] = []
    for model, size in progress(work, len(work), 'models and sizes'):
        print('{} at {}x{}'.format(model.name, *size), file=sys.stderr)
        speeds.append(measure_at(model, size, roofs))
    machine = '{}; {}'.format(describe_machine(), meter.read().describe())
    print(page(speeds, roofs.known(), machine) if as_markdown
          else plain_table(speeds, roofs.known()), end='')
    return {'machine': machine, 'reports': [speed.as_json() for speed in speeds],
            'roofs': [dict(roof._asdict()) for roof in roofs.known()]}


def describe_machine() -> str:
    """Return processor with its features, system and Python in one line."""
    with closing(Board()) as board:
        facts = board.facts()
    name = describe_processor(available_cores())
    if facts.model:
        name = '{}, {}'.format(facts.model, facts.power_mode or 'power mode unknown')
    features = ', '.join(processor_features()) or 'features unknown'
    return '{} ({}), {}, Python {}'.format(
        name, features, platform.system(), platform.python_version())


def page(speeds: List[ModelSpeed], roofs: List[Roof], machine: str) -> str:
    """Return the page of some models, sizes and backends."""
    rows = [COLUMNS, ('---',) * len(COLUMNS)] + _rows(speeds)
    frames = [speed.frames for speed in speeds if speed.frames]
    return PAGE.format(
        machine=machine, table='\n'.join('| {} |'.format(' | '.join(row)) for row in rows),
        frames='{} to {}'.format(min(frames), max(frames)) if frames else 'no',
        notes='\n'.join('* ' + note for note in _notes(speeds, roofs)))


def plain_table(speeds: List[ModelSpeed], roofs: List[Roof]) -> str:
    """Return table and notes of the page for a terminal."""
    return '\n'.join([table(COLUMNS, _rows(speeds))] + _notes(speeds, roofs)) + '\n'


def _rows(speeds: List[ModelSpeed]) -> List[Tuple[str, ...]]:
    """Return a row for each model, size and backend that was measured."""
    return [_row(speed, measured) for speed in speeds for measured in speed.measured]


def _row(speed: ModelSpeed, measured: BackendSpeed) -> Tuple[str, ...]:
    """Return the row of one backend."""
    count, plain_ms = speed.multiply_adds, speed.plain_total_ms
    cells = [speed.model, '{}x{}'.format(speed.height, speed.width),
             number(count and count / 1e9, 3), measured.backend, measured.precision]
    for stage in ('network_ms', 'total_ms'):
        times = measured.stages[stage]
        cells += [number(times.p50, 1), number(times.p95, 1)]
    return tuple(cells) + (
        number(plain_ms and plain_ms.p50, 1), number(measured.speedup, 2),
        number(measured.agreement, 2, 100), number(measured.bound_ms, 1),
        number(measured.share, 0, 100))


def _notes(speeds: List[ModelSpeed], roofs: List[Roof]) -> List[str]:
    """Return the runtimes, the roofs, and the reasons of backends that did not run."""
    runtimes = {measured.runtime for speed in speeds for measured in speed.measured}
    notes = ['ran with: ' + runtime for runtime in sorted(runtimes)]
    notes += ['roofline: {}, {}, {:.1f} GB/s, {}'.format(
        roof.processor, ', '.join('{:.0f} GFLOP/s {}'.format(value, precision)
                                  for precision, value in sorted(roof.gflops.items())),
        roof.gb_per_s, roof.source) for roof in roofs]
    return notes + _reasons(speeds)


def _reasons(speeds: List[ModelSpeed]) -> List[str]:
    """Return each reason why something did not run once, with its models unless it was all."""
    refused = [(name, reason, speed) for speed in speeds
               for name, reason in speed.reasons.items()]
    refused += [('the plain pipeline', speed.plain_reason, speed) for speed in speeds
                if speed.plain_reason]
    notes = []
    refused.sort(key=lambda entry: entry[:2])
    for (name, reason), entries in groupby(refused, key=lambda entry: entry[:2]):
        where = ['{} at {}x{}'.format(speed.model, speed.height, speed.width)
                 for _, _, speed in entries]
        notes.append('did not run: {}{}: {}'.format(
            name, '' if len(where) == len(speeds) else ', {}'.format(', '.join(where)), reason))
    return notes
