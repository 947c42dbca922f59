# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

from collections import Counter
import threading

import numpy as np
import pytest

from lsnet_ros.datasets.transforms import Augmentation
from lsnet_ros.frames import Frame
from lsnet_ros.training.batches import Batches, make_ahead, TrainingSet

PLAIN = Augmentation(canvas=(4, 6), crop=(4, 6), scale=(1, 1), flip=False)


def numbered(first, count):
    """Samples whose target holds their own number everywhere."""
    return [Frame(str(n), np.full((4, 6, 3), n, np.uint8), np.full((4, 6), n, np.uint8), None)
            for n in range(first, first + count)]


def numbers(batches, iterations):
    return [int(target[0, 0]) for i in range(iterations) for target in batches.batch(i)[1]]


def test_each_pass_is_a_permutation_of_the_dataset():
    drawn = numbers(Batches(TrainingSet(numbered(0, 6)), PLAIN, batch_size=3, seed=0), 4)
    assert sorted(drawn[:6]) == sorted(drawn[6:]) == list(range(6))
    assert drawn[:6] != drawn[6:]


def test_the_extra_samples_get_their_share_in_their_order():
    samples = TrainingSet(numbered(0, 5), extra=numbered(100, 3), extra_share=0.25)
    batches = Batches(samples, PLAIN, 4, seed=0)
    drawn = numbers(batches, 10)
    assert [n for n in drawn if n >= 100] == [100, 101, 102] * 3 + [100]
    assert Counter(n for n in drawn if n < 100) == {n: 6 for n in range(5)}


def test_another_seed_draws_another_order():
    first, second = (numbers(Batches(TrainingSet(numbered(0, 50)), PLAIN, 10, seed), 5)
                     for seed in (0, 1))
    assert first != second


@pytest.mark.parametrize('workers', [1, 3])
def test_a_run_that_starts_later_sees_the_same_batches(workers):
    augmentation = Augmentation(canvas=(8, 12), crop=(4, 6))
    samples = [Frame('', np.random.RandomState(n).randint(0, 256, (6, 9, 3)).astype(np.uint8),
                      np.full((6, 9), n, np.uint8), None) for n in range(5)]
    batches = Batches(TrainingSet(samples), augmentation, 2, seed=3)
    whole = list(batches.from_iteration(0, 7, workers))
    rest = list(batches.from_iteration(4, 7, workers))
    assert len(whole) == 7 and len(rest) == 3
    for (images, targets, _), (images_again, targets_again, _) in zip(whole[4:], rest):
        np.testing.assert_array_equal(images, images_again)
        np.testing.assert_array_equal(targets, targets_again)


def test_the_parts_of_a_batch_are_the_batch():
    samples = TrainingSet(numbered(0, 10), extra=numbered(100, 3), extra_share=0.5)
    whole = Batches(samples, PLAIN, 6, seed=3)
    parts = [Batches(samples, PLAIN, 6, seed=3, part=(part, 3)) for part in range(3)]
    for iteration in range(4):
        images, targets, _ = zip(*[part.batch(iteration) for part in parts])
        for expected, found in zip(whole.batch(iteration)[:2], (images, targets)):
            np.testing.assert_array_equal(np.concatenate(found), expected)


@pytest.mark.parametrize('count', [0, 1, 3, 8])
def test_what_is_made_ahead_comes_in_order(count):
    assert list(make_ahead(str, range(count), workers=3)) == [str(n) for n in range(count)]


def test_what_nobody_asks_for_is_not_made():
    made = []
    ahead = make_ahead(lambda number: made.append(number) or number, range(100), workers=2)
    assert [next(ahead), next(ahead)] == [0, 1]
    ahead.close()
    assert len(made) <= 4  # those given out, and two ahead


def test_the_error_of_a_thread_is_the_callers():
    def fail(number):
        raise ValueError('{} in {}'.format(number, threading.current_thread().name))
    with pytest.raises(ValueError, match='0 in ThreadPool'):
        list(make_ahead(fail, range(3), workers=1))
