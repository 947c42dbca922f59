# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Messages that never pair leave the memory of the nodes as it is."""

from pathlib import Path
import re
import subprocess
import sys

import pytest

pytest.importorskip('rclpy')

SCRIPT = Path(__file__).resolve().parents[2] / 'benchmarks' / 'flood.py'


def test_twenty_thousand_messages_without_a_pair_take_no_more_memory_than_two_thousand():
    process = subprocess.run(
        [sys.executable, str(SCRIPT), '--messages', '20000'], stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, universal_newlines=True, timeout=120)
    assert process.returncode == 0, process.stdout + process.stderr
    assert re.findall(r'(\w+): 20000 messages', process.stdout) == [
        'evaluation_node', 'latency_node']
