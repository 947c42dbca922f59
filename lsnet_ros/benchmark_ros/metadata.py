# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Metadata of a benchmark: model, frames, machine, versions and environment."""

import json
import os
import platform
import subprocess
import sys
import time
from typing import Any, Dict, NamedTuple, Optional
from xml.etree import ElementTree

from lsnet_ros.ament_prefix import installed
from lsnet_ros.benchmark_ros.graph import PreparedFrames
from lsnet_ros.board.board import Board, BoardFacts
from lsnet_ros.board.machine import Machine
from lsnet_ros.latency.report import RunReport, SegmentationStatus
from lsnet_ros.models.card import Model

MODULES = ('numpy', 'cv2', 'onnxruntime', 'openvino', 'torch', 'tensorrt')
SETTINGS = ('ROS_DISTRO', 'RMW_IMPLEMENTATION', 'FASTDDS_DEFAULT_PROFILES_FILE',
            'FASTRTPS_DEFAULT_PROFILES_FILE', 'FASTDDS_BUILTIN_TRANSPORTS', 'CYCLONEDDS_URI',
            'OMP_NUM_THREADS', 'CUDA_VISIBLE_DEVICES', 'OPENBLAS_CORETYPE')
CLOCKS = ('cpu_mhz', 'gpu_mhz', 'power_mode')
PREFIX = 'BenchmarkMetadata.'
IDLE_S = 1.0
# Run in a child process: torch alone takes hundreds of megabytes, which a board may lack twice.
VERSIONS = '''
import sys
sys.path[:] = filter(None, sys.path)  # not the current folder
import importlib, json
versions = {}
for name in sys.argv[1:]:
    try:
        versions[name] = str(getattr(importlib.import_module(name), '__version__', 'unknown'))
    except Exception:  # without a driver some raise other errors than ImportError
        versions[name] = None
print(json.dumps(versions))
'''


class Findings(NamedTuple):
    """Machine, board, node under test and clocks, as latency_node reports them."""

    machine: Machine
    board: BoardFacts
    segmentation: Optional[SegmentationStatus]
    clocks: Dict[str, Any]  # cpu_mhz, gpu_mhz and power_mode of the latest reading

    @classmethod
    def of_report(cls, report: RunReport) -> 'Findings':
        """Return the findings of a report of latency_node."""
        board = report.figures.board
        return cls(report.origin.machine, board.facts, report.origin.segmentation,
                   {name: getattr(board.latest, name, None) for name in CLOCKS})

    def as_json(self) -> Dict[str, Any]:
        """Return the fields by name."""
        segmentation = self.segmentation
        return {'machine': self.machine.as_json(), 'board': self.board.as_json(),
                'segmentation': None if segmentation is None else segmentation.as_json(),
                'clocks': self.clocks}


class BenchmarkMetadata(NamedTuple):
    """Everything known that the figures of a benchmark depend on."""

    names: Dict[str, Any]                  # by the names of ros2_benchmark
    frames: int
    model: Dict[str, Any]                  # name, network, input (height, width), sha256
    versions: Dict[str, Optional[str]]     # by module, None if it is missing
    environment: Dict[str, Optional[str]]  # ``SETTINGS``, None if unset
    findings: Optional[Findings] = None    # None before the first round

    @property
    def idle_cpu_percent(self) -> Optional[float]:
        """Load of all cores before the benchmark."""
        return self.names['IDLE_CPU_UTIL']

    def as_json(self) -> Dict[str, Any]:
        """Return the names of ros2_benchmark with their prefix, and the other fields."""
        known = dict({PREFIX + name: value for name, value in self.names.items()},
                     frames=self.frames, model=self.model, versions=self.versions,
                     environment=self.environment)
        return known if self.findings is None else dict(known, **self.findings.as_json())


def collect_metadata(model: Model, source: str, frames: PreparedFrames, settings: Dict[str, Any],
                     started: str) -> BenchmarkMetadata:
    """
    Collect everything known before the first round.

    :param source: of the frames
    :param settings: of the benchmark
    :param started: date and time, UTC
    """
    system = platform.uname()
    names = {
        'NAME': 'lsnet_ros: segmentation_node with {}'.format(model.name),
        'TEST_DATETIME': started, 'DEVICE_ARCH': system.machine,
        'DEVICE_OS': '{} {} {}'.format(system.system, system.release, system.version),
        'DEVICE_HOSTNAME': system.node, 'BENCHMARK_MODE': 'LOOPING',
        'INPUT_DATA_PATH': source, 'INPUT_DATA_HASH': frames.sha256,
        'INPUT_DATA_SIZE': sum(3 * height * width for height, width in frames.sizes),
        'DATA_RESOLUTION': '{1}x{0}'.format(*frames.sizes[0]), 'CONFIG': settings}
    names.update(measure_idle_load())
    return BenchmarkMetadata(
        names, frames.num_frames,
        model={'name': model.name, 'network': model.network,
               'input': [model.spec.height, model.spec.width],
               'sha256': dict(model.card['files'])},
        versions=read_versions(), environment={name: os.environ.get(name) for name in SETTINGS})


def measure_idle_load() -> Dict[str, Optional[float]]:
    """Return the load of CPU and GPU before the benchmark, in percent."""
    board = Board()
    try:
        board.read()
        time.sleep(IDLE_S)
        reading = board.read()
    finally:
        board.close()
    loads = {'IDLE_CPU_UTIL': reading.cpu_load, 'IDLE_GPU_UTIL': reading.gpu_load}
    return {name: None if load is None else 100 * load for name, load in loads.items()}


def read_versions() -> Dict[str, Optional[str]]:
    """Return the versions of Python, of this package and of ``MODULES``; None if missing."""
    process = subprocess.run([sys.executable, '-c', VERSIONS] + list(MODULES),
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                             universal_newlines=True, check=True)
    return dict(json.loads(process.stdout.splitlines()[-1]), python=platform.python_version(),
                lsnet_ros=_read_own_version())


def _read_own_version() -> Optional[str]:
    """Return the version of this package; None if its package.xml is not installed."""
    for path in installed('package.xml'):
        if path.is_file():
            return ElementTree.parse(str(path)).getroot().findtext('version')  # noqa: S314
    return None
