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

from lsnet_ros.datasets import cached
from lsnet_ros.datasets.cached import Cached, cached_if_small
from lsnet_ros.datasets.sample import Sample
import numpy as np


class Counting:
    """Five samples of 4 x 6 pixels, and how often each was read."""

    def __init__(self):
        self.reads = [0] * 5

    def __len__(self):
        return 5

    def __getitem__(self, index):
        self.reads[index] += 1
        return Sample(str(index), np.full((4, 6, 3), index, np.uint8),
                      np.full((4, 6), index, np.uint8), None)


def test_a_cached_sample_is_read_once():
    dataset = Counting()
    kept = Cached(dataset)
    assert [kept[index].name for index in (3, 1, 3, 3)] == ['3', '1', '3', '3']
    assert dataset.reads == [0, 1, 0, 1, 0] and len(kept) == 5


def test_only_what_fits_is_cached(monkeypatch):
    dataset = Counting()
    monkeypatch.setattr(cached, 'KEPT_BYTES', 5 * 4 * 6 * 4)
    assert isinstance(cached_if_small(dataset), Cached)
    monkeypatch.setattr(cached, 'KEPT_BYTES', 5 * 4 * 6 * 4 - 1)
    assert cached_if_small(dataset) is dataset
