# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""``lsnet benchmark --table``: a paper's table of embedded boards, beside this machine."""

from typing import Any, Dict, List

from lsnet_ros.commands.tables import table
from lsnet_ros.speed.embedded_tables import EmbeddedTable, measure_table, Speed, TABLES, TableSpeed

SPEEDS = ('processor', 'speed', 'GFLOP/s', 'GB/s', 'bound ms', 'by', 'ms', 'FPS', 'share %')
NOTE = '''\
The bound is that of the roofline: twice the multiply-adds over GFLOP/s, or the weights, inputs and
feature maps of the convolutions, each written once and read once, over GB/s; the longer counts.
The weights are random, which does not change the time of the network. The decode belongs to end to
end only, and is faster the larger the regions of one class are. The power modes of the boards are
not published: the fastest are assumed.'''


def run(name: str, backend: str, frames: int, is_verbose: bool) -> Dict[str, Any]:
    """
    Measure the network of a table and print it beside the table.

    :returns: the measurement; table, title, conditions, height, width and frames; and rows, those
        of the paper by its own columns
    """
    row = TABLES[name]
    measured = measure_table(name, backend, frames)
    print('{}: {}'.format(row.title, row.conditions))
    print(_table_with_ours(row, measured))
    print()
    print(table(SPEEDS, [_cells(speed) for speed in measured.speeds]))
    print(NOTE)
    print('here: {}, {}'.format(measured.device, measured.precision)
          + ('; ' + measured.reason if is_verbose else ''))
    height, width = row.size
    return dict(measured.as_json(), table=name, title=row.title, conditions=row.conditions,
                height=height, width=width, frames=frames,
                rows=[dict(zip(row.columns, cells)) for cells in row.rows])


def _table_with_ours(row: EmbeddedTable, measured: TableSpeed) -> str:
    """Return the paper's table, with our figures in the row of its own network."""
    figures = [1e3 / times.p50 if row.unit == 'FPS' else times.p50 for times in (
        measured.stages['network_ms'], measured.stages['total_ms'])]
    here = ['{:.3f}'.format(measured.multiply_adds / 1e9)]
    here += ['{:.1f}'.format(figure) for figure in figures]
    columns = ('GMAC here', 'network here ' + row.unit, 'end to end ' + row.unit)
    return table(row.columns + columns, [cells + ('-',) * 3 for cells in row.rows[:-1]]
                 + [row.rows[-1] + tuple(here)])


def _cells(speed: Speed) -> List[str]:
    """Return the row of one speed."""
    roof, bound = speed.roof, speed.bound
    known = ['-'] * 4
    if roof and bound:
        known = ['{:.0f}'.format(roof.gflops[speed.precision]), '{:.1f}'.format(roof.gb_per_s),
                 '{:.1f}'.format(bound.milliseconds), bound.by]
    return [roof.processor if roof else 'here', speed.of] + known + [
        '{:.1f}'.format(speed.milliseconds), '{:.1f}'.format(1e3 / speed.milliseconds),
        '{:.0f}'.format(100 * speed.share) if speed.share else '-']
