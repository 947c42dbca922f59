# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Tables of figures as text."""

from typing import Any, Mapping, Optional, Sequence

from lsnet_ros.errors import visible
from lsnet_ros.labels.metrics import Scores


def table(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Return aligned columns, text to the left, numbers and their headings to the right."""
    cells = [[visible(cell) for cell in row] for row in [header] + list(rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    right = [all(_is_number(row[column]) for row in cells[1:]) for column in range(len(header))]
    return '\n'.join('  '.join(
        cell.rjust(width) if to_the_right else cell.ljust(width)
        for cell, width, to_the_right in zip(row, widths, right)).rstrip() for row in cells)


def percent(fraction: Optional[float]) -> str:
    """Format a fraction of 0 to 1 in percent, None as '-'."""
    return number(fraction, 2, 100)


def number(value: Optional[float], decimals: int, scale: float = 1) -> str:
    """Format a number times ``scale``, None as '-'."""
    return '-' if value is None else '{:.{}f}'.format(scale * value, decimals)


def scores_table(scores: Scores) -> str:
    """Return the tables of classes and categories, in percent, and the number of frames."""
    rows = [(name, percent(iou)) for name, iou in scores.iou.items()]
    rows += [('mean IoU', percent(scores.miou)),
             ('pixel accuracy', percent(scores.pixel_accuracy))]
    tables = [table(('class', 'IoU %'), rows)]
    if scores.category_iou is not None:
        rows = [(name, percent(iou)) for name, iou in scores.category_iou.items()]
        rows += [('mean IoU', percent(scores.category_miou))]
        tables.append(table(('category', 'IoU %'), rows))
    return '{}\n{} frames'.format('\n\n'.join(tables), scores.frames)


def robustness_table(miou: Mapping[str, Sequence[float]], mean_miou: float) -> str:
    """
    Return the table of mIoU by corruption and strength, in percent, and their mean.

    :param miou: by corruption, from the weakest to the strongest
    """
    strengths = max(map(len, miou.values()))
    heading = ['mIoU % under'] + ['{} of {}'.format(index + 1, strengths)
                                  for index in range(strengths)]
    rows = [[name] + [percent(value) for value in row] for name, row in miou.items()]
    return '{}\nmean under corruptions {} %'.format(table(heading, rows), percent(mean_miou))


def _is_number(text: str) -> bool:
    """Return whether a cell is a number, a size such as 640x480, or '-'."""
    return text == '-' or text.replace('.', '', 1).replace('x', '', 1).isdigit()
