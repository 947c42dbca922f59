# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Time a training step with PyTorch's gradients and with the faster ones, in turns.

usage: python benchmarks/training_step.py [--threads N] [--steps N] [NETWORK ...]

The second table is of a step that learns from soft labels besides. Processor time, not that of
the clock: other programs on the machine change it little.
"""

import argparse
from contextlib import nullcontext
import time
from typing import Any, Callable, Dict, List
from unittest import mock

import numpy as np
import torch

from lsnet_ros.board.machine import describe_processor
from lsnet_ros.commands.tables import table
from lsnet_ros.training import learner
from lsnet_ros.training.batches import Batch
from lsnet_ros.training.recipes import Recipe

NETWORKS = ('fpn-lite0', 'fpn-lite2', 'lsnet', 'lednet', 'lrnnet-c', 'lps-net-s')
CROP = (240, 320)  # px
BATCH = 6
CLASSES = 11


def make_recipe(network: str) -> Recipe:
    """Return a recipe that trains a network on crops of one size."""
    options = {'block': 'reparameterised'} if network.startswith('lps-net') else {}
    return Recipe(network, 'camvid', CROP, CROP, 10 ** 6, BATCH, 1e-3, options=options)


def make_batch(with_soft_labels: bool) -> Batch:
    """Draw a batch of noise."""
    rng = np.random.default_rng(0)
    soft = rng.standard_normal((BATCH, CLASSES + 1, CROP[0] // 4, CROP[1] // 4), np.float32)
    soft[:, -1] = 1
    return Batch(rng.standard_normal((BATCH, 3) + CROP, np.float32),
                 rng.integers(0, CLASSES, (BATCH,) + CROP).astype(np.uint8),
                 soft if with_soft_labels else None)


def time_step(student: Any, batch: Batch, iteration: int) -> float:
    """Return the processor time of a step, s."""
    started = time.process_time()
    student.step(batch, iteration)
    return time.process_time() - started


def compare(contenders: Dict[str, Callable[[int], float]], steps: int) -> List[str]:
    """Run contenders in turns; return their medians in s, and the ratio of the first two."""
    times: Dict[str, List[float]] = {name: [] for name in contenders}
    for iteration in range(steps + 1):
        for name, run in contenders.items():
            times[name].append(run(iteration))
    medians = [float(np.median(values[1:])) for values in times.values()]  # the first warms up
    return ['{:.2f}'.format(value) for value in medians] + [
        '{:.2f}'.format(medians[0] / medians[1])]


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument('networks', nargs='*', default=NETWORKS, metavar='NETWORK')
    parser.add_argument('--threads', type=int, default=1)
    parser.add_argument('--steps', type=int, default=5)
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    plain, soft = make_batch(False), make_batch(True)
    gradients, teaching = [], []
    for network in arguments.networks:
        with mock.patch.object(learner, 'FastGradients', nullcontext):
            before = learner.Learner(make_recipe(network), CLASSES, None)
        after = learner.Learner(make_recipe(network), CLASSES, None)
        gradients.append([network] + compare({
            'before': lambda i, student=before: time_step(student, plain, i),
            'after': lambda i, student=after: time_step(student, plain, i)}, arguments.steps))
        teaching.append([network] + compare({
            'soft': lambda i, student=after: time_step(student, soft, i),
            'plain': lambda i, student=after: time_step(student, plain, i)}, arguments.steps))
    print('{}, {} threads, batch {} of {}x{}, torch {}'.format(
        describe_processor(1), arguments.threads, BATCH, *CROP, torch.__version__))
    print(table(('network', 'PyTorch s', 'faster s', 'times as fast'), gradients))
    print()
    print(table(('network', 'soft labels s', 'without s', 'times as long'), teaching))


if __name__ == '__main__':
    main()
