# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The shared part of the launch files, as far as it needs no launch."""

import pytest

from lsnet_ros.launching.launch_files import PackageError, require_package


def test_a_package_that_is_missing_ends_the_launch_with_its_remedy(monkeypatch):
    pytest.importorskip('ament_index_python')
    monkeypatch.setenv('ROS_DISTRO', 'humble')
    with pytest.raises(PackageError) as caught:
        require_package('no_such_viewer', 'rviz:=true')
    assert str(caught.value) == (
        'the ROS package no_such_viewer is not installed: apt install ros-humble-no-such-viewer, '
        'or leave rviz:=true out')


def test_a_package_that_is_there_is_fine():
    index = pytest.importorskip('ament_index_python.packages')
    try:
        index.get_package_prefix('lsnet_ros')
    except index.PackageNotFoundError:
        pytest.skip('lsnet_ros is not in the ament index')
    require_package('lsnet_ros', 'any')
