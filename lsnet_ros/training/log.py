# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The training log: one CSV row per report, and its picture."""

import csv
import io
from pathlib import Path
from typing import Dict, List

from lsnet_ros.files import replacing

COLUMNS = ('iteration', 'learning_rate', 'loss', 'images_per_s', 'miou')


class TrainingLog:
    """
    Rows of ``COLUMNS``, kept in a CSV file from one run of the program to the next.

    :param path: of the CSV file; the rows that it has are read
    :param last_iteration: rows after it are dropped: the run goes on from there
    """

    def __init__(self, path: Path, last_iteration: int) -> None:
        self.path = path
        self.rows: List[Dict[str, str]] = []
        if path.is_file():
            with open(path, newline='') as file:
                self.rows = [row for row in csv.DictReader(file)
                             if int(row['iteration']) <= last_iteration]

    def add(self, **values: float) -> None:
        """Append a row; columns that are not given stay empty."""
        self.rows.append({name: '{:.6g}'.format(values[name]) if name in values else ''
                          for name in COLUMNS})
        # %.6g would round an iteration count above a million.
        self.rows[-1]['iteration'] = str(int(values['iteration']))

    def save(self) -> None:
        """Write all rows in place of the file that was there."""
        text = io.StringIO()
        writer = csv.DictWriter(text, COLUMNS, lineterminator='\n')
        writer.writeheader()
        writer.writerows(self.rows)
        with replacing(self.path) as file:
            file.write(text.getvalue().encode())

    def plot(self, path: Path) -> None:
        """Draw loss and validation mIoU over the iterations."""
        from matplotlib.figure import Figure  # no pyplot: no display, no global state
        figure = Figure(figsize=(8, 5))
        axis = figure.subplots()
        _line(axis, self.rows, 'loss', 'C0')
        axis.set(xlabel='iteration', ylabel='training loss')
        axis = axis.twinx()
        _line(axis, self.rows, 'miou', 'C1', marker='.')
        axis.set(ylabel='validation mIoU')
        with replacing(path) as file:
            figure.savefig(file, format='png', dpi=100)


def _line(axis, rows: List[Dict[str, str]], column: str, color: str, marker: str = '') -> None:
    """Draw one column over the iterations, where it is given."""
    given = [(int(row['iteration']), float(row[column])) for row in rows if row[column]]
    axis.plot(*zip(*given) if given else ([], []), color=color, marker=marker)
    axis.yaxis.label.set_color(color)
