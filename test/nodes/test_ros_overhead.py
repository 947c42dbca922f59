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
