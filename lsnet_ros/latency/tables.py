# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Tables of the report of a run, as HTML."""

from typing import Any, List, Optional, Sequence, Tuple

from lsnet_ros.latency.board_figures import BoardFigures, PARTED
from lsnet_ros.latency.figures import RunFigures
from lsnet_ros.latency.run_files import STAGES
from lsnet_ros.limits.html_text import make_table

COUNTS = {'sent': 'sent', 'received': 'received', 'replaced': 'replaced, or skipped by max_rate',
          'lost': 'lost', 'pending': 'pending', 'warm_up': 'warm up'}  # field: row
STATISTICS = ('mean', 'p50', 'p90', 'p95', 'p99', 'max')
SPREADS = ('mean', 'min', 'max')
UNITS = {'mw': 'mW', 'mhz': 'MHz', 'mb': 'MB', 'c': '\u00b0C', 'load': 'of 1'}


def frames_table(figures: RunFigures) -> str:
    """Return the numbers of frames by their fate, their rate and jitter."""
    rows = [(row, format_value(getattr(figures.frames, name))) for name, row in COUNTS.items()]
    if figures.deadline_ms is not None:
        rows.append(('over {} ms'.format(format_number(figures.deadline_ms)),
                     format_value(figures.deadline_misses)))
    rows.append(('masks per second', format_value(figures.rate_hz)))
    rows.append(('jitter, mean and max', '{} and {} ms'.format(
        format_value(figures.jitter_ms.mean), format_value(figures.jitter_ms.max))))
    return make_table(('frames', ''), rows)


def durations_table(figures: RunFigures) -> str:
    """Return the statistics of latency, age and stages."""
    stages = figures.stages_ms
    summaries = [('latency, image to mask', figures.latency_ms), ('age', figures.age_ms)]
    summaries += [('stage ' + strip_unit(name), stages[name]) for name in STAGES if name in stages]
    return make_table(('ms',) + STATISTICS, [_statistics_row(name, summary, STATISTICS)
                                             for name, summary in summaries])


def facts_table(board: BoardFigures) -> str:
    """Return the properties of the board."""
    facts = board.facts
    if board.latest is not None:
        facts = facts._replace(power_mode=board.latest.power_mode)
    return make_table(('', ''), [(_name_with_unit(name), format_value(value))
                                 for name, value in facts.as_json().items()])


def spreads_table(board: BoardFigures) -> str:
    """Return mean, minimum and maximum of each quantity of the board."""
    rows: List[Sequence[str]] = []
    for name, spread in board.spread._asdict().items():
        parts = spread if name in PARTED else {'': spread}
        rows += [_statistics_row(_name_with_unit(name, part), one, SPREADS)
                 for part, one in sorted(parts.items())]
    return make_table(('',) + SPREADS, rows)


def format_value(value: Optional[Any]) -> str:
    """Return the text of a value; None is not known."""
    if value is None:
        return 'not known'
    return format_number(value) if isinstance(value, float) else str(value)


def format_number(value: float) -> str:
    """Return a number with four significant digits, or all its digits before the point."""
    text = '{:.4g}'.format(value) if abs(value) < 1e4 else '{:.0f}'.format(value)
    return '0' if text == '-0' else text


def strip_unit(column: str) -> str:
    """Return the name of a column without its unit."""
    for unit in ('_ms', '_mw', '_c'):
        if column.endswith(unit):
            return column[:-len(unit)]
    return column


def _statistics_row(name: str, summary: Any, keys: Tuple[str, ...]) -> List[str]:
    """Return the name and some fields of a record, which may be None."""
    return [name] + [format_value(summary and getattr(summary, key)) for key in keys]


def _name_with_unit(name: str, part: str = '') -> str:
    """Return a field's name in words, its part, and its unit: power VDD_IN, mW."""
    words = name.split('_')
    if words[-1] not in UNITS:
        return name.replace('_', ' ')
    plain = words if words[-1] == 'load' else words[:-1]
    return ' '.join(plain + [part] * bool(part)) + ', ' + UNITS[words[-1]]
