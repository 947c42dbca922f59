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
The report of a run: a page that holds all it shows, the same diagrams as PNGs, benchmark.yaml.

It is made of the files of the run, so that one which was killed can have its report later:
``python3 -m lsnet_ros.latency_page FOLDER``.
"""

import html
from pathlib import Path
import sys
from typing import Any, Callable, Dict, Iterable, List, Optional, Sequence, Tuple

from lsnet_ros.charts import Axes, Chart, COLORS, number
from lsnet_ros.errors import LsnetError
from lsnet_ros.files import replacing
from lsnet_ros.latency_files import read_run, Run, STAGES
from lsnet_ros.latency_run import robotperf
import numpy as np

PAGE, ROBOTPERF = 'report.html', 'benchmark.yaml'
WIDTH, HEIGHT = 900, 300
LEFT, TOP, RIGHT, BOTTOM = 64, 44, 180, 44  # px around the axes
COLUMNS = 400     # of a diagram over time, with the lowest and the highest value of each
STAGE_COLUMNS = 100
BARS = 50
TAIL = 3.0        # the histogram ends at so many times the 95th percentile
MARKS = (('p50', COLORS[2]), ('p95', COLORS[3]), ('p99', COLORS[5]))
MISS, WARM_UP = COLORS[1], COLORS[6]
THICK = {'total_mw': 2.0}
REST = 'transport'  # what the stages do not account for
STATISTICS = ('mean', 'p50', 'p90', 'p95', 'p99', 'max')
UNITS = {'mw': 'mW', 'mhz': 'MHz', 'mb': 'MB', 'c': '\u00b0C', 'load': 'of 1'}
STYLE = '''
body { font-family: sans-serif; color: #333; max-width: 920px; margin: 2em auto; padding: 0 1em }
h1 { font-size: 1.4em } h2 { font-size: 1.1em; margin-top: 2em }
svg { max-width: 100%; height: auto; display: block; margin: 1em 0 }
table { border-collapse: collapse; margin: 1em 0 }
th, td { padding: 0.25em 0.9em; border-bottom: 1px solid #ddd; text-align: right }
th:first-child, td:first-child { text-align: left }
'''


def write_page(folder: Path) -> None:
    """
    Write report.html, the PNGs and benchmark.yaml beside the files of a run.

    :raises RunError: if the folder holds none
    :raises OSError: if a file cannot be written
    """
    import yaml
    run = read_run(folder)
    charts = {name: draw(run) for name, draw in CHARTS.items()}
    for name, chart in charts.items():
        _write(folder / name, chart.png())
    machine = run.report['machine']
    result = robotperf(run.report, machine['hardware'], machine['is_edge'],
                       run.report['ended'] or run.report['written'], run.report['image_topic'])
    _write(folder / ROBOTPERF, yaml.safe_dump(result, default_flow_style=False).encode('utf-8'))
    _write(folder / PAGE, page(run, charts.values()).encode('utf-8'))


def page(run: Run, charts: Iterable[Chart]) -> str:
    """Return the page: tables, and the diagrams as part of it."""
    report = run.report
    ended = 'ended {}'.format(report['ended']) if report['ended'] else (
        'was not ended in order; these are its figures of {}'.format(report['written']))
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        '<style>{style}</style></head><body>\n<h1>{title}</h1>\n<p>{when}</p>\n{frames}\n'
        '{figures}\n{charts}\n<h2>Board</h2>\n{board}\n</body></html>\n').format(
            title='Latency on {}'.format(html.escape(str(report['machine']['hardware']))),
            style=STYLE,
            when=html.escape('The run began {} and {} (UTC); images of {}.'.format(
                report['started'], ended, report['image_topic'])),
            frames=_table(('frames', ''), _frame_rows(report)),
            figures=_table(('ms',) + STATISTICS, _figure_rows(report)),
            charts='\n'.join(chart.svg() for chart in charts),
            board=_table(('', ''), _fact_rows(report['board'])) + _table(
                ('', 'mean', 'min', 'max'), _board_rows(report['board'])))


def plot_latency(run: Run) -> Chart:
    """Draw the latency of each frame over time; what is shown of many is their ends."""
    time_s, latency = run.frames['time_s'], run.frames['latency_ms']
    warm_up = run.frames['warm_up'] == 1
    chart, axes = _chart('Latency from image to mask', 's', 'ms',
                         (_least(time_s), _most(time_s)), (0.0, 1.05 * _most(latency)))
    if not np.isfinite(latency).any():
        axes.note('no frame was answered')
        return chart
    axes.line(*_ends(time_s[warm_up], latency[warm_up]), color=WARM_UP)
    axes.line(*_ends(time_s[~warm_up], latency[~warm_up]), color=COLORS[0])
    entries = [('a frame', COLORS[0])] + [('warm-up', WARM_UP)] * bool(warm_up.any())
    entries += _marks(run, lambda value, color: axes.line(
        [_least(time_s), _most(time_s)], [value, value], color, 1.4, True))
    axes.legend(entries)
    return chart


def plot_histogram(run: Run) -> Chart:
    """Draw how many frames had which latency; of a long tail, how many are in it."""
    latency = run.frames['latency_ms'][run.frames['warm_up'] == 0]
    latency = latency[np.isfinite(latency)]
    if not latency.size:
        chart, axes = _chart('How many frames had which latency', 'ms', 'frames', (0, 1), (0, 1))
        axes.note('no frame was answered')
        return chart
    end = min(latency.max(), TAIL * np.percentile(latency, 95))
    shown = latency[latency <= end]
    counts, edges = np.histogram(shown, BARS, (0.0, end or 1.0))
    title = 'How many frames had which latency'
    if shown.size < latency.size:
        title += '; {} more have up to {} ms'.format(
            latency.size - shown.size, number(latency.max()))
    chart, axes = _chart(title, 'ms', 'frames', (0.0, edges[-1]), (0.0, 1.05 * counts.max()))
    for count, low, high in zip(counts, edges[:-1], edges[1:]):
        if count:
            axes.area([low, high], [0, 0], [count, count], COLORS[0])
    axes.legend([('frames', COLORS[0])] + _marks(run, lambda value, color: axes.line(
        [value, value], [0, 1.05 * counts.max()], color, 1.4, True) if value <= end else None))
    return chart


def plot_stages(run: Run) -> Chart:
    """Draw the mean of each stage over time, one upon the other."""
    names = list(STAGES[:-1]) + [REST]
    columns = dict(run.frames)
    columns[REST] = np.maximum(columns['latency_ms'] - columns[STAGES[-1]], 0.0)
    known = np.isfinite(sum(columns[name] for name in names))
    time_s = columns['time_s'][known]
    parts = np.array_split(np.arange(time_s.size), min(STAGE_COLUMNS, max(time_s.size, 1)))
    means = {name: np.array([columns[name][known][part].mean() for part in parts])
             for name in names} if time_s.size else {}
    top = _most(sum(means.values())) if means else 1.0
    chart, axes = _chart('What the latency is made of, mean of each stage', 's', 'ms',
                         (_least(time_s), _most(time_s)), (0.0, 1.05 * top))
    if not means:
        axes.note('no stages were received')
        return chart
    middle = np.array([time_s[part].mean() for part in parts])
    if middle.size == 1:
        middle, means = np.array([time_s[0], time_s[0] + 1.0]), {
            name: np.repeat(values, 2) for name, values in means.items()}
    lower = np.zeros(middle.size)
    for name, color in zip(names, COLORS):
        axes.area(middle, lower, lower + means[name], color)
        lower = lower + means[name]
    axes.legend([(_plain(name), color) for name, color in zip(names, COLORS)][::-1])
    return chart


def plot_board(run: Run) -> Chart:
    """Draw power and temperatures over time."""
    board, chart = run.board, Chart(WIDTH, 2 * HEIGHT, 'Power and temperatures', [])
    rails = ['total_mw'] + sorted(name for name in board if name.endswith('_mw')
                                  and name != 'total_mw')
    zones = sorted(name for name in board if name.endswith('_c'))
    time_s = board['time_s']
    for names, title, unit, scale, top in ((rails, 'Power', 'W', 1e-3, 0),
                                           (zones, 'Temperatures', '\u00b0C', 1.0, HEIGHT)):
        values = {name: scale * board[name] for name in names if np.isfinite(board[name]).any()}
        high = max([_most(series) for series in values.values()] or [1.0])
        axes = Axes(chart, (LEFT, top + TOP, WIDTH - RIGHT, top + HEIGHT - BOTTOM),
                    (_least(time_s), _most(time_s)), (0.0, 1.05 * high))
        axes.frame(title, 's', unit)
        if not values:
            axes.note('this machine does not tell')
        colors = COLORS * (len(values) // len(COLORS) + 1)
        for (name, series), color in zip(values.items(), colors):
            axes.line(*_ends(time_s, series), color=color, width=THICK.get(name, 1.2))
        axes.legend([(_plain(name), color) for name, color in zip(values, colors)])
    return chart


CHARTS: Dict[str, Callable[[Run], Chart]] = {
    'latency.png': plot_latency, 'histogram.png': plot_histogram, 'stages.png': plot_stages,
    'board.png': plot_board,
}
"""What draws each diagram, by the name of its file."""


def _chart(title: str, x_label: str, y_label: str, x_range: Tuple[float, float],
           y_range: Tuple[float, float]) -> Tuple[Chart, Axes]:
    """Return a chart with a grid on it."""
    chart = Chart(WIDTH, HEIGHT, title, [])
    axes = Axes(chart, (LEFT, TOP, WIDTH - RIGHT, HEIGHT - BOTTOM), x_range, y_range)
    axes.frame(title, x_label, y_label)
    return chart, axes


def _marks(run: Run, draw: Callable[[float, str], None]) -> List[Tuple[str, str]]:
    """Draw percentiles and the deadline; returns their entries of the legend."""
    figures = run.report['latency_ms']
    values = [(name, figures[name], color) for name, color in MARKS]
    values.append(('deadline', run.report['deadline_ms'], MISS))
    entries = []
    for name, value, color in values:
        if value is not None:
            draw(value, color)
            entries.append(('{}: {} ms'.format(name, number(value)), color))
    return entries


def _ends(xs: np.ndarray, ys: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Return no more points than can be told apart: the lowest and the highest of each part."""
    if xs.size <= 2 * COLUMNS:
        return xs, ys
    chosen = []
    for part in np.array_split(np.arange(xs.size), COLUMNS):
        known = part[np.isfinite(ys[part])]
        if known.size:
            chosen += sorted([known[ys[known].argmin()], known[ys[known].argmax()]])
    return xs[chosen], ys[chosen]


def _least(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(known.min()) if known.size else 0.0


def _most(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(known.max()) if known.size else 1.0


def _plain(column: str) -> str:
    """Return a column's name without its unit."""
    for unit in ('_ms', '_mw', '_c'):
        if column.endswith(unit):
            return column[:-len(unit)]
    return column


def _frame_rows(report: Dict[str, Any]) -> List[Tuple[str, str]]:
    """Return what became of the frames, and how often they came."""
    frames, jitter = report['frames'], report['jitter_ms']
    rows = [(name.replace('_', ' '), _text(frames[name])) for name in (
        'sent', 'received', 'replaced', 'lost', 'pending', 'warm_up')]
    if report['deadline_ms'] is not None:
        rows.append(('over {} ms'.format(number(report['deadline_ms'])),
                     _text(frames['deadline_misses'])))
    return rows + [
        ('masks per second', _text(report['rate_hz'])),
        ('jitter, mean and max', '{} and {} ms'.format(_text(jitter['mean']),
                                                       _text(jitter['max'])))]


def _figure_rows(report: Dict[str, Any]) -> List[Sequence[str]]:
    """Return latency, age and stages."""
    stages = report['stages_ms']
    figures = [('latency, image to mask', report['latency_ms']), ('age', report['age_ms'])]
    figures += [('stage ' + _plain(name), stages[name]) for name in STAGES if name in stages]
    return [[name] + [_text(values[key]) for key in STATISTICS] for name, values in figures]


def _fact_rows(board: Dict[str, Any]) -> List[Sequence[str]]:
    """Return what the board is."""
    facts = dict(board['facts'], power_mode=(board['latest'] or board['facts'])['power_mode'])
    return [(_with_unit(name), _text(value)) for name, value in facts.items()]


def _board_rows(board: Dict[str, Any]) -> List[Sequence[str]]:
    """Return what the board said, on average and at its ends."""
    rows: List[Sequence[str]] = []
    for name, spread in board['spread'].items():
        parts = spread if name in ('power_mw', 'temperatures_c') else {'': spread}
        for part, values in sorted(parts.items()):
            rows.append([_with_unit(name, part)] + [
                _text(values and values[key]) for key in ('mean', 'min', 'max')])
    return rows


def _with_unit(name: str, part: str = '') -> str:
    """Return a name with a unit at its end, such as gpu_mhz, for people."""
    words = name.split('_')
    if words[-1] not in UNITS:
        return name.replace('_', ' ')
    plain = words if words[-1] == 'load' else words[:-1]
    return ' '.join(plain + [part] * bool(part)) + ', ' + UNITS[words[-1]]


def _text(value: Optional[Any]) -> str:
    """Return a value for people."""
    if value is None:
        return 'not known'
    return number(value) if isinstance(value, float) else str(value)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table."""
    lines = ['<tr>{}</tr>'.format(''.join('<th>{}</th>'.format(html.escape(cell))
                                          for cell in head))]
    lines += ['<tr>{}</tr>'.format(''.join('<td>{}</td>'.format(html.escape(cell))
                                           for cell in row)) for row in rows]
    return '<table>\n{}\n</table>'.format('\n'.join(lines))


def _write(path: Path, data: bytes) -> None:
    with replacing(path) as file:
        file.write(data)


def main(arguments: Optional[List[str]] = None) -> int:
    """Write the report of a run that was killed; returns the exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if len(arguments) != 1:
        print('usage: python3 -m lsnet_ros.latency_page FOLDER', file=sys.stderr)
        return 2
    try:
        write_page(Path(arguments[0]))
    except (LsnetError, OSError) as error:
        print('latency_page: {}'.format(error), file=sys.stderr)
        return 1
    print(Path(arguments[0]) / PAGE)
    return 0


if __name__ == '__main__':
    sys.exit(main())
