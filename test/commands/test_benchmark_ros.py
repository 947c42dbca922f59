# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""``lsnet benchmark --ros``: through real nodes, killed in the middle, and refused."""

import contextlib
import json
from pathlib import Path
import subprocess
import sys
import time

import pytest
import yaml

from lsnet_ros.cli import main
from lsnet_ros.latency.run_files import read_run
from lsnet_ros.models.folder import read_model

pytest.importorskip('rclpy')
CODE = """
import sys
from lsnet_ros.benchmark_ros import graph
from lsnet_ros.cli import main
graph.SETTLE_S = 0.2
sys.exit(main(sys.argv[1:]))
"""
SHORT = ['--source', 'street_scene:3', '--size', '90x120', '--prepared', '2', '--duration', '0.5',
         '--warm-up', '1', '--backend', 'onnx']


def command(model, output, *arguments):
    """Return the command of a short benchmark."""
    return [sys.executable, '-c', CODE, 'benchmark', '--ros', '--model', str(model), '--output',
            str(output)] + SHORT + list(arguments)


def running_with(text):
    """Return the processes that have a text in their command line."""
    found = []
    for path in Path('/proc').glob('[0-9]*/cmdline'):
        with contextlib.suppress(OSError):
            found += [path] * (str(text) in path.read_text(errors='replace'))
    return found


@pytest.fixture(scope='module')
def finished(tiny_model, tmp_path_factory):
    """Run a short benchmark; returns its output, its report and the folder of its files."""
    folder = tmp_path_factory.mktemp('benchmark') / 'out'
    (folder / 'warm_up').mkdir(parents=True)  # of another benchmark, which was killed in it
    (folder / 'warm_up' / 'frames.csv').write_text('stamp_ns,time_s,warm_up\n1,0.1,0\n')
    output = subprocess.check_output(
        command(tiny_model, folder, '--rates', '10,20', '--bounds', '15,15', '--rounds', '1'),
        universal_newlines=True, timeout=240)
    return output, json.loads((folder / 'benchmark.json').read_text()), folder


def test_the_report_has_the_names_of_ros2_benchmark_at_each_rate(finished):
    _, report, _ = finished
    assert report['complete'] is True
    for figures, rate in ((report['10.0fps'], 10.0), (report['20.0fps'], 20.0), (report, 15.0)):
        assert figures['BasicPerformanceMetrics.NUM_FRAMES_SENT'] >= 0.4 * rate
        assert figures['BasicPerformanceMetrics.MAX_LATENCY'] >= (
            figures['LsnetMetrics.P50_LATENCY']) > figures['LsnetMetrics.P50_NETWORK'] > 0
        assert figures['LsnetMetrics.SOURCE_FRAME_RATE'] == pytest.approx(rate, rel=0.5)
        assert 'ResourceMetrics.MEAN_OVERALL_CPU_UTILIZATION' in figures
    assert [one['rate_hz'] for one in report['search']] == [15.0]


def test_what_was_shown_is_known_to_the_byte(finished, tiny_model):
    _, report, folder = finished
    known = report['metadata']
    playback = json.loads((folder / '10.0fps' / '1' / 'playback.json').read_text())
    assert known['BenchmarkMetadata.INPUT_DATA_HASH'] == playback['sha256']
    assert known['BenchmarkMetadata.INPUT_DATA_PATH'] == 'street_scene:3'
    assert known['BenchmarkMetadata.INPUT_DATA_SIZE'] == 2 * 90 * 120 * 3
    assert known['model']['sha256'] == read_model(tiny_model).card['files']
    assert known['versions']['python'] == '.'.join(map(str, sys.version_info[:3]))
    assert known['versions']['numpy'][0].isdigit() and known['versions']['tensorrt'] is None
    assert known['segmentation']['backend'] == 'onnx'
    assert 0.0 <= known['BenchmarkMetadata.IDLE_CPU_UTIL'] <= 100.0
    assert known['machine']['middleware'].startswith('rmw_')
    assert known['BenchmarkMetadata.CONFIG']['rates'] == [10.0, 20.0]


def test_each_round_has_its_files(finished):
    _, _, folder = finished
    for name in ('warm_up', '10.0fps/1', '20.0fps/1', 'search/1_15.0fps'):
        run = read_run(folder / name)
        assert run.report.ended and len(run.frames['warm_up']) == sum(
            getattr(run.report.figures.frames, key) for key in ('received', 'warm_up'))
        assert (run.frames['warm_up'] == 0).sum() > 2
        results = yaml.safe_load((folder / name / 'benchmark.yaml').read_text())['results']
        assert [one['result']['metric'] for one in results] == ['latency', 'throughput', 'power']


def test_the_table_has_a_row_for_each_rate(finished):
    output, report, folder = finished
    rows = [line.split() for line in output.splitlines()[-7:]]
    assert rows[0][:4] == ['sent', 'Hz', 'masks', 'Hz']
    assert [row[0] for row in rows[1:4]] == ['10.0fps', '20.0fps', 'peak']
    assert rows[1][6] == '{:.1f}'.format(report['10.0fps']['LsnetMetrics.P50_LATENCY'])


def test_a_kill_leaves_the_rounds_done_and_no_node(tiny_model, tmp_path):
    path = tmp_path / 'out' / 'benchmark.json'
    with subprocess.Popen(command(tiny_model, path.parent, '--rates', '40', '--rounds', '50'),
                          stdout=subprocess.PIPE) as process:
        deadline = time.monotonic() + 100.0
        while not path.exists():
            assert time.monotonic() < deadline and process.poll() is None
            time.sleep(0.05)
        process.kill()
    report = json.loads(path.read_text())
    assert report['complete'] is False and report['metadata']['machine']['hardware']
    assert report['40.0fps']['LsnetMetrics.P50_LATENCY'] > 0
    for one in report['40.0fps']['rounds']:
        assert read_run(path.parent / one['folder']).report.figures.frames.received > 2
    while running_with(path.parent):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_folder_with_a_benchmark_is_left_alone(tiny_model, tmp_path, capsys):
    (tmp_path / 'benchmark.json').write_text('mine')
    assert main(['benchmark', '--ros', '--model', str(tiny_model), '--output',
                 str(tmp_path)]) == 1
    assert 'holds a benchmark already: remove it, or give another --output' in (
        capsys.readouterr().err)
    assert [path.name for path in tmp_path.iterdir()] == ['benchmark.json']


@pytest.mark.parametrize('arguments', [
    ['--rates', '10,'], ['--rates', '0'], ['--rates', 'fast'], ['--bounds', '10'],
    ['--bounds', '20,10'], ['--duration', '-1'], ['--rounds', '0']])
def test_wrong_usage_is_refused(tiny_model, arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        main(['benchmark', '--ros', '--model', str(tiny_model)] + arguments)
    assert caught.value.code == 2
    assert 'argument ' + arguments[0] in capsys.readouterr().err
