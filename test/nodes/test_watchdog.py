# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""A worker that hangs is told, and ends its program."""

import re
import subprocess
import sys

import pytest

pytest.importorskip('rclpy')
from diagnostic_msgs.msg import DiagnosticArray  # noqa: E402
from rclpy.qos import qos_profile_sensor_data  # noqa: E402
from sensor_msgs.msg import Image  # noqa: E402

from lsnet_ros.frames import messages  # noqa: E402

HANGING = '''
import sys, threading
from lsnet_ros.nodes import segmentation_node
segment = segmentation_node.Segmenter.segment
def hang(self, image, **options):
    if image.any():  # not at the warm-up, which has a black one
        threading.Event().wait()
    return segment(self, image, **options)
segmentation_node.Segmenter.segment = hang
sys.exit(segmentation_node.main())
'''


def test_a_worker_that_hangs_is_an_error_and_ends_the_program(ros, probe, frame, tiny_model):
    process = subprocess.Popen(
        [sys.executable, '-c', HANGING, '--ros-args', '-p', 'model:={}'.format(tiny_model),
         '-p', 'backend:=onnx', '-p', 'watchdog_s:=8.0'],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)
    try:
        reports = probe.listen(DiagnosticArray, '/diagnostics')
        probe.listen(Image, 'segmentation/mask')  # else the network rests
        pub = probe.publisher(Image, 'image', qos_profile_sensor_data)

        def is_stuck():
            pub.publish(messages.from_rgb(frame, messages.make_header(1, 'camera')))
            return any(status.level == b'\x02' and status.message.startswith(
                'STUCK: no result of a frame for') for array in reports for status in array.status)

        probe.spin_until(is_stuck)
        output, _ = process.communicate(timeout=30.0)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 70
    assert 'the worker hangs; the program ends' in output.splitlines()[-1]


def test_a_worker_that_answers_or_waits_is_left_alone(start, probe, frame, tiny_model):
    node = start('segmentation_node', '__ns:=/alive', model=tiny_model, backend='onnx',
                 watchdog_s=0.8)
    masks = probe.listen(Image, '/alive/segmentation/mask')
    pub = probe.publisher(Image, '/alive/image', qos_profile_sensor_data)

    def has_many():
        pub.publish(messages.from_rgb(frame, messages.make_header(1, 'camera')))
        return len(masks) > 20

    probe.spin_until(has_many)
    probe.spin(1.5)
    assert node.interrupt() == 0


HANGING_AT_START = '''
import sys, threading
from lsnet_ros.nodes import backend_state, segmentation_node
backend_state.STUCK_OPENING_S = 1.0
segmentation_node.OPENING = 3
segmentation_node.ModelChange.open_first = lambda self, choice: threading.Event().wait()
sys.exit(segmentation_node.main())
'''


def test_a_backend_that_never_opens_is_an_error_and_ends_the_program(ros, probe, tiny_model):
    reports = probe.listen(DiagnosticArray, '/diagnostics')
    process = subprocess.Popen(
        [sys.executable, '-c', HANGING_AT_START, '--ros-args', '-r', '__ns:=/opening', '-p',
         'model:={}'.format(tiny_model), '-p', 'backend:=onnx', '-p', 'watchdog_s:=2.0'],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True)
    try:
        probe.spin_until(lambda: any(
            status.level == b'\x02' and status.message.startswith(
                'STUCK: the backend onnx has been opening for')
            for array in reports for status in array.status))
        output, _ = process.communicate(timeout=30.0)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 70
    assert re.search('the backend has been opening for [0-9]+ s: the worker hangs',
                     output.splitlines()[-1])


BUG = '''
import sys
from lsnet_ros.nodes import segmentation_node
segmentation_node.SegmentationNode._on_worker_news = lambda self: 1 / 0
sys.exit(segmentation_node.main())
'''


def test_a_bug_keeps_its_traceback_and_has_a_status_of_its_own(ros, tiny_model):
    process = subprocess.run(
        [sys.executable, '-c', BUG, '--ros-args', '-p', 'model:={}'.format(tiny_model),
         '-p', 'backend:=onnx'], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        universal_newlines=True, timeout=60)
    assert process.returncode == 70
    assert 'Traceback' in process.stdout and 'ZeroDivisionError' in process.stdout
