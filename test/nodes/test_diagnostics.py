# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Reports as messages."""

from types import SimpleNamespace

import pytest

from lsnet_ros.labels.label_sets import label_set
from lsnet_ros.nodes.diagnostics import diagnostic_array, format_value, Level, Report
from lsnet_ros.nodes.label_info import label_info, vision_info


@pytest.mark.parametrize('value, expected', [
    (0.125, '0.1250'), (float('nan'), 'nan'), (7, '7'), ('onnx', 'onnx')])
def test_values_are_formatted_for_people(value, expected):
    assert format_value(value) == expected


def test_a_report_becomes_one_status():
    messages = pytest.importorskip('diagnostic_msgs.msg')
    stamp = pytest.importorskip('builtin_interfaces.msg').Time(sec=3, nanosec=4)
    array = diagnostic_array('node: task', Report(Level.WARN, 'NO IMAGES: none', {'a': 1}), stamp,
                             hardware_id='model')
    assert array.header.stamp == stamp
    assert array.status == [messages.DiagnosticStatus(
        level=messages.DiagnosticStatus.WARN, name='node: task', message='NO IMAGES: none',
        hardware_id='model', values=[messages.KeyValue(key='a', value='1')])]


@pytest.mark.parametrize('level', Level)
def test_levels_are_those_of_the_message(level):
    status = pytest.importorskip('diagnostic_msgs.msg').DiagnosticStatus
    assert getattr(status, level.name) == level.value


MESSAGES = SimpleNamespace(LabelInfo=SimpleNamespace, VisionClass=SimpleNamespace,
                           VisionInfo=SimpleNamespace)


def test_label_info_names_every_class_id():
    class_map = label_info(MESSAGES, label_set('camvid')).class_map
    assert [(entry.class_id, entry.class_name) for entry in class_map][:3] == [
        (0, 'sky'), (1, 'building'), (2, 'pole')]
    assert len(class_map) == 11


def test_vision_info_lists_the_classes_in_words():
    info = vision_info(MESSAGES, label_set('camvid'))
    assert info.database_location.startswith('camvid: sky, building, pole, road')


def test_label_info_is_a_message_of_vision_msgs():
    messages = pytest.importorskip('vision_msgs.msg')
    make = label_info if hasattr(messages, 'LabelInfo') else vision_info
    assert make(messages, label_set('camvid')).header.frame_id == ''
