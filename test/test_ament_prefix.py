# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The package's own files are found, and ROS finds a package that pip installed."""

import os
from pathlib import Path
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


def test_a_file_beside_the_sources_goes_before_one_that_is_installed(prefix, monkeypatch):
    folder = Path(prefix) / 'share' / 'lsnet_ros' / 'params'
    folder.mkdir(parents=True)
    for name in ('segmentation.yaml', 'other.yaml'):
        (folder / name).write_text('')
    sources = Path(__file__).resolve().parents[1]
    assert ament_prefix.params_file('segmentation.yaml') == sources / 'params/segmentation.yaml'
    assert ament_prefix.params_file('other.yaml') == folder / 'other.yaml'


def test_a_prefix_without_an_index_is_left_out(monkeypatch, tmp_path):
    monkeypatch.setattr(sys, 'prefix', str(tmp_path))
    monkeypatch.setenv('AMENT_PREFIX_PATH', '/opt/ros/kilted')
    ament_prefix.register()
    assert os.environ['AMENT_PREFIX_PATH'] == '/opt/ros/kilted'
