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
"""Imports go one way, and heavy ones only where they are needed."""

import ast
from pathlib import Path
import subprocess
import sys

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / 'lsnet_ros'
MODULES = sorted(PACKAGE.rglob('*.py'))

# Which rooms, a module or folder of the package, each room may import.
BASE = {'errors', 'files'}
MODEL = BASE | {'labels', 'model_card', 'model_files', 'preprocessing'}
RUNTIME = MODEL | {'backends', 'decoding', 'drawing', 'latency', 'metrics', 'segmenter',
                   'transport'}
ALLOWED = {
    '__init__': set(),
    'ament_prefix': set(),
    'charts': set(),
    'errors': set(),
    'files': set(),
    'frame_log': set(),
    'latency': set(),
    'latency_files': BASE | {'frame_log', 'power'},
    'latency_page': BASE | {'charts', 'latency_files', 'latency_run'},
    'latency_run': {'frame_log', 'latency', 'power'},
    'transport': set(),
    'decoding': {'decoding_samples', 'errors'},
    'decoding_samples': set(),
    'drawing': {'errors'},
    'image_files': set(),
    'labels': {'errors', 'labels_ade20k'},
    'labels_ade20k': set(),
    'machine': set(),
    'metrics': {'errors'},
    'power': set(),
    'preprocessing': {'errors'},
    'networks': set(),
    'engines': MODEL | {'backends', 'datasets', 'decoding', 'image_files', 'networks', 'power'},
    'model_card': {'errors', 'labels', 'preprocessing'},
    'model_files': MODEL | {'ament_prefix'},
    'backends': MODEL | {'datasets', 'decoding', 'engines', 'networks'},
    'segmenter': MODEL | {'backends', 'decoding'},
    'datasets': BASE | {'image_files', 'labels', 'preprocessing'},
    'training': BASE | {'ament_prefix', 'datasets', 'decoding', 'labels', 'metrics', 'networks',
                        'preprocessing'},
    'export': MODEL | {'export_graph', 'networks'},
    'export_graph': set(),
    'bags': {'datasets', 'errors', 'nodes'},
    'benchmark': RUNTIME | {'export', 'networks'},
    'benchmark_ros': MODEL | {'ament_prefix', 'latency_files', 'nodes', 'power'},
    'roofline': {'backends', 'machine', 'power'},
    'embedded_tables': RUNTIME | {'benchmark', 'datasets', 'export', 'networks', 'roofline'},
    'performance': RUNTIME | {'benchmark', 'datasets', 'networks', 'roofline'},
    'evaluation_plots': {'drawing', 'files', 'labels', 'metrics'},
    'expansion': MODEL | {'backends', 'benchmark', 'datasets', 'export', 'networks', 'training'},
    'nodes': RUNTIME | {'bags', 'datasets', 'engines', 'frame_log', 'image_files',
                        'latency_files', 'latency_page', 'latency_run', 'machine', 'power'},
    'commands': RUNTIME | {'bags', 'benchmark', 'benchmark_ros', 'datasets', 'embedded_tables',
                           'engines', 'evaluation_plots', 'expansion', 'export', 'image_files',
                           'machine', 'networks', 'nodes', 'performance', 'power', 'roofline',
                           'training'},
    'cli': BASE | {'ament_prefix', 'commands'},
}
# Where the modules of others may be imported; those not listed, everywhere.
ONLY_IN = {
    'rclpy': {'nodes'},
    'sensor_msgs': {'nodes'},
    'std_msgs': {'nodes'},
    'std_srvs': {'nodes'},
    'diagnostic_msgs': {'nodes'},
    'vision_msgs': {'nodes'},
    'torch': {'networks', 'datasets', 'training', 'backends', 'engines', 'expansion', 'export'},
    'tensorrt': {'backends', 'engines', 'export'},
    'torch2trt': {'backends', 'engines', 'export'},
    'onnx': {'export', 'export_graph'},
    'onnxruntime': {'backends', 'export'},
    'openvino': {'backends'},
    'matplotlib': {'evaluation_plots', 'expansion', 'training'},
    'rosbags': {'bags'},
}
# A frame through the ONNX backend, and what must not have been imported for it.
ONNX_PATH = '''
import sys
import lsnet_ros.cli
assert not {'numpy', 'cv2', 'yaml'} & set(sys.modules), 'importing the package imports more'
import numpy as np
from lsnet_ros.model_files import read_model
from lsnet_ros.segmenter import Segmenter
ids = Segmenter(read_model(sys.argv[1]), 'onnx').segment(np.zeros((40, 60, 3), np.uint8)).class_ids
assert ids.shape == (40, 60)
print(*sorted({'torch', 'rclpy', 'sensor_msgs', 'rosbags', 'onnx', 'openvino'} & set(sys.modules)))
'''


def imported(path):
    """Return the full names of the modules that a file imports, wherever it does."""
    parts = ('lsnet_ros',) + path.relative_to(PACKAGE).with_suffix('').parts
    names = set()
    for node in ast.walk(ast.parse(path.read_text(), str(path))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = list(parts[:-node.level]) if node.level else []
            module = '.'.join(base + ([node.module] if node.module else []))
            names.update([module] if module != 'lsnet_ros' else
                         [module + '.' + alias.name for alias in node.names])
    return names


def room(path):
    return path.relative_to(PACKAGE).with_suffix('').parts[0]


@pytest.mark.parametrize('path', MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_one_way(path):
    ours = {name.split('.')[1] for name in imported(path) if name.startswith('lsnet_ros.')}
    assert ours - {room(path)} <= ALLOWED[room(path)]


@pytest.mark.parametrize('path', MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_modules_of_others_stay_where_they_are_used(path):
    theirs = {name.split('.')[0] for name in imported(path)}
    assert {name for name in theirs if room(path) not in ONLY_IN.get(name, {room(path)})} == set()


def test_the_table_has_no_room_that_is_gone():
    rooms = {room(path) for path in MODULES}
    assert set(ALLOWED) == rooms


def test_the_onnx_path_needs_neither_torch_nor_ros(tiny_model):
    output = subprocess.check_output([sys.executable, '-c', ONNX_PATH, str(tiny_model)],
                                     cwd=str(PACKAGE.parent), universal_newlines=True)
    assert output == '\n'
