# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""``lsnet benchmark --table``: what is printed, and the report."""

import json

import pytest

from lsnet_ros.cli import main
from lsnet_ros.speed import embedded_tables
from lsnet_ros.speed.embedded_tables import TABLES
from lsnet_ros.speed.roofline import Roof


@pytest.mark.parametrize('known', [True, False])
def test_published_and_measured_stand_beside_one_another(known, monkeypatch, tmp_path, capsys):
    pytest.importorskip('torch')
    monkeypatch.setitem(TABLES, 'lps-net-8', TABLES['lps-net-8']._replace(
        size=(64, 96), network='lps-net-0'))
    roof = Roof('2 x Processor', {'fp32': 100.}, 10., 'measured')
    monkeypatch.setattr(embedded_tables, 'Roofs', lambda: lambda backend: roof if known else None)
    path = tmp_path / 'report.json'
    assert main(['benchmark', '--table', 'lps-net-8', '--backend', 'onnx', '--num-frames', '1',
                 '--json', str(path)]) == 0
    report = json.loads(path.read_text())
    network_ms, total_ms = (report[stage]['p50'] for stage in ('network_ms', 'total_ms'))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == 'LPS-Net, Table 8: TensorRT, FP32, batch 1, Cityscapes'
    assert lines[2].split() == [
        'DF1-Seg-d8', '1024x2048', '72.4', '71.4', '3.2', '7.7', '-', '-', '-']
    assert lines[6].split() == [
        'LPS-Net-S', '1024x2048', '73.9', '73.4', '10.0', '25.6',
        '{:.3f}'.format(report['multiply_adds'] / 1e9), '{:.1f}'.format(1e3 / network_ms),
        '{:.1f}'.format(1e3 / total_ms)]
    speeds = report['speeds']
    assert [speed['of'] for speed in speeds] == [
        'published', 'published', 'network', 'end to end']
    assert [speed['ms'] for speed in speeds] == [100., 1e3 / 25.6, network_ms, total_ms]
    cells = lines[11].split()
    if known:
        assert lines[11].startswith('2 x Processor')
        assert cells[-7:-5] == ['100', '10.0']
        assert cells[-1] == '{:.0f}'.format(100 * speeds[2]['bound_ms'] / network_ms)
    else:
        assert cells[:6] == ['here', 'network', '-', '-', '-', '-'] and cells[-1] == '-'
        assert speeds[2]['share'] is None


def test_wrong_usage_is_refused(capsys):
    for arguments in (['--table', 'lps-net-9'], [], ['--table', 'lsnet-6', '--model', 'tiny']):
        with pytest.raises(SystemExit) as caught:
            main(['benchmark'] + arguments)
        assert caught.value.code == 2
    assert "invalid choice: 'lps-net-9'" in capsys.readouterr().err
