# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Imports go down only, and heavy ones only where they are needed."""

import ast
from pathlib import Path
import subprocess
import sys

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / 'lsnet_ros'
MODULES = sorted(PACKAGE.rglob('*.py'))

# The floors from the lowest to the highest: a room, a module or folder of the package, imports
# rooms of lower floors only. What is drawn in docs/architecture.md.
FLOORS = (
    {'ament_prefix', 'errors', 'files'},
    {'limits'},
    {'board', 'networks', 'scenes'},
    {'frames', 'labels', 'stages'},
    {'bags', 'datasets', 'freespace', 'latency', 'launching', 'models'},
    {'engines', 'sources', 'training'},
    {'backends', 'benchmark_ros'},
    {'segmenter'},
    {'evaluation', 'nodes', 'speed'},
    {'expansion'},
    {'commands'},
    {'__init__', 'cli', 'latency_page', 'transport'},
    {'__main__'},
)
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
# Where the modules of others may be imported; those not listed, everywhere.
ONLY_IN = {
    'rclpy': {'nodes', 'launching', 'frames'},
    'sensor_msgs': {'nodes', 'launching', 'frames'},
    'std_msgs': {'nodes', 'launching', 'frames'},
    'std_srvs': {'nodes'},
    'diagnostic_msgs': {'nodes', 'launching'},
    'vision_msgs': {'nodes'},
    'torch': {'networks', 'datasets', 'training', 'models', 'backends', 'engines', 'evaluation',
              'expansion', 'speed'},
    'tensorrt': {'backends', 'engines'},
    'torch2trt': {'backends', 'engines'},
    'onnx': {'models'},
    'onnxruntime': {'backends', 'models'},
    'openvino': {'backends'},
    'matplotlib': {'evaluation', 'expansion', 'latency', 'training'},
    'PIL': {'datasets', 'frames'},
    'dask': {'evaluation'},
    'distributed': {'evaluation'},
    'rosbags': {'bags'},
    'launch': {'launching'},
    'launch_ros': {'launching'},
}
MOST_AT_THE_ROOT = 8
"""Modules: the front doors, and names that were published before the rooms."""
# A frame through the ONNX backend, and what must not have been imported for it.
ONNX_PATH = '''
import sys
import lsnet_ros.cli
assert not {'numpy', 'cv2', 'yaml'} & set(sys.modules), 'importing the package imports more'
import numpy as np
from lsnet_ros.models.folder import read_model
from lsnet_ros.segmenter import Segmenter
ids = Segmenter(read_model(sys.argv[1]), 'onnx').segment(np.zeros((40, 60, 3), np.uint8)).class_ids
assert ids.shape == (40, 60)
print(*sorted({'torch', 'rclpy', 'sensor_msgs', 'rosbags', 'onnx', 'openvino'} & set(sys.modules)))
'''


def imported(path, at_the_top=False):
    """Return the full names of the modules that a file imports, also inside of functions."""
    parts = ('lsnet_ros',) + path.relative_to(PACKAGE).with_suffix('').parts
    names = set()
    tree = ast.parse(path.read_text(), str(path))
    for node in tree.body if at_the_top else ast.walk(tree):
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


def rooms_imported(path):
    return {name.split('.')[1] for name in imported(path) if name.startswith('lsnet_ros.')}


@pytest.mark.parametrize('path', MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down_only(path):
    above = {name for name in rooms_imported(path) - {room(path)}
             if FLOOR_OF[name] >= FLOOR_OF[room(path)]}
    assert above == set()


def test_files_of_a_room_do_not_import_in_circles():
    def name_of(path):
        parts = ('lsnet_ros',) + path.relative_to(PACKAGE).with_suffix('').parts
        return '.'.join(parts[:-1] if parts[-1] == '__init__' else parts)
    arrows = {name_of(path): imported(path, at_the_top=True) for path in MODULES}
    finished = set()

    def visit(name, trail):
        assert name not in trail, ' -> '.join(trail + (name,))
        if name not in finished:
            for target in sorted(arrows[name] & set(arrows)):
                visit(target, trail + (name,))
            finished.add(name)
    for name in sorted(arrows):
        visit(name, ())


def test_few_modules_lie_at_the_root():
    assert len(list(PACKAGE.glob('*.py'))) - 1 <= MOST_AT_THE_ROOT


@pytest.mark.parametrize('path', MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_modules_of_others_stay_where_they_are_used(path):
    theirs = {name.split('.')[0] for name in imported(path)}
    assert {name for name in theirs if room(path) not in ONLY_IN.get(name, {room(path)})} == set()


def test_every_room_has_a_floor_and_every_floor_its_rooms():
    assert set(FLOOR_OF) == {room(path) for path in MODULES}


def test_the_onnx_path_needs_neither_torch_nor_ros(tiny_model):
    output = subprocess.check_output([sys.executable, '-c', ONNX_PATH, str(tiny_model)],
                                     cwd=str(PACKAGE.parent), universal_newlines=True)
    assert output == '\n'
