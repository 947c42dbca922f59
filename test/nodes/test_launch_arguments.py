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
"""What the launch files hand on to the nodes; that needs no launch_ros."""

import ast
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / 'launch').glob('*.launch.py'))
PARAMETERS = yaml.safe_load((ROOT / 'params' / 'segmentation.yaml').read_text())[
    '/**']['ros__parameters']
OTHERS = {  # arguments that are no parameters of nodes of ours: what becomes of them
    'bag': 'source', 'report': 'report_path', 'output': 'latency_folder', 'camera': 'namespace',
    'image': 'remapping', 'rviz': 'a node', 'params_file': 'a file'}


def assigned(path, name):
    """Return the expression that a launch file assigns to a name."""
    return next(node.value for node in ast.parse(path.read_text()).body
                if isinstance(node, ast.Assign) and node.targets[0].id == name)


def defaults(path):
    """Return the default of each argument by its name; those that are computed are left out."""
    return {ast.literal_eval(entry.elts[0]): ast.literal_eval(entry.elts[1])
            for entry in assigned(path, 'ARGUMENTS').elts
            if not isinstance(entry.elts[1], ast.Call)}


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
