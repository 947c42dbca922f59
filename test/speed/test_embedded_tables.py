# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The papers' embedded tables: what they say, and their networks measured here."""

import os
import threading

import pytest

from lsnet_ros.labels.label_sets import label_set
from lsnet_ros.speed import embedded_tables
from lsnet_ros.speed.embedded_tables import measure_table, one_core, TABLES
from lsnet_ros.speed.roofline import Roof

ROOF = Roof('2 x Processor', {'fp32': 100.}, 10., 'measured')


@pytest.fixture
def small(monkeypatch):
    """Make the tables be of small images and a small network, and the roof be known."""
    for name, row in TABLES.items():
        monkeypatch.setitem(TABLES, name, row._replace(size=(64, 96), network='lps-net-0'))
    monkeypatch.setattr(embedded_tables, 'Roofs', lambda: lambda backend: ROOF)


@pytest.mark.parametrize('name', sorted(TABLES))
def test_each_row_has_every_column(name):
    row = TABLES[name]
    assert {len(cells) for cells in row.rows} == {len(row.columns)}


@pytest.mark.parametrize('name', sorted(TABLES))
def test_the_network_is_that_of_the_last_row(name):
    pytest.importorskip('torch')
    from lsnet_ros.networks import CONFIGURATIONS
    row = TABLES[name]
    assert row.rows[-1][0].lower() == row.network.partition('-150')[0]
    assert label_set(row.labels).num_classes == CONFIGURATIONS[row.network].classes
    assert '{}x{}'.format(*row.size) in row.rows[-1] + tuple(row.conditions.split(', '))


def test_published_frames_per_second_are_those_of_the_row():
    row = TABLES['lps-net-8']
    assert ['{:.1f}'.format(1e3 / ms) for _, ms in row.published] == list(row.rows[-1][-2:])


def test_the_published_share_of_the_roofline_is_near_the_limit():
    pytest.importorskip('torch')
    from lsnet_ros.networks import build_network, multiply_adds
    from lsnet_ros.speed.roofline import bound
    count = multiply_adds(build_network('lps-net-s', 19), 1024, 2048)
    shares = [bound(roof, 'fp32', count, 0).milliseconds / ms
              for roof, ms in TABLES['lps-net-8'].published]
    assert shares == pytest.approx([0.88, 0.80], abs=0.005)


def test_the_network_is_measured_beside_the_rooflines(small):
    pytest.importorskip('torch')
    from lsnet_ros.networks import build_network, multiply_adds, values_moved
    table = measure_table('lps-net-8', 'onnx', frames=1)
    report = table.as_json()
    assert (report['backend'], report['precision']) == ('onnx', 'fp32')
    network = build_network('lps-net-0', 19)
    assert report['multiply_adds'] == multiply_adds(network, 64, 96)
    assert report['values_moved'] == values_moved(network, 64, 96)
    *published, network, end_to_end = table.speeds
    assert [line.milliseconds for line in published] == [100., 1e3 / 25.6]
    assert [line.roof.processor for line in published] == [
        'Jetson Nano, MAXN', 'Jetson TX2, Max-N']
    assert [line.of for line in table.speeds] == [
        'published', 'published', 'network', 'end to end']
    assert network.milliseconds == report['network_ms']['p50']
    assert end_to_end.milliseconds == report['total_ms']['p50'] > network.milliseconds
    arithmetic_ms = 2e3 * report['multiply_adds'] / 100e9
    memory_ms = 4e3 * report['values_moved'] / 10e9
    assert network.bound.milliseconds == pytest.approx(max(arithmetic_ms, memory_ms))
    assert network.share == pytest.approx(network.bound.milliseconds / network.milliseconds)


def test_a_table_of_one_thread_is_measured_on_one_core(small):
    pytest.importorskip('torch')
    before = os.sched_getaffinity(0)
    measured = measure_table('lsnet-6', 'onnx', frames=1)
    assert measured.device.endswith('CPU, 1 threads')
    assert [line.of for line in measured.speeds] == ['network', 'end to end']
    assert os.sched_getaffinity(0) == before


def test_one_core_holds_for_all_threads_and_is_given_back():
    before, done = os.sched_getaffinity(0), threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()

    def cores():
        return {frozenset(os.sched_getaffinity(int(task))) for task in os.listdir(
            '/proc/self/task')}
    try:
        with one_core():
            assert cores() == {frozenset([max(before)])}
        assert cores() == {frozenset(before)}
    finally:
        done.set()
        thread.join()


def test_where_a_process_cannot_be_kept_to_a_core_that_is_one_clear_error(monkeypatch):
    monkeypatch.delattr(os, 'sched_setaffinity')
    with pytest.raises(embedded_tables.BenchmarkError, match='measure on Linux'):
        with one_core():
            pass
