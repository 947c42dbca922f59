# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

import numpy as np

from lsnet_ros.datasets import cached
from lsnet_ros.datasets.cached import cache_if_small, Cached
from lsnet_ros.frames import Frame


class Counting:
    """Five samples of 4 x 6 pixels, and how often each was read."""

    def __init__(self):
        self.reads = [0] * 5

    def __len__(self):
        return 5

    def __getitem__(self, index):
        self.reads[index] += 1
        return Frame(str(index), np.full((4, 6, 3), index, np.uint8),
                      np.full((4, 6), index, np.uint8), None)


def test_a_cached_sample_is_read_once():
    dataset = Counting()
    kept = Cached(dataset)
    assert [kept[index].name for index in (3, 1, 3, 3)] == ['3', '1', '3', '3']
    assert dataset.reads == [0, 1, 0, 1, 0] and len(kept) == 5


def test_only_what_fits_is_cached(monkeypatch):
    dataset = Counting()
    monkeypatch.setattr(cached, 'MAX_BYTES', 5 * 4 * 6 * 4)
    assert isinstance(cache_if_small(dataset), Cached)
    monkeypatch.setattr(cached, 'MAX_BYTES', 5 * 4 * 6 * 4 - 1)
    assert cache_if_small(dataset) is dataset
