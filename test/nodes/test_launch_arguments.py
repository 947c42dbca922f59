# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""The launch files' arguments, compared with the nodes' parameters, without launch_ros."""

import ast
from pathlib import Path

import pytest
import yaml

from lsnet_ros.launching.launch_files import NODE_ARGUMENTS

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / 'launch').glob('*.launch.py'))
PARAMETERS = yaml.safe_load((ROOT / 'params' / 'segmentation.yaml').read_text())[
    '/**']['ros__parameters']
OTHERS = {  # arguments that are no parameters of nodes of ours: what becomes of them
    'bag': 'source', 'report': 'report_path', 'output': 'latency_folder', 'camera': 'namespace',
    'image': 'remapping', 'rviz': 'a node', 'web': 'a node', 'params_file': 'a file'}


def assigned(path, name):
    """Return the expression that a launch file assigns to a name."""
    return next(node.value for node in ast.parse(path.read_text()).body
                if isinstance(node, ast.Assign) and node.targets[0].id == name)


def defaults(path):
    """Return the default of each argument by its name."""
    arguments = assigned(path, 'ARGUMENTS')
    assert arguments.right.id == 'NODE_ARGUMENTS'
    return {name: default for name, default, _ in ast.literal_eval(arguments.left)
            + NODE_ARGUMENTS}


def test_all_launch_files_are_found():
    assert [path.name for path in FILES] == [
        'benchmark.launch.py', 'evaluate.launch.py', 'segment.launch.py']


@pytest.mark.parametrize('path', FILES, ids=lambda path: path.name)
def test_every_argument_is_a_parameter_or_known_for_what_it_is(path):
    assert set(defaults(path)) - set(OTHERS) <= set(PARAMETERS)
    assert {OTHERS[name] for name in set(defaults(path)) & set(OTHERS)} <= set(PARAMETERS) | {
        'namespace', 'remapping', 'a node', 'a file'}


def test_the_numbers_of_the_benchmark_are_of_the_type_that_the_nodes_declare():
    path = ROOT / 'launch' / 'benchmark.launch.py'
    given, kinds = defaults(path), assigned(path, 'NUMBERS')
    kinds = {ast.literal_eval(key): {'int': int, 'float': float}[value.id]
             for key, value in zip(kinds.keys, kinds.values)}
    numbers = {name for name in given if type(PARAMETERS.get(name)) in (int, float)}
    assert kinds == {name: type(PARAMETERS[name]) for name in numbers}
    for name, kind in kinds.items():
        kind(given[name])
