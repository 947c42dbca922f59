# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

import json
from pathlib import Path
import subprocess
import sys

import pytest

pytest.importorskip('rclpy')

SCRIPT = Path(__file__).resolve().parents[2] / 'benchmarks' / 'ros_overhead.py'


def test_both_ways_are_measured_and_no_frame_is_lost(tiny_model):
    process = subprocess.run(
        [sys.executable, str(SCRIPT), '--model', str(tiny_model), '--size', '90x120',
         '--frames', '3'],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True, timeout=60)
    assert process.returncode == 0, process.stderr
    report = json.loads(process.stdout)
    assert (report['frames'], report['lost']) == (3, 0)
    assert report['image_to_mask_ms'] > report['segmenter_ms'] > 0
    assert report['ratio'] == pytest.approx(report['ros_ms'] / report['transport_ms'])
