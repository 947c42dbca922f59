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
"""``lsnet benchmark --table``: a paper's table of embedded boards, and this machine beside it."""

from typing import Any, Dict, List

from lsnet_ros.commands.tables import table
from lsnet_ros.embedded_tables import EmbeddedTable, Line, measure_table, TABLES

SPEEDS = ('processor', 'speed', 'GFLOP/s', 'GB/s', 'bound ms', 'by', 'ms', 'FPS', 'share %')
NOTE = '''\
The bound is that of the roofline: twice the multiply-adds over GFLOP/s, or the weights, the inputs
and the maps of the convolutions, each written once and read once, over GB/s; whichever is longer.
The weights are random: the network takes as long with any. The decode is a part of end to end
only, and takes less where the regions of one class are larger. The power modes of the boards are
not published: the fastest are assumed.'''


def run(name: str, backend: str, frames: int) -> Dict[str, Any]:
    """
    Measure the network of a table and print both.

    :returns: table, title, conditions, height, width, frames; rows of the paper by its
        own columns; multiply_adds and values_moved of its own network; network_ms, preprocess_ms,
        decode_ms, total_ms (p50, p95 and p99 each); backend, device, precision, reason; and
        speeds: of ('published', 'network' or 'end to end'), ms, processor, gflops, gb_per_s, roof
        (where the latter two are from), bound_ms, bound_by and share, None where not known
    """
    row = TABLES[name]
    measured = measure_table(name, backend, frames)
    lines = measured.pop('lines')
    print('{}: {}'.format(row.title, row.conditions))
    print(_published(row, measured))
    print()
    print(table(SPEEDS, [_cells(line) for line in lines]))
    print(NOTE)
    print('here: {}, {}; {}'.format(measured['device'], measured['precision'],
                                    measured['reason']))
    height, width = row.size
    return dict(measured, table=name, title=row.title, conditions=row.conditions, height=height,
                width=width, frames=frames,
                rows=[dict(zip(row.columns, cells)) for cells in row.rows],
                speeds=[_described(line) for line in lines])


def _published(row: EmbeddedTable, measured: Dict[str, Any]) -> str:
    """Return the paper's table, what was counted and measured here beside its own network."""
    figures = [1e3 / ms if row.unit == 'FPS' else ms for ms in (
        measured['network_ms']['p50'], measured['total_ms']['p50'])]
    here = ['{:.3f}'.format(measured['multiply_adds'] / 1e9)]
    here += ['{:.1f}'.format(figure) for figure in figures]
    columns = ('GMAC here', 'network here ' + row.unit, 'end to end ' + row.unit)
    return table(row.columns + columns, [cells + ('-',) * 3 for cells in row.rows[:-1]]
                 + [row.rows[-1] + tuple(here)])


def _cells(line: Line) -> List[str]:
    """Return the cells of one speed."""
    roof, bound = line.roof, line.bound
    known = ['-'] * 4
    if roof and bound:
        known = ['{:.0f}'.format(roof.gflops[line.precision]), '{:.1f}'.format(roof.gb_per_s),
                 '{:.1f}'.format(bound.milliseconds), bound.by]
    return [roof.processor if roof else 'here', line.of] + known + [
        '{:.1f}'.format(line.milliseconds), '{:.1f}'.format(1e3 / line.milliseconds),
        '{:.0f}'.format(100 * line.share) if line.share else '-']


def _described(line: Line) -> Dict[str, Any]:
    """Return one speed for programs."""
    roof, bound = line.roof, line.bound
    return {'of': line.of, 'ms': line.milliseconds, 'share': line.share,
            'processor': roof and roof.processor, 'roof': roof and roof.source,
            'gflops': roof and roof.gflops.get(line.precision),
            'gb_per_s': roof and roof.gb_per_s, 'bound_ms': bound and bound.milliseconds,
            'bound_by': bound and bound.by}
