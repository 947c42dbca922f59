# SPDX-FileCopyrightText: 2026 The lsnet_ros authors
# SPDX-License-Identifier: Apache-2.0

import datetime
import time

from hypothesis import given, settings
from hypothesis import strategies as st
import pytest
import yaml

from lsnet_ros.limits.bounds import FormatError
from lsnet_ros.limits.yaml_text import parse_yaml

# Ten lines, each with ten times the one before: 10^10 values in 500 bytes.
BOMB = 'a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n' + ''.join(
    'a{0}: &a{0} [{1}]\n'.format(i, ','.join(['*a{}'.format(i - 1)] * 10)) for i in range(1, 10))
MERGES = 'm0: &m0 {x: 1}\n' + ''.join(
    'm{0}: &m{0} {{<<: [{1}]}}\n'.format(i, ','.join(['*m{}'.format(i - 1)] * 9))
    for i in range(1, 10))


def test_values_of_all_kinds_are_read_and_an_alias_is_the_value_of_its_anchor():
    assert parse_yaml('a: &x [1, 2.5, yes, ~, ü]\nb: *x\nc: {<<: &y {d: 1}, e: 2026-01-02}\nf: *y'
                      ) == {'a': [1, 2.5, True, None, 'ü'], 'b': [1, 2.5, True, None, 'ü'],
                            'c': {'d': 1, 'e': datetime.date(2026, 1, 2)}, 'f': {'d': 1}}
    assert parse_yaml('ü'.encode('utf-8')) == 'ü'
    assert parse_yaml('') is None


@pytest.mark.parametrize('text, problem', [
    (BOMB, 'more than 20000 values, those of its aliases included'),
    (MERGES, 'more than 20000 values, those of its aliases included'),
    ('- a\n' * 20001, 'more than 20000 values'),
    ('[' * 20000, 'more than 30 lists and mappings in one another'),
    ('{a: ' * 20000, 'more than 30 lists and mappings'),
    ('- ' * 20000, 'more than 30 lists and mappings'),
    ('a: &a [*a]', 'a value that holds itself'),
    ('{&a a: {b: *c}}', 'not YAML'),
])
def test_what_stands_for_more_than_can_be_kept_is_refused_at_once(text, problem):
    started = time.perf_counter()
    with pytest.raises(FormatError, match=problem):
        parse_yaml(text)
    assert time.perf_counter() - started < 10  # 60 s and 2 GB without the bounds


@pytest.mark.parametrize('text', [
    'a: b: c', 'name: [', '!!int ""', '!!bool x', '!!timestamp y', '!!python/object:os.system {}',
    'stamp: 2026-13-45', '2001-12-14t21:59:43.10-99:99', 'a: \x00', b'\xff', '{[]: 1}', '\t'])
def test_what_is_no_yaml_is_refused_with_one_error_on_one_line(text):
    with pytest.raises(FormatError, match='it is not YAML') as caught:
        parse_yaml(text)
    assert '\n' not in str(caught.value)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=30)


@given(VALUES)
@settings(max_examples=50)
def test_what_was_written_is_read_back(value):
    try:
        parsed = parse_yaml(yaml.safe_dump(value, allow_unicode=True))
    except FormatError as error:
        assert 'special characters' in str(error) or '30 lists' in str(error)
        return
    assert parsed == yaml.safe_load(yaml.safe_dump(value, allow_unicode=True))
