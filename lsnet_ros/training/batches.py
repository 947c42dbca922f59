# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Batches of training crops, each a pure function of the seed and the iteration."""

from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
import math
from typing import (
    Callable,
    Deque,
    Iterable,
    Iterator,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
    TypeVar,
)

import numpy as np

from lsnet_ros.datasets.transforms import Augmentation, Crop
from lsnet_ros.frames import Frame

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


class Batch(NamedTuple):
    """The crops of one iteration, as of ``Crop``, with a first axis N."""

    images: np.ndarray
    targets: np.ndarray
    soft_labels: Optional[np.ndarray] = None


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
    :param soft_labels: logits (h, w, C) of a teacher for each sample of ``dataset``; crops of
        ``extra`` have none, which is marked as outside of the frame
    """

    def __init__(self, dataset: Sequence[Frame], augmentation: Augmentation, batch_size: int,
                 seed: int, extra: Sequence[Frame] = (), extra_share: float = 0.0,
                 part: Tuple[int, int] = (0, 1),
                 soft_labels: Optional[Sequence[np.ndarray]] = None) -> None:
        self._dataset = dataset
        self._augmentation = augmentation
        self._batch_size = batch_size
        self._seed = seed
        self._extra = extra
        self._extra_share = extra_share if len(extra) else 0.0
        self._part = part
        self._soft_labels = soft_labels

    def batch(self, iteration: int) -> Batch:
        """Make the batch of one iteration, or this part of it."""
        part, parts = self._part
        size = self._batch_size // parts
        first = iteration * self._batch_size + part * size
        crops = [self._crop(number) for number in range(first, first + size)]
        return Batch(np.stack([crop.image for crop in crops]),
                     np.stack([crop.target for crop in crops]),
                     None if self._soft_labels is None else np.stack(
                         [crop.soft_labels for crop in crops]))

    def from_iteration(self, start: int, stop: int, workers: int = 1
                       ) -> Iterator[Batch]:
        """Yield the batches start, ..., stop - 1, made ahead of their use by threads."""
        return made_ahead(self.batch, range(start, stop), workers)

    def _crop(self, number: int) -> Crop:
        """Draw the crop of that number since the run began."""
        extra_before = math.floor(number * self._extra_share)
        is_extra = math.floor((number + 1) * self._extra_share) > extra_before
        rng = np.random.default_rng((self._seed, 1, number))
        if not is_extra:
            index = self._shuffled(number - extra_before)
            return self._augmentation.apply(
                self._dataset[index], rng,
                None if self._soft_labels is None else self._soft_labels[index])
        sample = self._extra[extra_before % len(self._extra)]
        if self._soft_labels is None:
            return self._augmentation.apply(sample, rng)
        crop = self._augmentation.apply(sample, rng, self._soft_labels[0])
        return crop._replace(soft_labels=np.zeros_like(crop.soft_labels))

    def _shuffled(self, number: int) -> int:
        """Return the index of the number-th sample, counted over all passes."""
        epoch, place = divmod(number, len(self._dataset))
        order = np.random.default_rng((self._seed, 0, epoch)).permutation(len(self._dataset))
        return int(order[place])
