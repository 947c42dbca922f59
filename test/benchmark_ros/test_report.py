# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The items of benchmark.json, and the limit of the highest rate."""

import json
from pathlib import Path

import pytest

from lsnet_ros.benchmark_ros import benchmark
from lsnet_ros.benchmark_ros.benchmark import BenchmarkSettings, BOUND, RosBenchmark
from lsnet_ros.benchmark_ros.graph import RoundSettings
from lsnet_ros.benchmark_ros.metadata import BenchmarkMetadata, Findings
from lsnet_ros.benchmark_ros.rounds import Round
from lsnet_ros.board.board import BoardFacts
from lsnet_ros.board.machine import describe_machine
from lsnet_ros.latency.figures import LatencyRun
from lsnet_ros.latency.frame_log import FrameLog
from lsnet_ros.latency.report import RunOrigin, RunReport, SegmentationStatus

METADATA = BenchmarkMetadata({'NAME': 'n', 'IDLE_CPU_UTIL': 3.0}, 2, {'name': 'tiny'},
                             {'numpy': '1'}, {'ROS_DISTRO': None})


def make_report(state='RUNNING'):
    figures = LatencyRun(FrameLog(), BoardFacts(model='board')).figures()
    return RunReport(figures, RunOrigin('', describe_machine('board', 'rmw_x'), '/image',
                                        SegmentationStatus('tiny', state, 'onnx', 'fast')), '', '')


@pytest.fixture
def play(monkeypatch):
    """Replace rounds by ones that keep rates up to 20 Hz; give the list of their settings."""
    played = []

    def play_round(node, frames, settings, folder):
        played.append(settings)
        state = 'BUILDING' if len(played) == 1 else 'RUNNING'
        answered = 100 if settings.rate <= 20.0 else 50
        return Round(settings.rate, folder.name, make_report(state), settings.rate, 100, answered)
    monkeypatch.setattr(benchmark, 'play_round', play_round)
    return played


def run(folder, bounds=(10.0, 40.0)):
    told = []
    settings = BenchmarkSettings((5.0,), bounds, 2, 3.0, 4)
    report = RosBenchmark(None, None, settings, METADATA, Path(str(folder)), told.append).run()
    assert json.loads((folder / 'benchmark.json').read_text()) == report.as_json()
    return report.as_json(), [one.folder for one in told]


def test_the_report_has_the_items_of_all_rounds(play, tmp_path):
    report, folders = run(tmp_path)
    assert report['complete'] is True
    assert report['peak']['rate_hz'] == pytest.approx(20.0, rel=0.06)
    assert report['peak']['limited_by'] == 'node'
    assert [one['folder'] for one in report['peak']['rounds']] == ['peak/1', 'peak/2']
    assert report['5.0fps']['rounds'] == [
        {'folder': '5.0fps/{}'.format(number), 'rate_hz': 5.0, 'loss_fraction': 0.0,
         'source_rate_hz': 5.0, 'limited_by': None} for number in (1, 2)]
    assert report['LsnetMetrics.LOSS_FRACTION'] == report['5.0fps'][
        'LsnetMetrics.LOSS_FRACTION'] == 0.0
    assert [one['folder'].partition('/')[0] for one in report['search']] == (
        ['search'] * len(report['search']))
    assert folders[:4] == ['warm_up', 'warm_up', '5.0fps/1', '5.0fps/2']


def test_the_warm_up_lasts_until_the_engine_is_built(play, tmp_path):
    run(tmp_path)
    assert play[:3] == [RoundSettings(10.0, 1.0, 20)] * 2 + [RoundSettings(5.0, 3.0, 4)]


def test_the_metadata_has_the_findings_of_the_warm_up(play, tmp_path):
    report, _ = run(tmp_path)
    metadata = report['metadata']
    assert metadata['BenchmarkMetadata.IDLE_CPU_UTIL'] == METADATA.idle_cpu_percent == 3.0
    assert metadata['machine']['middleware'] == 'rmw_x'
    assert metadata['board']['model'] == 'board'
    assert metadata['segmentation'] == {'model': 'tiny', 'state': 'RUNNING', 'backend': 'onnx',
                                        'reason': 'fast', 'before': ''}
    assert metadata['clocks'] == {'cpu_mhz': None, 'gpu_mhz': None, 'power_mode': None}
    assert metadata['frames'] == 2 and metadata['written'].endswith('Z')
    assert Findings.of_report(make_report()).as_json().items() <= metadata.items()
    assert not {'machine', 'board'} & set(METADATA.as_json())


def test_bounds_that_are_kept_are_the_limit(play, tmp_path):
    report, _ = run(tmp_path, bounds=(15.0, 15.0))
    assert (report['peak']['rate_hz'], report['peak']['limited_by']) == (15.0, BOUND)


def test_no_rate_that_is_kept_has_no_rounds(play, tmp_path):
    report, _ = run(tmp_path, bounds=(30.0, 60.0))
    assert report['peak']['rate_hz'] is None and report['peak']['rounds'] == []
