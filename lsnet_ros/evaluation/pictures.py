# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Pictures of an evaluation.

frames.png: some frames with target, prediction and errors; iou.png: the IoU of each class;
confusion.png: the confusion matrix; reliability.png: accuracy over confidence.
"""

from functools import partial
from pathlib import Path
from typing import Any, List, NamedTuple, Optional, Sequence, Tuple

import cv2
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import PowerNorm
from matplotlib.figure import Figure  # no pyplot: no display, no global state
from matplotlib.patches import Patch
import numpy as np

from lsnet_ros.evaluation.calibration import Reliability
from lsnet_ros.files import replacing
from lsnet_ros.frames import Frame, Prediction
from lsnet_ros.labels.drawing import colorize, contact_sheet
from lsnet_ros.labels.label_sets import IGNORE_INDEX, LabelSet
from lsnet_ros.labels.metrics import ConfusionMatrix
from lsnet_ros.limits.words import escape_math

COLUMNS = ('frame', 'truth', 'prediction', 'errors (black: not counted)')
TILE = 320          # px, the longer side of a frame in frames.png
DPI = 100
LEVELS = 8          # neighbouring shades merged into one: noise takes most of a PNG's bytes
WRONG = (230, 30, 30)
MOST_NUMBERS = 40   # most classes with numbers in the cells of the confusion matrix
NARROWEST = 5.5     # inches, a figure whose title fits
LEGEND_COLUMNS = 6
INK = '0.2'
PLAQUE = {'facecolor': 'white', 'edgecolor': 'none', 'alpha': 0.85, 'pad': 1}  # behind text


class Evaluation(NamedTuple):
    """Content of the pictures."""

    title: str             # such as 'lps-net-s-camvid on camvid, val'
    label_set: LabelSet
    confusion: ConfusionMatrix
    examples: Sequence[Prediction]
    reliability: Optional[Reliability]   # None: without reliability.png


def write_pictures(folder: Path, evaluation: Evaluation) -> None:
    """
    Write all pictures into a folder.

    :raises OSError: if a file cannot be written
    """
    pictures = dict(PICTURES)
    if evaluation.reliability is not None:
        pictures['reliability.png'] = partial(plot_reliability, evaluation.reliability)
    for name, plot in pictures.items():
        with replacing(folder / name) as file:
            file.write(encode_png(plot(evaluation)))


def encode_png(figure: Figure) -> bytes:
    """Return a figure as a PNG file without the alpha channel that matplotlib would add."""
    figure.set_dpi(DPI)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    picture = cv2.cvtColor(np.asarray(canvas.buffer_rgba()), cv2.COLOR_RGBA2BGR)
    return cv2.imencode('.png', picture, [cv2.IMWRITE_PNG_COMPRESSION, 9])[1].tobytes()


def plot_frames(evaluation: Evaluation) -> Figure:
    """Draw a row of pictures per example, unscaled, and a legend of the classes."""
    palette = evaluation.label_set.palette
    sheet = contact_sheet([tile for example in evaluation.examples
                           for tile in _draw_tiles(example, palette)], len(COLUMNS))
    height, width = sheet.shape[:2]
    lines = -(-evaluation.label_set.num_classes // LEGEND_COLUMNS)
    above, below = 90, 24 * lines + 16  # px
    total = above + height + below
    figure = Figure(figsize=(width / DPI, total / DPI), dpi=DPI)
    figure.figimage(sheet, 0, below)
    figure.text(12 / width, 1 - 10 / total, escape_math(evaluation.title), va='top', fontsize=16,
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
                 in zip(_names(evaluation.label_set), palette)],
        loc='lower center', ncol=LEGEND_COLUMNS, frameon=False, fontsize=11)
    return figure


def wrong_share(example: Prediction) -> float:
    """Return the fraction of counted pixels that are wrong, NaN if none is counted."""
    target = np.asarray(example.frame.target)
    counted = target != IGNORE_INDEX
    return float(np.mean((example.class_ids != target)[counted])) if counted.any() \
        else float('nan')


def _draw_tiles(example: Prediction, palette: np.ndarray) -> Tuple[np.ndarray, ...]:
    """Return the pictures of an example's row, (h, w, 3) uint8 each."""
    height, width = example.class_ids.shape
    scale = TILE / max(height, width)
    size = (max(round(scale * width), 1), max(round(scale * height), 1))
    image = cv2.resize(example.frame.image, size, interpolation=cv2.INTER_AREA)
    image = image // LEVELS * LEVELS + LEVELS // 2
    target, class_ids = (cv2.resize(ids, size, interpolation=cv2.INTER_NEAREST)
                         for ids in (np.asarray(example.frame.target), example.class_ids))
    return (image, colorize(target, palette), colorize(class_ids, palette),
            draw_errors(Prediction(Frame('', image, target), class_ids)))


def draw_errors(example: Prediction) -> np.ndarray:
    """Return the frame in pale grey with wrong pixels red and ignored pixels black."""
    grey = cv2.cvtColor(example.frame.image, cv2.COLOR_RGB2GRAY) // LEVELS * LEVELS
    picture = cv2.cvtColor(128 + grey // 2, cv2.COLOR_GRAY2RGB)
    picture[example.class_ids != example.frame.target] = WRONG
    picture[example.frame.target == IGNORE_INDEX] = 0
    return picture


def plot_iou(evaluation: Evaluation) -> Figure:
    """Draw a bar per class in its colour, the first class at the top."""
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
             yticks=range(len(iou)), yticklabels=_names(labels))
    axis.tick_params(axis='y', length=0)
    axis.spines[['top', 'right']].set_visible(False)
    _title_axis(axis, evaluation)
    return figure


def plot_confusion(evaluation: Evaluation) -> Figure:
    """Draw the confusion matrix in percent of the target pixels of each row's class."""
    names = _names(evaluation.label_set)
    counts = evaluation.confusion.matrix
    percent = 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    cell = 0.52 if len(names) <= MOST_NUMBERS else 0.14  # inches
    figure = _figure(max(cell * len(names) + 2.2, NARROWEST), cell * len(names) + 2.1)
    axis = figure.subplots()
    # Shaded by the square root, so that errors of a few percent show beside 90 % correct.
    axis.imshow(percent, cmap='Blues', norm=PowerNorm(0.5, 0, 100))
    if len(names) <= MOST_NUMBERS:
        _write_cells(axis, percent)
    size = 10 if len(names) <= MOST_NUMBERS else 6
    axis.set_xticks(range(len(names)), names, rotation=45, ha='right', fontsize=size)
    axis.set_yticks(range(len(names)), names, fontsize=size)
    axis.set(xlabel='prediction', ylabel='truth (% of its pixels)')
    _title_axis(axis, evaluation)
    return figure


def plot_reliability(reliability: Reliability, evaluation: Evaluation) -> Figure:
    """
    Draw the accuracy of the pixels of each confidence (Guo et al. 2017, figure 1).

    Bars on the diagonal are calibrated; below it, the model is too sure of itself.
    """
    bins = reliability.bins()
    pixels = sum(part.pixels for part in bins)
    figure = _figure(5.5, 5.5)
    axis = figure.subplots()
    for part in bins:
        width = part.highest - part.lowest
        axis.bar(part.lowest, part.accuracy, width, align='edge', color='C0', edgecolor='white')
        axis.bar(part.lowest, part.pixels / pixels, width, align='edge', color='0.6', alpha=0.6)
    axis.plot([0, 1], [0, 1], color=INK, linestyle='--', linewidth=1)
    axis.set(xlim=(0, 1), ylim=(0, 1), xlabel='confidence',
             ylabel='accuracy (blue), share of the pixels (grey)')
    axis.set_title('{}\nexpected calibration error {:.3f}'.format(
        escape_math(evaluation.title), reliability.expected_calibration_error()))
    return figure


def _figure(width: float, height: float) -> Figure:
    """Return an empty figure of a size in inches, with padding around its diagram."""
    figure = Figure(figsize=(width, height), layout='constrained')
    layout: Any = figure.get_layout_engine()
    layout.set(w_pad=0.15, h_pad=0.12)
    return figure


def _write_cells(axis: Any, percent: np.ndarray) -> None:
    """Write each value into its cell, pale if it rounds to 0."""
    for (row, column), value in np.ndenumerate(percent):
        text = '{:.0f}'.format(value)
        color = '0.75' if text == '0' else 'white' if value > 35 else '0.1'
        axis.text(column, row, text, ha='center', va='center', color=color, fontsize=10)


def _summary(evaluation: Evaluation) -> str:
    """Return the metrics in one line."""
    confusion = evaluation.confusion
    return 'mean IoU {:.2f} %, pixel accuracy {:.2f} %, {} frames'.format(
        100 * confusion.miou(), 100 * confusion.pixel_accuracy(), confusion.frames)


def _title_axis(axis: Any, evaluation: Evaluation) -> None:
    """Write title and metrics above the diagram of a figure."""
    axis.set_title('{}\n{}'.format(escape_math(evaluation.title), _summary(evaluation)),
                   fontsize=12)


def _names(labels: LabelSet) -> List[str]:
    """Return the names of the classes for matplotlib."""
    return [escape_math(name) for name in labels.class_names]


PICTURES = {
    'frames.png': plot_frames, 'iou.png': plot_iou, 'confusion.png': plot_confusion,
}
"""Drawing functions by file name; reliability.png is drawn where confidences were counted."""
