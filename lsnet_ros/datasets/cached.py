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
"""Samples kept in memory after their first use."""

from typing import Sequence

from lsnet_ros.datasets.sample import Sample

KEPT_BYTES = 2 ** 30  # of the samples of a split, at most, for them to be kept in memory


class Cached:
    """
    A dataset small enough to hold: each sample is read or rendered once.

    :param dataset: what to keep; its samples must not be changed in place
    """

    def __init__(self, dataset: Sequence[Sample]) -> None:
        self._dataset = dataset
        self._kept = {}

    def __len__(self) -> int:
        return len(self._dataset)

    def __getitem__(self, index: int) -> Sample:
        if index not in self._kept:
            self._kept[index] = self._dataset[index]
        return self._kept[index]


def cached_if_small(dataset: Sequence[Sample]) -> Sequence[Sample]:
    """Return a dataset cached if all of it fits, judged by its first sample, else as it is."""
    sample = dataset[0]
    size = len(dataset) * (sample.image.nbytes + sample.target.nbytes)
    return Cached(dataset) if size <= KEPT_BYTES else dataset
