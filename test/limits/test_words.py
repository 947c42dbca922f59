# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

import pytest

from lsnet_ros.limits.words import as_column_name, escape_math


@pytest.mark.parametrize('text', [r'$\foo$', '$', 'a $b$ c', r'\$x$', 'plain'])
def test_a_diagram_shows_the_words_as_they_are(text):
    pytest.importorskip('matplotlib')
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    figure = Figure()
    drawn = figure.text(0.5, 0.5, escape_math(text))
    FigureCanvasAgg(figure).draw()  # raises a ValueError for a formula that is none
    assert drawn._preprocess_math(drawn.get_text()) == (text, False)


@pytest.mark.parametrize('text, expected', [
    ('VDD_IN', 'VDD_IN'), ('=cmd()', '_cmd()'), ('+1', '_1'), ('-1', '_1'), ('@a', '_a'),
    ('a,"b";c', 'a__b__c'), ('a\nb', 'a\\nb'), ('CPU-therm', 'CPU-therm')])
def test_a_heading_is_one_cell_and_no_formula(text, expected):
    assert as_column_name(text) == expected
