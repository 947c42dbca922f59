# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The plot of an expansion: accuracy over latency, as in the paper's Figure 7."""

from pathlib import Path
from typing import Sequence, Tuple

from lsnet_ros.expansion.algorithm import Step
from lsnet_ros.files import replacing

COLORS = {'depth': '#d1495b', 'width': '#2e7f9e', 'resolution': '#e09f1f'}
INK = '0.25'


def plot(path: Path, start: Tuple[float, float], steps: Sequence[Step], limit_ms: float) -> None:
    """
    Draw the path of chosen networks, and the other candidates in pale colours.

    :param path: of the PNG file
    :param start: latency in ms and mIoU of the tiny network
    :param limit_ms: latency that no network may exceed
    """
    from matplotlib.figure import Figure  # no pyplot: no display, no global state
    figure = Figure(figsize=(9, 6), layout='constrained')
    axis = figure.subplots()
    chosen = [step.chosen for step in steps]
    axis.plot([start[0]] + [each.latency_ms for each in chosen],
              [100 * start[1]] + [100 * each.miou for each in chosen], color='0.6', zorder=1)
    axis.axvline(limit_ms, color=INK, linestyle='--', linewidth=1)
    axis.annotate(' --target-ms', (limit_ms, 0.01), xycoords=axis.get_xaxis_transform(),
                  color=INK, rotation=90, ha='right', va='bottom')
    axis.scatter(*_percent([start]), s=70, color=INK, zorder=3, label='tiny network')
    for dimension, color in COLORS.items():
        _scatter(axis, steps, dimension, color)
    for each in chosen:
        axis.annotate(each.name, (each.latency_ms, 100 * each.miou), xytext=(6, -10),
                      textcoords='offset points', fontsize=8, color=INK)
    axis.set(xlabel='latency of the network (ms)', ylabel='validation mIoU (%)')
    figure.legend(loc='outside upper center', ncols=4, frameon=False)
    axis.grid(color='0.92')
    axis.set_axisbelow(True)
    with replacing(path) as file:
        figure.savefig(file, format='png', dpi=120)


def _scatter(axis, steps: Sequence[Step], dimension: str, color: str) -> None:
    """Draw the candidates of one dimension, chosen and rejected."""
    rejected = [(each.latency_ms, each.miou) for step in steps for each in step.candidates
                if each is not step.chosen and each.operation.dimension == dimension]
    chosen = [(step.chosen.latency_ms, step.chosen.miou) for step in steps
              if step.chosen.operation.dimension == dimension]
    axis.scatter(*_percent(rejected), s=14, color=color, alpha=0.35, linewidths=0, zorder=2)
    axis.scatter(*_percent(chosen), s=70, color=color, zorder=3, label=dimension)


def _percent(points: Sequence[Tuple[float, float]]) -> Tuple[list, list]:
    """Split points into latencies in ms and mIoUs in percent."""
    return [latency_ms for latency_ms, _ in points], [100 * miou for _, miou in points]
