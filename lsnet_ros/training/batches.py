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


def make_ahead(make: Callable[[int], Made], numbers: Iterable[int], workers: int
               ) -> Iterator[Made]:
    """
    Yield the results of a function for each number, in their order.

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
        finally:  # nobody will ask for the rest
            for future in waiting:
                future.cancel()


class Batch(NamedTuple):
    """The crops of one iteration, as of ``Crop``, with a first axis N."""

    images: np.ndarray
    targets: np.ndarray
    soft_labels: Optional[np.ndarray] = None


class TrainingSet(NamedTuple):
    """The samples of which a training draws its batches."""

    frames: Sequence[Frame]
    soft_labels: Optional[Sequence[np.ndarray]] = None  # logits (h, w, C) of a teacher for each
    extra: Sequence[Frame] = ()                         # further samples, without soft labels
    extra_share: float = 0.0                            # of all samples drawn


class Batches:
    """
    Batches that do not depend on which were drawn before, so that a run can resume anywhere.

    Each pass over the frames is a permutation of them. The share ``extra_share`` of the samples
    comes from ``extra``, in its order; their soft labels are marked as outside of the frame.

    With several processes, each makes its equal part of every batch.

    :param batch_size: crops of all parts together
    :param part: which of how many parts of each batch to make
    """

    def __init__(self, samples: TrainingSet, augmentation: Augmentation, batch_size: int,
                 seed: int, part: Tuple[int, int] = (0, 1)) -> None:
        self._frames = samples.frames
        self._soft_labels = samples.soft_labels
        self._extra = samples.extra
        self._extra_share = samples.extra_share if len(samples.extra) else 0.0
        self._augmentation = augmentation
        self._batch_size = batch_size
        self._seed = seed
        self._part = part

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
        return make_ahead(self.batch, range(start, stop), workers)

    def _crop(self, number: int) -> Crop:
        """Draw the crop of that number since the run began."""
        extra_before = math.floor(number * self._extra_share)
        is_extra = math.floor((number + 1) * self._extra_share) > extra_before
        rng = np.random.default_rng((self._seed, 1, number))
        if not is_extra:
            index = self._draw_index(number - extra_before)
            return self._augmentation.apply(
                self._frames[index], rng,
                None if self._soft_labels is None else self._soft_labels[index])
        sample = self._extra[extra_before % len(self._extra)]
        if self._soft_labels is None:
            return self._augmentation.apply(sample, rng)
        crop = self._augmentation.apply(sample, rng, self._soft_labels[0])
        return crop._replace(soft_labels=np.zeros_like(crop.soft_labels))

    def _draw_index(self, number: int) -> int:
        """Return the index of the number-th sample, counted over all passes."""
        epoch, place = divmod(number, len(self._frames))
        order = np.random.default_rng((self._seed, 0, epoch)).permutation(len(self._frames))
        return int(order[place])
