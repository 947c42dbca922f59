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
Pictures of an evaluation, for people.

frames.png shows some frames with truth, prediction and errors; iou.png the IoU of each class;
confusion.png which classes are taken for which.
"""

from pathlib import Path
from typing import Any, NamedTuple, Sequence, Tuple

import cv2
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure  # no pyplot: no display, no global state
from matplotlib.patches import Patch
import numpy as np

from lsnet_ros.drawing import colorize, contact_sheet
from lsnet_ros.files import replacing
from lsnet_ros.labels import IGNORE_INDEX, LabelSet
from lsnet_ros.metrics import ConfusionMatrix

COLUMNS = ('frame', 'truth', 'prediction', 'errors (black: not counted)')
TILE = 320          # px, the longer side of a frame in frames.png
DPI = 100
LEVELS = 8          # shades that become one: the noise below is most of a picture's bytes
WRONG = (230, 30, 30)
MOST_NUMBERS = 40   # classes; with more, the cells of the confusion matrix are too small for text
LEGEND_COLUMNS = 6
INK = '0.2'
PLAQUE = {'facecolor': 'white', 'edgecolor': 'none', 'alpha': 0.85, 'pad': 1}  # behind text


class Example(NamedTuple):
    """A frame, its truth, and what a model makes of it."""

    image: np.ndarray      # (H, W, 3) uint8 RGB
    target: np.ndarray     # (H, W) uint8, 255 where nothing is true
    class_ids: np.ndarray  # (H, W) uint8


class Evaluation(NamedTuple):
    """What the pictures tell about."""

    title: str             # such as 'lps-net-s-camvid on camvid, val'
    label_set: LabelSet
    confusion: ConfusionMatrix
    examples: Sequence[Example]


def write_pictures(folder: Path, evaluation: Evaluation) -> None:
    """
    Write each of ``PICTURES`` into a folder.

    :raises OSError: if a file cannot be written
    """
    for name, plot in PICTURES.items():
        with replacing(folder / name) as file:
            file.write(_png(plot(evaluation)))


def _png(figure: Figure) -> bytes:
    """Return a figure as a PNG file; matplotlib's own would have an opacity for every pixel."""
    figure.set_dpi(DPI)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    picture = cv2.cvtColor(np.asarray(canvas.buffer_rgba()), cv2.COLOR_RGBA2BGR)
    return cv2.imencode('.png', picture, [cv2.IMWRITE_PNG_COMPRESSION, 9])[1].tobytes()


def plot_frames(evaluation: Evaluation) -> Figure:
    """Draw a row for each example, pixel for pixel, and the colours of the classes."""
    palette = evaluation.label_set.palette
    sheet = contact_sheet([tile for example in evaluation.examples
                           for tile in _tiles(example, palette)], len(COLUMNS))
    height, width = sheet.shape[:2]
    lines = -(-evaluation.label_set.num_classes // LEGEND_COLUMNS)
    above, below = 90, 24 * lines + 16  # px
    total = above + height + below
    figure = Figure(figsize=(width / DPI, total / DPI), dpi=DPI)
    figure.figimage(sheet, 0, below)
    figure.text(12 / width, 1 - 10 / total, evaluation.title, va='top', fontsize=16,
                fontweight='bold')
    figure.text(12 / width, 1 - 40 / total, _summary(evaluation), va='top', color=INK, fontsize=12)
    for column, name in enumerate(COLUMNS):
        figure.text((column + 0.5) / len(COLUMNS), 1 - (above - 8) / total, name, color=INK,
                    ha='center', fontsize=12)
    for row, example in enumerate(evaluation.examples, 1):
        bottom = below + height - row * height / len(evaluation.examples)
        figure.text(1 - 14 / width, (bottom + 14) / total, '{:.1f} % wrong'.format(
            100 * wrong_share(example)), ha='right', fontsize=11,
            bbox=dict(PLAQUE, pad=3))
    figure.legend(
        handles=[Patch(facecolor=color / 255, edgecolor='0.5', label=name) for name, color
                 in zip(evaluation.label_set.class_names, palette)],
        loc='lower center', ncol=LEGEND_COLUMNS, frameon=False, fontsize=11)
    return figure


def wrong_share(example: Example) -> float:
    """Return which fraction of the pixels that count is wrong, NaN if none counts."""
    counted = example.target != IGNORE_INDEX
    return float(np.mean((example.class_ids != example.target)[counted])) if counted.any() \
        else float('nan')


def _tiles(example: Example, palette: np.ndarray) -> Tuple[np.ndarray, ...]:
    """Return the pictures of one row, (h, w, 3) uint8 each."""
    height, width = example.target.shape
    scale = TILE / max(height, width)
    size = (max(round(scale * width), 1), max(round(scale * height), 1))
    image = cv2.resize(example.image, size, interpolation=cv2.INTER_AREA)
    image = image // LEVELS * LEVELS + LEVELS // 2
    target, class_ids = (cv2.resize(ids, size, interpolation=cv2.INTER_NEAREST)
                         for ids in (example.target, example.class_ids))
    return (image, colorize(target, palette), colorize(class_ids, palette),
            show_errors(Example(image, target, class_ids)))


def show_errors(example: Example) -> np.ndarray:
    """Return the frame in pale grey, wrong pixels red and pixels that do not count black."""
    grey = cv2.cvtColor(example.image, cv2.COLOR_RGB2GRAY) // LEVELS * LEVELS
    picture = cv2.cvtColor(128 + grey // 2, cv2.COLOR_GRAY2RGB)
    picture[example.class_ids != example.target] = WRONG
    picture[example.target == IGNORE_INDEX] = 0
    return picture


def plot_iou(evaluation: Evaluation) -> Figure:
    """Draw a bar for each class in its own colour, from the first at the top."""
    labels, iou = evaluation.label_set, 100 * evaluation.confusion.iou()
    figure = _figure(8, 0.32 * len(iou) + 1.6)
    axis = figure.subplots()
    bars = axis.barh(range(len(iou)), np.nan_to_num(iou), color=labels.palette / 255,
                     edgecolor='0.4', linewidth=0.6)
    axis.bar_label(bars, ['-' if np.isnan(value) else '{:.1f}'.format(value) for value in iou],
                   padding=4, color=INK, bbox=PLAQUE)
    mean = 100 * evaluation.confusion.miou()
    axis.axvline(mean, color=INK, linestyle='--', linewidth=1)
    axis.text(mean, len(iou) - 0.4, ' mean {:.1f}'.format(mean), color=INK, va='top')
    axis.set(xlim=(0, 100), ylim=(len(iou) + 0.1, -0.6), xlabel='IoU %',
             yticks=range(len(iou)), yticklabels=labels.class_names)
    axis.tick_params(axis='y', length=0)
    axis.spines[['top', 'right']].set_visible(False)
    _title_axis(axis, evaluation)
    return figure


def plot_confusion(evaluation: Evaluation) -> Figure:
    """Draw the confusion matrix; each row, the pixels of one class in truth, adds up to 100."""
    names = evaluation.label_set.class_names
    counts = evaluation.confusion.matrix
    percent = 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    cell = 0.52 if len(names) <= MOST_NUMBERS else 0.14  # inches
    figure = _figure(cell * len(names) + 2.2, cell * len(names) + 2.1)
    axis = figure.subplots()
    # The square root of the share: errors of some percent are to be seen beside 90 % right.
    axis.imshow(percent, cmap='Blues', norm=PowerNorm(0.5, 0, 100))
    if len(names) <= MOST_NUMBERS:
        _write_cells(axis, percent)
    size = 10 if len(names) <= MOST_NUMBERS else 6
    axis.set_xticks(range(len(names)), names, rotation=45, ha='right', fontsize=size)
    axis.set_yticks(range(len(names)), names, fontsize=size)
    axis.set(xlabel='prediction', ylabel='truth (% of its pixels)')
    _title_axis(axis, evaluation)
    return figure


def _figure(width: float, height: float) -> Figure:
    """Return an empty figure of a size in inches that keeps its diagram off its edges."""
    figure = Figure(figsize=(width, height), layout='constrained')
    figure.get_layout_engine().set(w_pad=0.15, h_pad=0.12)
    return figure


def _write_cells(axis: Any, percent: np.ndarray) -> None:
    """Write each value into its cell, what rounds to 0 in pale."""
    for (row, column), value in np.ndenumerate(percent):
        text = '{:.0f}'.format(value)
        color = '0.75' if text == '0' else 'white' if value > 35 else '0.1'
        axis.text(column, row, text, ha='center', va='center', color=color, fontsize=10)


def _summary(evaluation: Evaluation) -> str:
    """Return the figures in one line."""
    confusion = evaluation.confusion
    return 'mean IoU {:.2f} %, pixel accuracy {:.2f} %, {} frames'.format(
        100 * confusion.miou(), 100 * confusion.pixel_accuracy(), confusion.frames)


def _title_axis(axis: Any, evaluation: Evaluation) -> None:
    """Write what the only diagram of a figure is about above it."""
    axis.set_title('{}\n{}'.format(evaluation.title, _summary(evaluation)), fontsize=12)


PICTURES = {
    'frames.png': plot_frames, 'iou.png': plot_iou, 'confusion.png': plot_confusion,
}
"""What draws each picture, by the name of its file."""
