# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""A cache of a dataset's samples in memory."""

from typing import Dict, Sequence

import numpy as np

from lsnet_ros.frames import Frame

MAX_BYTES = 2 ** 30  # of a split's samples, for the split to be cached


class Cached:
    """
    A dataset that keeps each sample in memory after its first use.

    :param dataset: source of the samples, which must not be changed in place
    """

    def __init__(self, dataset: Sequence[Frame]) -> None:
        self._dataset = dataset
        self._kept: Dict[int, Frame] = {}

    def __len__(self) -> int:
        return len(self._dataset)

    def __getitem__(self, index: int) -> Frame:
        if index not in self._kept:
            self._kept[index] = self._dataset[index]
        return self._kept[index]


def cache_if_small(dataset: Sequence[Frame]) -> Sequence[Frame]:
    """Cache a dataset of up to ``MAX_BYTES``, estimated from its first sample."""
    sample = dataset[0]
    size = len(dataset) * (sample.image.nbytes + np.asarray(sample.target).nbytes)
    if size > MAX_BYTES:
        return dataset
    return Cached(dataset)  # type: ignore[return-value]  # it has all that is used of a sequence
