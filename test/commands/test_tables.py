# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Tables, to the character."""

import pytest

from lsnet_ros.commands.tables import percent, scores_table, table
from lsnet_ros.labels.metrics import Scores


def test_words_go_to_the_left_and_numbers_to_the_right():
    assert table(('name', 'ms', 'size'), [('a', 1.5, '640x480'), ('long', '-', '1x1')]) == (
        'name   ms     size\n'
        'a     1.5  640x480\n'
        'long    -      1x1')


def test_a_table_without_rows_is_its_heading():
    assert table(('model', 'MB'), []) == 'model  MB'


@pytest.mark.parametrize('fraction, text', [(0.12345, '12.35'), (1, '100.00'), (0.0, '0.00'),
                                            (None, '-')])
def test_fractions_are_printed_in_percent(fraction, text):
    assert percent(fraction) == text


def test_absent_classes_have_a_dash():
    scores = Scores(0.5, {'road': 0.5, 'bicyclist': None}, 0.75, frames=3)
    assert scores_table(scores) == (
        'class           IoU %\n'
        'road            50.00\n'
        'bicyclist           -\n'
        'mean IoU        50.00\n'
        'pixel accuracy  75.00\n'
        '3 frames')


def test_categories_have_a_table_of_their_own():
    scores = Scores(0.5, {'road': 0.5}, 0.75, 3, 0.25, {'flat': 0.25, 'construction': None})
    assert scores_table(scores) == (
        'class           IoU %\n'
        'road            50.00\n'
        'mean IoU        50.00\n'
        'pixel accuracy  75.00\n'
        '\n'
        'category      IoU %\n'
        'flat          25.00\n'
        'construction      -\n'
        'mean IoU      25.00\n'
        '3 frames')
