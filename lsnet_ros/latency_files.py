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
The files of a run, which are readable at any moment: after a kill, too.

frames.csv and board.csv have a line for each frame and each reading, in one write each;
latency.json is replaced as a whole.
"""

import csv
import json
import os
from pathlib import Path
from typing import Any, Dict, Iterable, List, NamedTuple

from lsnet_ros.errors import LsnetError
from lsnet_ros.files import replacing
from lsnet_ros.frame_log import Frame
from lsnet_ros.power import Reading
import numpy as np

FRAMES, BOARD, REPORT = 'frames.csv', 'board.csv', 'latency.json'
STAGES = ('wait_ms', 'convert_ms', 'preprocess_ms', 'network_ms', 'decode_ms', 'publish_ms',
          'total_ms')
FRAME_COLUMNS = ('stamp_ns', 'time_s', 'warm_up', 'age_ms', 'latency_ms') + STAGES
BOARD_COLUMNS = ('time_s', 'total_mw', 'gpu_load', 'gpu_mhz', 'cpu_load', 'cpu_mhz',
                 'memory_used_mb', 'swap_used_mb')  # and the rails and zones that there are
RAIL, ZONE = '{}_mw', '{}_c'

Columns = Dict[str, np.ndarray]  # float64 by name, NaN where nothing is known


class RunError(LsnetError, ValueError):
    """A folder does not hold a run."""


class Run(NamedTuple):
    """What the files say."""

    report: Dict[str, Any]
    frames: Columns
    board: Columns


class RunFiles:
    """
    Writes a run into a folder; what another run left there is replaced or removed.

    :param folder: made if it is not there
    :param rails: names of the board's rails
    :param zones: names of its thermal zones
    :param started_s: perf_counter of the zero of ``time_s``
    :raises OSError: if the files cannot be written
    """

    def __init__(self, folder: Path, rails: List[str], zones: List[str],
                 started_s: float) -> None:
        self._folder, self._rails, self._zones = folder, rails, zones
        self._started_s = started_s
        folder.mkdir(parents=True, exist_ok=True)
        for name in (REPORT, 'benchmark.yaml', 'report.html'):
            if (folder / name).exists():
                (folder / name).unlink()
        self._frames = self._create(FRAMES, FRAME_COLUMNS)
        self._board = self._create(BOARD, list(BOARD_COLUMNS) + [
            RAIL.format(name) for name in rails] + [ZONE.format(name) for name in zones])

    def write_frames(self, frames: Iterable[Frame]) -> None:
        """Add a line for each frame."""
        for frame in frames:
            latency = frame.latency_s
            cells = [frame.stamp_ns, frame.received_s - self._started_s, int(frame.is_warm_up),
                     1e3 * frame.age_s, None if latency is None else 1e3 * latency]
            _write_line(self._frames, cells + [frame.stages_ms.get(name) for name in STAGES])

    def write_reading(self, now: float, reading: Reading) -> None:
        """Add a line for a reading of the board; ``now`` is a perf_counter."""
        cells = [now - self._started_s]
        cells += [getattr(reading, name) for name in BOARD_COLUMNS[1:]]
        cells += [reading.power_mw.get(name) for name in self._rails]
        cells += [reading.temperatures_c.get(name) for name in self._zones]
        _write_line(self._board, cells)

    def write_report(self, report: Dict[str, Any]) -> None:
        """Replace the report."""
        with replacing(self._folder / REPORT) as file:
            file.write(json.dumps(report, indent=2, allow_nan=False).encode('utf-8') + b'\n')

    def close(self) -> None:
        """Close the files that grow."""
        os.close(self._frames)
        os.close(self._board)

    def _create(self, name: str, columns: Iterable[str]) -> int:
        """Return a new file with the names of its columns; what is written is in it at once."""
        file = os.open(str(self._folder / name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC
                       | os.O_APPEND, 0o666)
        _write_line(file, columns)
        return file


def read_run(folder: Path) -> Run:
    """
    Return what the files of a run say, also if it was killed.

    A line at the end that is not whole, as after a power cut, is left out.

    :raises RunError: if a file is missing or is none of a run
    """
    try:
        report = json.loads((folder / REPORT).read_text('utf-8'))
        return Run(report, _read_columns(folder / FRAMES), _read_columns(folder / BOARD))
    except (OSError, ValueError) as error:
        raise RunError('{} holds no run ({}): give the folder that latency_node wrote'.format(
            folder, error)) from error


def count_frames(folder: Path) -> int:
    """Return how many frames were written so far of a run that goes on, its warm-up left out."""
    try:
        columns = _read_columns(folder / FRAMES)
    except OSError:
        return 0
    return int((columns['warm_up'] == 0).sum()) if 'warm_up' in columns else 0


def _write_line(file: int, cells: Iterable[Any]) -> None:
    """Write a line at once; None is an empty cell."""
    line = ','.join(_cell(cell) for cell in cells) + '\n'
    os.write(file, line.encode('utf-8'))


def _cell(value: Any) -> str:
    """Return a value as a cell of a CSV file; None is empty."""
    if value is None:
        return ''
    return '{:.4f}'.format(value) if isinstance(value, float) else str(value)


def _read_columns(path: Path) -> Columns:
    """Return the columns of a CSV file by their names."""
    text = path.read_text('utf-8')
    lines = csv.reader(text[:text.rfind('\n') + 1].splitlines())
    names = next(lines, [])
    rows = [[float(cell) if cell else np.nan for cell in line] for line in lines]
    table = np.array(rows).reshape(len(rows), len(names))
    return {name: table[:, index] for index, name in enumerate(names)}
