# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""``lsnet benchmark --all``: the table, the page, and the page that is shipped."""

import json
from pathlib import Path
import re
import shutil

import pytest

from lsnet_ros.cli import main
from lsnet_ros.commands import performance_page
from lsnet_ros.commands.performance_page import COLUMNS, page, plain_table
from lsnet_ros.models.folder import read_model
from lsnet_ros.speed import performance
from lsnet_ros.speed.contenders import Percentiles
from lsnet_ros.speed.performance import BackendSpeed, ModelSpeed, sizes
from lsnet_ros.speed.roofline import Roof

ROOT = Path(__file__).resolve().parents[2]
MODELS = sorted(path.parent.name for path in (ROOT / 'models').glob('*/model.yaml'))
SHIPPED = ROOT / 'docs' / 'performance.md'
ROOF = Roof('2 x Processor', {'fp32': 100.}, 10., 'measured')


def times(p50):
    return Percentiles(p50, 1.5 * p50, 2 * p50)


def speed(**changed):
    runtime = 'ONNX Runtime 1.31, CPU, 2 threads'
    measured = BackendSpeed(
        'onnx', runtime, runtime + ' (a remark)', 'fp32',
        {'network_ms': times(10.), 'total_ms': times(12.)}, 3., 0.9999, '2 x Processor',
        7., 'arithmetic')
    return ModelSpeed('tiny', 90, 120, {'tensorrt': 'TensorRT cannot be imported'}, (measured,),
                      10, times(36.), multiply_adds=1234567890, values_moved=1)._replace(**changed)


def rows(text):
    """Return the cells of the rows of a page's table."""
    return [line[2:-2].split(' | ') for line in text.splitlines() if line.startswith('| ')][2:]


def test_each_figure_stands_in_its_column():
    text = page([speed()], [ROOF], 'a machine')
    assert rows(text) == [['tiny', '90x120', '1.235', 'onnx', 'fp32', '10.0', '15.0', '12.0',
                           '18.0', '36.0', '3.00', '99.99', '7.0', '70']]
    assert 'Measured on a machine.\n' in text
    assert '\n* ran with: ONNX Runtime 1.31, CPU, 2 threads\n' in text
    assert '\n* roofline: 2 x Processor, 100 GFLOP/s fp32, 10.0 GB/s, measured\n' in text
    assert '\n* did not run: tensorrt: TensorRT cannot be imported\n' in text


def test_what_does_not_run_everywhere_says_where():
    measured, = speed().measured
    other = speed(model='other', reasons={}, plain_total_ms=None, plain_reason='no torch',
                  measured=(measured._replace(speedup=None, agreement=None, bound_ms=None),))
    text = page([speed(), other], [], 'a machine')
    assert rows(text)[1][9:] == ['-'] * 5
    assert text.endswith('* did not run: tensorrt, tiny at 90x120: TensorRT cannot be imported\n'
                         '* did not run: the plain pipeline, other at 90x120: no torch\n')


def test_the_terminal_gets_the_same_as_a_table():
    lines = plain_table([speed()], [ROOF]).splitlines()
    assert lines[0].startswith('model  input HxW')
    assert lines[1].split() == rows(page([speed()], [ROOF], ''))[0]
    assert lines[-1] == 'did not run: tensorrt: TensorRT cannot be imported'


def test_all_models_are_measured(tiny_model, tmp_path, monkeypatch, capsys):
    pytest.importorskip('torch')
    shutil.copytree(str(tiny_model), str(tmp_path / 'models' / 'tiny'))
    monkeypatch.setattr('lsnet_ros.models.folder.installed', lambda name: [tmp_path / 'models'])
    monkeypatch.setattr(performance, 'SIZES', ((45, 60),))
    monkeypatch.setattr(performance, 'SECONDS', 0.1)
    monkeypatch.setattr(performance_page, 'Roofs', lambda: Known())
    path = tmp_path / 'report.json'
    assert main(['benchmark', '--all', '--markdown', '--json', str(path)]) == 0
    written = json.loads(path.read_text())
    assert [(each['height'], each['width']) for each in written['reports']] == [
        (90, 120), (45, 60)]
    assert written['roofs'] == [{'processor': '2 x Processor', 'gflops': {'fp32': 100.},
                                 'gb_per_s': 10., 'source': 'measured'}]
    out = capsys.readouterr().out
    assert out.startswith('# Performance')
    measured = sum(len(each['measured']) for each in written['reports'])
    assert out.count('tiny') >= measured >= 4


class Known:
    """Roofs that need not be measured."""

    def __call__(self, backend):
        return ROOF

    def known(self):
        return [ROOF]


def test_the_shipped_page_is_of_the_shipped_models():
    shipped = [read_model(ROOT / 'models' / name) for name in MODELS]
    expected = [(model.name, '{}x{}'.format(*size)) for model in shipped for size in sizes(model)]
    written = rows(SHIPPED.read_text())
    found = list(dict.fromkeys((row[0], row[1]) for row in written))
    assert found == expected, '"lsnet benchmark --all --markdown > docs/performance.md" is due'
    assert {len(row) for row in written} == {len(COLUMNS)}


def test_the_figures_of_the_shipped_page_agree_with_one_another():
    for row in rows(SHIPPED.read_text()):
        network, network_p95, total, total_p95, plain, ratio, same, bound, share = [
            float(cell) for cell in row[5:]]
        assert 0 < network <= network_p95 and network <= total <= total_p95
        assert ratio == pytest.approx(plain / total, rel=0.1)
        assert share == pytest.approx(100 * bound / network, rel=0.1)
        assert 98 < same <= 100, row


def test_the_multiply_adds_of_the_shipped_page_are_those_of_the_networks():
    pytest.importorskip('torch')
    from lsnet_ros.networks import build_network, multiply_adds
    for name, size, count in {tuple(row[:3]) for row in rows(SHIPPED.read_text())}:
        model = read_model(ROOT / 'models' / name)
        height, width = re.match(r'(\d+)x(\d+)$', size).groups()
        network = build_network(model.network, **model.config)
        assert count == '{:.3f}'.format(multiply_adds(network, int(height), int(width)) / 1e9)
