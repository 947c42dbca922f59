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
"""Everything that the figures of a benchmark depend on, as far as it can be known."""

import json
import os
import platform
import subprocess
import sys
import time
from typing import Any, Dict, Optional
from xml.etree import ElementTree

from lsnet_ros.ament_prefix import installed
from lsnet_ros.benchmark_ros.graph import Shown
from lsnet_ros.model_card import Model
from lsnet_ros.power import Board

MODULES = ('numpy', 'cv2', 'onnxruntime', 'openvino', 'torch', 'tensorrt')
SETTINGS = ('ROS_DISTRO', 'RMW_IMPLEMENTATION', 'FASTDDS_DEFAULT_PROFILES_FILE',
            'FASTRTPS_DEFAULT_PROFILES_FILE', 'FASTDDS_BUILTIN_TRANSPORTS', 'CYCLONEDDS_URI',
            'OMP_NUM_THREADS', 'CUDA_VISIBLE_DEVICES', 'OPENBLAS_CORETYPE')
IDLE_S = 1.0
# A process of its own, as torch alone takes hundreds of megabytes that a board may not have twice.
VERSIONS = '''
import importlib, json, sys
versions = {}
for name in sys.argv[1:]:
    try:
        versions[name] = str(getattr(importlib.import_module(name), '__version__', 'unknown'))
    except Exception:  # some fail with more than an ImportError where a driver is missing
        versions[name] = None
print(json.dumps(versions))
'''


def metadata(model: Model, source: str, shown: Shown, settings: Dict[str, Any],
             started: str) -> Dict[str, Any]:
    """
    Return what is known before the first round, with ros2_benchmark's names where it has one.

    :param source: that the frames are of
    :param settings: of the benchmark: rates, rounds, seconds and so on
    :param started: date and time, UTC
    """
    system = platform.uname()
    names = {
        'NAME': 'lsnet_ros: segmentation_node with {}'.format(model.name),
        'TEST_DATETIME': started, 'DEVICE_ARCH': system.machine,
        'DEVICE_OS': '{} {} {}'.format(system.system, system.release, system.version),
        'DEVICE_HOSTNAME': system.node, 'BENCHMARK_MODE': 'LOOPING',
        'INPUT_DATA_PATH': source, 'INPUT_DATA_HASH': shown.sha256,
        'INPUT_DATA_SIZE': sum(3 * height * width for height, width in shown.sizes),
        'DATA_RESOLUTION': '{1}x{0}'.format(*shown.sizes[0]), 'CONFIG': settings}
    names.update(idle())
    return dict(
        {'BenchmarkMetadata.' + name: value for name, value in names.items()},
        frames=shown.count,
        model={'name': model.name, 'network': model.network,
               'input': [model.spec.height, model.spec.width],
               'sha256': dict(model.card['files'])},
        versions=versions(), environment={name: os.environ.get(name) for name in SETTINGS})


def add_findings(known: Dict[str, Any], report: Dict[str, Any]) -> None:
    """
    Add what latency_node found: machine, board and the backend in use.

    :param known: what ``metadata`` gives
    :param report: of latency_node
    """
    known.update(machine=report['machine'], board=report['board']['facts'],
                 segmentation=report['segmentation'])
    latest = report['board']['latest'] or {}
    known['clocks'] = {name: latest.get(name) for name in ('cpu_mhz', 'gpu_mhz', 'power_mode')}


def idle() -> Dict[str, Optional[float]]:
    """Return how busy CPU and GPU are, in percent, while nothing of ours runs."""
    board = Board()
    try:
        board.read()
        time.sleep(IDLE_S)
        reading = board.read()
    finally:
        board.close()
    loads = {'IDLE_CPU_UTIL': reading.cpu_load, 'IDLE_GPU_UTIL': reading.gpu_load}
    return {name: None if load is None else 100 * load for name, load in loads.items()}


def versions() -> Dict[str, Any]:
    """Return the versions of the modules that do the work; None for those that are not there."""
    process = subprocess.run([sys.executable, '-c', VERSIONS] + list(MODULES),
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                             universal_newlines=True, check=True)
    return dict(json.loads(process.stdout.splitlines()[-1]), python=platform.python_version(),
                lsnet_ros=_own_version())


def _own_version() -> Optional[str]:
    """Return the version of this package, None if it was installed without its manifest."""
    for path in installed('package.xml'):
        if path.is_file():
            return ElementTree.parse(str(path)).getroot().findtext('version')
    return None
