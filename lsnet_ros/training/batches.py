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

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
import math
from typing import Callable, Deque, Iterable, Iterator, Sequence, Tuple, TypeVar

import numpy as np

from lsnet_ros.datasets.sample import Sample
from lsnet_ros.datasets.transforms import Augmentation

Made = TypeVar('Made')


def made_ahead(make: Callable[[int], Made], numbers: Iterable[int], workers: int
               ) -> Iterator[Made]:
    """
    Yield what a function makes of each number, in their order.

    :param workers: threads that make the next ones before they are asked for
    """
    waiting: Deque[Future] = deque()
    with ThreadPoolExecutor(workers) as pool:
        try:
            for number in numbers:
                waiting.append(pool.submit(make, number))
                if len(waiting) > workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:  # what nobody will ask for
            for future in waiting:
                future.cancel()


class Batches:
    """
    Batches that do not depend on which were drawn before, so that a run can resume anywhere.

    Each pass over the dataset is a permutation of it. The share ``extra_share`` of the samples
    comes from ``extra``, in its order.

    With several processes, each makes its equal part of every batch.

    :param dataset: samples to train on
    :param batch_size: crops of all parts together
    :param extra: further samples, or an empty sequence
    :param part: which of how many parts of each batch to make
    """

    def __init__(self, dataset: Sequence[Sample], augmentation: Augmentation, batch_size: int,
                 seed: int, extra: Sequence[Sample] = (), extra_share: float = 0.0,
                 part: Tuple[int, int] = (0, 1)) -> None:
        self._dataset = dataset
        self._augmentation = augmentation
        self._batch_size = batch_size
        self._seed = seed
        self._extra = extra
        self._extra_share = extra_share if len(extra) else 0.0
        self._part = part

    def batch(self, iteration: int) -> Tuple[np.ndarray, np.ndarray]:
        """
        Make the batch of one iteration, or this part of it.

        :returns: images (N, 3, h, w) float32, normalised, and targets (N, h, w) uint8
        """
        part, parts = self._part
        size = self._batch_size // parts
        first = iteration * self._batch_size + part * size
        images, targets = zip(*[self._crop(number) for number in range(first, first + size)])
        return np.stack(images), np.stack(targets)

    def from_iteration(self, start: int, stop: int, workers: int = 1
                       ) -> Iterator[Tuple[np.ndarray, np.ndarray]]:
        """Yield the batches start, ..., stop - 1, made ahead of their use by threads."""
        return made_ahead(self.batch, range(start, stop), workers)

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
