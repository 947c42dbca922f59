# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Diagrams of a run, drawn with matplotlib.

matplotlib is imported by the functions that draw: a robot may lack it.
"""

import io
import re
from typing import Any, Callable, Dict, List, NamedTuple, Sequence, Tuple

import numpy as np

from lsnet_ros.latency.run_files import DIAGRAMS, Run, STAGES
from lsnet_ros.latency.tables import format_number, strip_unit
from lsnet_ros.limits.words import escape_math

COLORS = ('#4477aa', '#ee6677', '#228833', '#ccbb44', '#66ccee', '#aa3377', '#bbbbbb', '#882255',
          '#44aa99', '#999933')  # distinguishable by the colour-blind (Paul Tol)
MARKS = (('p50', COLORS[2]), ('p95', COLORS[3]), ('p99', COLORS[5]))
DEADLINE, WARM_UP = COLORS[1], COLORS[6]
WIDTH, HEIGHT = 9.0, 3.0                        # inches, of a figure with one diagram
LEFT, RIGHT, BOTTOM, TOP = 0.7, 2.0, 0.5, 0.35  # inches around a diagram; legend at the right
PNG_DPI = 200
STYLE: Dict[Any, Any] = {
    'font.size': 9, 'axes.titlesize': 10, 'legend.fontsize': 8.5, 'legend.frameon': False,
    'axes.spines.top': False, 'axes.spines.right': False, 'axes.axisbelow': True,
    'axes.grid': True, 'axes.grid.axis': 'y', 'grid.color': '#dddddd',
    'lines.linewidth': 1.2, 'svg.fonttype': 'none'}  # text stays text
COLUMNS = 400        # of a diagram over time, each with its lowest and its highest value
STAGE_COLUMNS = 100
BARS = 50
TAIL = 3.0           # end of the histogram, as a multiple of the 95th percentile
REST = 'transport'   # latency outside of the segmentation node's stages
NO_FRAMES, NO_STAGES = 'no frame was answered', 'no stages were received'
NO_SENSOR = 'not measured on this machine'


class RenderedChart(NamedTuple):
    """A diagram as an SVG element for a page and as a PNG file, from one figure."""

    svg: str
    png: bytes


def draw_charts(run: Run) -> Dict[str, RenderedChart]:
    """
    Draw all diagrams of a run.

    :returns: diagrams by the names of their PNG files
    :raises ImportError: if matplotlib is missing
    """
    import matplotlib
    charts = {}
    for name, draw in DRAW.items():
        with matplotlib.rc_context(dict(STYLE, **{'svg.hashsalt': name})):
            charts[name] = _render(draw(run))
    return charts


def draw_latency(run: Run) -> Any:
    """Draw the latency of each frame over time; of many frames, the extremes of each column."""
    time_s, latency = run.frames['time_s'], run.frames['latency_ms']
    warm_up = run.frames['warm_up'] == 1
    figure, (axes,) = _make_figure([('Latency from image to mask', 'latency, ms')])
    if not np.isfinite(latency).any():
        _write_note(axes, NO_FRAMES)
        return figure
    for chosen, label, color in ((warm_up, 'warm-up', WARM_UP), (~warm_up, 'frame', COLORS[0])):
        if chosen.any():
            _draw_line(axes, *reduce_points(time_s[chosen], latency[chosen]), color=color,
                       label=label)
    for label, value, color in _marks(run):
        axes.axhline(value, color=color, linestyle='--', linewidth=1.4, label=label)
    axes.set_ylim(bottom=0.0)
    _add_legend(axes)
    return figure


def draw_histogram(run: Run) -> Any:
    """Draw the number of frames by latency; the title counts those beyond the right end."""
    latency = run.frames['latency_ms'][run.frames['warm_up'] == 0]
    latency = latency[np.isfinite(latency)]
    title = 'Number of frames by latency'
    if not latency.size:
        figure, (axes,) = _make_figure([(title, 'frames')], 'latency, ms')
        _write_note(axes, NO_FRAMES)
        return figure
    end = min(latency.max(), TAIL * np.percentile(latency, 95))
    beyond = np.count_nonzero(latency > end)
    if beyond:
        title += '; {} more up to {} ms'.format(beyond, format_number(latency.max()))
    figure, (axes,) = _make_figure([(title, 'frames')], 'latency, ms')
    counts, edges = np.histogram(latency[latency <= end], BARS, (0.0, end or 1.0))
    axes.bar(edges[:-1], counts, np.diff(edges), align='edge', color=COLORS[0], linewidth=0,
             label='frames')
    for label, value, color in _marks(run):
        if value <= end:
            axes.axvline(value, color=color, linestyle='--', linewidth=1.4, label=label)
    axes.set_xlim(0.0, edges[-1])
    _add_legend(axes)
    return figure


def draw_stages(run: Run) -> Any:
    """Draw the mean duration of each stage over time, stacked."""
    names = list(STAGES[:-1]) + [REST]
    columns = dict(run.frames)
    columns[REST] = np.maximum(columns['latency_ms'] - columns[STAGES[-1]], 0.0)
    known = np.isfinite(sum(columns[name] for name in names))
    time_s = columns['time_s'][known]
    figure, (axes,) = _make_figure([('Mean duration of each stage, stacked', 'duration, ms')])
    if not time_s.size:
        _write_note(axes, NO_STAGES)
        return figure
    parts = np.array_split(np.arange(time_s.size), min(STAGE_COLUMNS, time_s.size))
    means = [[columns[name][known][part].mean() for part in parts] for name in names]
    times = [time_s[part].mean() for part in parts]
    if len(times) == 1:  # an area needs two ends
        times, means = [times[0], times[0] + 1.0], [2 * values for values in means]
    axes.stackplot(times, means, colors=COLORS[:len(names)], linewidth=0,
                   labels=[escape_math(strip_unit(name)) for name in names])
    axes.set_ylim(bottom=0.0)
    _add_legend(axes, reverse=True)
    return figure


def draw_board(run: Run) -> Any:
    """Draw power and temperatures over time."""
    board = run.board
    rails = ['total_mw'] + sorted(name for name in board if name.endswith('_mw')
                                  and name != 'total_mw')
    zones = sorted(name for name in board if name.endswith('_c'))
    figure, diagrams = _make_figure([('Power', 'power, W'),
                                      ('Temperatures', 'temperature, \u00b0C')])
    for axes, names, scale in zip(diagrams, (rails, zones), (1e-3, 1.0)):
        known = [name for name in names if np.isfinite(board[name]).any()]
        if not known:
            _write_note(axes, NO_SENSOR)
            continue
        for index, name in enumerate(known):
            _draw_line(axes, *reduce_points(board['time_s'], scale * board[name]),
                       color=COLORS[index % len(COLORS)], label=escape_math(strip_unit(name)),
                       linewidth=2.0 if name == 'total_mw' else 1.2)
        axes.set_ylim(bottom=0.0)
        _add_legend(axes)
    return figure


DRAW: Dict[str, Callable[[Run], Any]] = dict(
    zip(DIAGRAMS, (draw_latency, draw_histogram, draw_stages, draw_board)))
"""Functions that draw a diagram's figure, by the name of its PNG file."""


def reduce_points(xs: np.ndarray, ys: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Return at most two points per column of a diagram: its lowest and its highest."""
    if xs.size <= 2 * COLUMNS:
        return xs, ys
    chosen: List[int] = []
    for part in np.array_split(np.arange(xs.size), COLUMNS):
        known = part[np.isfinite(ys[part])]
        if known.size:
            chosen += sorted([known[ys[known].argmin()], known[ys[known].argmax()]])
    return xs[chosen], ys[chosen]


def _make_figure(diagrams: Sequence[Tuple[str, str]],
                 x_label: str = 'time, s') -> Tuple[Any, List[Any]]:
    """
    Return a figure of diagrams one below the other, and their axes.

    :param diagrams: title and label of the vertical axis of each
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure  # no pyplot: no display, no global state
    height = len(diagrams) * HEIGHT
    figure = Figure(figsize=(WIDTH, height))
    FigureCanvasAgg(figure)
    all_axes = []
    for index, (title, y_label) in enumerate(diagrams):
        axes = figure.add_axes((
            LEFT / WIDTH, (height - (index + 1) * HEIGHT + BOTTOM) / height,
            (WIDTH - LEFT - RIGHT) / WIDTH, (HEIGHT - BOTTOM - TOP) / height))
        axes.set_title(title, loc='left')
        axes.set_xlabel(x_label)
        axes.set_ylabel(y_label)
        axes.margins(x=0.0)
        all_axes.append(axes)
    return figure, all_axes


def _draw_line(axes: Any, xs: np.ndarray, ys: np.ndarray, color: str, **style: Any) -> None:
    """Draw a line that NaN interrupts; a value between two gaps becomes a dot."""
    axes.plot(xs, ys, color=color, **style)
    is_gap = np.concatenate(([True], ~np.isfinite(ys), [True]))
    alone = ~is_gap[1:-1] & is_gap[:-2] & is_gap[2:]
    if alone.any():
        axes.plot(xs[alone], ys[alone], '.', color=color, markersize=3)


def _marks(run: Run) -> List[Tuple[str, float, str]]:
    """Return label, value and colour of each known percentile and of the deadline."""
    figures = run.report.figures
    values = [(name, getattr(figures.latency_ms, name), color) for name, color in MARKS]
    values.append(('deadline', figures.deadline_ms, DEADLINE))
    return [('{}: {} ms'.format(name, format_number(value)), value, color)
            for name, value, color in values if value is not None]


def _add_legend(axes: Any, reverse: bool = False) -> None:
    """Add a legend to the right of the axes."""
    handles, labels = axes.get_legend_handles_labels()
    order = -1 if reverse else 1
    axes.legend(handles[::order], labels[::order], loc='upper left', bbox_to_anchor=(1.01, 1.03),
                borderaxespad=0.0)


def _write_note(axes: Any, text: str) -> None:
    """Write a text into the middle of empty axes."""
    axes.text(0.5, 0.5, text, ha='center', va='center', transform=axes.transAxes)


def _render(figure: Any) -> RenderedChart:
    """Return a figure as SVG element, without prologue and metadata, and as PNG."""
    svg, png = io.BytesIO(), io.BytesIO()
    figure.savefig(svg, format='svg')
    figure.savefig(png, format='png', dpi=PNG_DPI)
    text = svg.getvalue().decode('utf-8')
    text = re.sub(r'\s*<metadata>.*?</metadata>', '', text[text.index('<svg'):], flags=re.DOTALL)
    return RenderedChart(text.strip(), png.getvalue())
