# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Messages that a real node cannot use cost those messages only."""

import json
import signal
import struct

import numpy as np
import pytest

pytest.importorskip('rclpy')
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue  # noqa: E402
from rclpy.qos import qos_profile_sensor_data  # noqa: E402
from sensor_msgs.msg import Image  # noqa: E402

from lsnet_ros.frames import messages  # noqa: E402
from lsnet_ros.nodes.guard import Guard  # noqa: E402
from lsnet_ros.nodes.interruption import is_interrupt  # noqa: E402
from lsnet_ros.nodes.timing_message import read_timing, TimingError  # noqa: E402


def timing(stamp=1, **values):
    """Return a timing message with these values."""
    return DiagnosticArray(header=messages.make_header(stamp, ''), status=[DiagnosticStatus(
        values=[KeyValue(key=key, value=value) for key, value in values.items()])])


BAD_TIMINGS = [
    (DiagnosticArray(), 'it has no status: expected one with the stages of a frame'),
    (timing(total_ms='abc'), "total_ms is 'abc': expected ms, 0 or more"),
    (timing(total_ms='nan'), "total_ms is 'nan': expected ms, 0 or more"),
    (timing(wait_ms='-1.0'), "wait_ms is '-1.0': expected ms, 0 or more"),
    (timing(frames_replaced='1.5'), "frames_replaced is '1.5': expected a whole number"),
    (timing(frames_replaced='9' * 19), 'expected a whole number')]


@pytest.mark.parametrize('message, text', BAD_TIMINGS)
def test_a_timing_that_is_no_number_is_refused(message, text):
    with pytest.raises(TimingError, match=text.replace('.', r'\.')):
        read_timing(message)


def test_only_known_stages_are_taken():
    message = timing(total_ms='1.5', other_ms='2.5', frames_replaced='7')
    assert read_timing(message) == ({'total_ms': 1.5}, 7)
    assert read_timing(timing()) == ({}, None)


def test_unusable_messages_are_dropped_counted_and_told_and_latency_node_goes_on(
        start, probe, tmp_path):
    node = start('latency_node', '__ns:=/hurt', latency_folder=tmp_path, warm_up=0)
    reports = probe.listen(DiagnosticArray, '/diagnostics')
    timings = probe.publisher(DiagnosticArray, '/hurt/segmentation/timing')
    masks = probe.publisher(Image, '/hurt/segmentation/mask')
    images = probe.publisher(Image, '/hurt/image', qos_profile_sensor_data)

    def status():
        found = [array.status[0] for array in reports
                 if array.status[0].name == 'hurt/latency_node: latency']
        return found[-1] if found else DiagnosticStatus()

    def dropped():
        return {entry.key: entry.value for entry in status().values}.get('messages_dropped')

    probe.spin_until(lambda: dropped() == '0')
    for message, _ in BAD_TIMINGS:
        timings.publish(message)
        probe.spin(0.1)
    probe.spin_until(lambda: dropped() == '6')

    def is_refused():
        images.publish(b'\0\1\0\0')  # again: best effort may lose it
        return int(dropped()) > 6

    probe.spin_until(is_refused)
    assert 'message on image dropped: message of 4 bytes ends' in status().message
    masks.publish(messages.from_class_ids(
        np.zeros((1, 1), np.uint8), messages.make_header(5, 'camera')))
    timings.publish(timing(5, total_ms='1.5', new_ms='2.5'))
    probe.spin_until(lambda: 'RUNNING: 1 frames' in status().message)
    assert status().level == b'\x01'
    assert 'dropped: ' in status().message and ': check its publisher' in status().message
    assert 'message on segmentation/timing dropped: it has no status' in node.log
    assert node.interrupt() == 0
    report = json.loads((tmp_path / 'latency.json').read_text())
    assert report['frames']['received'] == 1
    assert report['stages_ms']['total_ms']['max'] == 1.5
    assert 'new_ms' not in report['stages_ms']


def test_a_callback_that_raises_does_not_end_the_spin(probe):
    guard, taken = Guard(probe.node), []

    def use(message):
        taken.append(message.height)
        raise struct.error('4 bytes\nare too few')

    guard.subscribe(Image, 'frail', use, 10)
    pub = probe.publisher(Image, 'frail')
    for height in (1, 2):
        pub.publish(Image(height=height))
    probe.spin_until(lambda: taken == [1, 2])
    assert guard.dropped == 2
    assert guard.warnings() == [
        'message on frail dropped: 4 bytes are too few: check its publisher']


@pytest.mark.parametrize('content', [b'\0\1\0\0', b'\0\1\0\0' + b'\xff' * 40, b'\xff' * 9])
def test_bytes_that_are_no_message_do_not_end_the_spin(content, probe):
    guard, taken = Guard(probe.node), []
    guard.subscribe(Image, 'torn', lambda message: taken.append(message.height), 10)
    pub = probe.publisher(Image, 'torn')
    pub.publish(content)
    pub.publish(Image(height=7))
    probe.spin_until(lambda: taken == [7])
    assert guard.dropped == 1
    assert guard.warnings()[0].startswith('message on torn dropped: ')


def test_an_interrupt_while_a_message_is_converted_is_not_the_fault_of_the_message(
        probe, monkeypatch):
    guard = Guard(probe.node)
    guard.subscribe(DiagnosticArray, 'converted', lambda message: None, 10)
    pub = probe.publisher(DiagnosticArray, 'converted')
    message = DiagnosticArray()
    with monkeypatch.context() as patch:
        patch.setattr(DiagnosticArray, '__init__',
                      lambda _: signal.default_int_handler(signal.SIGINT, None))
        pub.publish(message)
        with pytest.raises(TypeError) as caught:
            probe.spin(5.0)
    assert is_interrupt(caught.value)
    assert guard.dropped == 0


def test_a_message_too_short_for_a_stamp_is_refused():
    with pytest.raises(messages.EncodingError, match='message of 4 bytes ends before its stamp'):
        messages.stamp_of_bytes(b'\0\1\0\0')
