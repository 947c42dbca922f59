# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Parameters: their types, and that the YAML file has them all."""

from pathlib import Path

import pytest
import yaml

from lsnet_ros.ament_prefix import params_file
from lsnet_ros.nodes.parameter_ranges import ParameterError, RANGES
from lsnet_ros.nodes.parameters import check, convert


@pytest.mark.parametrize('value, kind, expected', [
    (5, float, 5.0), (0, str, '0'), (0.5, float, 0.5), ('a', str, 'a'), (True, bool, True)])
def test_values_of_a_fitting_type_are_converted(value, kind, expected):
    found = convert('p', value, kind)
    assert (found, type(found)) == (expected, kind)


@pytest.mark.parametrize('value, kind, text', [
    ('fast', float, "parameter rate is 'fast': expected a number"),
    (True, float, 'expected a number'), (1, bool, 'expected true or false'),
    (1.5, int, 'expected a whole number'), ([1], str, 'expected text'),
    (None, str, 'expected text')])
def test_values_of_another_type_are_refused(value, kind, text):
    with pytest.raises(ParameterError, match=text):
        convert('rate', value, kind)


def test_a_value_out_of_range_is_named_with_what_was_expected():
    check('alpha', 0.5, True, '0 to 1')
    with pytest.raises(ParameterError, match='parameter alpha is 2: expected 0 to 1'):
        check('alpha', 2, False, '0 to 1')


@pytest.mark.parametrize('name, value, text', [
    ('overlay_alpha', 1.01, 'parameter overlay_alpha is 1.01: expected 0.0 to 1.0'),
    ('overlay_alpha', float('nan'), 'parameter overlay_alpha is nan: expected 0.0 to 1.0'),
    ('rate', -1, 'parameter rate is -1.0: expected 0.0 or more'),
    ('prepared', 0, 'parameter prepared is 0: expected 1 to 1000000'),
    ('warm_up', 10 ** 9 + 1, 'parameter warm_up is 1000000001: expected 0 or more')])
def test_numbers_out_of_their_range_are_refused(name, value, text):
    with pytest.raises(ParameterError, match=text):
        convert(name, value, type(RANGES[name][0]))


@pytest.mark.parametrize('name', sorted(RANGES))
def test_the_ends_of_a_range_are_in_it(name):
    assert [convert(name, value, type(value)) for value in RANGES[name]] == list(RANGES[name])


def test_the_yaml_file_has_every_parameter_with_its_default():
    pytest.importorskip('rclpy')
    from lsnet_ros.nodes import (
        evaluation_node,
        freespace_node,
        latency_node,
        playback_node,
        segmentation_node,
        source_node,
    )
    declared = {}
    for module in (segmentation_node, evaluation_node, freespace_node, latency_node,
                   source_node, playback_node):
        parameters, = (value for name, value in vars(module).items()
                       if name.endswith('Parameters'))
        for name, default in parameters._field_defaults.items():
            assert declared.setdefault(name, default) == default
    text = Path(str(params_file('segmentation.yaml'))).read_text()
    documented = yaml.safe_load(text)['/**']['ros__parameters']
    assert documented == declared
    assert {name: type(value) for name, value in documented.items()} == {
        name: type(value) for name, value in declared.items()}
    numbers = {name: type(value) for name, value in declared.items()
               if type(value) in (int, float)}
    assert numbers == {name: type(lowest) for name, (lowest, _) in RANGES.items()}
