# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The benchmark of the first mask measures real starts."""

from pathlib import Path
import re
import subprocess
import sys

import pytest

pytest.importorskip('rclpy')
SCRIPT = Path(__file__).resolve().parents[2] / 'benchmarks' / 'first_mask.py'


def test_each_start_is_measured(tiny_model):
    printed = subprocess.check_output(
        [sys.executable, str(SCRIPT), '--model', str(tiny_model), '--backend', 'onnx',
         '--starts', '2'], universal_newlines=True, timeout=120)
    seconds = re.search(r'first mask: ([0-9.]+), ([0-9.]+)\nmedian ([0-9.]+) s\n$', printed)
    first, second, median = map(float, seconds.groups())
    assert 0 < min(first, second) <= median <= max(first, second)
