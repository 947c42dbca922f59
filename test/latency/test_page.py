# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The report of a run, and what a browser makes of it."""

from html.parser import HTMLParser
import importlib.util
import json
import re
import shutil
import subprocess
import sys

import cv2
import numpy as np
import pytest
import yaml

from lsnet_ros.latency import page as latency_page
from lsnet_ros.latency.charts import COLORS, PNG_DPI
from lsnet_ros.latency.page import make_page, write_page
from lsnet_ros.latency.page_process import draw_page, PageError
from lsnet_ros.latency.run_files import (
    count_frames,
    DIAGRAMS,
    FRAMES,
    read_run,
    REPORT,
    RunError,
)

BROWSER = next(filter(None, map(shutil.which, (
    'chromium', 'chromium-browser', 'google-chrome'))), None)
needs_matplotlib = pytest.mark.skipif(importlib.util.find_spec('matplotlib') is None,
                                      reason='no matplotlib is installed')


@pytest.fixture(scope='module')
def folder(write_run, tmp_path_factory):
    """Give the folder of a run with its report; not to be written to."""
    folder = tmp_path_factory.mktemp('run')
    write_run(folder)
    write_page(folder)
    return folder


class Cells(HTMLParser):
    """Collects the rows of all tables, and how deep each element is closed."""

    def __init__(self, text):
        super().__init__()
        self.rows, self._open = [], []
        self.feed(text)
        assert self._open == []

    def handle_starttag(self, tag, attributes):
        if tag != 'meta':
            self._open.append(tag)
        if tag == 'tr':
            self.rows.append([])

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        if self._open and self._open[-1] in ('td', 'th'):
            self.rows[-1].append(data)


def picture(path):
    """Return an image file as (H, W, 3) RGB."""
    return cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)


def count(image, color):
    """Return how many pixels have a colour."""
    red, green, blue = np.moveaxis(image.astype(np.int32), -1, 0)
    return int(np.count_nonzero((red << 16 | green << 8 | blue) == int(color[1:], 16)))


def test_the_tables_have_the_figures(folder):
    text = (folder / 'report.html').read_text(encoding='utf-8')
    rows = {row[0]: row[1:] for row in Cells(text).rows if row}
    assert rows['sent'] == ['590'] and rows['lost'] == ['0'] and rows['warm up'] == ['10']
    assert rows['over 150 ms'] == ['6']
    assert rows['latency, image to mask'] == ['103.1', '100', '100', '100', '133', '400']
    assert rows['stage decode'] == ['10'] * 6
    assert rows['model'] == ['R&D <board>'] and rows['l4t'] == ['not known']
    assert rows['power VDD_SOC, mW'] == ['5000', '5000', '5000']
    assert rows['gpu, MHz'] == ['not known'] * 3


def test_the_page_needs_nothing_but_itself(folder):
    text = (folder / 'report.html').read_text(encoding='utf-8')
    own = re.compile(r'(?:xlink:href="|url\()#')  # elements of the same diagram
    assert re.findall(r'(?:src|href|url|@import|<script|<link)\b', own.sub('', text)) == []
    assert len(text) < 200000
    assert 'began 2026-01-02T03:04:05Z and ended 2026-01-02T03:05:05Z' in text


@needs_matplotlib
def test_the_page_has_all_diagrams(folder):
    text = (folder / 'report.html').read_text(encoding='utf-8')
    assert text.count('<svg') == len(DIAGRAMS)
    assert 'no diagrams' not in text
    Cells(text)


def test_without_matplotlib_the_page_has_its_tables(write_run, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, 'matplotlib', None)
    write_run(tmp_path)
    assert latency_page.main([str(tmp_path)]) == 0
    text = (tmp_path / 'report.html').read_text(encoding='utf-8')
    sentence, = re.findall('<p>(There are no diagrams, .*)</p>', text)
    assert 'matplotlib cannot be imported' in sentence and '<svg' not in text
    assert 'run &quot;python3 -m lsnet_ros.latency_page FOLDER&quot;' in sentence
    assert {row[0] for row in Cells(text).rows if row} >= {'sent', 'age', 'model', 'gpu, MHz'}
    assert not any((tmp_path / name).exists() for name in DIAGRAMS)
    assert (tmp_path / 'benchmark.yaml').exists()
    assert capsys.readouterr().err.startswith('There are no diagrams')


def test_a_child_process_draws_the_page(write_run, tmp_path):
    write_run(tmp_path, frames=20)
    assert draw_page(tmp_path).startswith(str(tmp_path / 'report.html'))
    assert (tmp_path / 'report.html').exists()


def test_a_page_that_cannot_be_drawn_is_one_line_with_the_remedy(tmp_path):
    with pytest.raises(PageError, match='report.html was not drawn .*holds no run.*: run "python3 '
                                        '-m lsnet_ros.latency_page .*"$') as caught:
        draw_page(tmp_path / 'nothing')
    assert '\n' not in str(caught.value)


def test_drawing_has_a_time_limit(write_run, tmp_path):
    write_run(tmp_path, frames=20)
    with pytest.raises(PageError, match=r'\(drawing took over 0 s\): run "python3 -m'):
        draw_page(tmp_path, timeout_s=0.01)


def test_frames_are_counted_while_the_run_goes_on(folder, tmp_path):
    assert count_frames(folder) == 590
    assert count_frames(tmp_path) == 0


@needs_matplotlib
def test_the_pngs_are_the_diagrams(folder):
    stages = picture(folder / 'stages.png')
    assert stages.shape == (600, 1800, 3)
    # Of 100 ms the network takes half, the first stage and the transport a tenth.
    network, wait = count(stages, COLORS[3]), count(stages, COLORS[0])
    assert wait > 10000 and network / wait == pytest.approx(5.3, rel=0.1)
    assert count(picture(folder / 'histogram.png'), COLORS[0]) > 1000
    assert count(picture(folder / 'latency.png'), COLORS[0]) > 1000
    assert count(picture(folder / 'board.png'), COLORS[0]) > 1000


def test_robotperf_finds_its_file(folder):
    results = yaml.safe_load((folder / 'benchmark.yaml').read_text())['results']
    assert [(row['result']['metric'], row['result']['value']) for row in results] == [
        ('latency', pytest.approx(400.0)), ('throughput', pytest.approx(10.0, rel=1e-3)),
        ('power', 5.0)]
    assert results[0]['result']['timestampt'] == '2026-01-02 03:05:05'


def test_a_run_that_was_killed_has_its_report_later(write_run, tmp_path, capsys):
    write_run(tmp_path, ended=None)
    assert latency_page.main([str(tmp_path)]) == 0
    assert capsys.readouterr().out == '{}\n'.format(tmp_path / 'report.html')
    text = (tmp_path / 'report.html').read_text(encoding='utf-8')
    assert 'was killed; these are its figures of 2026-01-02T03:05:04Z' in text
    (tmp_path / REPORT).unlink()
    assert latency_page.main([str(tmp_path)]) == 1
    assert 'holds no run' in capsys.readouterr().err
    assert latency_page.main([]) == 2


@pytest.mark.parametrize('frames', [0, 1, 5, 11])
def test_a_run_of_few_frames_on_a_machine_that_tells_little(write_run, tmp_path, frames):
    write_run(tmp_path, frames, rails=())
    write_page(tmp_path)
    text = (tmp_path / 'report.html').read_text(encoding='utf-8')
    Cells(text)
    assert '<td>received</td><td>{}</td>'.format(max(frames - 10, 0)) in text
    assert '>nan<' not in text


@needs_matplotlib
@pytest.mark.skipif(BROWSER is None, reason='no Chromium is installed')
def test_a_browser_shows_what_the_pngs_show(folder, tmp_path):
    shot = tmp_path / 'shot.png'
    subprocess.run([BROWSER, '--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars',
                    '--user-data-dir=' + str(tmp_path / 'profile'), '--window-size=980,2800',
                    '--screenshot=' + str(shot), (folder / 'report.html').as_uri()],
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120, check=True)
    shown = picture(shot)
    drawn = [picture(folder / name) for name in DIAGRAMS]
    for color in (COLORS[index] for index in (0, 2, 3, 4, 6)):  # stages that are thick enough
        expected = sum(count(image, color) for image in drawn) * (96 / PNG_DPI) ** 2
        assert count(shown, color) == pytest.approx(expected, rel=0.2), color
    ink = (shown < 100).all(-1)
    assert ink[:120].any() and ink[-700:].any()  # heading, and the table of the board
    assert not ink[:, :20].any() and not ink[:, -20:].any()  # nothing is cut off at the sides


def test_names_of_boards_are_no_markup(folder):
    assert '<board>' not in make_page(read_run(folder).report, {}, '<board>')


def change(content, key, value):
    """Return JSON with another value at one of its keys, wherever that is."""
    if isinstance(content, dict):
        return {name: value if name == key else change(item, key, value)
                for name, item in content.items()}
    return content


@needs_matplotlib
def test_values_that_no_run_has_are_told_in_one_line(write_run, tmp_path):
    write_run(tmp_path, frames=30)
    report = json.loads((tmp_path / REPORT).read_text('utf-8'))
    frames = (tmp_path / FRAMES).read_text()
    for key, value in (('frames', 5), ('p50', 'x'), ('machine', [1]),
                       ('latency_ms', [1]), ('segmentation', 'x')):
        changed = change(report, key, value)
        assert changed != report
        (tmp_path / REPORT).write_text(json.dumps(changed))
        with pytest.raises(RunError, match='holds no run') as caught:
            write_page(tmp_path)
        assert '\n' not in str(caught.value)
    (tmp_path / REPORT).write_text(json.dumps(report))
    for text in ('', 'a\n', frames + '1,2\n', frames.replace('latency_ms', 'x'),
                 frames + 'x' * 200000 + '\n'):
        (tmp_path / FRAMES).write_text(text)
        with pytest.raises(RunError, match='holds no run'):
            write_page(tmp_path)
