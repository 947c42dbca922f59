# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""
Compare two ways to find the group of a pixel, on CamVid: by its class, and by sums.

usage: python benchmarks/group_sums.py --root camvid [MODEL ...]

By sums, the group whose classes have the largest probability together wins, with the calibrated
probabilities of the upsampled logits. Times are of one decode at 1024x2048, in processor time:
other programs on the machine change it little.
"""

import argparse
from pathlib import Path
import time
from typing import Any, Callable, List, Tuple

import numpy as np
import torch

from lsnet_ros.board.machine import describe_processor
from lsnet_ros.commands.tables import table
from lsnet_ros.datasets import open_split
from lsnet_ros.labels.groups import Groups, read_groups
from lsnet_ros.labels.metrics import ConfusionMatrix
from lsnet_ros.models.folder import Model, read_model
from lsnet_ros.segmenter import Segmenter
from lsnet_ros.stages.decoding import decode
from lsnet_ros.stages.preprocessing import Preprocessor

MODELS = ('fpn-lite0-camvid', 'lps-net-s-camvid')  # without flow alignment
SIZE = (1024, 2048)  # px, of the timed decode
TIMES = 5


def decode_sums(logits: np.ndarray, size: Tuple[int, int], model: Model,
                groups: Groups) -> np.ndarray:
    """Return the group with the largest sum of probabilities at each pixel, (H, W) uint8."""
    upsampled = torch.nn.functional.interpolate(
        torch.from_numpy(logits), size, mode='bilinear', align_corners=True)
    probabilities = torch.softmax(upsampled / model.temperature, 1)[0]
    members = torch.from_numpy(groups.table[:len(probabilities)].astype(np.int64))
    sums = torch.zeros((groups.label_set.num_classes,) + tuple(size))
    sums.index_add_(0, members, probabilities)
    return sums.argmax(0).numpy().astype(np.uint8)


def median_ms(run: Callable[[], Any]) -> str:
    """Return the median of the processor time of some calls after a first, ms."""
    spent = []
    for _ in range(TIMES + 1):
        started = time.process_time()
        run()
        spent.append(1e3 * (time.process_time() - started))
    return '{:.1f}'.format(np.median(spent[1:]))


def compare(name: str, root: Path) -> List[List[str]]:
    """Return a row of the table for each way."""
    model = read_model(name)
    groups = read_groups('drivable', model.label_set)
    infer, preprocess = Segmenter(model, 'onnx').backend.infer, Preprocessor(model.spec)
    dataset = open_split('camvid', root, 'val')
    counts = [ConfusionMatrix(groups.label_set.num_classes) for _ in range(2)]
    changed = []
    for frame in (dataset[index] for index in range(len(dataset))):
        outputs = infer(preprocess(frame.image))
        size = frame.image.shape[:2]
        found = (decode(outputs, size, groups.table),
                 decode_sums(outputs[0], size, model, groups))
        changed.append(np.mean(found[0] != found[1]))
        for matrix, ids in zip(counts, found):
            matrix.update(groups.apply(frame.target), ids)
    times = (median_ms(lambda: decode(outputs, SIZE, groups.table)),
             median_ms(lambda: decode_sums(outputs[0], SIZE, model, groups)))
    return [[name, way] + ['{:.2f}'.format(100 * value) for value in matrix.iou()]
            + ['{:.2f}'.format(100 * matrix.miou()), share, spent]
            for way, matrix, share, spent in zip(
                ('class', 'sums'), counts,
                ('-', '{:.2f}'.format(100 * np.mean(changed))), times)]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.strip().splitlines()[0])
    parser.add_argument('models', nargs='*', default=MODELS, metavar='MODEL')
    parser.add_argument('--root', type=Path, required=True, help='folder of CamVid')
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    names = read_groups('drivable', read_model(arguments.models[0]).label_set)
    print('{}, one thread, torch {}'.format(describe_processor(1), torch.__version__))
    print(table(['model', 'by'] + names.label_set.class_names
                + ['mean IoU', 'other pixels %', 'ms'],
                [row for name in arguments.models for row in compare(name, arguments.root)]))


if __name__ == '__main__':
    main()
