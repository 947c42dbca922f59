# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The node on a machine with TensorRT, for which a stand-in computes in the memory of the host."""

import json
import os
from pathlib import Path
import subprocess
import time

import pytest

from lsnet_ros.frames import messages
from lsnet_ros.models.folder import read_model
from lsnet_ros.segmenter import Segmenter

pytest.importorskip('rclpy')
pytest.importorskip('torch')
from diagnostic_msgs.msg import DiagnosticArray  # noqa: E402
from rclpy.qos import QoSProfile, ReliabilityPolicy  # noqa: E402
from sensor_msgs.msg import Image  # noqa: E402

CAMERA_QOS = QoSProfile(depth=1, reliability=ReliabilityPolicy.BEST_EFFORT)
STAND_INS = Path(__file__).resolve().parents[1] / 'engines'
TENSORRT = '''
import sys
sys.path.append({stand_ins!r})
from stand_in import of_version
from lsnet_ros.backends import tensorrt_backend
from lsnet_ros.engines import building
tensorrt_backend.DEVICE = building.DEVICE = 'cpu'
sys.modules['tensorrt'] = of_version('8.2.1.8', faults={faults!r})
'''


@pytest.fixture
def tensorrt(tmp_path, monkeypatch):
    """Return what gives the processes started from then on a TensorRT, and an empty cache."""
    def installed(faults):
        (tmp_path / 'tensorrt.py').write_text(TENSORRT.format(
            stand_ins=str(STAND_INS), faults=faults))
        monkeypatch.setenv('PYTHONPATH', os.pathsep.join(
            [str(tmp_path)] + os.environ.get('PYTHONPATH', '').split(os.pathsep)))
        monkeypatch.setenv('LSNET_ENGINES', str(tmp_path / 'engines'))
        return tmp_path / 'engines'
    return installed


@pytest.fixture
def run(start, tiny_model):
    """Return what starts the node; those of other tests have ended."""
    nodes = []

    def started(**parameters):
        nodes.append(start('segmentation_node', model=tiny_model, **parameters))
        return nodes[-1]

    yield started
    for node in nodes:
        node.kill()


class Watch:
    """What a node says of itself and gives, while frames are shown to it."""

    def __init__(self, probe, frame):
        self.messages, self.values, self.levels = [], {}, []
        self._probe, self._shown_at = probe, 0.0
        self._frame = messages.from_rgb(frame, messages.make_header(1, 'camera'))
        probe.node.create_subscription(DiagnosticArray, '/diagnostics', self._take, 10)
        self.masks = probe.listen(Image, 'segmentation/mask')
        self._pub = probe.node.create_publisher(Image, 'image', CAMERA_QOS)

    def _take(self, array):
        status = array.status[0]
        if status.name == 'segmentation_node: segmentation':
            self.messages.append(status.message)
            self.levels.append(status.level)
            self.values = {entry.key: entry.value for entry in status.values}

    def until(self, is_so):
        """Show frames until something is so."""
        def shown():
            if time.monotonic() - self._shown_at > 0.2:  # most of the processor is for the build
                # A stamp of another time would be a warning about clocks.
                self._frame.header = messages.make_header(int(time.time() * 1e9), 'camera')
                self._pub.publish(self._frame)
                self._shown_at = time.monotonic()
            return is_so()
        self._probe.spin_until(shown, timeout_s=240.0)


@pytest.fixture
def watch(probe, frame):
    return Watch(probe, frame)


@pytest.fixture(scope='module')
def other(tiny_model):
    """Return the name of the backend that auto takes where there is no TensorRT."""
    return Segmenter(read_model(tiny_model)).backend.name


def test_the_node_answers_while_it_builds_and_changes_over(
        tensorrt, run, watch, set_parameter, tiny_model, frame, other):
    engines = tensorrt({})
    node = run()
    watch.until(lambda: watch.masks and any(
        message.startswith('BUILDING: engine: ') and '; meanwhile RUNNING: ' in message
        for message in watch.messages))
    assert watch.values['state'] == 'BUILDING' and watch.values['backend'] == other
    assert set_parameter('output_size', string_value='network').successful  # same build, goes on
    watch.until(lambda: watch.values['backend'] == 'tensorrt')
    assert node.log.count('while its engine is built') == 1
    expected = Segmenter(read_model(tiny_model), 'torch', 'network').segment(frame).class_ids
    del watch.masks[:]
    watch.until(lambda: len(watch.masks) > 3 and watch.messages[-1].startswith('RUNNING: '))
    masks = [messages.to_class_ids(mask) for mask in watch.masks]
    assert all(mask.shape == (90, 120) and (mask == expected).mean() > 0.99 for mask in masks)
    assert watch.levels[-1] == b'\x00'
    assert watch.values['backend_reason'].startswith('tensorrt (TensorRT 8.2.1.8, fp16, CPU)')
    assert watch.values['frames_bad'] == '0'
    said = [node.log.index(text) for text in (
        'tiny runs with {} while its engine is built'.format(other), 'tiny is ready: ' + other,
        'tiny is ready: tensorrt')]
    assert said == sorted(said)
    assert node.interrupt() == 0
    card, = engines.glob('*.json')
    assert json.loads(card.read_text())['precision'] == 'fp16'

    again = run(backend='tensorrt')
    watch.until(lambda: 'is ready' in again.log)
    assert 'tiny is ready: tensorrt' in again.log and 'is built' not in again.log
    assert again.interrupt() == 0


def test_where_no_engine_passes_the_gate_the_node_goes_on_and_says_so(
        tensorrt, run, watch, other):
    tensorrt({'fp16': 'wrong classes', 'fp32': 'nan'})
    for is_built in (True, False):  # the second time there is a card that says it
        node = run(backend='tensorrt')
        watch.until(lambda: watch.messages and watch.messages[-1].startswith('RUNNING: ')
                    and '; no engine: ' in watch.messages[-1])
        assert watch.levels[-1] == b'\x01'
        assert 'no engine for tiny computes the same as PyTorch (fp16 is not used: ' in (
            watch.messages[-1])
        assert watch.values['backend'] == other
        del watch.masks[:]
        watch.until(lambda: watch.masks)
        assert 'tiny goes on without an engine: ' in node.log
        assert ('while its engine is built' in node.log) == is_built
        assert node.interrupt() == 0
        assert 'Traceback' not in node.log
        del watch.messages[:]


def test_a_build_that_fails_leaves_the_node_as_it_is(tensorrt, run, watch, other):
    tensorrt({'fp16': 'killed'})
    run()
    watch.until(lambda: watch.messages and '; no engine: ' in watch.messages[-1])
    assert watch.messages[-1].startswith('RUNNING: ')
    assert 'the build was killed' in watch.messages[-1]
    assert watch.values['backend'] == other
    del watch.masks[:]
    watch.until(lambda: len(watch.masks) > 1)


def test_the_build_ends_with_the_node(tensorrt, run, watch):
    engines = tensorrt({'fp16': 'slow'})
    node = run()
    watch.until(lambda: any('BUILDING' in message for message in watch.messages))
    assert node.interrupt() == 0
    assert 'Traceback' not in node.log and 'without an engine' not in node.log
    running = subprocess.check_output(['/bin/ps', '-eo', 'args'], universal_newlines=True)
    assert str(engines) not in running
    assert list(engines.glob('*')) == []


def test_without_tensorrt_the_backend_tensorrt_is_refused(run):
    node = run(backend='tensorrt')
    assert node.wait() == 1
    assert 'TensorRT cannot be imported' in node.log and 'Traceback' not in node.log
