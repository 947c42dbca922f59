# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Segments of Fast DDS that dead processes left behind are removed; those in use stay."""

import os
from pathlib import Path
import re
import subprocess
import sys

import pytest

from lsnet_ros.launching.domains import choose_domain_id
from lsnet_ros.launching.shared_memory import FOLDER, free_bytes, remove_dead_segments
from lsnet_ros.launching.transport import transport_environment

SEGMENT, PORT = 'fastdds_0123456789abcdef', 'fastdds_port7411'
NODE = '''
import time
import rclpy
rclpy.init()
node = rclpy.create_node('node_of_the_test')
print('ready', flush=True)
time.sleep(60)
'''


@pytest.fixture
def folder(tmp_path):
    """Return a folder with a segment of 8 kB, a port, their locks and files of others."""
    for name in (SEGMENT, SEGMENT + '_el', PORT, PORT + '_el', PORT + '_sl',
                 'sem.' + PORT + '_mutex', 'fastdds_0000000000000000', 'fastdds_notes', 'mine'):
        (tmp_path / name).write_bytes(b'')
    (tmp_path / SEGMENT).write_bytes(bytes(8192))
    return tmp_path


def lock(path):
    """Start a process that holds the lock of a file until it is killed."""
    code = ('import fcntl, sys, time; file = open(sys.argv[1], "rb");'
            'fcntl.flock(file, fcntl.LOCK_SH); print("ready", flush=True); time.sleep(60)')
    process = subprocess.Popen([sys.executable, '-c', code, str(path)], stdout=subprocess.PIPE)
    assert process.stdout.readline() == b'ready\n'
    return process


def test_dead_segments_and_ports_are_removed_with_their_locks(folder):
    assert remove_dead_segments(folder) == 8192
    assert sorted(path.name for path in folder.iterdir()) == [
        'fastdds_0000000000000000', 'fastdds_notes', 'mine']  # without a lock file, none of ours
    assert remove_dead_segments(folder) == 0


@pytest.mark.parametrize('locked, kept', [
    (SEGMENT + '_el', [SEGMENT, SEGMENT + '_el']),
    (PORT + '_el', [PORT, PORT + '_el', PORT + '_sl', 'sem.' + PORT + '_mutex']),
    (PORT + '_sl', [PORT, PORT + '_el', PORT + '_sl', 'sem.' + PORT + '_mutex'])])
def test_those_that_a_process_locks_stay(locked, kept, folder):
    process = lock(folder / locked)
    try:
        remove_dead_segments(folder)
    finally:
        process.kill()
        process.communicate()
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        kept + ['fastdds_0000000000000000', 'fastdds_notes', 'mine'])


def test_a_machine_without_shared_memory_has_none_free(tmp_path):
    assert free_bytes(tmp_path / 'nowhere') == 0
    assert remove_dead_segments(tmp_path / 'nowhere') == 0
    assert free_bytes(tmp_path) > 0


def test_the_segments_of_a_killed_node_are_removed_and_those_of_a_running_one_stay():
    middleware = pytest.importorskip('rclpy').get_rmw_implementation_identifier()
    if 'fastrtps' not in middleware or not FOLDER.is_dir():
        pytest.skip('no shared memory of Fast DDS')
    environment = dict(os.environ, ROS_DOMAIN_ID=choose_domain_id(), **transport_environment({}))

    def start():
        node = subprocess.Popen([sys.executable, '-c', NODE], env=environment,
                                stdout=subprocess.PIPE)
        assert node.stdout.readline() == b'ready\n'
        maps = Path('/proc/{}/maps'.format(node.pid)).read_text()  # others have segments too
        return node, {FOLDER / name for name in re.findall('fastdds_[0-9a-f]{16}', maps)}

    killed, left = start()
    running, used = start()
    try:
        killed.kill()
        killed.communicate()
        remove_dead_segments()  # or another test at the same time
        assert left and not any(segment.exists() for segment in left)
        assert used - left and all(segment.exists() for segment in used - left)
    finally:
        running.kill()
        running.communicate()
