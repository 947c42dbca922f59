# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

"""Numbers, names and units in the tables of a report."""

import pytest

from lsnet_ros.latency.tables import format_number, format_value, strip_unit


@pytest.mark.parametrize('value, expected', [
    (0.0, '0'), (-0.0, '0'), (2.5, '2.5'), (0.30000000000000004, '0.3'), (123456.0, '123456')])
def test_numbers_are_for_people(value, expected):
    assert format_number(value) == expected


@pytest.mark.parametrize('value, expected', [
    (None, 'not known'), (1.0, '1'), (7, '7'), ('MAXN', 'MAXN')])
def test_values_are_for_people(value, expected):
    assert format_value(value) == expected


@pytest.mark.parametrize('column, expected', [
    ('decode_ms', 'decode'), ('VDD_IN_mw', 'VDD_IN'), ('GPU-therm_c', 'GPU-therm'),
    ('transport', 'transport')])
def test_a_column_loses_its_unit(column, expected):
    assert strip_unit(column) == expected
