# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Learning curve of a run: the same training with a part of its frames, to see if more would help.

Each part is a run of its own in RUN/learning_curve, with as many iterations, so that the frames
are all that differs. Smaller parts lie within larger ones.
"""

from pathlib import Path
from typing import List, NamedTuple

import numpy as np
from torch.utils.data import Subset

from lsnet_ros.training.best import BEST
from lsnet_ros.training.checkpoint import read_checkpoint
from lsnet_ros.training.data import Data

PARTS = (4, 2)             # a quarter and a half of the frames
FOLDER = 'learning_curve'  # in the folder of a run


class Point(NamedTuple):
    """The best mIoU of a training with so many frames."""

    frames: int
    miou: float


def part_folder(run: Path, part: int) -> Path:
    """Return the folder of the run with the n-th part of the frames."""
    return run / FOLDER / 'part_{}'.format(part)


def take_part(data: Data, part: int, seed: int) -> Data:
    """
    Return the data with the n-th part of the frames to fit, drawn, and all those to measure with.

    :param seed: of the recipe; the same draws the same frames
    """
    order = np.random.default_rng(seed).permutation(len(data.train))
    chosen = sorted(order[:max(1, len(order) // part)].tolist())
    soft_labels = None if data.soft_labels is None else Subset(data.soft_labels, chosen)
    return data._replace(train=Subset(data.train, chosen), soft_labels=soft_labels)


def read_learning_curve(run: Path) -> List[Point]:
    """
    Return the points of the trainings that there are, the one with most frames last.

    :raises CheckpointError: if a run cannot be read
    """
    folders = [part_folder(run, part) for part in PARTS] + [run]
    states = [read_checkpoint(folder / BEST).state for folder in folders
              if (folder / BEST).is_file()]
    return [Point(state['train_samples'], state['best_miou']) for state in states]
