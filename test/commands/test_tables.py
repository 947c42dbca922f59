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
"""Tables, to the character."""

from lsnet_ros.commands.tables import iou_table, percent, table
import pytest


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
    report = {'miou': 0.5, 'iou': {'road': 0.5, 'bicyclist': None}, 'pixel_accuracy': 0.75,
              'frames': 3}
    assert iou_table(report) == (
        'class           IoU %\n'
        'road            50.00\n'
        'bicyclist           -\n'
        'mean IoU        50.00\n'
        'pixel accuracy  75.00\n'
        '3 frames')


def test_categories_have_a_table_of_their_own():
    report = {'miou': 0.5, 'iou': {'road': 0.5}, 'pixel_accuracy': 0.75, 'frames': 3,
              'category_miou': 0.25, 'category_iou': {'flat': 0.25, 'construction': None}}
    assert iou_table(report) == (
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
