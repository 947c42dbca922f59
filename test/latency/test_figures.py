# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""A run of stamps by hand, its figures to the digit, and its files after a kill."""

import json
from pathlib import Path
import shutil
import signal
import subprocess
import sys

import pytest

from lsnet_ros.board.board import BoardFacts, BoardReading
from lsnet_ros.board.machine import describe_machine
from lsnet_ros.latency.figures import LatencyRun
from lsnet_ros.latency.frame_log import FrameLog
from lsnet_ros.latency.report import RunOrigin, RunReport, SegmentationStatus, without_nan
from lsnet_ros.latency.robotperf import robotperf_document
from lsnet_ros.latency.run_files import (
    BOARD,
    DIAGRAMS,
    FRAMES,
    read_run,
    REPORT,
    RunError,
    RunFiles,
)
from lsnet_ros.latency.spread import RunningSpread

MS = 10**6
# Images each 100 ms from 10 s on; the third and the fifth are replaced, the sixth gets lost, the
# eighth is on its way. Clock and stamps are in ns from 1000 s on, 5 ms before the images come.
MASKS = {0: 31.25, 1: 62.5, 3: 46.875, 6: 93.75}      # image: its latency, ms
REPLACED = {0: 0, 1: 0, 3: 1, 6: 2}                   # what the node says
READING = BoardReading({'VDD_IN': 5000.0, 'VDD_SOC': None}, 5000.0, {'GPU-therm': 40.0}, 0.25,
                       921.6, None, None, 1000.0, 0.0, 'MAXN', None)


def stamp(image):
    return 10**12 + 100 * MS * image


def played():
    """Return a run of the sequence above: (run, frames)."""
    log = FrameLog()
    run = LatencyRun(log, BoardFacts(memory_mb=4000.0), deadline_s=0.05)
    for image in range(8):
        log.on_image(stamp(image), 10.0 + 0.1 * image)
        for answered, latency in MASKS.items():
            if answered == image:
                log.on_mask(stamp(image), 10.0 + 0.1 * image + latency / 1e3,
                            stamp(image) + int((5 + latency) * MS))
                log.on_stages(stamp(image), {'network_ms': latency / 2, 'total_ms': latency - 8},
                              REPLACED[image])
    frames = log.take()
    run.add(frames)
    run.add_reading(READING)
    run.add_reading(READING._replace(total_mw=6000.0, gpu_load=0.75, memory_used_mb=None))
    return run, frames


def make_report(run, hardware='NVIDIA Jetson Nano'):
    """Return the report of a run on a board, or on a PC without a name."""
    machine = describe_machine(hardware, 'rmw_x')
    origin = RunOrigin('2026-01-02T03:03:03Z', machine, 'perception/image',
                       SegmentationStatus('tiny', 'RUNNING', 'onnx', None))
    return RunReport(run.figures(), origin, '2026-01-02T03:04:05Z', '2026-01-02T03:04:05Z')


def test_a_status_tells_other_models_and_backends_before_it():
    loading = SegmentationStatus('tiny', 'LOADING', 'auto', None)
    onnx = SegmentationStatus('tiny', 'RUNNING', 'onnx', None)
    other = SegmentationStatus('large', 'CHANGING', 'onnx', None)
    first = onnx.follow(loading)
    assert first.follow(first) == first and first.warnings() == []
    last = SegmentationStatus('large', 'RUNNING', 'tensorrt', None).follow(other.follow(first))
    assert last.before == 'tiny with onnx, large with onnx'
    assert last.warnings() == [
        'MIXED: the figures are of tiny with onnx, large with onnx, then large with tensorrt: '
        'start latency_node again for those of one alone']


def test_the_figures_of_a_run_by_hand():
    report = played()[0].figures().as_json()
    assert report['frames'] == {
        'sent': 8, 'received': 4, 'replaced': 2, 'lost': 1, 'unanswered': 3, 'pending': 1,
        'warm_up': 0, 'deadline_misses': 2}
    assert report['latency_ms'] == pytest.approx({
        'mean': 58.59375, 'min': 31.25, 'p50': 54.6875, 'p90': 84.375, 'p95': 89.0625,
        'p99': 92.8125, 'max': 93.75})
    assert report['age_ms']['max'] == pytest.approx(98.75)
    assert report['stages_ms']['network_ms']['p50'] == pytest.approx(27.34375)
    # Masks at 31.25, 162.5, 346.875 and 693.75 ms: intervals of 131.25, 184.375 and 346.875.
    assert report['jitter_ms'] == pytest.approx(
        {'mean': 107.8125, 'min': 53.125, 'max': 162.5, 'std': 54.6875})
    assert report['rate_hz'] == pytest.approx(3 / 0.6625)
    assert report['deadline_ms'] == 50.0
    json.dumps(report, allow_nan=False)


def test_the_same_under_the_names_of_ros2_benchmark():
    values = played()[0].figures().ros2_benchmark
    prefix = 'BasicPerformanceMetrics.'
    assert {key[len(prefix):]: value for key, value in values.items()
            if key.startswith(prefix)} == pytest.approx({
                'RECEIVED_DURATION': 662.5, 'MEAN_PLAYBACK_FRAME_RATE': 8 / 0.7,
                'MEAN_FRAME_RATE': 4 / 0.6625, 'NUM_MISSED_FRAMES': 4, 'NUM_FRAMES_SENT': 8,
                'FIRST_SENT_RECEIVED_LATENCY': 31.25, 'LAST_SENT_RECEIVED_LATENCY': -6.25,
                'FIRST_INPUT_LATENCY': 31.25, 'LAST_INPUT_LATENCY': 93.75, 'MAX_LATENCY': 93.75,
                'MIN_LATENCY': 31.25, 'MEAN_LATENCY': 58.59375, 'MAX_JITTER': 162.5,
                'MIN_JITTER': 53.125, 'MEAN_JITTER': 107.8125, 'STD_DEV_JITTER': 54.6875})
    assert values['ResourceMetrics.MEAN_DEVICE_UTILIZATION'] == pytest.approx(50.0)
    assert values['ResourceMetrics.STDDEV_DEVICE_UTILIZATION'] == pytest.approx(25.0)
    assert values['ResourceMetrics.MAX_HOST_MEMORY_UTILIZATION'] == pytest.approx(25.0)
    assert values['ResourceMetrics.MAX_OVERALL_CPU_UTILIZATION'] is None
    assert values['ResourceMetrics.MEAN_DEVICE_MEMORY_UTILIZATION'] is None
    assert len(values) == 16 + 2 + 6 * 5


def test_a_run_without_a_frame_has_no_figures_and_says_so():
    run = LatencyRun(FrameLog(), BoardFacts())
    report = run.figures().as_json()
    assert report['frames'] == {
        'sent': 0, 'received': 0, 'replaced': None, 'lost': None, 'unanswered': 0, 'pending': 0,
        'warm_up': 0, 'deadline_misses': None}
    assert set(report['latency_ms'].values()) | set(report['jitter_ms'].values()) == {None}
    assert report['ros2_benchmark']['BasicPerformanceMetrics.MEAN_LATENCY'] is None
    assert robotperf_document(make_report(run, None))['results'][0]['result']['value'] is None


def test_a_frame_that_waits_for_its_stages_is_no_figure_yet():
    log = FrameLog()
    run = LatencyRun(log, BoardFacts())
    for image in range(2):
        log.on_image(stamp(image), 10.0 + 0.1 * image)
        log.on_mask(stamp(image), 10.01 + 0.1 * image, stamp(image))
    report = run.figures().as_json()
    assert report['frames']['received'] == 2
    assert report['ros2_benchmark']['BasicPerformanceMetrics.FIRST_SENT_RECEIVED_LATENCY'] is None
    assert report['ros2_benchmark']['BasicPerformanceMetrics.LAST_SENT_RECEIVED_LATENCY'] is None


def test_robotperf_gets_what_it_keeps():
    result = robotperf_document(make_report(played()[0]))
    latency, throughput, power = [row['result'] for row in result['results']]
    assert latency == {
        'type': 'black', 'metric': 'latency', 'metric_unit': 'ms', 'category': 'edge',
        'hardware': 'NVIDIA Jetson Nano', 'datasource': 'perception/image',
        'timestampt': '2026-01-02 03:04:05', 'value': pytest.approx(93.75),
        'note': latency['note']}
    assert latency['note'].startswith('mean_latency 58.59')
    assert latency['note'].endswith('lost messages 50.00 %')
    assert (throughput['metric_unit'], throughput['value']) == ('fps', pytest.approx(3 / 0.6625))
    assert (power['metric_unit'], power['value']) == ('W', pytest.approx(5.5))


def test_power_that_is_not_told_is_null_and_not_0():
    run = LatencyRun(FrameLog(), BoardFacts())
    run.add_reading(READING._replace(total_mw=None, power_mw={}))
    assert run.figures().as_json()['board']['spread']['total_mw'] is None
    assert robotperf_document(make_report(run))['results'][2]['result']['value'] is None


def test_a_spread_is_that_of_its_values():
    spread = RunningSpread()
    assert spread.summary() is None
    for value in (2.0, None, 4.0, 9.0):
        spread.add(value)
    assert spread.summary().as_json() == pytest.approx(
        {'mean': 5.0, 'std': (26 / 3) ** 0.5, 'min': 2.0, 'max': 9.0})


def test_what_is_not_a_number_becomes_none():
    assert without_nan({'a': [1.0, float('nan')], 'b': (float('inf'), 'x')}) == {
        'a': [1.0, None], 'b': [None, 'x']}


def test_the_files_of_a_run(tmp_path):
    run, frames = played()
    files = RunFiles(tmp_path / 'new', ['VDD_IN', 'VDD_SOC'], ['GPU-therm'], 10.0)
    files.write_frames(frames)
    files.write_reading(11.5, READING)
    files.write_report(make_report(run))
    files.close()
    lines = (tmp_path / 'new' / FRAMES).read_text().splitlines()
    assert lines[:2] == [
        'stamp_ns,time_s,warm_up,age_ms,latency_ms,wait_ms,convert_ms,preprocess_ms,network_ms,'
        'decode_ms,publish_ms,total_ms',
        '1000000000000,0.0312,0,36.2500,31.2500,,,,15.6250,,,23.2500']
    assert (tmp_path / 'new' / BOARD).read_text().splitlines() == [
        'time_s,total_mw,gpu_load,gpu_mhz,cpu_load,cpu_mhz,memory_used_mb,swap_used_mb,VDD_IN_mw,'
        'VDD_SOC_mw,GPU-therm_c', '1.5000,5000.0000,0.2500,921.6000,,,1000.0000,0.0000,5000.0000,'
        ',40.0000']
    read = read_run(tmp_path / 'new')
    assert read.report == make_report(run)
    assert list(read.frames['latency_ms']) == pytest.approx([31.25, 62.5, 46.875, 93.75])
    assert (read.board['VDD_SOC_mw'] != read.board['VDD_SOC_mw']).all()


def test_a_line_that_is_not_whole_is_left_out(tmp_path):
    run, frames = played()
    files = RunFiles(tmp_path, [], [], 10.0)
    files.write_frames(frames)
    files.write_report(make_report(run))
    files.close()
    path = tmp_path / FRAMES
    for cut in range(1, len(path.read_text().splitlines()[-1])):
        path.write_bytes(path.read_bytes()[:-1])
        assert len(read_run(tmp_path).frames['time_s']) == 3, cut


def test_another_run_in_the_same_folder_leaves_nothing_of_the_first(tmp_path):
    run, frames = played()
    for number in range(2):
        files = RunFiles(tmp_path, [], [], 10.0)
        assert not (tmp_path / REPORT).exists()
        assert not any((tmp_path / name).exists() for name in DIAGRAMS)
        if not number:
            files.write_frames(frames)
            files.write_report(make_report(run))
        files.close()
        (tmp_path / DIAGRAMS[number]).write_bytes(b'')
    assert len((tmp_path / FRAMES).read_text().splitlines()) == 1


def test_what_a_link_leads_to_is_not_emptied(tmp_path):
    (tmp_path / 'precious').write_text('kept')
    (tmp_path / 'run').mkdir()
    for name in (FRAMES, BOARD):
        (tmp_path / 'run' / name).symlink_to(tmp_path / 'precious')
    RunFiles(tmp_path / 'run', [], [], 10.0).close()
    assert (tmp_path / 'precious').read_text() == 'kept'
    assert (tmp_path / 'run' / FRAMES).read_text().startswith('stamp_ns,')


@pytest.mark.parametrize('remove', [
    lambda folder: shutil.rmtree(str(folder)), lambda folder: (folder / FRAMES).unlink(),
    lambda folder: (folder / FRAMES).rename(folder / 'moved.csv')])
def test_files_that_are_removed_while_the_run_goes_on_are_told_at_once(tmp_path, remove):
    run, _ = played()
    files = RunFiles(tmp_path / 'run', [], [], 10.0)
    files.write_report(make_report(run))
    remove(tmp_path / 'run')
    with pytest.raises(OSError, match='was removed while the run is recorded: start latency_node'):
        files.write_report(make_report(run))
    files.close()


@pytest.mark.parametrize('name, text', [
    (REPORT, '{"frames": '), (REPORT, '{}'), (REPORT, '[]'), (FRAMES, 'a,b\n1,x\n')])
def test_what_is_no_run_is_refused_in_one_line(tmp_path, name, text):
    RunFiles(tmp_path, [], [], 0.0).close()
    (tmp_path / REPORT).write_text(json.dumps(make_report(played()[0]).as_json()))
    assert len(read_run(tmp_path).frames['time_s']) == 0
    (tmp_path / name).write_text(text)
    with pytest.raises(RunError, match='holds no run .* give the folder that latency_node wrote'):
        read_run(tmp_path)
    with pytest.raises(RunError, match='nothing'):
        read_run(tmp_path / 'nothing')


WRITER = '''
import sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from test_figures import make_report, played
from lsnet_ros.latency.run_files import RunFiles
run, frames = played()
files = RunFiles(Path(sys.argv[1]), [], [], 10.0)
files.write_report(make_report(run))
print('started', flush=True)
while True:
    files.write_frames(frames)
    files.write_report(make_report(run))
'''


@pytest.mark.parametrize('wait_s', [0.0, 0.137, 0.291])
def test_a_kill_at_any_moment_leaves_readable_files(tmp_path, wait_s):
    process = subprocess.Popen([sys.executable, '-c', WRITER, str(tmp_path),
                                str(Path(__file__).parent)], stdout=subprocess.PIPE)
    assert process.stdout.readline() == b'started\n'
    try:
        process.wait(timeout=wait_s)
    except subprocess.TimeoutExpired:
        pass
    process.send_signal(signal.SIGKILL)
    process.communicate()
    read = read_run(tmp_path)
    assert read.report.figures.frames.received == 4
    assert set(read.frames['latency_ms'].round(3)) <= set(MASKS.values())
