# Copyright 2026 The lsnet_ros authors
#
# Licensed under the Apache License, Version 2.0 (the "License");
# you may not use this file except in compliance with the License.
# You may obtain a copy of the License at
#
#     http://www.apache.org/licenses/LICENSE-2.0
#
# Unless required by applicable law or agreed to in writing, software
# distributed under the License is distributed on an "AS IS" BASIS,
# WITHOUT WARRANTIES OR CONDITIONS OF ANY KIND, either express or implied.
# See the License for the specific language governing permissions and
# limitations under the License.
"""A Python that pip installed the package for makes it known to ROS."""

import os
import sys

import pytest

from lsnet_ros import ament_prefix


@pytest.fixture
def prefix(monkeypatch, tmp_path):
    """Return the prefix of a Python that has an ament index."""
    (tmp_path / ament_prefix.INDEX).mkdir(parents=True)
    monkeypatch.setattr(sys, 'prefix', str(tmp_path))
    return str(tmp_path)


@pytest.mark.parametrize('before, after', [
    ('', '{}'), ('/opt/ros/kilted', '{}:/opt/ros/kilted'), ('/one:{}:/two', '/one:{}:/two')])
def test_the_prefix_goes_first_unless_it_is_there(prefix, monkeypatch, before, after):
    monkeypatch.setenv('AMENT_PREFIX_PATH', before.format(prefix))
    ament_prefix.register()
    assert os.environ['AMENT_PREFIX_PATH'] == after.format(prefix)


def test_a_prefix_without_an_index_is_left_out(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, 'prefix', str(tmp_path))
    monkeypatch.setenv('AMENT_PREFIX_PATH', '/opt/ros/kilted')
    ament_prefix.register()
    assert os.environ['AMENT_PREFIX_PATH'] == '/opt/ros/kilted'
