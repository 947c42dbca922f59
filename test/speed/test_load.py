# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The work of other processes is told apart from this one's."""

import os
import subprocess
import sys
import time

import pytest

from lsnet_ros.speed import load
from lsnet_ros.speed.load import Load, LoadMeter


@pytest.fixture
def kernel(tmp_path, monkeypatch):
    """Give a function that sets the clock, this process's time and all cores' busy time, s."""
    now = {}
    monkeypatch.setattr(load.time, 'monotonic', lambda: now['wall'])
    monkeypatch.setattr(load.time, 'process_time', lambda: now['own'])
    (tmp_path / 'proc').mkdir()

    def set_times(wall, own, busy):
        now.update(wall=wall, own=own)
        hertz = os.sysconf('SC_CLK_TCK')
        (tmp_path / 'proc' / 'stat').write_text('cpu  {} 0 0 {} 0 0 0 0 0 0\n'.format(
            int(busy * hertz), int((100 - busy) * hertz)))
    set_times.root = tmp_path
    return set_times


@pytest.mark.parametrize('own, busy, other_cores', [
    (15., 16., 0.1), (15., 20., 0.5), (5., 4., 0.)])
def test_the_work_of_others_is_all_work_without_ones_own(own, busy, other_cores, kernel):
    kernel(100., 3., 7.)
    meter = LoadMeter(kernel.root)
    kernel(110., 3. + own, 7. + busy)
    assert meter.read().other_cores == pytest.approx(other_cores)


def test_a_kernel_that_reports_nothing_gives_no_figure(tmp_path):
    found = LoadMeter(tmp_path).read()
    assert found.other_cores is None and not found.is_busy
    assert 'other processes used - of' in found.describe()


@pytest.mark.parametrize('other_cores, is_busy', [(0.2, False), (0.21, True), (None, False)])
def test_a_machine_is_busy_from_a_tenth_of_its_cores_on(other_cores, is_busy):
    found = Load(2, 0.5, other_cores)
    assert found.is_busy == found.as_json()['is_busy'] == is_busy
    assert found.describe().startswith('load average 0.5 before; other processes used ')


def test_another_process_is_found_on_this_machine():
    if not os.path.exists('/proc/stat'):
        pytest.skip('no /proc/stat')
    meter = LoadMeter()
    process = subprocess.Popen([sys.executable, '-c', 'while True: pass'])
    try:
        time.sleep(1.0)
        assert meter.read().other_cores > 0.1  # more where nothing else runs
    finally:
        process.kill()
        process.wait()
