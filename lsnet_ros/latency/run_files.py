# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Files of a run, readable at any moment, also after a kill.

frames.csv and board.csv get a line for each frame and each reading, in one write each;
latency.json is replaced atomically.
"""

import csv
import errno
import os
from pathlib import Path
from typing import Any, Dict, Iterable, List, NamedTuple, Sequence

import numpy as np

from lsnet_ros.board.board import BoardReading
from lsnet_ros.errors import LsnetError
from lsnet_ros.files import write_json
from lsnet_ros.latency.frame_log import AnsweredFrame
from lsnet_ros.latency.report import RunReport
from lsnet_ros.limits.bounds import RECORD_FILE
from lsnet_ros.limits.json_text import parse_json_object
from lsnet_ros.limits.regular_files import read_bytes
from lsnet_ros.limits.words import as_column_name
from lsnet_ros.stages.timings import NodeTimings

FRAMES, BOARD, REPORT = 'frames.csv', 'board.csv', 'latency.json'
PAGE, ROBOTPERF = 'report.html', 'benchmark.yaml'
DIAGRAMS = ('latency.png', 'histogram.png', 'stages.png', 'board.png')
STAGES = NodeTimings._fields
FRAME_COLUMNS = ('stamp_ns', 'time_s', 'warm_up', 'age_ms', 'latency_ms') + STAGES
BOARD_COLUMNS = ('time_s', 'total_mw', 'gpu_load', 'gpu_mhz', 'cpu_load', 'cpu_mhz',
                 'memory_used_mb', 'swap_used_mb')  # then rails and zones
RAIL, ZONE = '{}_mw', '{}_c'

Columns = Dict[str, np.ndarray]  # float64 by name, NaN where unknown


class RunError(LsnetError, ValueError):
    """A folder does not hold a run."""


class Run(NamedTuple):
    """Content of the files of a run."""

    report: RunReport
    frames: Columns
    board: Columns


class RunFiles:
    """
    Writes a run into a folder, in place of an earlier run.

    :param folder: created if missing
    :param rails: names of the board's rails
    :param zones: names of its thermal zones
    :param started_s: perf_counter at ``time_s`` 0
    :raises OSError: if the files cannot be written
    """

    def __init__(self, folder: Path, rails: List[str], zones: List[str],
                 started_s: float) -> None:
        self._folder, self._rails, self._zones = folder, rails, zones
        self._started_s = started_s
        folder.mkdir(parents=True, exist_ok=True)
        for name in (REPORT, PAGE, ROBOTPERF) + DIAGRAMS:
            if (folder / name).exists():
                (folder / name).unlink()
        self._frames = self._create(FRAMES, FRAME_COLUMNS)
        self._board = self._create(BOARD, list(BOARD_COLUMNS) + [
            RAIL.format(as_column_name(name)) for name in rails] + [
            ZONE.format(as_column_name(name)) for name in zones])

    def write_frames(self, frames: Iterable[AnsweredFrame]) -> None:
        """Add a line for each frame."""
        for frame in frames:
            latency = frame.latency_s
            _write_line(self._frames, [
                frame.stamp_ns, frame.received_s - self._started_s, int(frame.is_warm_up),
                1e3 * frame.age_s, None if latency is None else 1e3 * latency,
                *[frame.stages_ms.get(name) for name in STAGES]])

    def write_reading(self, now: float, reading: BoardReading) -> None:
        """Add a line for a reading of the board at ``now``, perf_counter."""
        cells: List[Any] = [now - self._started_s]
        cells += [getattr(reading, name) for name in BOARD_COLUMNS[1:]]
        cells += [reading.power_mw.get(name) for name in self._rails]
        cells += [reading.temperatures_c.get(name) for name in self._zones]
        _write_line(self._board, cells)

    def write_report(self, report: RunReport) -> None:
        """
        Replace the report.

        :raises OSError: if the CSV files were removed or replaced: they would grow unseen
        """
        for name, file in ((FRAMES, self._frames), (BOARD, self._board)):
            path = self._folder / name
            if not path.exists() or not os.path.samestat(os.fstat(file), path.stat()):
                raise OSError(errno.ENOENT, 'was removed while the run is recorded: start '
                              'latency_node again', str(path))
        write_json(self._folder / REPORT, report.as_json())

    def close(self) -> None:
        """Close the CSV files."""
        os.close(self._frames)
        os.close(self._board)

    def _create(self, name: str, columns: Sequence[str]) -> int:
        """Create a CSV file with its header; return its descriptor, which has no buffer."""
        path = self._folder / name
        if path.is_symlink() or path.is_file():  # what a link leads to is not ours to empty
            path.unlink()
        file = os.open(str(path), os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o666)
        _write_line(file, columns)
        return file


def read_run(folder: Path) -> Run:
    """
    Return the content of the files of a run, also of a killed one.

    An incomplete last line, as after a power cut, is ignored.

    :raises RunError: if a file is missing or is not that of a run
    """
    try:
        report = RunReport.from_json(parse_json_object(read_bytes(folder / REPORT, RECORD_FILE)))
        return Run(report, _read_columns(folder / FRAMES), _read_columns(folder / BOARD))
    except (AttributeError, csv.Error, LookupError, OSError, TypeError, ValueError) as error:
        raise RunError('{} holds no run ({}): give the folder that latency_node wrote'.format(
            folder, error)) from error


def count_frames(folder: Path) -> int:
    """Count the frames in the files of a run, also of an unfinished one, without its warm-up."""
    try:
        columns = _read_columns(folder / FRAMES)
    except OSError:
        return 0
    return int((columns['warm_up'] == 0).sum()) if 'warm_up' in columns else 0


def _write_line(file: int, cells: Iterable[Any]) -> None:
    """Write a line in one system call; None is an empty cell."""
    line = ','.join(_format_cell(cell) for cell in cells) + '\n'
    os.write(file, line.encode('utf-8'))


def _format_cell(value: Any) -> str:
    """Return the text of a cell of a CSV file; empty for None."""
    if value is None:
        return ''
    return '{:.4f}'.format(value) if isinstance(value, float) else str(value)


def _read_columns(path: Path) -> Columns:
    """Return the columns of a CSV file by name."""
    text = read_bytes(path, RECORD_FILE).decode('utf-8')
    lines = csv.reader(text[:text.rfind('\n') + 1].splitlines())
    names = next(lines, [])
    rows = [[float(cell) if cell else np.nan for cell in line] for line in lines]
    table = np.array(rows).reshape(len(rows), len(names))
    return {name: table[:, index] for index, name in enumerate(names)}
