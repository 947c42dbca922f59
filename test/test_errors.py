# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

from hypothesis import given
from hypothesis import strategies as st
import pytest

from lsnet_ros.errors import describe, LsnetError, missing_module, not_known, one_line, visible


@pytest.mark.parametrize('text, expected', [
    ('road\x1b[2J', 'road\\x1b[2J'), ('\x1b]0;title\x07', '\\x1b]0;title\\x07'),
    ('a\nmean IoU  99.99', 'a\\nmean IoU  99.99'), ('a\rb\tc\x7f', 'a\\rb\\tc\\x7f'),
    ('\x9b2J', '\\x9b2J'), ('\u202egnp.exe', '\\u202egnp.exe'), ('a\udc80', 'a\\udc80'),
    ('\u2028', '\\u2028'), ('Größe 道路 \U0001f600', 'Größe 道路 \U0001f600'), (5, '5')])
def test_control_characters_are_written_as_they_are_called(text, expected):
    assert visible(text) == expected


def test_characters_to_be_kept_are_kept():
    assert visible('a\n\x1b', '\n') == 'a\n\\x1b'


@given(st.text(st.characters()))
def test_what_is_visible_can_be_encoded_and_is_on_one_line(text):
    shown = visible(text)
    assert len(shown.encode('utf-8').decode('utf-8').splitlines()) <= 1
    assert visible(shown) == shown


def test_a_message_on_one_line_is_visible_too():
    assert one_line('a \n b\x1b[0m') == 'a b\\x1b[0m'
    assert describe(LsnetError('no\x1b')) == 'no\\x1b'
    assert describe(KeyError('no\x1b')) == "KeyError: 'no\\x1b'"


@pytest.mark.parametrize('name, words', [
    ('lednt', " (did you mean 'lednet'?)"), ('unet', ''), ('', '')])
def test_a_name_is_answered_with_the_nearest_if_it_is_near(name, words):
    assert not_known('network', name, ['lsnet', 'lednet']) == (
        'network {!r} is not known{}'.format(name, words))


@pytest.mark.parametrize('module, remedy', [
    ('torch', '"make train" in the sources, or pip install "lsnet_ros[train]"'),
    ('rosbags.rosbag2', 'is not installed: pip install "lsnet_ros[bags]"'),
    ('dask', 'is not installed: pip install "lsnet_ros[fleet]"'),
    ('rclpy', 'source ROS 2'), ('sensor_msgs.msg', 'source ROS 2'),
    ('cv2', 'or pip install lsnet_ros')])
def test_a_missing_module_is_told_with_what_installs_it(module, remedy):
    text = missing_module(ModuleNotFoundError(name=module))
    assert text.startswith('the Python module {} is not installed: '.format(module.split('.')[0]))
    assert remedy in text
