# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Parts of the training frames, drawn for a learning curve."""

import numpy as np
import pytest

pytest.importorskip('torch')

from lsnet_ros.labels.label_sets import LABEL_SETS
from lsnet_ros.training.data import Data
from lsnet_ros.training.learning_curve import take_part

DATA = Data(LABEL_SETS['camvid'], list(range(100)), ['val'], soft_labels=np.arange(100) * 10)


def test_smaller_parts_lie_within_larger_ones():
    quarter, half = (take_part(DATA, part, 0) for part in (4, 2))
    assert (len(quarter.train), len(half.train)) == (25, 50)
    assert set(quarter.train) < set(half.train) < set(DATA.train)
    assert list(half.train) != list(range(50))  # drawn: neighbours of a video look alike


def test_soft_labels_stay_with_their_frames_and_the_rest_is_whole():
    half = take_part(DATA, 2, 0)
    assert [label for label in half.soft_labels] == [10 * frame for frame in half.train]
    assert half.val == DATA.val and half.label_set is DATA.label_set


def test_the_seed_decides_and_a_part_is_never_empty():
    assert list(take_part(DATA, 4, 0).train) == list(take_part(DATA, 4, 0).train)
    assert list(take_part(DATA, 4, 0).train) != list(take_part(DATA, 4, 1).train)
    assert len(take_part(DATA._replace(train=[1, 2]), 4, 0).train) == 1
    assert take_part(DATA._replace(soft_labels=None), 4, 0).soft_labels is None
