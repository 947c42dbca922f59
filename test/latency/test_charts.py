# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Diagrams of a run: their data, labels and both kinds of picture."""

import re
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest

from lsnet_ros.latency.run_files import DIAGRAMS, read_run

pytest.importorskip('matplotlib')

from lsnet_ros.latency import charts  # noqa: E402


@pytest.fixture(scope='module')
def run(write_run, tmp_path_factory):
    """Give a run of 600 frames."""
    folder = tmp_path_factory.mktemp('run')
    write_run(folder)
    return read_run(folder)


@pytest.fixture(scope='module')
def drawn(run):
    """Give all diagrams of a run."""
    return charts.draw_charts(run)


def texts(svg):
    """Return the texts of an SVG element, which has to be well-formed."""
    return [element.text for element in ElementTree.fromstring(svg).iter()  # noqa: S314
            if element.tag.endswith('}text')]


def legend(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


def test_each_diagram_has_its_title_labels_and_legend(drawn):
    expected = {
        'latency.png': ['Latency from image to mask', 'time, s', 'latency, ms', 'warm-up', 'frame',
                        'p50: 100 ms', 'deadline: 150 ms'],
        'histogram.png': ['Number of frames by latency; 6 more up to 400 ms', 'latency, ms',
                          'frames', 'p99: 133 ms'],
        'stages.png': ['time, s', 'duration, ms', 'network', 'transport'],
        'board.png': ['Power', 'Temperatures', 'power, W', 'temperature, \u00b0C', 'VDD_SOC',
                      'GPU-therm']}
    assert set(drawn) == set(expected) == set(DIAGRAMS)
    for name, words in expected.items():
        assert set(words) - set(texts(drawn[name].svg)) == set(), name


def test_svg_and_png_have_the_same_shape(drawn):
    for name, chart in drawn.items():
        width, height = map(float, re.search(r'viewBox="0 0 (\S+) (\S+)"', chart.svg).groups())
        picture = cv2.imdecode(np.frombuffer(chart.png, np.uint8), cv2.IMREAD_COLOR)
        assert picture.shape[:2] == (height / 72 * charts.PNG_DPI, width / 72 * charts.PNG_DPI)
        assert picture.shape[1] == 1800, name


def test_an_svg_is_an_element_without_metadata(drawn):
    for chart in drawn.values():
        assert chart.svg.startswith('<svg ') and chart.svg.endswith('</svg>')
        assert '<metadata' not in chart.svg


def test_ids_of_two_diagrams_differ(drawn):
    clips = [set(re.findall(r'<clipPath id="(\w+)"', chart.svg)) for chart in drawn.values()]
    assert all(clips) and len(set.union(*clips)) == sum(map(len, clips))


def test_the_same_run_is_drawn_the_same(run, drawn):
    assert charts.draw_charts(run) == drawn


def test_the_latency_diagram_has_each_frame(run):
    axes, = charts.draw_latency(run).axes
    warm_up, frames = axes.get_lines()[:2]
    assert len(warm_up.get_xdata()) == 10 and len(frames.get_xdata()) == 590
    assert frames.get_ydata().max() == pytest.approx(400.0)
    assert legend(axes) == ['warm-up', 'frame', 'p50: 100 ms', 'p95: 100 ms', 'p99: 133 ms',
                            'deadline: 150 ms']


def test_the_histogram_has_each_frame_up_to_its_end(run):
    axes, = charts.draw_histogram(run).axes
    assert sum(bar.get_height() for bar in axes.patches) == 584
    assert axes.get_xlim() == (0.0, pytest.approx(300.0, rel=1e-3))


def test_the_stages_are_stacked_up_to_the_latency(run):
    axes, = charts.draw_stages(run).axes
    top = max(path.get_paths()[0].vertices[:, 1].max() for path in axes.collections)
    assert top == pytest.approx(100.0 + 300.0 / 6, abs=10.0)
    assert legend(axes) == ['transport', 'publish', 'decode', 'network', 'preprocess', 'convert',
                            'wait']


def test_the_board_is_drawn_in_watts_and_degrees(run):
    power, temperatures = charts.draw_board(run).axes
    assert [set(line.get_ydata()) for line in power.get_lines()] == [{5.0}] * 3
    assert [set(line.get_ydata()) for line in temperatures.get_lines()] == [{40.0}]
    assert legend(power) == ['total', 'VDD_IN', 'VDD_SOC']


def test_nothing_is_cut_off_at_the_edges(drawn):
    for name, chart in drawn.items():
        picture = cv2.imdecode(np.frombuffer(chart.png, np.uint8), cv2.IMREAD_GRAYSCALE)
        frame = np.ones(picture.shape, bool)
        frame[8:-8, 8:-8] = False
        assert (picture[frame] == 255).all(), name


def test_a_line_is_interrupted_where_there_is_no_value():
    _, (axes,) = charts._make_figure([('', '')])
    nan = float('nan')
    charts._draw_line(axes, np.arange(5.0), np.array([0.0, 1.0, nan, 0.5, nan]), color='red')
    line, dots = axes.get_lines()
    assert len(line.get_xdata()) == 5 and np.isnan(line.get_ydata()[2])
    assert list(dots.get_xdata()) == [3.0]  # the only value between two gaps


def test_many_frames_are_few_points_and_keep_their_ends():
    xs, ys = np.arange(100000.0), np.zeros(100000)
    ys[777], ys[70007], ys[9] = 5.0, -3.0, np.nan
    shown_x, shown_y = charts.reduce_points(xs, ys)
    assert len(shown_x) == 2 * charts.COLUMNS
    assert (np.diff(shown_x) >= 0).all()
    assert (777.0, 5.0) in zip(shown_x, shown_y) and (70007.0, -3.0) in zip(shown_x, shown_y)


@pytest.mark.parametrize('frames', [0, 1, 5, 11])
def test_few_frames_are_drawn_or_a_note_says_why_not(write_run, tmp_path, frames):
    write_run(tmp_path, frames, rails=())
    drawn = charts.draw_charts(read_run(tmp_path))
    written = {text for chart in drawn.values() for text in texts(chart.svg)}
    assert (charts.NO_FRAMES in written) == (frames <= 10)
    assert (charts.NO_STAGES in written) == (frames == 0)
    assert charts.NO_SENSOR in written
    assert not any('nan' in text for text in written)
