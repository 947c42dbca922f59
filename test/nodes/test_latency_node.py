# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The latency node beside real nodes, on a board of files, and killed."""

import csv
import importlib.util
import json
import subprocess
import sys
import time

import numpy as np
import pytest

pytest.importorskip('rclpy')
from diagnostic_msgs.msg import DiagnosticArray  # noqa: E402
from rcl_interfaces.srv import GetParameters  # noqa: E402
from rclpy.qos import qos_profile_sensor_data, QoSProfile  # noqa: E402
from sensor_msgs.msg import Image  # noqa: E402

from lsnet_ros.frames import messages  # noqa: E402
from lsnet_ros.latency.run_files import DIAGRAMS, read_run, STAGES  # noqa: E402
from lsnet_ros.nodes import diagnostics  # noqa: E402

IMAGE = np.zeros((4, 4, 3), np.uint8)
IDS = np.zeros((4, 4), np.uint8)
BOARD = {
    'proc/device-tree/model': 'NVIDIA Jetson Nano Developer Kit\0',
    'sys/bus/i2c/drivers/ina3221x/6-0040/iio:device0/rail_name_0': 'POM_5V_IN',
    'sys/bus/i2c/drivers/ina3221x/6-0040/iio:device0/in_power0_input': '3187',
    'sys/class/thermal/thermal_zone0/type': 'GPU-therm',
    'sys/class/thermal/thermal_zone0/temp': '34000'}


class Pipeline:
    """Plays camera and segmentation node for a latency node in a namespace of its own."""

    def __init__(self, probe, name):
        self._probe = probe
        self._images = probe.publisher(Image, name + '/image', qos_profile_sensor_data)
        self._masks = probe.publisher(Image, name + '/segmentation/mask', QoSProfile(depth=1))
        self._timings = probe.publisher(DiagnosticArray, name + '/segmentation/timing',
                                        qos_profile_sensor_data)
        self._clock = probe.node.get_clock()

    def image(self):
        """Send an image and return its header."""
        header = messages.make_header(self._clock.now().nanoseconds, 'camera')
        self._images.publish(messages.from_rgb(IMAGE, header))
        return header

    def answer(self, header, replaced):
        """Send a mask and the stages of its frame."""
        self._masks.publish(messages.from_class_ids(IDS, header))
        stages = dict(dict.fromkeys(STAGES, 1.5), frames_replaced=replaced)
        self._timings.publish(diagnostics.diagnostic_array(
            'timing', diagnostics.Report(diagnostics.Level.OK, 'ms', stages), header.stamp))

    def frame(self, wait_s, replaced=0):
        """Send an image and its answer."""
        header = self.image()
        time.sleep(wait_s)
        self.answer(header, replaced)
        self._probe.spin(0.02)
        return messages.stamp_ns(header)

    def warm_up(self, path, masks):
        """
        Send frames until so many have arrived.

        Best effort loses what is sent before the node has found the publishers. Once a frame
        has come with its image and stages, all have been found, and masks come in order.
        """
        for _ in range(masks):
            stamp_ns = self.frame(0.02)
            self._probe.spin(1.0)
            rows = read_rows(path)
            if rows and int(rows[-1]['stamp_ns']) == stamp_ns and (
                    rows[-1]['latency_ms'] and rows[-1]['decode_ms']):
                break
        for _ in range(masks - len(rows)):
            self.frame(0.02)


def read_rows(path):
    """Return the rows of a file of frames."""
    with path.open() as file:
        return list(csv.DictReader(file))


def wait_for(probe, path, is_done):
    """Wait until the report of a run is as it should be, and return it."""
    def report():
        try:
            return json.loads(path.read_text())
        except FileNotFoundError:
            return {'frames': {'received': -1}}
    probe.spin_until(lambda: is_done(report()))
    return report()


def test_frames_are_timed_counted_and_told_apart(start, probe, tmp_path):
    for name, text in BOARD.items():
        (tmp_path / 'board' / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / 'board' / name).write_text(text)
    folder = tmp_path / 'run'
    node = start('latency_node', '__ns:=/timed', latency_folder=folder, warm_up=9,
                 deadline_ms=600.0, board_root=tmp_path / 'board')
    reports = probe.listen(DiagnosticArray, '/diagnostics')
    pipeline = Pipeline(probe, '/timed')
    pipeline.warm_up(folder / 'frames.csv', 9)
    for index in range(6):
        pipeline.image()  # is replaced, but for the first two: one is before the run, one lost
        pipeline.frame(0.8 if index == 3 else 0.02, replaced=max(0, index - 1))
    pipeline.image()
    wait_for(probe, folder / 'latency.json', lambda report: report['frames']['received'] == 6
             and report['frames']['pending'] == 1)
    probe.spin_until(lambda: any(array.status[0].message == 'RUNNING: 6 frames'
                                 for array in reports))
    assert node.interrupt() == 0
    assert len(node.log.splitlines()) == 1
    assert 'wrote {}'.format(folder / 'report.html') in node.log
    run = read_run(folder)
    report = json.loads((folder / 'latency.json').read_text())
    assert report['frames'] == {
        'sent': 12, 'received': 6, 'replaced': 4, 'lost': 1, 'unanswered': 5, 'pending': 1,
        'warm_up': 9, 'deadline_misses': 1}
    assert 0.0 < report['latency_ms']['min'] < 600.0 <= report['latency_ms']['max']
    assert (run.frames['age_ms'] >= np.nan_to_num(run.frames['latency_ms'])).all()
    assert report['stages_ms']['decode_ms']['p99'] == pytest.approx(1.5)
    assert report['ended'] >= report['started']
    assert report['machine']['hardware'] == 'NVIDIA Jetson Nano Developer Kit'
    assert list(run.frames['warm_up']) == [1] * 9 + [0] * 6
    assert all((run.frames[stage][-6:] == 1.5).all() for stage in STAGES)
    assert set(run.board['POM_5V_IN_mw']) == {3187.0} == set(run.board['total_mw'])
    assert set(run.board['GPU-therm_c']) == {34.0}
    assert 'NVIDIA Jetson Nano' in (folder / 'report.html').read_text()
    diagrams = set(DIAGRAMS) if importlib.util.find_spec('matplotlib') else set()
    assert {path.name for path in folder.iterdir()} == diagrams | {
        'frames.csv', 'board.csv', 'latency.json', 'benchmark.yaml', 'report.html'}


def test_the_report_says_what_the_segmentation_node_beside_it_is(start, probe, tmp_path):
    start('latency_node', '__ns:=/beside', latency_folder=tmp_path)
    reports = probe.publisher(DiagnosticArray, '/diagnostics')
    for name, backend in (('other/segmentation_node', 'torch'), ('beside/renamed', 'onnx'),
                          ('segmentation_node', 'torch')):
        values = {'state': 'RUNNING', 'backend': backend, 'backend_reason': 'it works'}
        reports.publish(diagnostics.diagnostic_array(
            name + ': segmentation', diagnostics.Report(diagnostics.Level.OK, '', values),
            probe.node.get_clock().now().to_msg(), 'tiny'))
    report = wait_for(probe, tmp_path / 'latency.json', lambda report: report.get('segmentation'))
    assert report['segmentation'] == {
        'model': 'tiny', 'state': 'RUNNING', 'backend': 'onnx', 'reason': 'it works',
        'before': ''}


def test_parameters_can_be_read_while_the_node_runs(start, probe, tmp_path):
    start('latency_node', '__ns:=/read', latency_folder=tmp_path, warm_up=7)
    client = probe.node.create_client(GetParameters, '/read/latency_node/get_parameters')
    probe.spin_until(client.service_is_ready)
    answer = client.call_async(GetParameters.Request(names=['warm_up']))
    probe.spin_until(answer.done)
    assert answer.result().values[0].integer_value == 7


def test_a_kill_loses_at_most_a_second(start, probe, tmp_path):
    node = start('latency_node', '__ns:=/killed', latency_folder=tmp_path, warm_up=0)
    pipeline = Pipeline(probe, '/killed')
    sent = []
    deadline = time.monotonic() + 2.5 + np.random.RandomState(int(time.time())).rand()
    while time.monotonic() < deadline:
        pipeline.frame(0.01)
        sent.append(time.monotonic())
    before = sum(moment < time.monotonic() - 1.0 for moment in sent)
    node.kill()
    rows = read_rows(tmp_path / 'frames.csv')
    assert before > 10 and len(rows) >= before
    assert all(row[None] is None for row in rows if None in row)
    report = json.loads((tmp_path / 'latency.json').read_text())
    assert report['ended'] is None
    assert before - 15 <= report['frames']['received'] <= len(sent)
    assert not list(tmp_path.glob('report.html'))


def test_real_nodes_are_timed(start, probe, tiny_model, tmp_path):
    node = start('latency_node', '__ns:=/real', latency_folder=tmp_path, warm_up=1)
    probe.spin_until(lambda: (tmp_path / 'latency.json').exists())
    start('segmentation_node', '__ns:=/real', model=tiny_model)
    start('source_node', '__ns:=/real', source='street_scene:3', rate=20.0, height=90, width=120)
    wait_for(probe, tmp_path / 'latency.json', lambda report: report['frames']['received'] >= 5
             and report['latency_ms']['p50'] is not None)
    assert node.interrupt() == 0
    figures = read_run(tmp_path).report.figures
    assert figures.frames.replaced is not None
    assert set(figures.stages_ms) == set(STAGES)
    network, total = figures.stages_ms['network_ms'], figures.stages_ms['total_ms']
    assert 0 < network.p50 < total.p50 and figures.latency_ms.p50 > 0


def test_a_report_that_cannot_be_drawn_is_a_warning(start, probe, tmp_path):
    statuses = probe.listen(DiagnosticArray, '/diagnostics')
    node = start('latency_node', '__ns:=/undrawn', latency_folder=tmp_path)
    probe.spin_until(lambda: any('undrawn' in array.status[0].name for array in statuses))
    (tmp_path / 'report.html').mkdir()
    assert node.interrupt() == 0
    assert len(node.log.splitlines()) == 2
    assert 'report.html was not drawn' in node.log
    assert ('the report has no figures: 0 masks came, all of them in the warm-up of 50: let it '
            'run for longer, or lower warm_up') in node.log
    assert 'run "python3 -m lsnet_ros.latency_page {}"'.format(tmp_path) in node.log
    assert read_run(tmp_path).report.ended


def test_the_process_of_the_node_imports_no_matplotlib():
    subprocess.check_call([sys.executable, '-c', 'import sys\n'
                           'import lsnet_ros.nodes.latency_node\n'
                           'assert "matplotlib" not in sys.modules'])


def test_a_wrong_parameter_is_one_line_and_exit_status_1(start):
    node = start('latency_node', warm_up=-1)
    assert node.wait() == 1
    assert len(node.log.splitlines()) == 1
    assert 'parameter warm_up is -1: expected 0 or more' in node.log


def test_a_folder_that_cannot_be_written_is_one_line_and_exit_status_1(start, tmp_path):
    (tmp_path / 'file').write_text('in the way')
    node = start('latency_node', latency_folder=tmp_path / 'file')
    assert node.wait() == 1
    assert len(node.log.splitlines()) == 1 and 'file' in node.log


def test_files_that_can_be_written_no_more_end_the_node_with_one_line(start, probe, tmp_path):
    node = start('latency_node', latency_folder=tmp_path)
    wait_for(probe, tmp_path / 'latency.json', lambda report: report['frames']['received'] == 0)
    (tmp_path / 'latency.json').unlink()
    (tmp_path / 'latency.json').mkdir()
    assert node.wait() == 1
    assert len(node.log.splitlines()) == 1 and 'latency.json' in node.log
