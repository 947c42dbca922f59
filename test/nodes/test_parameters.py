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
"""Parameters: their types, and that the YAML file has them all."""

from pathlib import Path

from lsnet_ros.nodes.parameters import check, converted, ParameterError
from lsnet_ros.transport import params_file
import pytest
import yaml


@pytest.mark.parametrize('value, kind, expected', [
    (5, float, 5.0), (0, str, '0'), (0.5, float, 0.5), ('a', str, 'a'), (True, bool, True)])
def test_values_that_can_be_meant_are_taken(value, kind, expected):
    found = converted('p', value, kind)
    assert (found, type(found)) == (expected, kind)


@pytest.mark.parametrize('value, kind, text', [
    ('fast', float, "parameter rate is 'fast': expected a number"),
    (True, float, 'expected a number'), (1, bool, 'expected true or false'),
    (1.5, int, 'expected a whole number'), ([1], str, 'expected text'),
    (None, str, 'expected text')])
def test_values_of_another_type_are_refused(value, kind, text):
    with pytest.raises(ParameterError, match=text):
        converted('rate', value, kind)


def test_a_value_out_of_range_is_named_with_what_was_expected():
    check('alpha', 0.5, True, '0 to 1')
    with pytest.raises(ParameterError, match='parameter alpha is 2: expected 0 to 1'):
        check('alpha', 2, False, '0 to 1')


def test_the_yaml_file_has_every_parameter_with_its_default():
    pytest.importorskip('rclpy')
    from lsnet_ros.nodes import (
        evaluation_node, latency_node, playback_node, segmentation_node, source_node)
    declared = {}
    for module in (segmentation_node, evaluation_node, latency_node, source_node,
                   playback_node):
        for name, default in module.Parameters._field_defaults.items():
            assert declared.setdefault(name, default) == default
    text = Path(str(params_file('segmentation.yaml'))).read_text()
    documented = yaml.safe_load(text)['/**']['ros__parameters']
    assert documented == declared
    assert {name: type(value) for name, value in documented.items()} == {
        name: type(value) for name, value in declared.items()}
