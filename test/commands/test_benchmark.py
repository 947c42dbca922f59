# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""``lsnet benchmark``: its report and its table."""

import json

import pytest

from lsnet_ros.cli import main


def test_the_report_and_the_table_are_of_the_size_asked_for(tiny_model, tmp_path, capsys):
    pytest.importorskip('torch')
    path = tmp_path / 'report.json'
    assert main(['benchmark', '--model', str(tiny_model), '--size', '64x96', '--backend', 'onnx',
                 '--num-frames', '2', '--json', str(path)]) == 0
    report = json.loads(path.read_text())
    for stage in ('preprocess_ms', 'network_ms', 'decode_ms', 'total_ms', 'plain_total_ms'):
        assert sorted(report[stage]) == ['p50', 'p95', 'p99']
    assert (report['height'], report['width'], report['model']) == (64, 96, 'tiny')
    assert report['speedup'] > 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[:6]] == [
        'ms', 'preprocess', 'network', 'decode', 'total', 'plain']
    assert lines[4].split()[1] == '{:.2f}'.format(report['total_ms']['p50'])
    assert lines[7].startswith('{:.2f} times as fast as the plain pipeline'.format(
        report['speedup']))


@pytest.mark.parametrize('arguments', [
    ['--size', '64'], ['--size', '0x64'], ['--size', '64x-1'], ['--size', '640X480'],
    ['--num-frames', '0'], ['--num-frames', 'many'], ['--backend', 'tpu']])
def test_wrong_usage_is_refused(tiny_model, arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(['benchmark', '--model', str(tiny_model)] + arguments)
    assert caught.value.code == 2
    assert arguments[1] in capsys.readouterr().err


def test_a_size_that_the_network_cannot_read_is_one_line(tiny_model, capsys):
    pytest.importorskip('torch')
    assert main(['benchmark', '--model', str(tiny_model), '--size', '3x64']) == 1
    assert capsys.readouterr().err == (
        "lsnet: 3x64 is too small for network 'lps-net-0', which would read it at [(3, 64), "
        '(0, 16)]: give a larger size\n')
