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
"""Nodes in processes: how they fail, and that they end with whoever started them."""

import subprocess
import sys
import time

from lsnet_ros.nodes import processes
from lsnet_ros.nodes.processes import NodeError, running, RunningNode, wait_until
import pytest

pytest.importorskip('rclpy')

STARTER = """
import sys
from pathlib import Path
from lsnet_ros.nodes.processes import running
with running(Path(sys.argv[1]), 'segmentation_node', model=sys.argv[2]) as node:
    print(node.process.pid, flush=True)
    node.process.wait()
"""


def test_a_node_that_fails_is_named_with_its_last_words(tmp_path):
    with pytest.raises(NodeError, match='segmentation_node ended with status 1: .*nowhere'):
        with running(tmp_path, 'segmentation_node', model='nowhere') as node:
            node.process.wait(timeout=60)


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
    with subprocess.Popen(['sleep', '60']) as process:
        node = RunningNode('some_node', process, tmp_path / 'some_node.log')
        with pytest.raises(NodeError, match='nothing happened for 0 s: see .*some_node.log'):
            wait_until(lambda: False, [node])
        process.kill()


def _is_running(pid):
    """Tell whether a process is there and not a zombie that nobody waits for."""
    try:
        with open('/proc/{}/stat'.format(pid)) as file:
            return file.read().rpartition(')')[2].split()[0] != 'Z'
    except FileNotFoundError:
        return False
