# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The executables of the nodes run them, or say in one line which module is missing."""

from pathlib import Path
import subprocess
import sys

import pytest

from lsnet_ros.launching import executables

NAMES = sorted(path.stem for path in (
    Path(executables.__file__).parents[1] / 'nodes').glob('*_node.py'))
CODE = '''
import sys
sys.modules[sys.argv[2]] = None
from lsnet_ros.launching import executables
sys.exit(getattr(executables, sys.argv[1])())
'''


def run(name, missing):
    process = subprocess.run([sys.executable, '-c', CODE, name, missing], stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, universal_newlines=True)
    return process.returncode, process.stdout + process.stderr


@pytest.mark.parametrize('name', NAMES)
def test_every_node_names_the_messages_that_are_missing(name):
    pytest.importorskip('rclpy')
    status, output = run(name, 'sensor_msgs')
    assert status == 1
    assert output == ('{}: the Python module sensor_msgs is not installed: source ROS 2, or run '
                      '"make demo" in the sources\n'.format(name))


def test_opencv_that_is_missing_is_told_with_each_way_to_install_it():
    pytest.importorskip('rclpy')
    assert run('segmentation_node', 'cv2') == (1, (
        'segmentation_node: the Python module cv2 is not installed: "rosdep install" with ROS, '
        '"make demo" in the sources, or pip install lsnet_ros\n'))
