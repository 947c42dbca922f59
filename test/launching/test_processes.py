# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Nodes as child processes: their failures, their domain, and their end with the parent."""

import subprocess
import sys
import time

import pytest

from lsnet_ros.launching import processes
from lsnet_ros.launching.domains import choose_domain_id, HIGHEST_DOMAIN
from lsnet_ros.launching.processes import NodeError, running, RunningNode, wait_until

pytest.importorskip('rclpy')

STARTER = """
import sys
from pathlib import Path
from lsnet_ros.launching.processes import running
with running(Path(sys.argv[1]), 'segmentation_node', model=sys.argv[2]) as node:
    print(node.process.pid, flush=True)
    node.process.wait()
"""


def test_a_node_that_fails_is_named_with_its_last_words(tmp_path):
    with pytest.raises(NodeError, match='segmentation_node ended with status 1: .*nowhere'):
        with running(tmp_path, 'segmentation_node', model='nowhere') as node:
            node.process.wait(timeout=60)


def test_a_domain_is_never_that_of_all_robots_nor_of_the_ports_of_others():
    found = {int(choose_domain_id()) for _ in range(3000)}
    assert (min(found), max(found)) == (1, HIGHEST_DOMAIN) and HIGHEST_DOMAIN == 101


def test_nodes_are_ended_when_the_block_fails(tmp_path, tiny_model):
    with pytest.raises(KeyboardInterrupt):
        with running(tmp_path, 'segmentation_node', model=tiny_model) as node:
            assert node.process.poll() is None
            raise KeyboardInterrupt
    assert node.process.poll() is not None


def test_nodes_end_when_who_started_them_is_killed(tmp_path, tiny_model):
    starter = subprocess.Popen([sys.executable, '-c', STARTER, str(tmp_path), str(tiny_model)],
                               stdout=subprocess.PIPE, universal_newlines=True)
    pid = int(starter.stdout.readline())
    deadline = time.monotonic() + 30.0
    while 'is ready' not in (tmp_path / 'segmentation_node.log').read_text():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    starter.kill()
    starter.communicate()
    while _is_running(pid):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert 'Traceback' not in (tmp_path / 'segmentation_node.log').read_text()


def test_waiting_ends_when_nothing_happens(tmp_path, monkeypatch):
    monkeypatch.setattr(processes, 'STALLED_S', 0.3)
    with subprocess.Popen(['/bin/sleep', '60']) as process:
        node = RunningNode('some_node', process, tmp_path / 'some_node.log')
        with pytest.raises(NodeError, match='nothing happened for 0 s: see .*some_node.log'):
            wait_until(lambda: False, [node])
        process.kill()


def _is_running(pid):
    """Return whether a process exists and is no zombie."""
    try:
        with open('/proc/{}/stat'.format(pid)) as file:
            return file.read().rpartition(')')[2].split()[0] != 'Z'
    except FileNotFoundError:
        return False
