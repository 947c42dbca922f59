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
"""Batches of training crops, each a pure function of the seed and the iteration."""

from concurrent.futures import ThreadPoolExecutor
import math
from typing import Iterator, Sequence, Tuple

import numpy as np

from lsnet_ros.datasets.sample import Sample
from lsnet_ros.datasets.transforms import Augmentation


class Batches:
    """
    Batches that do not depend on which were drawn before, so that a run can resume anywhere.

    Each pass over the dataset is a permutation of it. The share ``extra_share`` of the samples
    comes from ``extra``, in its order.

    :param dataset: samples to train on
    :param extra: further samples, or an empty sequence
    """

    def __init__(self, dataset: Sequence[Sample], augmentation: Augmentation, batch_size: int,
                 seed: int, extra: Sequence[Sample] = (), extra_share: float = 0.0) -> None:
        self._dataset = dataset
        self._augmentation = augmentation
        self._batch_size = batch_size
        self._seed = seed
        self._extra = extra
        self._extra_share = extra_share if len(extra) else 0.0

    def batch(self, iteration: int) -> Tuple[np.ndarray, np.ndarray]:
        """
        Make the batch of one iteration.

        :returns: images (N, 3, h, w) float32, normalised, and targets (N, h, w) uint8
        """
        first = iteration * self._batch_size
        crops = [self._crop(number) for number in range(first, first + self._batch_size)]
        images, targets = zip(*crops)
        return np.stack(images), np.stack(targets)

    def from_iteration(self, start: int, stop: int, workers: int = 1
                       ) -> Iterator[Tuple[np.ndarray, np.ndarray]]:
        """Yield the batches start, ..., stop - 1, made ahead of their use by threads."""
        with ThreadPoolExecutor(workers) as pool:
            ahead = workers + 1
            waiting = [pool.submit(self.batch, i) for i in range(start, min(stop, start + ahead))]
            for following in range(start + ahead, stop + ahead):
                yield waiting.pop(0).result()
                if following < stop:
                    waiting.append(pool.submit(self.batch, following))

    def _crop(self, number: int) -> Tuple[np.ndarray, np.ndarray]:
        """Draw the crop of that number since the run began."""
        extra_before = math.floor(number * self._extra_share)
        is_extra = math.floor((number + 1) * self._extra_share) > extra_before
        if is_extra:
            sample = self._extra[extra_before % len(self._extra)]
        else:
            sample = self._dataset[self._shuffled(number - extra_before)]
        return self._augmentation.apply(sample, np.random.default_rng((self._seed, 1, number)))

    def _shuffled(self, number: int) -> int:
        """Return the index of the number-th sample, counted over all passes."""
        epoch, place = divmod(number, len(self._dataset))
        order = np.random.default_rng((self._seed, 0, epoch)).permutation(len(self._dataset))
        return int(order[place])
