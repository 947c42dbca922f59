# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""What runs on the robot is Python 3.6, in syntax and library."""

import ast
import importlib.util
import os
from pathlib import Path
import re
import subprocess
import sys

import numpy as np
import pytest

from lsnet_ros.models.folder import read_model
from lsnet_ros.segmenter import Segmenter

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / 'lsnet_ros'
# Tools for the desk: they may ask for Python 3.10.
NEWER = {'bags', 'evaluation/pictures.py', 'evaluation/run_report.py', 'expansion', 'datasets',
         'scenes', 'training', 'commands/evaluate_bag.py', 'commands/expand.py',
         'commands/export.py', 'commands/quantize.py', 'commands/train.py',
         'evaluation/bag_score.py', 'evaluation/fleet.py', 'evaluation/fleet_worker.py',
         'evaluation/precisions.py', 'models/quantize.py'}


def is_runtime(path):
    name = path.relative_to(PACKAGE).as_posix()
    return name not in NEWER and name.split('/')[0] not in NEWER


RUNTIME = [path for path in sorted(PACKAGE.rglob('*.py')) if is_runtime(path)] + [
    ROOT / 'setup.py'] + sorted((ROOT / 'launch').glob('*.py'))
# "make test" makes this where there is a Python 3.6: what JetPack 4 has, ROS aside. After these
# tests it runs those of the robot with it: python36_stage.py.
PYTHON36 = Path(sys.prefix) / 'python36' / 'bin' / 'python'
needs_python36 = pytest.mark.skipif(not PYTHON36.exists(), reason='no environment of Python 3.6')
ROS = re.compile(r'^(import|from) (rclpy|[a-z]+_msgs|std_srvs)\b', re.MULTILINE)
SEGMENT = '''
import sys
import numpy as np
from lsnet_ros.models.folder import read_model
from lsnet_ros.segmenter import Segmenter
assert sys.version_info[:2] == (3, 6)
segmentation = Segmenter(read_model(sys.argv[1])).segment(np.load(sys.argv[2]), True)
np.savez(sys.argv[3], segmentation.class_ids, segmentation.confidence)
'''


def names(paths):
    return [str(path.relative_to(ROOT)) for path in paths]


def run_python36(code, *arguments):
    environment = {name: value for name, value in os.environ.items() if name != 'PYTHONPATH'}
    return subprocess.check_output([str(PYTHON36), '-c', code] + [str(a) for a in arguments],
                                   cwd=str(ROOT), env=environment, universal_newlines=True)


@pytest.mark.parametrize('path', RUNTIME, ids=names(RUNTIME))
def test_the_syntax_is_that_of_python36(path):
    tree = ast.parse(path.read_text(), str(path), feature_version=(3, 6))
    future = [alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
              and node.module == '__future__' for alias in node.names]
    assert future == []  # "annotations" is Python 3.7, and the parser does not say so


@needs_python36
def test_python36_compiles_it():
    run_python36('import sys\n'
                 'for path in sys.argv[1:]: compile(open(path).read(), path, "exec")',
                 *names(RUNTIME))


@needs_python36
def test_python36_imports_what_needs_no_ros():
    paths = [path for path in RUNTIME
             if PACKAGE in path.parents and not ROS.search(path.read_text())]
    modules = [name[:-len('.py')].replace('/', '.') for name in names(paths)]
    assert {'lsnet_ros.segmenter', 'lsnet_ros.frames.messages', 'lsnet_ros.networks.lsnet',
            'lsnet_ros.engines.building'} <= set(modules)
    run_python36('import importlib, sys\n'
                 'for name in sys.argv[1:]: importlib.import_module(name)', *modules)


@needs_python36
def test_python36_segments_a_frame_as_this_python_does(tiny_model, frame, tmp_path):
    np.save(str(tmp_path / 'frame.npy'), frame)
    run_python36(SEGMENT, tiny_model, tmp_path / 'frame.npy', tmp_path / 'ids.npz')
    expected = Segmenter(read_model(tiny_model), 'onnx').segment(frame, True)
    with np.load(str(tmp_path / 'ids.npz')) as file:
        class_ids, confidence = file['arr_0'], file['arr_1'].astype(int)
    assert (class_ids == expected.class_ids).mean() > 0.9995
    assert np.abs(confidence - expected.confidence)[class_ids == expected.class_ids].max() <= 2


@needs_python36
def test_python36_runs_the_command_line():
    output = run_python36('import sys; from lsnet_ros.cli import main; main(["models"])')
    assert output.splitlines()[0].split()[0] == 'model'


def test_what_the_stage_leaves_out_is_there_and_not_the_robots():
    specification = importlib.util.spec_from_file_location(
        'python36_stage', str(ROOT / 'test' / 'python36_stage.py'))
    stage = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(stage)
    for name in stage.LEFT_OUT:
        path, _, function = name.partition('::')
        assert (ROOT / path).exists()
        assert not function or 'def {}('.format(function) in (ROOT / path).read_text()
    tested = {PACKAGE / name[len('test/'):].replace('test_', '') for name in stage.LEFT_OUT}
    # What makes models, at the desk, though in a room of the robot.
    assert tested & set(RUNTIME) == {PACKAGE / path for path in (
        'models/export.py', 'models/foreign.py', 'models/checkpoint_process.py',
        'commands/import_model.py')}


@pytest.mark.parametrize('python, said', [
    ('', "echo 'SKIPPED: the tests with Python 3.6, for there is none'"),
    ('/usr/bin/python3.6', 'python36/bin/python test/python36_stage.py'),
])
def test_make_runs_the_stage_or_says_that_it_does_not(python, said):
    plan = subprocess.check_output(
        ['make', '--dry-run', '-C', str(ROOT), 'test', 'PYTHON36=' + python],
        universal_newlines=True)
    assert said in plan
    assert ('python36_stage.py' in plan) == bool(python)
