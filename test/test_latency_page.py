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
"""The report of a run, and what a browser makes of it."""

from html.parser import HTMLParser
import re
import shutil
import subprocess

import cv2
from lsnet_ros import latency_page
from lsnet_ros.charts import COLORS
from lsnet_ros.frame_log import FrameLog
from lsnet_ros.latency_files import count_frames, read_run, REPORT, RunFiles
from lsnet_ros.latency_page import CHARTS, page, write_page
from lsnet_ros.latency_run import LatencyRun
from lsnet_ros.power import Reading
import numpy as np
import pytest
import yaml

BROWSER = next(filter(None, map(shutil.which, (
    'chromium', 'chromium-browser', 'google-chrome'))), None)
STAGES = {'wait_ms': 10.0, 'convert_ms': 5.0, 'preprocess_ms': 10.0, 'network_ms': 50.0,
          'decode_ms': 10.0, 'publish_ms': 5.0, 'total_ms': 90.0}
FACTS = {'model': 'R&D <board>', 'l4t': None, 'memory_mb': 4000.0, 'power_mode': 'MAXN'}
ALONE = {'started': '2026-01-02 03:04:05', 'ended': '2026-01-02 03:05:05', 'image_topic': '/image',
         'written': '2026-01-02 03:05:04',
         'machine': {'hardware': 'R&D <board>', 'is_edge': True}}


def write_run(folder, frames=600, rails=('VDD_IN', 'VDD_SOC'), **changes):
    """Write a run at 10 Hz with a latency of 100 ms, of which one in a hundred takes 400."""
    log = FrameLog(warm_up=10)
    run = LatencyRun(log, FACTS, deadline_s=0.15)
    files = RunFiles(folder, list(rails), ['GPU-therm'], 0.0)
    for index in range(frames):
        now, longer = 0.1 * index, 300.0 * (index % 100 == 50)
        log.on_image(index * 10**8, now)
        log.on_mask(index * 10**8, now + 0.1 + longer / 1e3, index * 10**8 + 10**8)
        log.on_stages(index * 10**8, dict(STAGES, network_ms=50.0 + longer,
                                          total_ms=90.0 + longer), 0)
        taken = log.take()
        run.add(taken)
        files.write_frames(taken)
        if index % 10 == 0:
            reading = Reading({name: 5000.0 for name in rails}, 5000.0 if rails else None,
                              {'GPU-therm': 40.0}, 0.5, None, 0.5, 1479.0, 1000.0, 0.0, 'MAXN',
                              None)
            run.add_reading(reading)
            files.write_reading(now, reading)
    files.write_report(dict(run.report(), **dict(ALONE, **changes)))
    files.close()


@pytest.fixture(scope='module')
def folder(tmp_path_factory):
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
        if tag not in ('meta', 'polyline', 'polygon'):
            self._open.append(tag)
        if tag == 'tr':
            self.rows.append([])

    def handle_endtag(self, tag):
        if tag not in ('polyline', 'polygon'):
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
    rows = {row[0]: row[1:] for row in Cells((folder / 'report.html').read_text()).rows
            if row}
    assert rows['sent'] == ['590'] and rows['lost'] == ['0'] and rows['warm up'] == ['10']
    assert rows['over 150 ms'] == ['6']
    assert rows['latency, image to mask'] == ['103.1', '100', '100', '100', '133', '400']
    assert rows['stage decode'] == ['10'] * 6
    assert rows['model'] == ['R&D <board>'] and rows['l4t'] == ['not known']
    assert rows['power VDD_SOC, mW'] == ['5000', '5000', '5000']
    assert rows['gpu, MHz'] == ['not known'] * 3


def test_the_page_needs_nothing_but_itself(folder):
    text = (folder / 'report.html').read_text()
    assert text.count('<svg') == len(CHARTS)
    assert re.findall(r'(?:src|href|url|@import|<script|<link)\b', text) == []
    assert len(text) < 200000
    assert 'began 2026-01-02 03:04:05 and ended 2026-01-02 03:05:05' in text


def test_frames_are_counted_while_the_run_goes_on(folder, tmp_path):
    assert count_frames(folder) == 590
    assert count_frames(tmp_path) == 0


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


def test_a_run_that_was_killed_has_its_report_later(tmp_path, capsys):
    write_run(tmp_path, ended=None)
    assert latency_page.main([str(tmp_path)]) == 0
    assert capsys.readouterr().out == '{}\n'.format(tmp_path / 'report.html')
    text = (tmp_path / 'report.html').read_text()
    assert 'was not ended in order; these are its figures of 2026-01-02 03:05:04' in text
    (tmp_path / REPORT).unlink()
    assert latency_page.main([str(tmp_path)]) == 1
    assert 'holds no run' in capsys.readouterr().err
    assert latency_page.main([]) == 2


@pytest.mark.parametrize('frames', [0, 1, 5, 11])
def test_a_run_of_few_frames_on_a_machine_that_tells_little(tmp_path, frames):
    write_run(tmp_path, frames, rails=())
    write_page(tmp_path)
    text = (tmp_path / 'report.html').read_text()
    Cells(text)
    assert ('no frame was answered' in text) == (frames <= 10)
    assert ('this machine does not tell' in text) and 'nan' not in text


def test_many_frames_are_few_points_and_keep_their_ends(tmp_path):
    xs, ys = np.arange(100000.0), np.zeros(100000)
    ys[777], ys[70007], ys[9] = 5.0, -3.0, np.nan
    shown_x, shown_y = latency_page._ends(xs, ys)
    assert len(shown_x) == 2 * latency_page.COLUMNS
    assert (np.diff(shown_x) >= 0).all()
    assert (777.0, 5.0) in zip(shown_x, shown_y) and (70007.0, -3.0) in zip(shown_x, shown_y)


@pytest.mark.skipif(BROWSER is None, reason='no Chromium is installed')
def test_a_browser_shows_what_the_pngs_show(folder, tmp_path):
    shot = tmp_path / 'shot.png'
    subprocess.run([BROWSER, '--headless', '--no-sandbox', '--disable-gpu', '--hide-scrollbars',
                    '--user-data-dir=' + str(tmp_path / 'profile'), '--window-size=980,2800',
                    '--screenshot=' + str(shot), (folder / 'report.html').as_uri()],
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120, check=True)
    shown = picture(shot)
    drawn = [picture(folder / name) for name in CHARTS]
    for color in (COLORS[index] for index in (0, 2, 3, 4, 6)):  # stages that are thick enough
        expected = sum(count(image, color) for image in drawn) / 4
        assert count(shown, color) == pytest.approx(expected, rel=0.2), color
    ink = (shown < 100).all(-1)
    assert ink[:120].any() and ink[-700:].any()  # heading, and the table of the board
    assert not ink[:, :20].any() and not ink[:, -20:].any()  # nothing is cut off at the sides


def test_names_of_boards_are_no_markup(folder):
    assert '<board>' not in page(read_run(folder), [])
