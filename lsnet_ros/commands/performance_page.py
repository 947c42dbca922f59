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
"""``lsnet benchmark --all``: every model with every backend, as a table or as a page."""

from itertools import groupby
import platform
import sys
from typing import Any, Dict, List, Tuple

from lsnet_ros.backends.backend import available_cores
from lsnet_ros.commands.progress import progress
from lsnet_ros.commands.tables import number, table
from lsnet_ros.machine import processor
from lsnet_ros.model_files import list_models, read_model
from lsnet_ros.performance import measure_at, sizes
from lsnet_ros.power import Board
from lsnet_ros.roofline import Roof, Roofs

Report = Dict[str, Any]  # what ``performance.measure_at`` gives
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
    Measure the models that are installed and print a table, or the page docs/performance.md.

    :returns: machine, roofs (processor, gflops by precision, gb_per_s and source each), and
        reports, what ``performance.measure_at`` gives for each model and size
    """
    models = [read_model(folder) for folder in list_models().values()]
    work = [(model, size) for model in models for size in sizes(model)]
    roofs, reports = Roofs(), []
    for model, size in progress(work, len(work), 'models and sizes'):
        print('{} at {}x{}'.format(model.name, *size), file=sys.stderr)
        reports.append(measure_at(model, size, roofs))
    print(page(reports, roofs.known(), machine_in_words()) if as_markdown
          else plain_table(reports, roofs.known()), end='')
    return {'machine': machine_in_words(), 'reports': reports,
            'roofs': [dict(roof._asdict()) for roof in roofs.known()]}


def machine_in_words() -> str:
    """Return what a page was measured on."""
    board = Board()
    try:
        facts = board.facts()
    finally:
        board.close()
    name = '{} x {}'.format(available_cores(), processor())
    if facts['model']:
        name = '{}, {}'.format(facts['model'], facts['power_mode'] or 'power mode not told')
    return '{}, {}, Python {}'.format(name, platform.system(), platform.python_version())


def page(reports: List[Report], roofs: List[Roof], machine: str) -> str:
    """Return the page of some models, sizes and backends."""
    rows = [COLUMNS, ('---',) * len(COLUMNS)] + _rows(reports)
    frames = [report['frames'] for report in reports if report['frames']]
    return PAGE.format(
        machine=machine, table='\n'.join('| {} |'.format(' | '.join(row)) for row in rows),
        frames='{} to {}'.format(min(frames), max(frames)) if frames else 'no',
        notes='\n'.join('* ' + note for note in _notes(reports, roofs)))


def plain_table(reports: List[Report], roofs: List[Roof]) -> str:
    """Return the same for a terminal."""
    return '\n'.join([table(COLUMNS, _rows(reports))] + _notes(reports, roofs)) + '\n'


def _rows(reports: List[Report]) -> List[Tuple[str, ...]]:
    """Return a row for each model, size and backend that was measured."""
    return [_row(report, figures) for report in reports for figures in report['measured']]


def _row(report: Report, figures: Dict[str, Any]) -> Tuple[str, ...]:
    """Return the cells of one of them."""
    count, plain_ms = report['multiply_adds'], report['plain_total_ms']
    cells = [report['model'], '{height}x{width}'.format(**report),
             number(count and count / 1e9, 3), figures['backend'], figures['precision']]
    for stage in ('network_ms', 'total_ms'):
        cells += [number(figures[stage][p], 1) for p in ('p50', 'p95')]
    return tuple(cells) + (
        number(plain_ms and plain_ms['p50'], 1), number(figures['speedup'], 2),
        number(figures['agreement'], 2, 100), number(figures['bound_ms'], 1),
        number(figures['share'], 0, 100))


def _notes(reports: List[Report], roofs: List[Roof]) -> List[str]:
    """Return what the backends ran with, what they could reach, and why some did not run."""
    devices = {figures['device'].partition(' (')[0] for report in reports
               for figures in report['measured']}
    notes = ['ran with: ' + device for device in sorted(devices)]
    notes += ['roofline: {}, {}, {:.1f} GB/s, {}'.format(
        roof.processor, ', '.join('{:.0f} GFLOP/s {}'.format(value, precision)
                                  for precision, value in sorted(roof.gflops.items())),
        roof.gb_per_s, roof.source) for roof in roofs]
    return notes + _reasons(reports)


def _reasons(reports: List[Report]) -> List[str]:
    """Return why something did not run, once for all that it holds for."""
    refused = [(name, reason, report) for report in reports
               for name, reason in report['reasons'].items()]
    refused += [('the plain pipeline', report['plain_reason'], report) for report in reports
                if report['plain_reason']]
    notes = []
    refused.sort(key=lambda entry: entry[:2])
    for (name, reason), entries in groupby(refused, key=lambda entry: entry[:2]):
        where = ['{model} at {height}x{width}'.format(**report) for _, _, report in entries]
        notes.append('did not run: {}{}: {}'.format(
            name, '' if len(where) == len(reports) else ', {}'.format(', '.join(where)), reason))
    return notes
