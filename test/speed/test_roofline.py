# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Roofs of the boards, the bounds that come of them, and what is measured elsewhere."""

from types import SimpleNamespace

import pytest

from lsnet_ros.speed import roofline
from lsnet_ros.speed.roofline import (
    BOARD_MODES,
    board_roof,
    Bound,
    bound,
    NANO,
    Roof,
    roof_of_board,
    Roofs,
    TX2,
)

CORES = {'Nano': 128, 'TX2': 256, 'Xavier': 384, 'Orin': 1024}
ROOF = Roof('a processor', {'fp32': 100.}, 10., 'measured')


@pytest.mark.parametrize('board, precision, multiply_adds, values, milliseconds, by', [
    (NANO, 'fp16', 5e9, 0, 21.2, 'arithmetic'),
    (NANO, 'fp16', 25e9, 0, 105.9, 'arithmetic'),
    (NANO, 'fp32', 10.42e9, 50e6, 88.3, 'arithmetic'),
    (TX2, 'fp32', 10.42e9, 50e6, 31.3, 'arithmetic'),
    (NANO, 'fp16', 1, 2 * 32 * 256 * 512, 0.655, 'memory'),  # a map, written and read
    (NANO, 'fp32', 1, 19 * 512 * 1024, 1.556, 'memory'),
    (TX2, 'fp32', 1, 19 * 512 * 1024, 0.667, 'memory'),
])
def test_the_bound_is_the_longer_of_arithmetic_and_memory(
        board, precision, multiply_adds, values, milliseconds, by):
    found = bound(board_roof(board), precision, multiply_adds, values)
    assert found == (pytest.approx(milliseconds, rel=2e-3), by)


def test_there_is_no_bound_for_a_precision_that_nothing_is_known_of():
    assert bound(ROOF, 'bf16', 1, 1) is None
    assert bound(ROOF, 'fp32', 1e9, 1) == Bound(20., 'arithmetic')


@pytest.mark.parametrize('row', BOARD_MODES, ids=lambda row: row.name)
def test_arithmetic_is_cores_times_clock(row):
    cores = CORES[row.name.split()[1].strip(',')]
    assert row.fp32_gflops == pytest.approx(cores * 2e-3 * row.gpu_mhz, abs=0.6)
    assert row.fp16_gflops >= 2 * row.fp32_gflops - 1


@pytest.mark.parametrize('model, mode, name, gflops, gb_per_s', [
    ('NVIDIA Jetson Nano Developer Kit', 'MAXN', 'Jetson Nano, MAXN', 236, 25.6),
    ('NVIDIA Jetson Nano 2GB Developer Kit', '5W', 'Jetson Nano, 5W', 164, 25.6),
    ('quill', 'MAXN', 'Jetson TX2, Max-N', 666, 59.7),
    ('NVIDIA Jetson TX2 Developer Kit', 'MAXP_CORE_ARM', 'Jetson TX2, Max-P', 574, 51.2),
    ('NVIDIA Jetson TX2 Developer Kit', 'MAXQ', 'Jetson TX2, Max-Q', 437, 42.6),
    ('NVIDIA Jetson Xavier NX Developer Kit', 'MODE_15W_6CORE', 'Jetson Xavier NX, 15W or 20W',
     845, 59.7),
    ('NVIDIA Jetson Xavier NX Developer Kit', 'MODE_10W_2CORE', 'Jetson Xavier NX, 10W', 614,
     51.2),
    ('NVIDIA Jetson Orin Nano Developer Kit', '15W', 'Jetson Orin Nano 8GB, 15W', 1280, 68),
    ('NVIDIA Jetson Orin Nano Engineering Reference Developer Kit Super', 'MAXN_SUPER',
     'Jetson Orin Nano 8GB, 25W or MAXN', 2089, 102),
])
def test_the_roof_is_that_of_the_board_in_its_mode(model, mode, name, gflops, gb_per_s):
    roof = roof_of_board(model, mode)
    assert (roof.processor, roof.gflops['fp32'], roof.gb_per_s) == (name, gflops, gb_per_s)
    assert roof.source.startswith('by its clocks, GPU ')


@pytest.mark.parametrize('model, mode', [
    (None, None), ('Raspberry Pi 4', None), ('NVIDIA Jetson TX2 NX Developer Kit', 'MAXN'),
    ('NVIDIA Jetson Nano Developer Kit', 'MY_OWN'), ('NVIDIA Jetson Orin Nano', '7W')])
def test_a_board_or_mode_that_is_not_listed_has_none(model, mode):
    assert roof_of_board(model, mode) is None


def test_an_unknown_mode_is_assumed_to_be_the_fastest_and_the_source_says_so():
    roof = roof_of_board('NVIDIA Jetson Nano Developer Kit', None)
    assert roof.processor == 'Jetson Nano, MAXN'
    assert roof.source.endswith('the power mode is unknown and assumed to be this one')


def test_the_least_of_several_times_counts(monkeypatch):
    clock = iter([0., 1., 4., 5., 7., 8., 11., 12.])  # 3, 2 and 3 s, although 0.5 are over
    monkeypatch.setattr(roofline.time, 'perf_counter', lambda: next(clock))
    assert roofline.time_fastest(lambda: None, seconds=0.5) == 2.


def test_a_multiply_add_is_two_operations_and_a_copy_reads_and_writes(monkeypatch):
    monkeypatch.setattr(roofline, 'time_fastest', lambda action, seconds: action() is None or 0.5)
    assert roofline.measure_product(100, 1.) == pytest.approx(2e-9 * 100 ** 3 / 0.5)
    assert roofline.measure_copy(10 ** 6, 1.) == pytest.approx(2e-9 * 10 ** 6 / 0.5)


def test_a_processor_is_measured_with_the_cores_there_are():
    roof = roofline.measure_cpu(0.01)
    assert roof.processor.startswith('{} x '.format(roofline.available_cores()))
    assert 0.1 < roof.gflops['fp32'] < 1e5 and 0.01 < roof.gb_per_s < 1e4
    assert roof.source == 'measured'


def test_a_roof_is_only_measured_once(monkeypatch):
    measured = []
    monkeypatch.setattr(roofline, 'measure_cpu', lambda: measured.append(1) or ROOF)
    roofs, backend = Roofs(), SimpleNamespace(on_gpu=False, precision='fp32')
    assert [roofs(backend), roofs(backend)] == [ROOF, ROOF]
    assert measured == [1] and roofs.known() == [ROOF]


def test_what_numpy_cannot_do_is_measured_with_torch(monkeypatch):
    pytest.importorskip('torch')
    monkeypatch.setattr(roofline, 'measure_cpu', lambda: ROOF)
    monkeypatch.setattr(roofline, 'time_fastest', lambda action: action() or 0.5)
    roofs = Roofs()
    assert roofs(SimpleNamespace(on_gpu=False, precision='fp32')) == ROOF
    roof = roofs(SimpleNamespace(on_gpu=False, precision='bf16'))
    assert roofs.known() == [roof]
    assert roof == ROOF._replace(gflops={'fp32': 100., 'bf16': 2e-9 * 1024 ** 3 / 0.5})


def test_a_precision_that_nothing_can_measure_has_no_figure(monkeypatch):
    pytest.importorskip('torch')
    monkeypatch.setattr(roofline, 'measure_cpu', lambda: ROOF)
    roof = Roofs()(SimpleNamespace(on_gpu=False, precision='int8'))
    assert roof == ROOF and bound(roof, 'int8', 1, 1) is None


def test_a_gpu_that_is_not_there_has_no_roof():
    torch = pytest.importorskip('torch')
    if torch.cuda.is_available():
        pytest.skip('there is a GPU')
    assert Roofs()(SimpleNamespace(on_gpu=True, precision='fp32')) is None
