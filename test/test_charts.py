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
"""Shapes where they belong, in both kinds of picture."""

from xml.etree import ElementTree

import cv2
from lsnet_ros.charts import Area, Axes, Chart, Line, number, Text, ticks
import numpy as np
import pytest

RED = '#ff0000'


def drawn(chart):
    """Return the PNG of a chart as (H, W, 3) RGB."""
    data = np.frombuffer(chart.png(), np.uint8)
    return cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


@pytest.mark.parametrize('low, high, expected', [
    (0, 60, [0, 10, 20, 30, 40, 50, 60]), (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1.0]),
    (17, 23, [17, 18, 19, 20, 21, 22, 23]), (-1, 11, [0, 2, 4, 6, 8, 10]),
    (0, 0.0031, [0, 0.001, 0.002, 0.003]), (0, 14.5, [0, 2.5, 5, 7.5, 10, 12.5])])
def test_ticks_are_round_numbers_within_the_range(low, high, expected):
    assert ticks(low, high) == pytest.approx(expected)


@pytest.mark.parametrize('value, expected', [
    (0.0, '0'), (-0.0, '0'), (2.5, '2.5'), (0.30000000000000004, '0.3'), (123456.0, '123456')])
def test_numbers_are_for_people(value, expected):
    assert number(value) == expected


def test_a_png_has_the_shapes_where_they_are_at_twice_the_pixels():
    area = Area([(10, 10), (30, 10), (30, 20), (10, 20)], RED)
    picture = drawn(Chart(50, 40, 'a', [area, Line([(0, 30.25), (50, 30.25)], '#0000ff', 1.0)]))
    assert picture.shape == (80, 100, 3)
    red = (picture == (255, 0, 0)).all(-1)
    assert (red[22:39, 22:59]).all() and not red[:18].any() and not red[:, 64:].any()
    assert (picture[58:63, 50] == (0, 0, 255)).all(-1).any()


def test_texts_begin_and_end_where_they_should():
    for anchor, columns in (('start', slice(100, 200)), ('end', slice(0, 101))):
        chart = Chart(100, 20, 'a', [Text(50, 15, 'word', anchor)])
        dark = (drawn(chart) < 128).any((0, 2))
        assert dark[columns].sum() == dark.sum() > 10


def test_a_dashed_line_has_gaps():
    picture = drawn(Chart(100, 10, 'a', [Line([(0, 5), (100, 5)], RED, 1.0, True)]))
    share = (picture[10, :, 1] < 128).mean()
    assert 0.5 < share < 0.8


def test_an_svg_says_the_same_and_is_well_formed():
    chart = Chart(50, 40, 'a < b', [Line([(1, 2), (3, 4.25)], RED, 1.0, True), Text(5, 6, 'R&D')])
    element = ElementTree.fromstring(chart.svg())
    title, line, text = element
    assert (element.get('viewBox'), title.text) == ('0 0 50 40', 'a < b')
    assert (line.get('points'), line.get('stroke')) == ('1.0,2.0 3.0,4.2', RED)
    assert line.get('stroke-dasharray') and text.text == 'R&D'


def test_axes_put_values_between_their_edges():
    axes = Axes(Chart(200, 100, 'a', []), (20, 10, 180, 90), (0, 10), (5, 5))
    assert axes.place(0, 5) == (20, 90)
    assert axes.place(5, 5.5) == (100, 50)  # a range that is empty is made 1 wide


def test_a_line_is_interrupted_where_there_is_no_value():
    chart = Chart(100, 100, 'a', [])
    Axes(chart, (0, 0, 100, 100), (0, 4), (0, 1)).line(
        range(5), [0, 1, float('nan'), 0.5, float('nan')], RED)
    assert [len(line.points) for line in chart.shapes] == [2, 2]
