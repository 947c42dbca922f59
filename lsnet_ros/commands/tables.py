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
"""Tables for people: what every command prints."""

from typing import Any, Dict, Optional, Sequence


def table(header: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Return lines of columns; words to the left, numbers (and their headings) to the right."""
    cells = [[str(cell) for cell in row] for row in [header] + list(rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    right = [all(_is_number(row[column]) for row in cells[1:]) for column in range(len(header))]
    return '\n'.join('  '.join(
        cell.rjust(width) if to_the_right else cell.ljust(width)
        for cell, width, to_the_right in zip(row, widths, right)).rstrip() for row in cells)


def percent(fraction: Optional[float]) -> str:
    """Return a fraction of 0 to 1 in percent, '-' if there is none."""
    return number(fraction, 2, 100)


def number(value: Optional[float], decimals: int, scale: float = 1) -> str:
    """Return a number times ``scale`` with so many decimals, '-' if there is none."""
    return '-' if value is None else '{:.{}f}'.format(scale * value, decimals)


def iou_table(report: Dict[str, Any]) -> str:
    """
    Return the table of what ``ConfusionMatrix.report`` gives, in percent.

    :param report: with miou, iou by class name, pixel_accuracy and frames; categories maybe
    """
    rows = [(name, percent(iou)) for name, iou in report['iou'].items()]
    rows += [('mean IoU', percent(report['miou'])),
             ('pixel accuracy', percent(report['pixel_accuracy']))]
    tables = [table(('class', 'IoU %'), rows)]
    if 'category_iou' in report:
        rows = [(name, percent(iou)) for name, iou in report['category_iou'].items()]
        rows += [('mean IoU', percent(report['category_miou']))]
        tables.append(table(('category', 'IoU %'), rows))
    return '{}\n{} frames'.format('\n\n'.join(tables), report['frames'])


def _is_number(text: str) -> bool:
    """Tell whether a cell goes to the right."""
    return text == '-' or text.replace('.', '', 1).replace('x', '', 1).isdigit()
