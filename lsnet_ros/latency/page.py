# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Report of a run, drawn from its files: report.html, its diagrams as PNG, and benchmark.yaml.

``python3 -m lsnet_ros.latency_page FOLDER`` makes them, of a killed run too. latency_node starts
it at the end of a run.
"""

from pathlib import Path
import sys
from typing import Dict, List, Optional

from lsnet_ros.errors import describe, LsnetError, one_line
from lsnet_ros.files import replacing
from lsnet_ros.latency import tables
from lsnet_ros.latency.charts import draw_charts, RenderedChart
from lsnet_ros.latency.report import RunReport
from lsnet_ros.latency.robotperf import robotperf_document
from lsnet_ros.latency.run_files import DIAGRAMS, PAGE, read_run, ROBOTPERF, Run, RunError
from lsnet_ros.limits import html_text
from lsnet_ros.limits.html_text import make_heading, make_paragraph

COMMAND = 'python3 -m lsnet_ros.latency_page'
NO_DIAGRAMS = ('There are no diagrams, as matplotlib cannot be imported here ({}): install it and '
               'run "{} FOLDER" to get them.')


def write_page(folder: Path) -> str:
    """
    Write report.html, the PNGs and benchmark.yaml beside the files of a run.

    :returns: why there are no diagrams, in one sentence; empty if there are
    :raises RunError: if the folder holds no run
    :raises OSError: if a file cannot be written
    """
    run = read_run(folder)
    try:
        return _write_run(folder, run)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        # The files are JSON and CSV, but their values are not those that a run has.
        raise RunError('{} holds no run ({}): give the folder that latency_node wrote'.format(
            folder, describe(error))) from error


def _write_run(folder: Path, run: Run) -> str:
    """Write the files of a run's report; returns why there are no diagrams."""
    import yaml
    charts: Dict[str, RenderedChart] = {}
    problem = ''
    try:
        charts = draw_charts(run)
    except ImportError as error:
        problem = NO_DIAGRAMS.format(one_line(error), COMMAND)
    for name in DIAGRAMS:
        if name in charts:
            _write(folder / name, charts[name].png)
    _write(folder / ROBOTPERF, yaml.safe_dump(
        robotperf_document(run.report), default_flow_style=False).encode('utf-8'))
    _write(folder / PAGE, make_page(run.report, charts, problem).encode('utf-8'))
    return problem


def make_page(report: RunReport, charts: Dict[str, RenderedChart], problem: str) -> str:
    """
    Return the page: tables and diagrams.

    :param problem: why there are no diagrams
    """
    figures, origin = report.figures, report.origin
    ended = 'ended {}'.format(report.ended) if report.ended else (
        'was killed; these are its figures of {}'.format(report.written))
    return html_text.make_page('Latency on {}'.format(origin.machine.hardware), [
        make_paragraph('The run began {} and {}; images of {}.'.format(
            origin.started, ended, origin.image_topic)),
        *map(make_paragraph, origin.warnings()),
        tables.frames_table(figures), tables.durations_table(figures),
        '\n'.join(chart.svg for chart in charts.values()) or make_paragraph(problem),
        make_heading('Board'), tables.facts_table(figures.board),
        tables.spreads_table(figures.board)])


def _write(path: Path, data: bytes) -> None:
    with replacing(path) as file:
        file.write(data)


def main(arguments: Optional[List[str]] = None) -> int:
    """Write the report of the run in the folder that is the only argument; return the status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    if len(arguments) != 1:
        print('usage: {} FOLDER'.format(COMMAND), file=sys.stderr)
        return 2
    try:
        problem = write_page(Path(arguments[0]))
    except (LsnetError, OSError) as error:
        print('latency_page: {}'.format(one_line(error, None)), file=sys.stderr)
        return 1
    print(Path(arguments[0]) / PAGE)
    if problem:
        print(problem, file=sys.stderr)
    return 0


if __name__ == '__main__':
    sys.exit(main())
